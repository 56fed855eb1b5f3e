import { type ClosedBecause, daysAfter, type Span, type WorkCalendar } from './calendar.ts';
import type { Calendars } from './calendars.ts';
import { chanceOf } from './chance.ts';
import { type Draw, draw, drawChance } from './draw.ts';
import { experimentId, type HostsName } from './experiment.ts';
import { applicableFaults, drawFault, type FaultKind } from './fault-choice.ts';
import type { Excluded, Group } from './group.ts';
import { parametersFor, type WeightedFault } from './settings.ts';

/** One experiment that was drawn and has not happened yet. With seed and draws, everything needed to draw it again. */
export interface PlannedExperiment {
  readonly experiment: string;
  readonly group: string;
  readonly services: readonly { readonly cluster: string; readonly service: string }[];
  /** The hosts of a group of hosts. */
  readonly hosts: readonly HostsName[];
  readonly fault: string;
  /** Of the fault, as the group's profile gives them. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** ISO 8601, UTC, whole second. */
  readonly at: string;
  /** Seconds of open window before the instant. */
  readonly offsetSeconds: number;
  /** Zone of the group. */
  readonly zone: string;
  /** What was still open when the instant was drawn, ISO 8601 in UTC, `to` outside. */
  readonly open: readonly { readonly from: string; readonly to: string }[];
  /** The faults among which one was drawn. */
  readonly faults: readonly WeightedFault[];
  /** The chance with which the group was drawn; 1 when it was certain. */
  readonly chance: number;
  /** Label of the targets' draw, which is made when the experiment is due. */
  readonly label: string;
  readonly draws: readonly Draw[];
}

/** Why a group is not in a plan; a closed list with what each means. */
export const NOT_PLANNED = {
  'not-drawn': 'it might have been drawn, and was not',
  spacing: 'its last experiment was too short a while ago',
  'not-a-window-day': 'the date is not one of the days of its window',
  'outside-hours': 'its window is closed at this time',
  holiday: 'the date is a holiday',
  freeze: 'a freeze covers the window',
  'calendar-unknown': 'the holidays of the date are not known, so it counts as closed',
  'window-over': 'the window was over when the plan was drawn',
  'no-fault-applies': 'none of the faults that it allows applies to it',
  ceiling: 'it was drawn, but the account allows no more experiments',
  excepted: 'the config excepts it',
  'not-enabled': 'its account or region is not enabled in the config',
} as const satisfies Readonly<Record<ClosedBecause, string>> & Readonly<Record<string, string>>;
export type NotPlannedBecause = keyof typeof NOT_PLANNED;

export interface NotPlanned {
  readonly group: string;
  readonly because: NotPlannedBecause;
  /** The numbers or names of this case. */
  readonly detail: string;
  /** The chance, where it came to a draw; the draw's label is `<plan>/chance/<group>`, and `<plan>/rank/<group>` under a ceiling. */
  readonly chance?: number;
}

export interface Plan {
  readonly experiments: readonly PlannedExperiment[];
  readonly notPlanned: readonly NotPlanned[];
}

/** What is known of a group's past. Milliseconds since the epoch. */
export interface GroupHistory {
  readonly lastStartedMs?: number;
  /** Since when a group without any experiment is known; its `maxDays` count from there. */
  readonly knownSinceMs?: number;
}

interface Drawing {
  readonly seed: string;
  /** Names the plan; part of every label. */
  readonly name: string;
  readonly groups: readonly Group[];
  readonly calendars: Calendars;
  /** The catalogue. */
  readonly faults: readonly FaultKind[];
}

/** Outcome for one group. */
type Answer = { readonly planned: PlannedExperiment } | { readonly not: NotPlanned };

/**
 * A plan in which every group gets one experiment at a uniformly random second of what is open of the next `withinSeconds`.
 *
 * @param skipWindow asks for nothing but that no freeze is on.
 */
export function planWithin(
  input: Drawing & { readonly startMs: number; readonly withinSeconds: number; readonly skipWindow?: boolean },
): Plan {
  const span = { fromMs: input.startMs, toMs: input.startMs + input.withinSeconds * 1000 };
  return collect(
    input.groups.map((group) => {
      const calendar = input.calendars.of(group.settings);
      const open = input.skipWindow ? calendar.withoutFreezes(span) : openWithin(calendar, span);
      if (openSeconds(open) > 0) return drawExperiment(input, group, open, { chance: 1, draws: [] });
      const frozen = calendar.frozenAt(span.fromMs);
      if (frozen !== undefined) return { not: { group: group.name, because: 'freeze', detail: frozen } };
      const closed = calendar.closedAt(span.fromMs);
      return { not: { group: group.name, because: closed?.because ?? 'outside-hours', detail: closed?.name ?? '' } };
    }),
  );
}

function openWithin(calendar: WorkCalendar, { fromMs, toMs }: Span): Span[] {
  const first = daysAfter(calendar.dateAt(fromMs), -1);
  const last = calendar.dateAt(toMs);
  const open: Span[] = [];
  for (let date = first; date <= last; date = daysAfter(date, 1)) open.push(...calendar.on(date).open);
  return open
    .map((one) => ({ fromMs: Math.max(one.fromMs, fromMs), toMs: Math.min(one.toMs, toMs) }))
    .filter((one) => one.fromMs < one.toMs);
}

/**
 * The plan of one date. Each group past its spacing whose window opens on the date is drawn with the chance that makes its mean gap the
 * mean that was asked for; then an instant of what is still open of its window, uniformly, and a fault.
 * What is drawn for one group depends on nothing of the others.
 *
 * @param nowMs nothing is planned before it.
 */
