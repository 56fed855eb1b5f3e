import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { CommandHost } from '../cloud/run-command.ts';
import type { ConnectionFaults } from './connection-faults.ts';
import { connectionsCommand } from './connections-command.ts';
import type { ContainerEngine } from './container-engine.ts';
import { curlCommand } from './curl-command.ts';
import { dockerCommand } from './docker-commands.ts';
import { hostScriptFor } from './host-scripts.ts';
import type { JobResult } from './keeper.ts';
import type { HostJob } from './keeper-messages.ts';
import type { HostState } from './model.ts';
import type { ToolAnswer, ToolCall, ToolHost } from './tool-host.ts';

/** What the SSM agent has on its PATH, after the rehearsal's own tools. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const STAND_IN = fileURLToPath(new URL('./tool-stand-in.ts', import.meta.url));

/** What a host has for the machine's own: its engine, the way to ECS's agent, and the connections of its tasks. */
const TOOLS: Readonly<Record<string, (call: ToolCall, host: ToolHost) => Promise<ToolAnswer> | ToolAnswer>> = {
  docker: ({ words }, host) => dockerCommand(words, host),
  curl: curlCommand,
  connections: connectionsCommand,
};

const toolCall = z.strictObject({ words: z.array(z.string()), parameters: z.record(z.string(), z.string()) });

/** The part of a fleet that its container hosts need. */
export interface HostedFleet {
  readonly hosts: readonly HostState[];
  readonly engine: ContainerEngine;
  readonly connections: ConnectionFaults;
  /** How often a host has been down since the beginning. */
  timesDown(instanceId: string): number;
  runOnHost(job: HostJob, signal: AbortSignal): Promise<JobResult>;
}

export interface ContainerHostsOptions {
  readonly fleet: HostedFleet;
  /** A folder that is the rehearsal's alone; the hosts' files go below `hosts` in it. */
  readonly directory: string;
  readonly region: string;
}

/**
 * The container hosts of a rehearsal: they really run scripts, with a `docker` and a `curl` that know the rehearsal only, and with
 * other scripts for faults that would reach for the machine's kernel ({@link hostScriptFor}).
 */
export interface ContainerHosts extends CommandHost {
  /** Where a host keeps its state, as `CAPUCHIN_STATE` tells its scripts. */
  stateFolder(instanceId: string): string;
  /** Takes no more calls of the hosts' tools. The fleet's close ends what still runs on the hosts. */
  close(): Promise<void>;
}

/** Makes each host's folders, puts its tools into them, and begins to answer them. */
export async function startContainerHosts(options: ContainerHostsOptions): Promise<ContainerHosts> {
  const { fleet, directory, region } = options;
  const socket = path.join(directory, 'engine.sock');
  const folderOf = (instanceId: string): string => path.join(directory, 'hosts', instanceId);
  const made = new Map<string, Promise<void>>();
  /**
   * Hosts that the Auto Scaling group launches later get their folders when they are needed first; one that has been down gets new
   * ones, for what scripts keep is in /run, which no reboot survives.
   */
  const make = (instanceId: string): Promise<void> => {
    const life = `${instanceId} ${fleet.timesDown(instanceId)}`;
    const making = made.get(life) ?? makeHost(folderOf(instanceId), socket, instanceId);
    made.set(life, making);
    return making;
  };
  for (const { instanceId } of fleet.hosts) await make(instanceId);
  const server = fleet.hosts.length === 0 ? null : await listen(socket, fleet);
  return {
    stateFolder: (instanceId) => path.join(folderOf(instanceId), 'state'),
    async run({ instanceId, documentName, script, environment, signal }) {
      if (!fleet.hosts.some((host) => host.instanceId === instanceId)) {
        throw new Error(`there is no container host ${instanceId} in this fleet; ask for one that hosts lists`);
      }
      await make(instanceId);
      const folder = folderOf(instanceId);
      // As the SSM agent does: the script is a file of its own, in a folder that goes when the command has ended.
      const orchestration = path.join(folder, 'orchestration', randomUUID());
      const file = path.join(orchestration, '_script.sh');
      await mkdir(orchestration, { recursive: true, mode: 0o700 });
      await writeFile(file, hostScriptFor(documentName, script), { mode: 0o700 });
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
  await rm(path.join(folder, 'state'), { recursive: true, force: true });
  await mkdir(path.join(folder, 'state'), { recursive: true, mode: 0o700 });
  await mkdir(path.join(folder, 'bin'), { recursive: true, mode: 0o700 });
  for (const tool of Object.keys(TOOLS)) {
    const words = [process.execPath, STAND_IN, socket, instanceId, tool].map(quoted).join(' ');
    const file = path.join(folder, 'bin', tool);
    await writeFile(file, `#!/bin/sh\nexec ${words} "$@"\n`);
    await chmod(file, 0o700);
  }
}

/** One word of a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function listen(socket: string, fleet: HostedFleet): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing, fleet).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      outgoing.end(JSON.stringify({ exitCode: 125, stdout: '', stderr: `the rehearsal: ${why}\n` }));
    });
  });
  server.listen(socket);
  await once(server, 'listening');
  return server;
}

async function answer(incoming: IncomingMessage, outgoing: ServerResponse, fleet: HostedFleet): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const call = toolCall.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  const [, name = '', instanceId = ''] = (incoming.url ?? '').split('/');
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool === undefined) throw new Error(`there is no tool ${name}`);
  const { engine, connections, hosts } = fleet;
  const containerInstanceArn = hosts.find((host) => host.instanceId === instanceId)?.containerInstance?.arn;
  outgoing.end(JSON.stringify(await tool(call, { engine, connections, instanceId, containerInstanceArn })));
}
