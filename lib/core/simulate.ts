import { daysAfter, type WorkCalendar } from './calendar.ts';
import type { Calendars } from './calendars.ts';
import { withinCeilings } from './ceilings.ts';
import type { Config } from './config.ts';
import type { FaultKind } from './fault-choice.ts';
import type { Group } from './group.ts';
import { type GroupHistory, type PlannedExperiment, planDay } from './plan.ts';

/** What some days of plans come to for one group. Gaps are counted in work days of the group. */
export interface SimulatedGroup {
  readonly group: string;
  readonly meanDays: number;
  readonly minDays: number;
  /** How many of the days were work days of the group. */
  readonly workDays: number;
  readonly experiments: number;
  /** Mean of the gaps between two experiments; null with fewer than two. */
  readonly meanGapDays: number | null;
  readonly longestGapDays: number | null;
}

/** One simulated experiment. */
export type SimulatedExperiment = Pick<PlannedExperiment, 'experiment' | 'group' | 'fault' | 'at'>;

export interface Simulation {
  readonly groups: readonly SimulatedGroup[];
  /** In the order of their days; what is worth keeping of millions. */
  readonly experiments: readonly SimulatedExperiment[];
  /** Experiments that the account's ceilings took away, when they were asked for. */
  readonly beyondCeilings: number;
}

export interface SimulationInput {
  readonly seed: string;
  readonly groups: readonly Group[];
  readonly calendars: Calendars;
  readonly faults: readonly FaultKind[];
  /** The first date, in each group's own zone. */
  readonly from: string;
  /** Days of the calendar, work days or not. */
  readonly days: number;
  /** Ceilings of the account; undefined: as if there were none. */
  readonly ceilings?: { readonly budgets: Config['budgets']; readonly zone: string };
  /** Called after each day with the number of days done. */
  readonly onDay?: (done: number) => void;
}

/** Dates of zones reach over two days of UTC, and night shifts into a third. */
const LATELY_MS = 3 * 86_400_000;

interface Tally {
  /** Which work day of its calendar the last experiment fell on. */
  lastDay: number;
  experiments: number;
  longestGap: number;
  firstDay: number;
}

/**
 * Plans day after day as the planner would, each experiment taking place as planned. With the deployment's own seed and groups these are
 * the plans that will be drawn.
 */
export function simulate(input: SimulationInput): Simulation {
  const { seed, groups, calendars, faults, from, days, ceilings } = input;
  const zones = [...Map.groupBy(groups, (group) => group.settings.window.zone)];
  const workDays = new Map<WorkCalendar, number>();
  // The planner would meet every group on the first day; their `maxDays` count from there.
  const history = new Map<string, GroupHistory>(
    groups.map((group) => [group.name, { knownSinceMs: calendars.of(group.settings).startOf(from) }]),
  );
  const tallies = new Map<string, Tally>();
  const calendarOf = new Map(groups.map((group) => [group.name, calendars.of(group.settings)]));
  const experiments: SimulatedExperiment[] = [];
  let beyondCeilings = 0;
  // What was planned lately counts against the ceilings of other zones' days and of the hours around midnight.
  let lately: number[] = [];
  for (let day = 0; day < days; day++) {
    const date = daysAfter(from, day);
    for (const calendar of new Set(calendarOf.values())) {
      if (calendar.isWorkDay(date)) workDays.set(calendar, (workDays.get(calendar) ?? 0) + 1);
    }
    const today: PlannedExperiment[] = [];
    for (const [zone, ofZone] of zones) {
      const name = `${date}-${zone.replaceAll('/', '-')}`;
      const plan = planDay({ seed, name, groups: ofZone, calendars, faults, date, nowMs: 0, history });
      const takenMs = [...lately, ...today.map(({ at }) => Date.parse(at))];
      const kept = ceilings === undefined ? plan : withinCeilings(plan, name, seed, { ...ceilings, takenMs });
      beyondCeilings += plan.experiments.length - kept.experiments.length;
      today.push(...kept.experiments);
    }
    for (const { group, at } of today) {
      history.set(group, { lastStartedMs: Date.parse(at) });
      count(tallies, group, workDays.get(calendarOf.get(group) as WorkCalendar) ?? 0);
    }
    for (const { experiment, group, fault, at } of today) experiments.push({ experiment, group, fault, at });
    if (ceilings !== undefined) {
      const sinceMs = Date.parse(date) - LATELY_MS;
      lately = [...lately.filter((ms) => ms >= sinceMs), ...today.map(({ at }) => Date.parse(at))];
    }
    input.onDay?.(day + 1);
  }
  const told = groups.map((group) =>
    tell(group, workDays.get(calendars.of(group.settings)) ?? 0, tallies.get(group.name)),
  );
  return { groups: told, experiments, beyondCeilings };
}

function count(tallies: Map<string, Tally>, group: string, workDay: number): void {
  const tally = tallies.get(group);
  if (tally === undefined) {
    tallies.set(group, { firstDay: workDay, lastDay: workDay, experiments: 1, longestGap: 0 });
    return;
  }
  tally.longestGap = Math.max(tally.longestGap, workDay - tally.lastDay);
  tally.lastDay = workDay;
  tally.experiments++;
}

function tell({ name, settings }: Group, workDays: number, tally: Tally | undefined): SimulatedGroup {
  const experiments = tally?.experiments ?? 0;
  const hasGaps = tally !== undefined && experiments > 1;
  return {
    group: name,
    meanDays: settings.meanDays,
    minDays: settings.minDays,
    workDays,
    experiments,
    meanGapDays: hasGaps ? (tally.lastDay - tally.firstDay) / (experiments - 1) : null,
    longestGapDays: hasGaps ? tally.longestGap : null,
  };
}
