import { Trail } from '../../lib/audit/trail.ts';
import type { Cancellation } from '../../lib/core/guards/guard.ts';
import { forgottenAtSeconds, KEPT_DAYS, type KeptPlan } from './kept-plans.ts';
import type { CancelAnswer, CancelRequest } from './request.ts';
import type { PlanWorld } from './world.ts';

/**
 * Takes one experiment out of its plan. Towards safety the change comes first and is not undone by a record that fails: it is marked as
 * cancelled, which its guard sees should it fire all the same, then its schedule goes, then it is recorded.
 */
export async function cancel(world: PlanWorld, request: CancelRequest): Promise<CancelAnswer> {
  const { experiment, actor, reason } = request;
  const plans = await world.state.list<KeptPlan>('plan');
  const planned = [...plans.values()]
    .flatMap(({ experiments }) => experiments)
    .find((one) => one.experiment === experiment);
  const no = (because: string): CancelAnswer => ({ cancelled: false, experiment, because });
  if (planned === undefined)
    return no(`no plan of the last ${KEPT_DAYS} days has such an experiment; "capuchin plan list" shows them`);
  const { group, at } = planned;
  const nowMs = world.now();
  if (Date.parse(at) <= nowMs) return no(`it was due at ${at}; "capuchin show ${experiment}" says what came of it`);
  const by: Cancellation = { actor, reason, at: new Date(nowMs).toISOString() };
  // Somebody who cancelled it earlier stays the one who did.
  await world.state.write('cancelled', experiment, by, undefined, forgottenAtSeconds(nowMs));
  await world.schedules.delete(experiment);
  let recorded = true;
  try {
    const trail = new Trail(world.audit, experiment, world.now, await world.audit.readLast(experiment));
    const facts = { group, at, fault: planned.fault };
    await world.herald.tell([await trail.append({ key: 'cancelled', kind: 'cancelled', actor, reason, group, facts })]);
  } catch {
    recorded = false;
  }
  return { cancelled: true, experiment, group, at, recorded };
}
