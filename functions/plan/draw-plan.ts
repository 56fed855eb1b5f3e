import { Calendars } from '../../lib/core/calendars.ts';
import { withinCeilings } from '../../lib/core/ceilings.ts';
import type { GroupState } from '../../lib/core/claim.ts';
import type { Config } from '../../lib/core/config.ts';
import type { Group } from '../../lib/core/group.ts';
import { notPlannedOf, type Plan, planDay, planWithin } from '../../lib/core/plan.ts';
import { FAULT_KINDS } from '../../lib/faults/catalogue.ts';
import { type FleetFound, readOptedIn } from '../opted-in.ts';
import { sideBySide } from '../side-by-side.ts';
import { keep, namedPlan } from './keep-plan.ts';
import { countsOf, type KeptPlan } from './kept-plans.ts';
import { type Past, pendingOf, readPast, takenMs, withPending } from './past.ts';
import type { By, NamedPlan, PlanAnswer, WithinRequest } from './request.ts';
import type { PlanWorld } from './world.ts';
import { byZone, dateIn, inOrderOfMidnights, ofZone, PLAN_LEAD_MS, planName, type ZoneDate } from './zones.ts';

/** A schedule needs a moment to be made before it can be due. */
const LEAD_SECONDS = 3;

/** The planner comes every hour; a date whose midnight is nearer than this is planned already, so that no window loses its first hour. */
const AHEAD_MS = 90 * 60_000;

/** Draws one experiment for every group within the next seconds, keeps the plan and schedules it. */
export async function drawWithin(world: PlanWorld, request: WithinRequest): Promise<PlanAnswer> {
  const [found, past] = await Promise.all([readOptedIn(world), readPast(world)]);
  const nowMs = world.now();
  const second = new Date(nowMs).toISOString().slice(0, 19);
  const name = request.name ?? `within-${second.replaceAll(':', '')}Z`;
  const within = planWithin({
    seed: world.config.seed,
    name,
    groups: found.groups,
    calendars: new Calendars(world.config.calendar),
    faults: FAULT_KINDS,
    startMs: Math.ceil(nowMs / 1000 + LEAD_SECONDS) * 1000,
    withinSeconds: request.seconds,
    skipWindow: request.skip.includes('window'),
  });
  const drawn = fitted(world, { name, skip: request.skip, by: request }, within, found, takenMs(past, nowMs));
  const { plan, isNew } = request.dryRun ? { plan: drawn, isNew: true } : await keep(world, drawn);
  return { plans: [namedPlan(plan, isNew)], problems: found.problems, unread: found.unread };
}

/** The plan of each zone's own date, so that no group waits for another continent's midnight; and of the next when it is near. */
export async function drawToday(world: PlanWorld, by: By): Promise<PlanAnswer> {
  const [found, past] = await Promise.all([readOptedIn(world), readPast(world)]);
  const nowMs = world.now();
  await meet(world, found.groups, past, nowMs);
  const calendars = new Calendars(world.config.calendar);
  const plans: NamedPlan[] = [];
  for (const { zone, groups, date } of datesNear(world.config, found.groups, nowMs)) {
    const name = planName(date, zone);
    const earlier = past.plans.find((one) => one.name === name);
    if (earlier?.isScheduled) {
      plans.push(namedPlan(earlier, false));
      continue;
    }
    const history = withPending(past.history, pendingOf(past, nowMs));
    const fromMs = nowMs + PLAN_LEAD_MS;
    const input = {
      seed: world.config.seed,
      name,
      groups,
      calendars,
      faults: FAULT_KINDS,
      date,
      nowMs: fromMs,
      history,
    };
    const about = { name, date, zone, skip: [], by };
    const drawn = fitted(world, about, planDay(input), ofZone(world.config, found, zone), takenMs(past, nowMs));
    const { plan, isNew } = await keep(world, drawn);
    past.plans.push(plan);
    plans.push(namedPlan(plan, isNew));
  }
  return { plans, problems: found.problems, unread: found.unread };
}

/** Each zone's date, and its next one when that is near, in the order of their midnights: who comes first has the ceilings first. */
function datesNear(config: Config, groups: readonly Group[], nowMs: number): ZoneDate[] {
  return inOrderOfMidnights(
    byZone(config, groups).flatMap((ofZone) =>
      [...new Set([dateIn(ofZone.zone, nowMs), dateIn(ofZone.zone, nowMs + AHEAD_MS)])].map((date) => ({
        ...ofZone,
        date,
      })),
    ),
  );
}

/** Groups with a `maxDays` that are met for the first time: their days count from now. */
async function meet(world: PlanWorld, groups: readonly Group[], { history }: Past, nowMs: number): Promise<void> {
  const unknown = groups.filter(({ name, settings }) => {
    const { lastStartedMs, knownSinceMs } = history.get(name) ?? {};
    return settings.maxDays !== undefined && lastStartedMs === undefined && knownSinceMs === undefined;
  });
  await sideBySide(unknown, 10, async ({ name }) => {
    const kept = await world.state.read<GroupState>('group', name);
    const met: GroupState = { ...kept?.body, group: name, knownSinceMs: kept?.body.knownSinceMs ?? nowMs };
    // Whoever was quicker has written the same, or has claimed the group; then the next run writes it.
    await world.state.write('group', name, met, kept?.version);
  });
}

/** A drawn plan as it is to be kept: within the account's ceilings, and with what the config leaves out. */
export function fitted(
  { config }: Pick<PlanWorld, 'config'>,
  about: Pick<KeptPlan, 'name' | 'date' | 'zone' | 'skip'> & { readonly by: By },
  drawn: Plan,
  { excluded, groups, problems, unread }: FleetFound,
  taken: readonly number[],
): KeptPlan {
  const { by, ...rest } = about;
  const ceilings = { budgets: config.budgets, zone: config.window.zone, takenMs: taken };
  const fitting = withinCeilings(drawn, about.name, config.seed, ceilings);
  const plan = { ...fitting, notPlanned: [...fitting.notPlanned, ...notPlannedOf(excluded, groups)] };
  const { actor, reason } = by;
  return { ...rest, ...plan, problems, unread, actor, reason, counts: countsOf(plan), isScheduled: false };
}
