import type { RehearsalFacts, RehearsalStep, RehearsedService, VerdictName } from '../result.ts';

/** The moments of an experiment that every plot marks, in the order in which they happen. */
const MOMENT_KINDS = ['injected', 'took-effect', 'undone', 'recovered', 'ended'] as const;

export type MomentKind = (typeof MOMENT_KINDS)[number];

/** A marked moment, in seconds since the rehearsal's start. */
interface Moment {
  readonly kind: MomentKind;
  readonly seconds: number;
}

/** An experiment as the plots show it. Times are seconds since the rehearsal's start; null when it did not come to that. */
export interface Episode {
  readonly experiment: string;
  readonly group: string;
  /** Which of its group's experiments it is, from 1; null for the only one. */
  readonly number: number | null;
  readonly fault: string;
  /** Null for an experiment that was planned and has no result. */
  readonly verdict: VerdictName | null;
  readonly plannedSeconds: number | null;
  readonly refusedSeconds: number | null;
  readonly moments: readonly Moment[];
  /** From the first sign of the experiment to its end, or to the end of the page's time when it never ended. */
  readonly span: { readonly from: number; readonly to: number } | null;
}

/** The page's one time axis, in seconds since the rehearsal's start. */
export interface TimeSpan {
  readonly startMs: number;
  readonly from: number;
  readonly to: number;
}

/** Seconds since the rehearsal's start; NaN for what is not a time. */
export function secondsSince(time: Pick<TimeSpan, 'startMs'>, at: string): number {
  return (Date.parse(at) - time.startMs) / 1000;
}

/**
 * The span that all plots share: what was measured and what was done. The rehearsal's own beginning (it may spend
 * seconds on its preparation) and end only count when nothing else is known, so that no plot begins with a void.
 */
export function timeSpan(facts: RehearsalFacts): TimeSpan {
  const happened = [
    ...facts.services.flatMap((service) =>
      service.samples.flatMap(({ at }) => [Date.parse(at), Date.parse(at) + 1000]),
    ),
    ...facts.hostGroups.flatMap(({ samples }) => samples.flatMap(({ at }) => [Date.parse(at), Date.parse(at) + 1000])),
    ...facts.steps.map(({ at }) => Date.parse(at)),
  ].filter(Number.isFinite);
  const lifetime = [Date.parse(facts.startedAt), Date.parse(facts.endedAt)].filter(Number.isFinite);
  const known = happened.length > 0 ? happened : lifetime;
  // Not Math.min(...known): an hour of a large fleet has more samples than a call may have arguments.
  const first = known.reduce((least, time) => Math.min(least, time), known[0] ?? 0);
  const last = known.reduce((most, time) => Math.max(most, time), known[0] ?? 0);
  const startMs = lifetime[0] ?? first;
  const from = (first - startMs) / 1000;
  return { startMs, from, to: Math.max((last - startMs) / 1000, from + 1) };
}

// An experiment with several targets writes a step for each: the first injection and the last of everything else bound it.
function momentsOf(steps: readonly RehearsalStep[], time: TimeSpan): Moment[] {
  return MOMENT_KINDS.flatMap((kind) => {
    const all = steps
      .filter((step) => step.kind === kind)
      .map((step) => secondsSince(time, step.at))
      .filter(Number.isFinite);
    const seconds = kind === 'injected' ? all[0] : all.at(-1);
    return seconds === undefined ? [] : [{ kind, seconds }];
  });
}

function spanOf(steps: readonly RehearsalStep[], moments: readonly Moment[], time: TimeSpan): Episode['span'] {
  const started = steps.find((step) => step.kind === 'started');
  const from = started === undefined ? moments[0]?.seconds : secondsSince(time, started.at);
  if (from === undefined || !Number.isFinite(from)) return null;
  const ended = moments.find((moment) => moment.kind === 'ended');
  return { from, to: Math.max(from, ended?.seconds ?? time.to) };
}

/** Every experiment that was planned or carried out, in the order in which they began. */
export function episodesOf(facts: RehearsalFacts, time: TimeSpan): Episode[] {
  const { plan, experiments } = facts.result;
  const names = new Set([...plan, ...experiments].map(({ experiment }) => experiment));
  const episodes = [...names].map((experiment): Episode => {
    const planned = plan.find((candidate) => candidate.experiment === experiment);
    const result = experiments.find((candidate) => candidate.experiment === experiment);
    const steps = facts.steps
      .filter((step) => step.experiment === experiment)
      .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
    const moments = momentsOf(steps, time);
    const refused = steps.find((step) => step.kind === 'refused');
    return {
      experiment,
      group: result?.group ?? planned?.group ?? '',
      number: null,
      fault: result?.fault ?? planned?.fault ?? '',
      verdict: result?.verdict ?? null,
      plannedSeconds: planned === undefined ? null : secondsSince(time, planned.at),
      refusedSeconds: refused === undefined ? null : secondsSince(time, refused.at),
      moments,
      span: spanOf(steps, moments, time),
    };
  });
  const begin = (episode: Episode) => episode.span?.from ?? episode.refusedSeconds ?? episode.plannedSeconds ?? time.to;
  const inTurn = episodes.toSorted((a, b) => begin(a) - begin(b));
  return inTurn.map((episode) => {
    const siblings = inTurn.filter(({ group }) => group === episode.group);
    return siblings.length > 1 ? { ...episode, number: siblings.indexOf(episode) + 1 } : episode;
  });
}

/** The episodes that a service saw something of: its own, and those of the hosts that its tasks are on. In turn, and numbered so. */
export function episodesTouching(
  facts: RehearsalFacts,
  { group, onHosts, cluster }: RehearsedService,
  all: readonly Episode[],
): Episode[] {
  const ofHosts = facts.hostGroups.filter((hosts) => hosts.name === onHosts && hosts.cluster === cluster);
  const groups = new Set([group, ...ofHosts.map((hosts) => hosts.group)]);
  const touching = all.filter((episode) => groups.has(episode.group));
  const isMixed = new Set(touching.map((episode) => episode.group)).size > 1;
  return isMixed ? touching.map((episode, index) => ({ ...episode, number: index + 1 })) : touching;
}
