import type { AuditRecord } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import { type TagProblem, tagRefusal } from '../../lib/core/group.ts';
import type { Plan, PlannedExperiment } from '../../lib/core/plan.ts';
import type { NamedPlan, PlanRequest } from './request.ts';
import type { PlanWorld } from './world.ts';

/** Plans are kept this long for whoever asks; the audit keeps them for good. */
const KEPT_DAYS = 30;

/** A plan in the store. Once everything of it has been scheduled, a schedule that is missing was deleted by somebody. */
interface KeptPlan extends Plan {
  readonly isScheduled?: boolean;
}

/**
 * Keeps a plan under its name, then records it, then schedules what is still to come. The first to keep it wins: whoever comes
 * later gets the plan that exists, and makes up what a crash may have left out. What was scheduled and then cancelled, by deleting
 * its schedule, stays cancelled.
 */
export async function keep(
  world: PlanWorld,
  request: PlanRequest,
  name: string,
  drawn: Plan,
  problems: readonly TagProblem[],
): Promise<NamedPlan> {
  const expiresAtSeconds = Math.floor(world.now() / 1000) + KEPT_DAYS * 86_400;
  const isNew = await world.state.write('plan', name, drawn, undefined, expiresAtSeconds);
  const kept = await world.state.read<KeptPlan>('plan', name);
  const { isScheduled = false, ...plan } = kept?.body ?? (drawn as KeptPlan);
  if (isScheduled) return { ...plan, name, isNew };
  const records = [await recordPlan(world, request, name, plan, problems)];
  for (const experiment of plan.experiments) {
    records.push(await recordExperiment(world, request, name, experiment));
    if (Date.parse(experiment.at) > world.now()) await world.schedules.create(orderOf(request, name, experiment));
  }
  await world.state.write(
    'plan',
    name,
    { ...plan, isScheduled: true } satisfies KeptPlan,
    kept?.version,
    expiresAtSeconds,
  );
  // Told by whoever comes to the end of it: after a crash that is another run than the one that drew it.
  await world.bus.tell(records);
  return { ...plan, name, isNew };
}

function recordPlan(
  world: PlanWorld,
  { actor, reason }: PlanRequest,
  name: string,
  plan: Plan,
  problems: readonly TagProblem[],
): Promise<AuditRecord> {
  const planned = plan.experiments.map(({ experiment, group, at }) => ({ experiment, group, at }));
  const refused = problems.map((problem) => ({ group: problem.group, ...tagRefusal(problem) }));
  const facts = { seed: world.config.seed, planned, notPlanned: plan.notPlanned, refused };
  return new Trail(world.audit, `plan/${name}`, world.now).append({
    key: 'drawn',
    kind: 'plan-drawn',
    actor,
    reason,
    facts,
  });
}

function recordExperiment(
  world: PlanWorld,
  { actor, reason }: PlanRequest,
  name: string,
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

function orderOf({ reason }: PlanRequest, name: string, planned: PlannedExperiment): ExperimentOrder {
  const { experiment, group, services, fault, at, label } = planned;
  const actor = `plan ${name}`;
  return {
    version: 1,
    experiment,
    group,
    services: [...services],
    fault,
    parameters: {},
    at,
    label,
    skip: [],
    leashed: false,
    actor,
    reason,
  };
}
