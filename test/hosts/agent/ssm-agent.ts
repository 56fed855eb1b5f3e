import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { DocumentContent } from '../../../lib/faults/hosts/document.ts';
import { commandDocument, renderDocument } from '../../../lib/rehearsal/cloud/documents.ts';
import type { Guest, Ran } from '../guest/guest.ts';

const WORKER = path.join(import.meta.dirname, '..', 'guest', 'inside', 'worker.sh');
const ORCHESTRATION = '/var/lib/amazon/ssm/orchestration';
/** What the agent's own service has, and what it hands on. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
/** An emulated processor is that much slower than any container host: what has a time limit there has more here. */
const SLOWER = 3;
/** What host scripts give the engine for one call; 10 s unless told. */
const ENGINE_SECONDS = String(10 * SLOWER);
/** On top of that, for a slow machine to end the script in. */
const GRACE_MS = 30_000;

/** What became of one command on one host. */
export interface CommandResult {
  /** Null when the agent was killed in the middle of it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, when it is JSON; else empty. */
  readonly answer: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch by the host's clock. */
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Why SSM would not have taken a command: nothing has come to the host then. */
export class RefusedCommandError extends Error {
  override name = 'RefusedCommandError';
}

/** A command that runs on the host. */
export interface RunningCommand {
  /** Process group of the agent's worker, without the script. */
  readonly agentPid: number;
  readonly ended: Promise<CommandResult>;
  /** Kills the agent's worker with `kill -9`: the script stays, with pipes that nobody reads. */
  killAgent(): Promise<void>;
  /** Kills the script's process group with `kill -9`: the agent stays and reports it. */
  killScript(): Promise<void>;
}

/** What the SSM agent is to Capuchin: the one that runs a document's lines on the host. Knows nothing of any fault. */
export class SsmAgent {
  readonly #guest: Guest;

  constructor(guest: Guest) {
    this.#guest = guest;
  }

  /** Runs a document to its end. @throws RefusedCommandError when SSM would not take the parameters. */
  async run(document: DocumentContent, parameters: Readonly<Record<string, string>>): Promise<CommandResult> {
    return (await this.start(document, parameters)).ended;
  }

  /**
   * Begins to run a document: its lines as a file for `sh` in an orchestration folder, its parameters as environment variables.
   * @throws RefusedCommandError when SSM would not take the parameters.
   */
  async start(document: DocumentContent, parameters: Readonly<Record<string, string>>): Promise<RunningCommand> {
    const content = commandDocument.parse(JSON.parse(JSON.stringify(document)));
    const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
    const rendered = renderDocument(content, given);
    if ('invalid' in rendered) throw new RefusedCommandError(rendered.invalid);
    const folder = `${ORCHESTRATION}/${randomUUID()}/awsrunShellScript/${rendered.step}`;
    const seconds = (rendered.executionTimeoutMs / 1000) * SLOWER;
    const begin = 'mkdir -p "$1" && cat >"$1/_script.sh" && exec /bin/sh "$3" "$1" "$2"';
    const { pid, ended } = await this.#guest.start(['/bin/sh', '-c', begin, 'sh', folder, String(seconds), WORKER], {
      stdin: rendered.script,
      env: { PATH, CAPUCHIN_ENGINE_SECONDS: ENGINE_SECONDS, AWS_SSM_REGION_NAME: 'eu-west-1', ...rendered.environment },
      timeoutMs: rendered.executionTimeoutMs * SLOWER + GRACE_MS,
    });
    return {
      agentPid: pid,
      ended: ended.then(toResult),
      killAgent: async () => {
        await this.#guest.kill(-pid);
      },
      killScript: async () => {
        await this.#guest.kill(-(await this.#scriptPid(folder)));
      },
    };
  }

  async #scriptPid(folder: string): Promise<number> {
    for (let tries = 0; tries < 100; tries++) {
      const [pid] = await this.#guest.read(`${folder}/pid`);
      if (pid) return Number(pid);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no script has begun in ${folder}`);
  }
}

function toResult({ code, stdout, stderr, startedMs, endedMs }: Ran): CommandResult {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  const answer = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
  return { exitCode: code, stdout, stderr, answer, startedMs, endedMs };
}
