import type { HostCommand, HostCommands } from '../../../lib/faults/host-commands.ts';
import type { JointLog } from '../memory-stores.ts';

/** One experiment on one task, as the host of the task keeps it. */
interface Kept {
  notAfterMs: number;
  untilMs: number;
  isPaused: boolean;
  wasPaused: boolean;
  isUndone: boolean;
}

/** Container hosts that freeze tasks by the documents of `pause-container`, and thaw them at the deadline by themselves. */
export class FakeHosts implements HostCommands {
  readonly #now: () => number;
  readonly #log: JointLog;
  readonly #kept = new Map<string, Kept>();
  /** Tasks that stay frozen whatever is done. */
  readonly stuck = new Set<string>();
  /** Called before each command; throws when the host, or Run Command, does not answer. */
  beforeCommand: (action: string) => void = () => undefined;
  /** Loses the answer of an act that was carried out. */
  losesAnswers: boolean = false;
  /** Run Command's no to an act. */
  refuses: { readonly code: string; readonly message: string } | undefined;
  /** Whether the ECS agent of the hosts is connected. */
  agentConnected: boolean = true;

  constructor(now: () => number, log: JointLog) {
    this.#now = now;
    this.#log = log;
  }

  /** Tasks that are frozen now. */
  get paused(): string[] {
    return [...this.#kept].filter(([, kept]) => this.#isPaused(kept)).map(([key]) => key.split(' ')[1] ?? '');
  }

  /** The host has healed by itself when its time is over, unless nothing heals it. */
  #isPaused(kept: Kept): boolean {
    return kept.isPaused && (kept.untilMs > this.#now() || this.stuck.size > 0);
  }

  async hostOf(): ReturnType<HostCommands['hostOf']> {
    await Promise.resolve();
    return { instanceId: 'i-0123456789abcdef0', agentConnected: this.agentConnected };
  }

  async isTerminated(): Promise<boolean> {
    await Promise.resolve();
    return false;
  }

  async sendCommand(command: HostCommand): ReturnType<HostCommands['sendCommand']> {
    await Promise.resolve();
    const { action = '', target: taskArn = '', notAfter, until } = command.parameters;
    this.#log.push(`${action} ${taskArn}`);
    this.beforeCommand(action);
    if (this.refuses) return { refused: this.refuses };
    const kept = this.#of(command);
    if (!kept.isUndone && Number(notAfter) * 1000 >= this.#now() - 1000)
      Object.assign(kept, { isPaused: true, wasPaused: true, untilMs: Number(until) * 1000 });
    if (this.losesAnswers) throw new Error('socket hang up');
    return { commandId: 'command-1' };
  }

  async runCommand(command: HostCommand): Promise<Readonly<Record<string, unknown>>> {
    await Promise.resolve();
    const { action = '', target: taskArn = '' } = command.parameters;
    if (action === 'undo') this.#log.push(`undo ${taskArn}`);
    this.beforeCommand(action);
    const kept = this.#of(command);
    if (action === 'status') return this.#status(kept);
    kept.isUndone = true;
    if (this.stuck.has(taskArn))
      return { capuchin: 1, action, code: 'not-undone', because: 'the engine does not answer' };
    kept.isPaused = false;
    return { capuchin: 1, action, code: 'undone', undone: true, because: 'nothing of the experiment is frozen' };
  }

  #status(kept: Kept): Record<string, unknown> {
    if (!kept.wasPaused) return { capuchin: 1, action: 'status', code: 'not-begun', because: 'nothing has begun' };
    const state = this.#isPaused(kept) ? 'paused' : 'not-paused';
    const members = [{ id: 'c1', state }];
    return {
      capuchin: 1,
      action: 'status',
      code: 'known',
      ended: !kept.isPaused,
      members,
      apply: { code: 'applied' },
    };
  }

  #of({ parameters: { experiment = '', target: taskArn = '' } }: HostCommand): Kept {
    const key = `${experiment} ${taskArn}`;
    const kept = this.#kept.get(key) ?? {
      notAfterMs: 0,
      untilMs: 0,
      isPaused: false,
      wasPaused: false,
      isUndone: false,
    };
    this.#kept.set(key, kept);
    return kept;
  }
}
