import type { ExperimentOrder } from './experiment.ts';
import type { FaultTarget } from './fault-target.ts';
import type { InjectOutcome } from './progress.ts';

/** Who wants an experiment to end before its time, and why. */
export interface StopRequest {
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** One target of a running experiment, with what undoing it needs. */
export type RunningTarget = FaultTarget & {
  /** What the fault's `prepare` stored; undefined for a one-shot fault. */
  readonly undo?: Readonly<Record<string, unknown>>;
  /** What became of the act, as soon as the experiment has said so. */
  readonly outcome?: InjectOutcome;
};

/**
 * An experiment in flight, stored before its act: what anybody needs who has to end it in its stead. Moments are milliseconds since the
 * epoch.
 */
export interface RunningExperiment {
  readonly order: ExperimentOrder;
  /** The execution; records and claims are tied to it. */
  readonly owner: string;
  readonly targets: readonly RunningTarget[];
  readonly startedAtMs: number;
  /** No act begins after this. */
  readonly notAfterMs: number;
  /** When the fault ends by itself; undefined for a one-shot fault. */
  readonly untilMs?: number;
  /** Stop conditions. */
  readonly alarms: readonly string[];
  /** The heartbeat: if nothing is heard of the experiment until then, it is given up and swept. */
  readonly aliveUntilMs: number;
  /** Somebody wants it to end. */
  readonly stop?: StopRequest;
  /** How it stands: `stuck` has ended, but a fault may still be on a target. */
  readonly status: 'running' | 'stuck' | 'ended';
}
