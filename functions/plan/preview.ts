import { daysAfter, daysBetween } from '../../lib/core/calendar.ts';
import { Calendars } from '../../lib/core/calendars.ts';
import { planDay } from '../../lib/core/plan.ts';
import { FAULT_KINDS } from '../../lib/faults/catalogue.ts';
import { InvalidEvent } from '../event.ts';
import { type FleetFound, readOptedIn } from '../opted-in.ts';
import { fitted } from './draw-plan.ts';
import { type KeptPlan, listed } from './kept-plans.ts';
import { type Past, pendingOf, readPast, takenMs, withPending } from './past.ts';
import type { PreviewAnswer, PreviewedPlan, PreviewRequest } from './request.ts';
import type { PlanWorld } from './world.ts';
import { byZone, dateIn, inOrderOfMidnights, ofZone, PLAN_LEAD_MS, planName, type ZoneDate } from './zones.ts';

/** Lambda answers with 6 MB at most, counted in bytes. */
const LONGEST_ANSWER = 5_000_000;

/** Each day between today and the first that is shown has to be drawn. */
const FARTHEST_DAYS = 800;

/**
 * The plans of some days: those that are kept as they stand, the others as they would be drawn if nothing changed until then and every
 * experiment took place. Nothing is recorded. Dates before today have no plan unless one was kept.
 */
export async function preview(world: PlanWorld, request: PreviewRequest): Promise<PreviewAnswer> {
  const away = request.date === undefined ? 0 : daysBetween(dateIn('UTC', world.now()), request.date);
  if (Math.abs(away) > FARTHEST_DAYS) {
    throw new InvalidEvent(`the event is not valid: date: ${request.date} is more than ${FARTHEST_DAYS} days away`);
  }
  const [found, past] = await Promise.all([readOptedIn(world), readPast(world)]);
  const plans = drawAhead(world, request, found, past);
  const isWanted = ({ group }: { readonly group: string }): boolean =>
    request.group === undefined || group === request.group;
  const answer = { plans, problems: found.problems.filter(isWanted), unread: found.unread };
  if (JSON.stringify(answer).length <= LONGEST_ANSWER) return answer;
  throw new InvalidEvent('the answer would be too long: ask for fewer days, or for one group');
}

/** One zone's date that is drawn, and whether it is shown too. */
type PreviewedDate = ZoneDate & { readonly isWanted: boolean };

/**
 * The zones' dates in the order in which the planner comes to them, that of their midnights. The dates between today and the first
 * wanted one are there too: their experiments count for the spacing and the ceilings of those that follow.
 */
function zoneDates({ config, now }: PlanWorld, request: PreviewRequest, found: FleetFound): PreviewedDate[] {
  const all = byZone(config, found.groups).flatMap(({ zone, groups }) => {
    const today = dateIn(zone, now());
    const first = request.date ?? today;
    const last = daysAfter(first, request.days - 1);
    const earliest = daysBetween(first, today) > 0 ? first : today;
    const days = Math.max(0, daysBetween(earliest, last) + 1);
    return Array.from({ length: days }, (_, day) => {
      const date = daysAfter(earliest, day);
      return { zone, groups, date, isWanted: date >= first };
    });
  });
  return inOrderOfMidnights(all);
}

function drawAhead(world: PlanWorld, request: PreviewRequest, found: FleetFound, past: Past): PreviewedPlan[] {
  const nowMs = world.now();
  const fromMs = nowMs + PLAN_LEAD_MS;
  const calendars = new Calendars(world.config.calendar);
  const taken = takenMs(past, nowMs);
  const history = withPending(past.history, pendingOf(past, nowMs));
  const plans: PreviewedPlan[] = [];
  for (const { zone, groups, date, isWanted } of zoneDates(world, request, found)) {
    const name = planName(date, zone);
    const kept = past.plans.find((plan) => plan.name === name);
    // What was not planned on a day that is over will not be.
    if (kept === undefined && daysBetween(date, dateIn(zone, nowMs)) > 0) continue;
    const about = { name, date, zone, skip: [], by: request };
    const day = { seed: world.config.seed, name, groups, calendars, faults: FAULT_KINDS, date, nowMs: fromMs, history };
    const plan = kept ?? fitted(world, about, planDay(day), ofZone(world.config, found, zone), taken);
    if (kept === undefined) {
      for (const { group, at } of plan.experiments) history.set(group, { lastStartedMs: Date.parse(at) });
      taken.push(...plan.experiments.map(({ at }) => Date.parse(at)));
    }
    if (isWanted) plans.push(previewed(plan, kept !== undefined, request.group, past.cancelled));
  }
  return plans;
}

function previewed(
  { name, date, zone, experiments, notPlanned, counts }: KeptPlan,
  isKept: boolean,
  group: string | undefined,
  cancelled: ReadonlySet<string>,
): PreviewedPlan {
  const why = group === undefined ? undefined : notPlanned.find((one) => one.group === group);
  const wanted = experiments.filter((one) => group === undefined || one.group === group);
  return {
    name,
    ...(date === undefined ? {} : { date }),
    ...(zone === undefined ? {} : { zone }),
    isKept,
    experiments: wanted.map(listed),
    cancelled: wanted.map(({ experiment }) => experiment).filter((experiment) => cancelled.has(experiment)),
    notPlanned: counts,
    ...(why === undefined ? {} : { why }),
  };
}
