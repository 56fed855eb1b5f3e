import { Temporal } from 'temporal-polyfill';
import type { GroupState } from '../../lib/core/claim.ts';
import { formGroups, type OptedIn } from '../../lib/core/group.ts';
import { type Plan, planDay, planWithin } from '../../lib/core/plan.ts';
import { FAULT_NAMES } from '../../lib/faults/catalogue.ts';
import { keep } from './keep-plan.ts';
import type { NamedPlan, PlanAnswer, PlanRequest } from './request.ts';
import type { PlanWorld } from './world.ts';

/** A schedule needs a moment to be made before it can be due. */
const LEAD_SECONDS = 3;

/** Draws what was asked for, keeps it, and schedules it. */
export async function drawPlans(world: PlanWorld, request: PlanRequest): Promise<PlanAnswer> {
  const found = formGroups(await world.discovery.taggedServices(), world.config, FAULT_NAMES);
  const now = Temporal.Instant.fromEpochMilliseconds(world.now());
  const plans =
    request.plan === 'within' ? [await within(world, request, found, now)] : await today(world, request, found, now);
  return { plans, problems: found.problems };
}

async function within(
  world: PlanWorld,
  request: Extract<PlanRequest, { plan: 'within' }>,
  { groups, problems }: OptedIn,
  now: Temporal.Instant,
): Promise<NamedPlan> {
  const start = Temporal.Instant.fromEpochMilliseconds(Math.ceil(now.epochMilliseconds / 1000 + LEAD_SECONDS) * 1000);
  const name = request.name ?? `within-${now.toString({ smallestUnit: 'second' }).replaceAll(':', '')}`;
  const plan = planWithin({ seed: world.config.seed, name, groups, start, withinSeconds: request.seconds });
  return request.dryRun ? { ...plan, name, isNew: true } : keep(world, request, name, plan, problems);
}

/** One plan for each zone's own date, so that no group waits for another continent's midnight. */
async function today(
  world: PlanWorld,
  request: PlanRequest,
  { groups, problems }: OptedIn,
  now: Temporal.Instant,
): Promise<NamedPlan[]> {
  const states = await world.state.list<GroupState>('group');
  const lastStartedMs = new Map(
    [...states].flatMap(([name, { lastStartedMs: at }]) => (at === undefined ? [] : [[name, at] as const])),
  );
  const plans: NamedPlan[] = [];
  for (const zone of new Set(groups.map((group) => group.settings.window.zone))) {
    const date = now.toZonedDateTimeISO(zone).toPlainDate().toString();
    // Every other character stays: Etc/GMT+1 and Etc/GMT-1 are two zones, and their plans two plans.
    const name = `${date}-${zone.replaceAll('/', '-')}`;
    const ofZone = groups.filter((group) => group.settings.window.zone === zone);
    const plan: Plan = planDay({ seed: world.config.seed, name, groups: ofZone, date, now, lastStartedMs });
    plans.push(await keep(world, request, name, plan, problems));
  }
  return plans;
}
