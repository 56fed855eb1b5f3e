import { Trail } from '../../lib/audit/trail.ts';
import { sideBySide } from '../side-by-side.ts';
import { type KeptPlan, orderOf } from './kept-plans.ts';
import type { By, RestoreAnswer } from './request.ts';
import type { PlanWorld } from './world.ts';

/**
 * Makes the schedules again that planned experiments have lost. Only on demand: whoever deleted a schedule by hand meant to cancel it.
 * What was cancelled here stays cancelled. Towards danger the record comes first, and a failed record means no schedule.
 */
export async function restore(world: PlanWorld, { actor, reason }: By): Promise<RestoreAnswer> {
  const [plans, cancelled, waiting] = await Promise.all([
    world.state.list<KeptPlan>('plan'),
    world.state.list('cancelled'),
    world.schedules.waiting(),
  ]);
  const scheduled = new Set(waiting);
  const nowMs = world.now();
  const toCome = [...plans.values()].flatMap((plan) =>
    plan.experiments
      .filter(({ experiment, at }) => Date.parse(at) > nowMs && !cancelled.has(experiment))
      .map((planned) => ({ plan, planned })),
  );
  const lost = toCome.filter(({ planned }) => !scheduled.has(planned.experiment));
  const restored = await sideBySide(lost, 10, async ({ plan, planned }) => {
    const { experiment, group, at, fault } = planned;
    const trail = new Trail(world.audit, experiment, world.now, await world.audit.readLast(experiment));
    const key = `restored/${new Date(nowMs).toISOString()}`;
    const facts = { plan: plan.name, at, fault };
    const record = await trail.append({ key, kind: 'restored', actor, reason, group, facts });
    await world.schedules.create(orderOf(plan, planned));
    await world.herald.tell([record]);
    return { experiment, group, at };
  });
  return { restored, waiting: toCome.length - lost.length };
}
