import { randomUUID } from 'node:crypto';
import type { RenderedDocument } from './documents.ts';

/** The host that a command runs on: the rehearsal's own, or one in memory for tests. */
export interface CommandHost {
  /** Runs one document's script on a host; resolves with what it printed, also when an abort ended it. */
  run(job: CommandJob): Promise<CommandOutput>;
}

export interface CommandJob {
  readonly instanceId: string;
  readonly documentName: string;
  readonly script: string;
  /** In addition to the host's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when the command is cancelled, its alarm goes off, or its execution time is over. */
  readonly signal: AbortSignal;
}

export interface CommandOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An alarm's state; undefined when it cannot be known. */
export type AlarmState = (name: string) => 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined;

/** `Status` of an invocation. */
export type InvocationStatus = 'Pending' | 'InProgress' | 'Success' | 'Failed' | 'TimedOut' | 'Cancelled';

/** One command on one host. */
export interface Invocation {
  readonly instanceId: string;
  readonly status: InvocationStatus;
  /** `Status` in more words: `ExecutionTimedOut`. */
  readonly statusDetails: string;
  /** -1 until a script has ended. */
  readonly responseCode: number;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command as it was sent. */
export interface SentCommand {
  readonly documentName: string;
  readonly rendered: RenderedDocument;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly comment: string;
  readonly deliveryTimeoutSeconds: number;
  readonly alarm: { readonly name: string; readonly ignorePollFailure: boolean } | null;
}

/** A command with what became of it. */
export interface CommandRun extends SentCommand {
  readonly commandId: string;
  readonly requestedAt: Date;
  readonly invocations: readonly Invocation[];
  /** The alarm that kept it from running, or ended it. */
  readonly triggeredAlarm: { readonly name: string; readonly state: string } | null;
}

export interface CommandRunsOptions {
  readonly host: CommandHost;
  readonly alarmState: AlarmState;
  readonly alarmPollMs: number;
  readonly now: () => Date;
  /** A host that rejects: no script's fault, but the rehearsal's. */
  readonly onDefect: (sentence: string, cause: unknown) => void;
}

const ENDED: readonly InvocationStatus[] = ['Success', 'Failed', 'TimedOut', 'Cancelled'];

/** Whether nothing more becomes of an invocation. */
export function isOver({ status }: Invocation): boolean {
  return ENDED.includes(status);
}

/** Runs commands on hosts, and remembers all of them. */
export class CommandRuns {
  readonly #options: CommandRunsOptions;
  readonly #runs = new Map<string, CommandRun>();
  /** By command and instance; aborted with the status that the invocation ends with. */
  readonly #controls = new Map<string, AbortController>();
  readonly #working = new Set<Promise<void>>();

  constructor(options: CommandRunsOptions) {
    this.#options = options;
  }

  find(commandId: string): CommandRun | undefined {
    return this.#runs.get(commandId);
  }

