import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { HostJob, KeeperOrder, KeeperReport, TaskCommand } from './keeper-messages.ts';
import { signalGroup } from './process-group.ts';

/** What becomes of the processes of tasks. */
export type ProcessEvent =
  | { readonly kind: 'started'; readonly task: string; readonly pid: number }
  | { readonly kind: 'not-started'; readonly task: string; readonly why: string }
  | {
      readonly kind: 'exited';
      readonly task: string;
      /** The exit code; 128 and the signal's number for a process that a signal ended, as containers report it. */
      readonly exitCode: number;
      readonly lastLines: readonly string[];
    }
  /** No process can be started any more, and none is left. `message` is one sentence. */
  | { readonly kind: 'lost'; readonly message: string };

/** What a program on a container host did. */
export interface JobResult {
  /** 128 and the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The processes of a fleet's tasks: the port through which a fleet touches the operating system. */
export interface TaskProcesses {
  start(command: TaskCommand): void;
  /**
   * Signals a task's whole process group; a task without a process is left alone. A frozen task is let go on, so that it takes
   * the signal.
   */
  signal(task: string, signal: NodeJS.Signals): void;
  /**
   * Stops every process of a task where it is (SIGSTOP), or lets them go on (SIGCONT). False when the task has no process, or
   * they could not all be stopped.
   */
  freeze(task: string, frozen: boolean): Promise<boolean>;
  isFrozen(task: string): boolean;
  /** Process id of the first process of a task; null before it has started and once it has ended. */
  firstProcess(task: string): number | null;
  /**
   * Runs a program beside the tasks until it ends; an abort kills its process group. What it leaves in the background goes on
   * until `close`. Rejects when the program cannot be started, or the keeper ends first.
   */
  run(job: HostJob, signal: AbortSignal): Promise<JobResult>;
  /** Kills what `run` started on a container host, and what that left in the background: the host is down. */
  endHost(instanceId: string): void;
  /** SIGTERM to everything, SIGKILL to what is left after the grace; resolves when nothing is left. Safe to call again. */
  close(graceMs: number): Promise<void>;
}

/** Starts the keeper and waits until it listens. Rejects when it cannot be started. */
export async function startKeeper(
  listen: (event: ProcessEvent) => void,
): Promise<TaskProcesses & { readonly pid: number }> {
  const child = fork(fileURLToPath(new URL('./keeper-process.ts', import.meta.url)), {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { PATH: process.env.PATH },
  });
  const keeper = new Keeper(child, listen);
  await keeper.ready;
  return keeper;
}

type Answer = Extract<KeeperReport, { ask: number }>;

class Keeper implements TaskProcesses {
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #listen: (event: ProcessEvent) => void;
  readonly #ended: Promise<void>;
  /** Process groups that live, for the case that the keeper itself is killed. */
  readonly #groups = new Map<string, number>();
  /** First processes that live: an id of one that has ended may be another's by now. */
  readonly #firsts = new Map<string, number>();
  /** Tasks that were frozen or let go on, with the state that was asked for last and whether it was reached. */
  readonly #freezes = new Map<string, { readonly frozen: boolean; done: boolean }>();
  readonly #asked = new Map<number, (report: Answer | null) => void>();
  #asks = 0;
  #closed: Promise<void> | null = null;
  #why = '';