export function planDay(
  input: Drawing & {
    readonly date: string;
    readonly nowMs: number;
    readonly history: ReadonlyMap<string, GroupHistory>;
  },
): Plan {
  return collect(input.groups.map((group) => planGroup(input, group)));
}

function planGroup(input: Parameters<typeof planDay>[0], group: Group): Answer {
  const { date, nowMs } = input;
  const not = (because: NotPlannedBecause, detail: string, more: Partial<NotPlanned> = {}): Answer => ({
    not: { group: group.name, because, detail, ...more },
  });
  const calendar = input.calendars.of(group.settings);
  const day = calendar.on(date);
  if (day.closed !== undefined) return not(day.closed.because, day.closed.name);
  const open = day.open
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, nowMs), toMs }))
    .filter((span) => secondsOf(span).count > 0);
  if (open.length === 0) return not('window-over', `it closed at ${iso(day.open.at(-1)?.toMs ?? nowMs)}`);
  const past = input.history.get(group.name) ?? {};
  const { minDays, maxDays } = group.settings;
  const since = calendar.spacedSince(date, Math.max(minDays, 1));
  if (past.lastStartedMs !== undefined && since !== undefined && past.lastStartedMs >= since) {
    return not(
      'spacing',
      `the last started at ${iso(past.lastStartedMs)}; at least ${workDays(Math.max(minDays, 1))} must lie between`,
    );
  }
  const waitingSinceMs = past.lastStartedMs ?? past.knownSinceMs;
  const certainBefore = maxDays === undefined ? undefined : calendar.spacedSince(date, maxDays);
  const isCertain = waitingSinceMs !== undefined && certainBefore !== undefined && waitingSinceMs < certainBefore;
  const answer = chanceOf(group.settings);
  if (!answer.ok) throw new Error(`group ${group.name} was formed although ${answer.problem}`);
  const chance = isCertain ? 1 : answer.chance;
  const tossed = drawChance(input.seed, `${input.name}/chance/${group.name}`, chance);
  if (!tossed.drawn) {
    return not('not-drawn', `the chance was ${(chance * 100).toFixed(1)} %`, { chance });
  }
  return drawExperiment(input, group, open, { chance, draws: [tossed.draw] });
}

/** Draws instant and fault of a group that is to have an experiment. */
function drawExperiment(
  input: Drawing,
  group: Group,
  open: readonly Span[],
  before: { readonly chance: number; readonly draws: readonly Draw[] },
): Answer {
  const faults = applicableFaults(group, input.faults);
  if (faults.length === 0) {
    const asked = group.settings.faults.map(({ name }) => name).join(', ');
    return { not: { group: group.name, because: 'no-fault-applies', detail: `it allows ${asked}` } };
  }
  const instant = draw(input.seed, `${input.name}/instant/${group.name}`, openSeconds(open));
  const { fault, draw: choice } = drawFault(input.seed, `${input.name}/fault/${group.name}`, faults);
  return {
    planned: {
      experiment: experimentId(input.seed, input.name, group.name),
      group: group.name,
      services: group.members.map(({ cluster, service }) => ({ cluster, service })),
      hosts: group.hosts.map(({ kind, name }) => ({ kind, name })),
      fault,
      parameters: parametersFor(group.settings, fault),
      at: iso(nthSecondMs(open, instant.picked)),
      offsetSeconds: instant.picked,
      zone: group.settings.window.zone,
      open: open.map(({ fromMs, toMs }) => ({ from: iso(fromMs), to: iso(toMs) })),
      faults,
      chance: before.chance,
      label: `${input.name}/targets/${group.name}`,
      draws: [...before.draws, instant, choice],
    },
  };
}

/** What the config leaves out of every plan, one entry a group of which nothing is left. */
export function notPlannedOf(excluded: readonly Excluded[], groups: readonly Group[]): NotPlanned[] {
  const present = new Set(groups.map(({ name }) => name));
  const byGroup = new Map(excluded.filter(({ group }) => !present.has(group)).map((one) => [one.group, one]));
  return [...byGroup.values()].map(({ group, code, because }) => ({ group, because: code, detail: because }));
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

const workDays = (count: number): string => `${count} work ${count === 1 ? 'day' : 'days'}`;

/** Whole seconds that start inside a span, its first rounded up to a whole second. */
function secondsOf({ fromMs, toMs }: Span): { firstSecond: number; count: number } {
  const firstSecond = Math.ceil(fromMs / 1000);
  return { firstSecond, count: Math.max(0, Math.ceil(toMs / 1000) - firstSecond) };
}

function openSeconds(open: readonly Span[]): number {
  return open.reduce((sum, span) => sum + secondsOf(span).count, 0);
}

/** The n-th whole second of what is open, in ms. */
export function nthSecondMs(open: readonly Span[], index: number): number {
  let left = index;
  for (const span of open) {
    const { firstSecond, count } = secondsOf(span);
    if (left < count) return (firstSecond + left) * 1000;
    left -= count;
  }
  throw new RangeError(`second ${index} of ${index - left}: the draw and what is open do not fit`);
}

function collect(answers: readonly Answer[]): Plan {
  const experiments: PlannedExperiment[] = [];
  const notPlanned: NotPlanned[] = [];
  for (const answer of answers) {
    if ('planned' in answer) experiments.push(answer.planned);
    else notPlanned.push(answer.not);
  }
  return { experiments: inOrder(experiments), notPlanned };
}

function inOrder(experiments: readonly PlannedExperiment[]): PlannedExperiment[] {
  return [...experiments].sort((a, b) => (a.at === b.at ? (a.group < b.group ? -1 : 1) : a.at < b.at ? -1 : 1));
}
