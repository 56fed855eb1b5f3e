import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { Machine } from './machine.ts';
import { Wire } from './wire.ts';

/** As long as a slow machine under load may need for one command. */
const COMMAND_LIMIT_MS = 60_000;
const ENGINE_LIMIT_MS = 300_000;
/** Every container of the tests runs from it. */
export const IMAGE = 'capuchin-test';
/** What the environment tells a test file about a guest that several share. */
export const SHARED_GUEST = 'CAPUCHIN_GUEST_SOCKET';

/** How a command in the guest ended; its moments are milliseconds since the epoch by the guest's clock. */
export interface Ran {
  /** Null after a signal. */
  readonly code: number | null;
  /** `TIMEOUT` when it was killed after its time. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface CommandOptions {
  /** In addition to PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** 60 s unless it is told. */
  readonly timeoutMs?: number;
}

/** A command that has begun. It leads a process group of its own. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ran>;
}

/** One process in the guest. */
export interface GuestProcess {
  readonly pid: number;
  readonly parent: number;
  /** As in /proc/PID/stat: R, S, D, T. */
  readonly state: string;
  readonly cgroup: string;
  /** Its arguments with blanks between them. */
  readonly command: string;
}

/** A container host in a virtual machine: Debian's kernel and container engine, on a copy in memory of this machine's root. */
export class Guest {
  readonly wire: Wire;
  /** How long it took until its engine answered; 0 for one that was up before. */
  readonly bootMs: number;
  readonly #machine: Machine | null;

  private constructor(wire: Wire, machine: Machine | null, bootMs: number) {
    this.wire = wire;
    this.#machine = machine;
    this.bootMs = bootMs;
  }

  /** Boots a guest of one's own. @throws Error that says what is missing, or the last lines of its console. */
  static async boot(): Promise<Guest> {
    const startedMs = Date.now();
    const machine = await Machine.boot();
    try {
      const guest = new Guest(machine.wire, machine, 0);
      await guest.#awaitEngine();
      await guest.sh(`sh '${path.join(import.meta.dirname, 'inside', 'image.sh')}' ${IMAGE}`, {
        timeoutMs: ENGINE_LIMIT_MS,
      });
      return new Guest(machine.wire, machine, Date.now() - startedMs);
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** The guest that the test files of this run share, or one's own where there is none. */
  static async open(): Promise<Guest> {
    const socket = process.env[SHARED_GUEST];
    if (socket === undefined) return await Guest.boot();
    const stream = connect(socket);
    const wire = new Wire(stream);
    await once(stream, 'connect');
    await wire.ready;
    const guest = new Guest(wire, null, 0);
    // What a file before this one has left because it failed.
    const left = await guest.engine<readonly { Id: string }[]>('GET', '/containers/json?all=1');
    await Promise.all(left.map(({ Id: id }) => guest.engine('DELETE', `/containers/${id}?force=1&v=1`)));
    return guest;
  }

  /** Runs a program, and answers however it ended. */
  async exec(argv: readonly string[], options: CommandOptions = {}): Promise<Ran> {
    return (await this.start(argv, options)).ended;
  }

  /** Begins to run a program. */
  async start(
    argv: readonly string[],
    { env, stdin, timeoutMs = COMMAND_LIMIT_MS }: CommandOptions = {},
  ): Promise<Running> {
    const begun = Promise.withResolvers<number>();
    const ended = this.wire.ask({ operation: 'exec', argv, env, stdin, timeoutMs }, begun.resolve);
    // One that cannot be begun at all ends without a process id.
    const pid = await Promise.race([begun.promise, ended.then(() => 0)]);
    return { pid, ended: ended as Promise<unknown> as Promise<Ran> };
  }

  /** What a shell script printed. @throws Error with what it said when it ends with another code than 0. */
  async sh(script: string, options: CommandOptions & { readonly args?: readonly string[] } = {}): Promise<string> {
    const { code, signal, stdout, stderr } = await this.exec(
      ['/bin/sh', '-c', script, 'sh', ...(options.args ?? [])],
      options,
    );
    if (code !== 0) throw new Error(`in the guest, \`${script}\` ended with ${code ?? signal}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Asks the engine by its own interface (version 1.41). @throws Error with its words when it refuses. */
  async engine<T = unknown>(method: string, url: string, body?: unknown): Promise<T> {
    const answer = await this.wire.ask({ operation: 'engine', method, path: `/v1.41${url}`, body });
    const said = String(answer.body);
    if (Number(answer.status) < 200 || Number(answer.status) > 304) {
      throw new Error(`the engine answered ${method} ${url} with ${String(answer.status)}: ${said}`);
    }
    return (said.startsWith('{') || said.startsWith('[') ? JSON.parse(said) : said) as T;
  }

  /** Every process but kernel threads, zombies and the harness's own. */
  async processes(): Promise<readonly GuestProcess[]> {
    return (await this.wire.ask({ operation: 'processes' })).processes as readonly GuestProcess[];
  }

  /** The guest's clock, in milliseconds since the epoch. */
  async now(): Promise<number> {
    return Number((await this.wire.ask({ operation: 'now' })).nowMs);
  }

  /** Contents of files, null for one that cannot be read. Without a process of their own. */
  async read(...files: readonly string[]): Promise<readonly (string | null)[]> {
    return (await this.wire.ask({ operation: 'read', files })).contents as readonly (string | null)[];
  }

  /** Names in a folder; none when there is no such folder. */
  async list(folder: string): Promise<readonly string[]> {
    return (await this.wire.ask({ operation: 'list', folder })).names as readonly string[];
  }

  /** Sends a signal to a process, or to a group when it is negative. Answers whether there was one. */
  async kill(pid: number, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT' = 'SIGKILL'): Promise<boolean> {
    return (await this.wire.ask({ operation: 'kill', pid, signal })).found === true;
  }

  /** Pulls the plug of one's own, or lets go of a shared one. */
  async close(): Promise<void> {
    if (this.#machine === null) await this.wire.ask({ operation: 'leave', namespace: 'all' });
    this.wire.close();
    await this.#machine?.stop();
  }

  /** Whether one's own has ended, by itself or because it was told to. */
  get hasEnded(): boolean {
    return this.#machine?.hasEnded ?? false;
  }

  /** Process id of the emulator; undefined for a shared guest. */
  get pid(): number | undefined {
    return this.#machine?.pid;
  }

  async #awaitEngine(): Promise<void> {
    const limitMs = Date.now() + ENGINE_LIMIT_MS;
    for (;;) {
      const answer = await this.wire.ask({ operation: 'engine', method: 'GET', path: '/_ping' });
      if (answer.status === 200) return;
      if (Date.now() > limitMs) {
        const [log] = await this.read('/run/dockerd.log');
        throw new Error(`the guest's engine is not up (${String(answer.body)}). It said last:\n${log?.slice(-2000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
