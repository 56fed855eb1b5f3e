import { type KeptPlan, listed } from './kept-plans.ts';
import type { ListAnswer, ListRequest, PlannedStatus } from './request.ts';
import type { PlanWorld } from './world.ts';

const DAY_MS = 86_400_000;

/** The plans that are kept, with where each experiment of them stands. */
export async function listPlans({ state, schedules, now }: PlanWorld, { days }: ListRequest): Promise<ListAnswer> {
  const [plans, cancelled, waiting] = await Promise.all([
    state.list<KeptPlan>('plan'),
    state.list('cancelled'),
    schedules.waiting(),
  ]);
  const scheduled = new Set(waiting);
  const nowMs = now();
  const statusOf = (experiment: string, at: string): PlannedStatus => {
    if (cancelled.has(experiment)) return 'cancelled';
    if (Date.parse(at) <= nowMs) return 'due';
    return scheduled.has(experiment) ? 'waiting' : 'schedule-lost';
  };
  const sinceMs = nowMs - days * DAY_MS;
  const isWanted = ({ date, experiments }: KeptPlan): boolean =>
    (date !== undefined && Date.parse(date) >= sinceMs) || experiments.some(({ at }) => Date.parse(at) >= sinceMs);
  return {
    plans: [...plans.values()].filter(isWanted).map(({ name, date, zone, experiments }) => ({
      name,
      ...(date === undefined ? {} : { date }),
      ...(zone === undefined ? {} : { zone }),
      experiments: experiments.map((one) => ({ ...listed(one), status: statusOf(one.experiment, one.at) })),
    })),
  };
}
