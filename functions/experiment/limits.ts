import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import { type Limits, REST_SECONDS, settleMs } from '../../lib/core/progress.ts';
import type { GroupSettings } from '../../lib/core/settings.ts';
import type { FaultPort } from '../../lib/faults/catalogue.ts';
import type { Fault } from '../../lib/faults/contract.ts';

/** A claim outlives the longest experiment by this much before it stops blocking others; undoing may take some of it. */
const CLAIM_MARGIN_SECONDS = 1_500;

/** A durable execution has at most 3,000 operations (Lambda quotas), and each look takes two. */
const MOST_LOOKS = 1_000;

export function limitsOf(
  settings: GroupSettings,
  fault: Fault<FaultPort> & { readonly spreadSeconds?: number },
  order: ExperimentOrder,
): Limits {
  // Whatever is hit last is observed as long.
  const observeSeconds = settings.observeSeconds + (fault.spreadSeconds ?? 0);
  const { recoveryLimitSeconds, maxReplacementFailures, steadyState } = settings;
  const limits = { observeSeconds, recoveryLimitSeconds, maxReplacementFailures, steadyState };
  if (fault.kind === 'one-shot') return limits;
  return { ...limits, faultSeconds: fault.durationSeconds(fault.parameters.parse(order.parameters)) };
}

/** How long an experiment takes at the most, undoing not counted: one that never comes to rest is given up after all of this. */
function longestSeconds({ faultSeconds, observeSeconds, recoveryLimitSeconds, steadyState }: Limits): number {
  return (faultSeconds ?? observeSeconds) + recoveryLimitSeconds + (2 * settleMs(steadyState)) / 1000 + REST_SECONDS;
}

export function heldUntilMs(nowMs: number, limits: Limits): number {
  return nowMs + (longestSeconds(limits) + CLAIM_MARGIN_SECONDS) * 1000;
}

/** Seconds between two looks: what the group says, or more when an experiment would have too many. */
export function lookEverySeconds({ intervalSeconds }: Pick<GroupSettings, 'intervalSeconds'>, limits: Limits): number {
  return Math.max(intervalSeconds, Math.ceil(longestSeconds(limits) / MOST_LOOKS));
}