  constructor(child: ChildProcess, listen: (event: ProcessEvent) => void) {
    this.#child = child;
    this.#listen = listen;
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (report: KeeperReport) => {
        if (report.kind === 'ready') resolve();
        else if (report.kind === 'failed') this.#why = ` (${report.why})`;
        else this.#heard(report);
      });
      child.once('error', (error) => reject(new Error('the keeper of the fleet cannot be started', { cause: error })));
      child.once('exit', (code) =>
        reject(new Error(`the keeper of the fleet ended at its start with exit code ${code}`)),
      );
    });
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#keeperEnded(signal ?? `exit code ${code}`);
        resolve();
      });
      child.once('error', () => {
        if (child.pid === undefined) resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  start(command: TaskCommand): void {
    this.#order({ kind: 'start', ...command });
  }

  signal(task: string, signal: NodeJS.Signals): void {
    this.#freezes.delete(task);
    this.#order({ kind: 'signal', task, signal });
  }

  async freeze(task: string, frozen: boolean): Promise<boolean> {
    const wish = { frozen, done: false };
    this.#freezes.set(task, wish);
    const answer = await this.#ask((ask) => ({ kind: 'freeze', ask, task, frozen }));
    wish.done = answer?.kind === 'frozen' && answer.done;
    return wish.done;
  }

  isFrozen(task: string): boolean {
    const wish = this.#freezes.get(task);
    return wish?.frozen === true && wish.done;
  }

  firstProcess(task: string): number | null {
    return this.#firsts.get(task) ?? null;
  }

  async run(job: HostJob, signal: AbortSignal): Promise<JobResult> {
    signal.throwIfAborted();
    let cancel = (): void => {};
    const answer = await this.#ask((ask) => {
      cancel = () => this.#order({ kind: 'cancel', ask });
      signal.addEventListener('abort', cancel, { once: true });
      return { kind: 'run', ask, ...job };
    });
    signal.removeEventListener('abort', cancel);
    if (answer?.kind === 'not-run')
      throw new Error(`${job.program} cannot be started on a container host: ${answer.why}`);
    if (answer?.kind !== 'ran')
      throw new Error('the keeper of the fleet ended while a command ran on a container host');
    const { code, signal: endedBy, stdout, stderr } = answer;
    return { exitCode: exitCode(code, endedBy), stdout, stderr };
  }

  endHost(instanceId: string): void {
    this.#order({ kind: 'end-host', instanceId });
  }

  async close(graceMs: number): Promise<void> {
    if (this.#closed === null) {
      this.#closed = this.#ended;
      this.#order({ kind: 'end', graceMs });
    }
    await this.#closed;
  }

  #order(order: KeeperOrder): void {
    // Without a channel the keeper is ending or has ended: its 'exit' tells the rest.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Null when the keeper ends, or has ended, without an answer. */
  #ask(order: (ask: number) => KeeperOrder): Promise<Answer | null> {
    this.#asks += 1;
    const ask = this.#asks;
    return new Promise((resolve) => {
      if (!this.#child.connected) return resolve(null);
      this.#asked.set(ask, resolve);
      this.#order(order(ask));
    });
  }

  #heard(report: Exclude<KeeperReport, { kind: 'ready' | 'failed' }>): void {
    if (report.kind === 'frozen' || report.kind === 'ran' || report.kind === 'not-run') {
      this.#asked.get(report.ask)?.(report);
      this.#asked.delete(report.ask);
      return;
    }
    if (report.kind === 'first-ended') {
      this.#firsts.delete(report.task);
      return;
    }
    if (report.kind === 'started') {
      this.#groups.set(report.task, report.pid);
      this.#firsts.set(report.task, report.pid);
    } else {
      for (const known of [this.#freezes, this.#groups, this.#firsts]) known.delete(report.task);
    }
    if (report.kind === 'exited') {
      const { task, lastLines } = report;
      this.#listen({ kind: 'exited', task, exitCode: exitCode(report.code, report.signal), lastLines });
    } else {
      this.#listen(report);
    }
  }

  #keeperEnded(how: string): void {
    // The keeper kills its tasks before it ends, unless it was killed itself: then this is all that is left to do it.
    for (const group of this.#groups.values()) signalGroup(group, 'SIGKILL');
    this.#groups.clear();
    this.#firsts.clear();
    for (const answer of this.#asked.values()) answer(null);
    this.#asked.clear();
    if (this.#closed !== null) return;
    const message = `the keeper of the fleet's processes (pid ${this.pid}) ended with ${how}${this.#why}, so its tasks were killed; start the rehearsal again`;
    this.#listen({ kind: 'lost', message });
  }
}

function exitCode(code: number | null, signal: string | null): number {
  if (code !== null) return code;
  return 128 + (constants.signals[signal as NodeJS.Signals] ?? 0);
}
