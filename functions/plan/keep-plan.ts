import type { AuditRecord } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import type { PlannedExperiment } from '../../lib/core/plan.ts';
import type { FleetFound } from '../opted-in.ts';
import { sideBySide } from '../side-by-side.ts';
import { forgottenAtSeconds, type KeptPlan, listed, orderOf } from './kept-plans.ts';
import { recordPlan } from './record-plan.ts';
import type { NamedPlan } from './request.ts';
import type { PlanWorld } from './world.ts';

/** How many experiments are recorded and scheduled at once. */
const AT_ONCE = 10;

/** What is recorded of a plan besides itself. */
export type PlanFindings = Pick<FleetFound, 'problems' | 'unread'>;

/**
 * Keeps a plan under its name, then records it, then schedules what is still to come. The first to keep it wins: whoever comes
 * later gets the plan that exists, and makes up what a crash may have left out. A schedule that is missing after that was deleted or
 * lost; it is made again only when somebody asks for it.
 */
export async function keep(
  world: PlanWorld,
  drawn: KeptPlan,
): Promise<{ readonly plan: KeptPlan; readonly isNew: boolean }> {
  const expiresAtSeconds = forgottenAtSeconds(world.now());
  const isNew = await world.state.write('plan', drawn.name, drawn, undefined, expiresAtSeconds);
  const kept = await world.state.read<KeptPlan>('plan', drawn.name);
  const plan = kept?.body ?? drawn;
  if (!plan.isScheduled) {
    const records = await recordPlan(world, plan);
    const planned = await sideBySide(plan.experiments, AT_ONCE, async (one) => {
      const record = await recordExperiment(world, plan, one);
      if (Date.parse(one.at) > world.now()) await world.schedules.create(orderOf(plan, one));
      return record;
    });
    await world.state.write(
      'plan',
      plan.name,
      { ...plan, notPlanned: [], problems: [], unread: [], isScheduled: true } satisfies KeptPlan,
      kept?.version,
      expiresAtSeconds,
    );
    // Told by whoever comes to the end of it: after a crash that is another run than the one that drew it.
    await world.herald.tell([...records, ...planned]);
  }
  return { plan, isNew };
}

/** A kept plan as it is answered. */
export function namedPlan({ name, date, zone, experiments, counts }: KeptPlan, isNew: boolean): NamedPlan {
  return {
    name,
    ...(date === undefined ? {} : { date }),
    ...(zone === undefined ? {} : { zone }),
    isNew,
    experiments: experiments.map((one) => ({ ...listed(one), offsetSeconds: one.offsetSeconds })),
    notPlanned: counts,
  };
}

function recordExperiment(
  world: PlanWorld,
  { name, actor, reason }: KeptPlan,
  { experiment, group, ...planned }: PlannedExperiment,
): Promise<AuditRecord> {
  const facts = { plan: name, seed: world.config.seed, ...planned };
  return new Trail(world.audit, experiment, world.now).append({
    key: 'planned',
    kind: 'planned',
    actor,
    reason,
    group,
    facts,
  });
}
