import type { SecondSample } from '../fleet/model.ts';
import type { RehearsedService } from '../result.ts';
import { type Episode, secondsSince, type TimeSpan } from './episodes.ts';
import { count, duration, measure, percent } from './format.ts';
import { type Hole, html, type Markup } from './markup.ts';
import { drawTable, NONE } from './table.ts';

/** What some of a service's seconds come to. Null where none of them says it. */
export interface PhaseSums {
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly worstP99Ms: number | null;
  readonly fewestRunning: number | null;
}

const larger = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b);

/** Sums up samples. */
export function sumUp(samples: readonly SecondSample[]): PhaseSums {
  return samples.reduce<PhaseSums>(
    (sums, sample) => ({
      seconds: sums.seconds + 1,
      requests: sums.requests + sample.requests,
      failed: sums.failed + sample.failed,
      worstP99Ms: larger(sums.worstP99Ms, sample.p99Ms),
      fewestRunning: Math.min(sums.fewestRunning ?? sample.runningTasks, sample.runningTasks),
    }),
    { seconds: 0, requests: 0, failed: 0, worstP99Ms: null, fewestRunning: null },
  );
}

/** A service's samples before an injection, until its experiment's end, and after it. */
export function phasesOf(samples: readonly SecondSample[], time: TimeSpan, injected: number, ended: number) {
  const begins = (sample: SecondSample) => secondsSince(time, sample.at);
  return {
    // A second counts as before only when it is over before the injection.
    before: samples.filter((sample) => begins(sample) + 1 <= injected),
    during: samples.filter((sample) => begins(sample) + 1 > injected && begins(sample) < ended),
    after: samples.filter((sample) => begins(sample) + 1 > injected && begins(sample) >= ended),
  };
}

/** The samples that no other experiment of the service reaches into: after the last one before, and before the next. */
export function undisturbed(
  samples: readonly SecondSample[],
  time: TimeSpan,
  episode: Episode,
  all: readonly Episode[],
): SecondSample[] {
  const spans = all.flatMap(({ experiment, span }) =>
    span === null || experiment === episode.experiment ? [] : [span],
  );
  const begin = episode.span?.from ?? time.from;
  const from = spans.reduce((last, span) => (span.from <= begin ? Math.max(last, span.to) : last), time.from);
  const to = spans.reduce((first, span) => (span.from > begin ? Math.min(first, span.from) : first), time.to);
  return samples.filter(({ at }) => secondsSince(time, at) >= from && secondsSince(time, at) + 1 <= to);
}

/**
 * A service's seconds before, during and after one of its experiments side by side; nothing when nothing was injected.
 * `all` are the service's experiments: the seconds of the others do not count.
 */
export function drawPhases(
  service: RehearsedService,
  episode: Episode,
  all: readonly Episode[],
  time: TimeSpan,
): Markup {
  const injected = episode.moments.find(({ kind }) => kind === 'injected');
  if (injected === undefined || service.samples.length === 0) return html``;
  const samples = undisturbed(service.samples, time, episode, all);
  const phases = phasesOf(samples, time, injected.seconds, episode.span?.to ?? time.to);
  const sums = [sumUp(phases.before), sumUp(phases.during), sumUp(phases.after)];
  const row = (name: string, tell: (sum: PhaseSums) => string): Hole[] => [name, ...sums.map(tell)];
  return drawTable({
    caption: `Before, during (from the injection to the end) and after ${episode.fault}${episode.number === null ? '' : ` ${episode.number}`}, experiment ${episode.experiment}.`,
    columns: [
      { heading: 'Measure' },
      { heading: 'Before', numeric: true },
      { heading: 'During', numeric: true },
      { heading: 'After', numeric: true },
    ],
    rows: [
      row('Length', ({ seconds }) => duration(seconds)),
      row('Requests', ({ requests }) => count(requests)),
      row('Failed', ({ failed }) => count(failed)),
      row('Share failed', ({ failed, requests }) => percent(failed, requests)),
      row('Worst p99 of a second', ({ worstP99Ms }) => (worstP99Ms === null ? NONE : `${measure(worstP99Ms)} ms`)),
      row('Fewest running tasks', ({ fewestRunning }) => (fewestRunning === null ? NONE : count(fewestRunning))),
    ],
    narrow: 'table',
  });
}
