import type { AlarmNow } from './alarm.ts';
import type { LeverState } from './guards/guard.ts';
import type { ProbeAnswer } from './probe.ts';
import type { Recovery } from './recovery.ts';
import type { Known } from './refusal.ts';
import type { StopRequest } from './running.ts';

/** Why an experiment ends before its time. */
export interface Stop {
  /**
   * `violated`: a probe, while a fault is on that can be taken away; the group's recovery is still watched.
   * `spiral`: replacements die again and again. `aborted`: lever, a person, or a stop alarm. `blind`: Capuchin could not look any more.
   */
  readonly kind: 'violated' | 'spiral' | 'aborted' | 'blind';
  readonly because: string;
  readonly atMs: number;
}

/** Everything that can end an experiment from outside, as one look sees it. */
export interface StopSigns {
  readonly nowMs: number;
  readonly lever: Known<LeverState>;
  /** Somebody asked for the end of this experiment. */
  readonly stopRequest?: StopRequest;
  /** The stop conditions and the outage alarms. */
  readonly alarms: Known<readonly AlarmNow[]>;
}

/** Why it must end at once, whatever else was seen; undefined when nothing and nobody says so. What cannot be read says so too. */
export function abortOf({ lever, stopRequest, alarms }: StopSigns): string | undefined {
  if (!lever.known) return `the lever could not be read: ${lever.because}`;
  if (lever.value.engaged) return `${lever.value.actor} engaged the lever: ${lever.value.reason}`;
  if (stopRequest !== undefined) return `${stopRequest.actor} ended it: ${stopRequest.reason}`;
  if (!alarms.known) return `the stop alarms could not be read: ${alarms.because}`;
  const loud = alarms.value.find(({ state }) => state === 'ALARM' || state === 'MISSING');
  if (loud === undefined) return undefined;
  if (loud.state === 'MISSING') return `the stop alarm ${loud.name} does not exist any more`;
  return `the alarm ${loud.name} is in ALARM${loud.reason === undefined ? '' : `: ${loud.reason}`}`;
}

function isSpiral({ replacementFailures }: Recovery, limits: { readonly maxReplacementFailures: number }): boolean {
  return replacementFailures > limits.maxReplacementFailures;
}

/**
 * The cause for which an experiment ends before its time, if there is one.
 *
 * @param violations new violations, while a fault is on that can be taken away; none otherwise.
 */
export function stopOf(
  signs: StopSigns,
  violations: readonly ProbeAnswer[],
  limits: { readonly maxReplacementFailures: number },
  recovery: Recovery,
): Stop | undefined {
  const atMs = signs.nowMs;
  const aborted = abortOf(signs);
  if (aborted !== undefined) return { kind: 'aborted', because: aborted, atMs };
  if (isSpiral(recovery, limits))
    return { kind: 'spiral', because: `${recovery.replacementFailures} replacements died again`, atMs };
  const [violated] = violations;
  if (violated === undefined) return undefined;
  return { kind: 'violated', because: `${violated.probe} (${violated.phase}): ${violated.because}`, atMs };
}

/** Whether one that was stopped by a probe, and is watched on, must end at once after all. */
export function isOneMoreStop(
  signs: StopSigns & { readonly recovery: Recovery },
  limits: { readonly maxReplacementFailures: number },
): boolean {
  return abortOf(signs) !== undefined || isSpiral(signs.recovery, limits);
}
