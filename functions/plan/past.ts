import type { AccountState, GroupState } from '../../lib/core/claim.ts';
import type { GroupHistory, PlannedExperiment } from '../../lib/core/plan.ts';
import type { KeptPlan } from './kept-plans.ts';
import type { PlanWorld } from './world.ts';

/** What the planner has to know of the past. */
export interface Past {
  readonly history: ReadonlyMap<string, GroupHistory>;
  /** The plans that are kept, of dates and of moments. */
  readonly plans: KeptPlan[];
  readonly cancelled: ReadonlySet<string>;
  /** When the account's experiments of the last day started. */
  readonly startedMs: readonly number[];
}

export async function readPast({ state }: Pick<PlanWorld, 'state'>): Promise<Past> {
  const [history, plans, cancelled, account] = await Promise.all([
    state.list<GroupState>('group'),
    state.list<KeptPlan>('plan'),
    state.list('cancelled'),
    state.read<AccountState>('account', 'this'),
  ]);
  return {
    history,
    plans: [...plans.values()],
    cancelled: new Set(cancelled.keys()),
    startedMs: (account?.body.starts ?? []).map(({ atMs }) => atMs),
  };
}

/** Planned experiments that are still to come and that nobody cancelled. */
export function pendingOf({ plans, cancelled }: Past, nowMs: number): PlannedExperiment[] {
  return plans
    .flatMap(({ experiments }) => experiments)
    .filter(({ experiment, at }) => Date.parse(at) > nowMs && !cancelled.has(experiment));
}

/** Instants that count against the account's ceilings: what was started lately, and what is still to come. */
export function takenMs(past: Past, nowMs: number): number[] {
  return [...past.startedMs, ...pendingOf(past, nowMs).map(({ at }) => Date.parse(at))];
}

/** The past together with what is still to come: an evening's experiment counts when the next day is drawn. */
export function withPending(
  history: ReadonlyMap<string, GroupHistory>,
  toCome: readonly Pick<PlannedExperiment, 'group' | 'at'>[],
): Map<string, GroupHistory> {
  const all = new Map(history);
  for (const { group, at } of toCome) {
    const known = all.get(group);
    all.set(group, { ...known, lastStartedMs: Math.max(known?.lastStartedMs ?? 0, Date.parse(at)) });
  }
  return all;
}