  /** Newest first. */
  list(): readonly CommandRun[] {
    return [...this.#runs.values()].reverse();
  }

  /** Begins a command on each host. Answers it as it is right after. */
  start(command: SentCommand, instanceIds: readonly string[]): CommandRun {
    const commandId = randomUUID();
    const pending = {
      status: 'Pending',
      statusDetails: 'Pending',
      responseCode: -1,
      startedAt: null,
      endedAt: null,
    } as const;
    const invocations = instanceIds.map((instanceId) => ({ ...pending, instanceId, stdout: '', stderr: '' }));
    const run: CommandRun = {
      ...command,
      commandId,
      requestedAt: this.#options.now(),
      invocations,
      triggeredAlarm: null,
    };
    this.#runs.set(commandId, run);
    for (const instanceId of instanceIds) {
      const working = this.#invoke(commandId, instanceId).finally(() => this.#working.delete(working));
      this.#working.add(working);
    }
    return run;
  }

  /** Ends what has not ended of a command, on some hosts or on all. */
  cancel(commandId: string, instanceIds: readonly string[] = []): void {
    for (const { instanceId } of this.find(commandId)?.invocations ?? []) {
      const isMeant = instanceIds.length === 0 || instanceIds.includes(instanceId);
      if (isMeant) this.#controls.get(`${commandId} ${instanceId}`)?.abort('Cancelled');
    }
  }

  /** Cancels everything that runs, and waits until it has ended. */
  async close(): Promise<void> {
    for (const control of this.#controls.values()) control.abort('Cancelled');
    await Promise.all(this.#working);
  }

  async #invoke(commandId: string, instanceId: string): Promise<void> {
    const run = this.find(commandId);
    if (run === undefined) return;
    const control = new AbortController();
    const key = `${commandId} ${instanceId}`;
    this.#controls.set(key, control);
    this.#lookAtAlarm(run, control);
    const polls = setInterval(() => this.#lookAtAlarm(run, control), this.#options.alarmPollMs);
    const limit = setTimeout(() => control.abort('TimedOut'), run.rendered.executionTimeoutMs);
    try {
      await this.#runScript(run, instanceId, control.signal);
    } finally {
      clearInterval(polls);
      clearTimeout(limit);
      this.#controls.delete(key);
    }
  }

  async #runScript({ commandId, documentName, rendered }: CommandRun, instanceId: string, signal: AbortSignal) {
    const { host, now, onDefect } = this.#options;
    const end = (change: Partial<Invocation>): void =>
      this.#change(commandId, instanceId, { ...change, endedAt: now() });
    if (signal.aborted) return end(endedBy(signal));
    this.#change(commandId, instanceId, { status: 'InProgress', statusDetails: 'InProgress', startedAt: now() });
    try {
      const { script, environment } = rendered;
      const { exitCode, stdout, stderr } = await host.run({ instanceId, documentName, script, environment, signal });
      if (signal.aborted) return end({ ...endedBy(signal), stdout, stderr });
      const status = exitCode === 0 ? 'Success' : 'Failed';
      // What the SSM agent adds for a script that ends with another code than 0.
      const said = exitCode === 0 ? stderr : `${stderr}failed to run commands: exit status ${exitCode}`;
      end({ status, statusDetails: status, responseCode: exitCode, stdout, stderr: said });
    } catch (error) {
      if (!signal.aborted) onDefect(`Run Command: ${documentName} could not be run on ${instanceId}.`, error);
      const why = error instanceof Error ? error.message : String(error);
      end(
        signal.aborted ? endedBy(signal) : { status: 'Failed', statusDetails: 'Failed', responseCode: 1, stderr: why },
      );
    }
  }

  /** A command does not run, or ends, when its alarm is in ALARM, or cannot be asked and that is not to be ignored. */
  #lookAtAlarm({ commandId, alarm }: CommandRun, control: AbortController): void {
    if (alarm === null || control.signal.aborted) return;
    const state = this.#options.alarmState(alarm.name);
    if (state !== 'ALARM' && (state !== undefined || alarm.ignorePollFailure)) return;
    const run = this.find(commandId);
    const triggeredAlarm = { name: alarm.name, state: state ?? 'UNKNOWN' };
    if (run !== undefined) this.#runs.set(commandId, { ...run, triggeredAlarm });
    control.abort('Cancelled');
  }

  #change(commandId: string, instanceId: string, change: Partial<Invocation>): void {
    const run = this.find(commandId);
    if (run === undefined) return;
    const invocations = run.invocations.map((each) => (each.instanceId === instanceId ? { ...each, ...change } : each));
    this.#runs.set(commandId, { ...run, invocations });
  }
}

function endedBy(signal: AbortSignal): Pick<Invocation, 'status' | 'statusDetails'> {
  if (signal.reason === 'TimedOut') return { status: 'TimedOut', statusDetails: 'ExecutionTimedOut' };
  return { status: 'Cancelled', statusDetails: 'Cancelled' };
}
