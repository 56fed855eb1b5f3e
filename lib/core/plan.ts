import { Temporal } from 'temporal-polyfill';
import { type Draw, draw, drawChance } from './draw.ts';
import { experimentId } from './experiment.ts';
import type { Group } from './group.ts';
import { type Interval, intervalsOn, spacedSince } from './window.ts';

/** One experiment that was drawn and has not happened yet. */
export interface PlannedExperiment {
  readonly experiment: string;
  readonly group: string;
  readonly services: readonly { readonly cluster: string; readonly service: string }[];
  readonly fault: string;
  /** ISO 8601, UTC, whole second. */
  readonly at: string;
  /** Seconds of open window before the instant. */
  readonly offsetSeconds: number;
  /** Zone of the group, for the schedule and for people. */
  readonly zone: string;
  /** Label of the targets' draw, which is made when the experiment is due. */
  readonly label: string;
  readonly draws: readonly Draw[];
}

/** Why a group is not in a plan; a closed list. */
export type NotPlanned = 'not-drawn' | 'not-a-window-day' | 'window-over' | 'spacing';

export interface Plan {
  readonly experiments: readonly PlannedExperiment[];
  readonly notPlanned: readonly {
    readonly group: string;
    readonly because: NotPlanned;
    readonly draws: readonly Draw[];
  }[];
}

interface Drawing {
  readonly seed: string;
  /** Names the plan; part of every label. */
  readonly name: string;
  readonly groups: readonly Group[];
}

/** A plan in which every group gets one experiment at a uniformly random second of the next `withinSeconds`. */
export function planWithin(
  input: Drawing & { readonly start: Temporal.Instant; readonly withinSeconds: number },
): Plan {
  const open: Interval = { from: input.start, to: input.start.add({ seconds: input.withinSeconds }) };
  return {
    experiments: inOrder(input.groups.map((group) => drawExperiment(input, group, [open], []))),
    notPlanned: [],
  };
}

/**
 * The plan of one date. Each group past its spacing whose window opens on the date is drawn with p = 1/(mean − least + 1), so that
 * the mean gap is the mean that was asked for; then an instant of what is still open of its window, uniformly.
 *
 * @param lastStartedMs when each group's last experiment started; a group without one is past its spacing.
 */
export function planDay(
  input: Drawing & {
    readonly date: string;
    readonly now: Temporal.Instant;
    readonly lastStartedMs: ReadonlyMap<string, number>;
  },
): Plan {
  const experiments: PlannedExperiment[] = [];
  const notPlanned: Plan['notPlanned'][number][] = [];
  for (const group of input.groups) {
    const { window, meanDays, minDays } = group.settings;
    const intervals = intervalsOn(window, Temporal.PlainDate.from(input.date));
    const open = stillOpen(intervals, input.now);
    const chance = drawChance(
      input.seed,
      `${input.name}/chance/${group.name}`,
      1 / (meanDays - Math.max(minDays, 1) + 1),
    );
    const leave = (because: NotPlanned, draws: readonly Draw[] = []): void => {
      notPlanned.push({ group: group.name, because, draws });
    };
    const last = input.lastStartedMs.get(group.name);
    const first = open[0];
    if (intervals.length === 0) leave('not-a-window-day');
    else if (first === undefined) leave('window-over');
    else if (last !== undefined && last >= (spacedSince(window, first.from, minDays)?.epochMilliseconds ?? Infinity))
      leave('spacing');
    else if (!chance.drawn) leave('not-drawn', [chance.draw]);
    else experiments.push(drawExperiment(input, group, open, [chance.draw]));
  }
  return { experiments: inOrder(experiments), notPlanned };
}

function stillOpen(intervals: readonly Interval[], now: Temporal.Instant): Interval[] {
  return intervals
    .filter(({ to }) => Temporal.Instant.compare(to, now) > 0)
    .map(({ from, to }) => ({ from: Temporal.Instant.compare(from, now) < 0 ? now : from, to }))
    .filter((interval) => secondsOf(interval).count > 0);
}

function drawExperiment(
  input: Drawing,
  group: Group,
  open: readonly Interval[],
  before: readonly Draw[],
): PlannedExperiment {
  const instant = draw(input.seed, `${input.name}/instant/${group.name}`, openSeconds(open));
  const fault = draw(input.seed, `${input.name}/fault/${group.name}`, group.settings.faults.length);
  return {
    experiment: experimentId(input.seed, input.name, group.name),
    group: group.name,
    services: group.members.map(({ cluster, service }) => ({ cluster, service })),
    fault: group.settings.faults[fault.picked] as string,
    at: nthSecond(open, instant.picked).toString({ fractionalSecondDigits: 0 }),
    offsetSeconds: instant.picked,
    zone: group.settings.window.zone,
    label: `${input.name}/targets/${group.name}`,
    draws: [...before, instant, fault],
  };
}

/** Whole seconds that start inside the intervals, the first of each rounded up to a whole second. */
function secondsOf({ from, to }: Interval): { firstSecond: number; count: number } {
  const firstSecond = Math.ceil(from.epochMilliseconds / 1000);
  return { firstSecond, count: Math.max(0, Math.ceil(to.epochMilliseconds / 1000) - firstSecond) };
}

function openSeconds(open: readonly Interval[]): number {
  return open.reduce((sum, interval) => sum + secondsOf(interval).count, 0);
}

function nthSecond(open: readonly Interval[], index: number): Temporal.Instant {
  let left = index;
  for (const interval of open) {
    const { firstSecond, count } = secondsOf(interval);
    if (left < count) return Temporal.Instant.fromEpochMilliseconds((firstSecond + left) * 1000);
    left -= count;
  }
  throw new RangeError(`second ${index} of ${index - left}: the draw and the intervals do not fit`);
}

function inOrder(experiments: readonly PlannedExperiment[]): PlannedExperiment[] {
  return [...experiments].sort((a, b) => (a.at === b.at ? (a.group < b.group ? -1 : 1) : a.at < b.at ? -1 : 1));
}
