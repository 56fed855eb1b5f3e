import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { CommandHost } from '../cloud/run-command.ts';
import type { ContainerEngine } from './container-engine.ts';
import { dockerCommand } from './docker-commands.ts';
import type { JobResult } from './keeper.ts';
import type { HostJob } from './keeper-messages.ts';
import type { HostState } from './model.ts';

/** What the SSM agent has on its PATH, after the rehearsal's `docker`. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const STAND_IN = fileURLToPath(new URL('./docker-stand-in.ts', import.meta.url));

const commandLine = z.array(z.string());

/** The part of a fleet that its container hosts need. */
export interface HostedFleet {
  readonly hosts: readonly HostState[];
  readonly engine: ContainerEngine;
  runOnHost(job: HostJob, signal: AbortSignal): Promise<JobResult>;
}

export interface ContainerHostsOptions {
  readonly fleet: HostedFleet;
  /** A folder that is the rehearsal's alone; the hosts' files go below `hosts` in it. */
  readonly directory: string;
  readonly region: string;
}

/** The container hosts of a rehearsal: they really run scripts, with the `docker` of their own engine. */
export interface ContainerHosts extends CommandHost {
  /** Where a host keeps its state, as `CAPUCHIN_STATE` tells its scripts. */
  stateFolder(instanceId: string): string;
  /** Takes no more `docker` calls. The fleet's close ends what still runs on the hosts. */
  close(): Promise<void>;
}

/** Makes each host's folders, puts `docker` into them, and begins to answer it. */
export async function startContainerHosts(options: ContainerHostsOptions): Promise<ContainerHosts> {
  const { fleet, directory, region } = options;
  const socket = path.join(directory, 'engine.sock');
  const folderOf = (instanceId: string): string => path.join(directory, 'hosts', instanceId);
  const made = new Map<string, Promise<void>>();
  /** Hosts that the Auto Scaling group launches later get their folders when they are needed first. */
  const make = (instanceId: string): Promise<void> => {
    const making = made.get(instanceId) ?? makeHost(folderOf(instanceId), socket, instanceId);
    made.set(instanceId, making);
    return making;
  };
  for (const { instanceId } of fleet.hosts) await make(instanceId);
  const server = fleet.hosts.length === 0 ? null : await listen(socket, fleet.engine);
  return {
    stateFolder: (instanceId) => path.join(folderOf(instanceId), 'state'),
    async run({ instanceId, script, environment, signal }) {
      if (!fleet.hosts.some((host) => host.instanceId === instanceId)) {
        throw new Error(`there is no container host ${instanceId} in this fleet; ask for one that hosts lists`);
      }
      await make(instanceId);
      const folder = folderOf(instanceId);
      // As the SSM agent does: the script is a file of its own, in a folder that goes when the command has ended.
      const orchestration = path.join(folder, 'orchestration', randomUUID());
      const file = path.join(orchestration, '_script.sh');
      await mkdir(orchestration, { recursive: true, mode: 0o700 });
      await writeFile(file, script, { mode: 0o700 });
      const job: HostJob = {
        program: '/bin/sh',
        parameters: [file],
        workingDirectory: '/',
        environment: {
          PATH: `${path.join(folder, 'bin')}:${SYSTEM_PATH}`,
          AWS_SSM_INSTANCE_ID: instanceId,
          AWS_SSM_REGION_NAME: region,
          CAPUCHIN_STATE: path.join(folder, 'state'),
          // A timer of this machine's systemd would outlive the rehearsal.
          CAPUCHIN_TIMER: 'sleeper',
          ...environment,
        },
      };
      try {
        return await fleet.runOnHost(job, signal);
      } finally {
        await rm(orchestration, { recursive: true, force: true });
      }
    },
    async close() {
      if (server === null || !server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function makeHost(folder: string, socket: string, instanceId: string): Promise<void> {
  await mkdir(path.join(folder, 'state'), { recursive: true, mode: 0o700 });
  await mkdir(path.join(folder, 'bin'), { recursive: true, mode: 0o700 });
  const words = [process.execPath, STAND_IN, socket, instanceId].map(quoted).join(' ');
  const docker = path.join(folder, 'bin', 'docker');
  await writeFile(docker, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(docker, 0o700);
}

/** One word of a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function listen(socket: string, engine: ContainerEngine): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, engine).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      outgoing.end(JSON.stringify({ exitCode: 125, stdout: '', stderr: `docker: ${why}\n` }));
    });
  });
  server.listen(socket);
  await once(server, 'listening');
  return server;
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, engine: ContainerEngine): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const words = commandLine.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  const instanceId = (incoming.url ?? '/').slice(1);
  outgoing.end(JSON.stringify(await dockerCommand(words, { engine, instanceId })));
}
