import type { Probe, ProbeAnswer } from '../../lib/core/probe.ts';
import {
  advance,
  type Ending,
  type Event,
  type Limits,
  type Look,
  type Progress,
  undone,
} from '../../lib/core/progress.ts';
import type { Recovery } from '../../lib/core/recovery.ts';
import { yes } from './examples.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
/** Seconds after the injection. */
export const s = (seconds: number): number => START + seconds * 1000;

export const stable: Probe = { type: 'service-stable', name: 'stable', phases: ['before', 'after'] };
export const errors: Probe = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'N', metric: 'M', dimensions: {}, statistic: 'Sum' } },
  comparator: '<=',
  threshold: 0,
  periodSeconds: 10,
  delaySeconds: 5,
  timeoutSeconds: 5,
  phases: ['during', 'after'],
};

/** Of a one-shot fault. */
export const limits: Limits = {
  observeSeconds: 60,
  recoveryLimitSeconds: 100,
  maxReplacementFailures: 1,
  steadyState: [stable],
};

/** Of a fault that is taken away after 60 seconds; what a one-shot one would be observed is of no interest. */
export const reversible: Limits = { ...limits, observeSeconds: 7, faultSeconds: 60 };

export const fresh: Progress = {
  injectedAtMs: START,
  targets: [{ resource: 'a', outcome: 'accepted', effect: 'pending' }],
  remarks: [],
};
export const two: Progress = {
  ...fresh,
  targets: ['a', 'b'].map((resource) => ({ resource, outcome: 'accepted', effect: 'pending' })),
};

export const say = (
  phase: ProbeAnswer['phase'],
  answer: ProbeAnswer['answer'],
  because = 'x',
  probe = 'stable',
): ProbeAnswer => ({
  probe,
  phase,
  answer,
  because,
});
export const took = (resource: string): Look['effects'][number] => ({
  resource,
  effect: 'took-effect',
  because: 'STOPPED',
});
export const failed = (resource: string): Look['effects'][number] => ({
  resource,
  effect: 'failed',
  because: 'another hand',
});
export const back = (atSeconds: number, replacementFailures = 0): Recovery => ({
  struckAtMs: s(0),
  recoveredAtMs: s(atSeconds),
  recoverySeconds: atSeconds,
  replacementFailures,
});
export const down = (replacementFailures = 0): Recovery => ({ struckAtMs: s(0), replacementFailures });
export const healthy = (atSeconds: number): Look['health'] => ({ state: 'healthy', healthyAtMs: s(atSeconds) });

export const look = (atSeconds: number, changes: Partial<Look> = {}): Look => ({
  nowMs: s(atSeconds),
  lever: yes({ engaged: false, reason: '', actor: '', at: '' }),
  alarms: yes([]),
  health: { state: 'unknown' },
  effects: [],
  recovery: { replacementFailures: 0 },
  answers: [],
  ...changes,
});

/** What came of looks taken one after the other until one ended the experiment. */
export interface Followed {
  readonly progress: Progress;
  readonly events: readonly Event[];
  readonly ending?: Ending;
  /** Index of the look that ended it, or -1. */
  readonly ended: number;
  /** Indices of the looks after which the fault was to be taken away. */
  readonly undos: readonly number[];
}

/**
 * Takes looks one after the other until one ends the experiment.
 *
 * @param undoSeconds how long after a look that calls for the undo it is confirmed.
 */
export function follow(
  progress: Progress,
  looks: readonly Look[],
  under: Limits = limits,
  undoSeconds: number | 'never' = 1,
): Followed {
  const events: Event[] = [];
  const undos: number[] = [];
  let now = progress;
  for (const [index, one] of looks.entries()) {
    const next = advance(now, one, under);
    now = next.progress;
    events.push(...next.events);
    if (next.undo) {
      undos.push(index);
      if (undoSeconds !== 'never') {
        const gone = undone(now, one.nowMs + undoSeconds * 1000);
        now = gone.progress;
        events.push(...gone.events);
      }
    }
    if (next.ending) return { progress: now, events, ending: next.ending, ended: index, undos };
  }
  return { progress: now, events, ended: -1, undos };
}
