import type { MetricDatum, MetricSink } from '../fleet/model.ts';

/** How long samples are kept, in seconds. */
export const KEPT_SECONDS = 20 * 60;

/** Samples of one metric in one second that percentiles can see; beyond, the latest ones replace the earliest. */
const KEPT_VALUES = 5_000;

/** Metrics kept at a time; beyond, the one that was silent longest goes. */
const KEPT_METRICS = 10_000;

/** What names a metric: all its dimensions belong to the name, as in CloudWatch. */
export type MetricName = Pick<MetricDatum, 'namespace' | 'metric' | 'dimensions'>;

/** A CloudWatch statistic; a percentile from 0 to 100. */
export type Statistic = 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount' | { readonly percentile: number };

/** A stretch of time in epoch seconds: `start` is inside, `end` is not. */
export interface SecondRange {
  readonly start: number;
  readonly end: number;
}

export interface MetricStore extends MetricSink {
  /**
   * One value per period that has samples, by the period's first second. Periods are aligned to the epoch, or to `anchorSecond`
   * where it is given.
   */
  datapoints(
    name: MetricName,
    statistic: Statistic,
    periodSeconds: number,
    range: SecondRange,
    anchorSecond?: number,
  ): ReadonlyMap<number, number>;
}

interface Samples {
  count: number;
  sum: number;
  least: number;
  most: number;
  readonly values: number[];
}

/** Keeps raw samples per second for 20 minutes before the newest sample of the same metric. */
export function createMetricStore(): MetricStore {
  const metrics = new Map<string, Map<number, Samples>>();
  return {
    put(datum) {
      const key = keyOf(datum);
      const seconds = metrics.get(key) ?? new Map<number, Samples>();
      // Inserted anew, so that the map's first entry is always the metric that was silent longest.
      metrics.delete(key);
      metrics.set(key, seconds);
      if (metrics.size > KEPT_METRICS) metrics.delete(metrics.keys().next().value ?? key);
      addSamples(seconds, Math.floor(datum.at.getTime() / 1_000), datum.values);
    },
    datapoints(name, statistic, periodSeconds, range, anchorSecond = 0) {
      const periods = new Map<number, Samples[]>();
      for (const [second, samples] of metrics.get(keyOf(name)) ?? []) {
        const start = anchorSecond + Math.floor((second - anchorSecond) / periodSeconds) * periodSeconds;
        if (start < range.start || start >= range.end) continue;
        const period = periods.get(start);
        if (period === undefined) periods.set(start, [samples]);
        else period.push(samples);
      }
      const starts = [...periods.keys()].sort((a, b) => a - b);
      return new Map(starts.map((start) => [start, summarize(periods.get(start) ?? [], statistic)]));
    },
  };
}

function keyOf({ namespace, metric, dimensions }: MetricName): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, metric, sorted]);
}

function addSamples(seconds: Map<number, Samples>, second: number, values: readonly number[]): void {
  let newest = second;
  for (const known of seconds.keys()) newest = Math.max(newest, known);
  for (const known of seconds.keys()) if (known <= newest - KEPT_SECONDS) seconds.delete(known);
  if (values.length === 0 || second <= newest - KEPT_SECONDS) return;
  const samples = seconds.get(second) ?? { count: 0, sum: 0, least: Infinity, most: -Infinity, values: [] };
  seconds.set(second, samples);
  for (const value of values) {
    samples.values[samples.count % KEPT_VALUES] = value;
    samples.count += 1;
    samples.sum += value;
    samples.least = Math.min(samples.least, value);
    samples.most = Math.max(samples.most, value);
  }
}

function summarize(period: readonly Samples[], statistic: Statistic): number {
  const count = period.reduce((total, samples) => total + samples.count, 0);
  const sum = period.reduce((total, samples) => total + samples.sum, 0);
  switch (statistic) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return sum;
    case 'Average':
      return sum / count;
    case 'Minimum':
      return period.reduce((least, samples) => Math.min(least, samples.least), Infinity);
    case 'Maximum':
      return period.reduce((most, samples) => Math.max(most, samples.most), -Infinity);
    default:
      return percentileOf(
        period.flatMap((samples) => samples.values),
        statistic.percentile,
      );
  }
}

/** The nearest-rank percentile; CloudWatch does not document how it interpolates. */
function percentileOf(values: readonly number[], percentile: number): number {
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, Math.ceil((percentile / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** Reads a `Stat` of GetMetricData; null for one that is not served (trimmed means and the like). */
export function readStatistic(stat: string): Statistic | null {
  switch (stat) {
    case 'Sum':
    case 'Average':
    case 'Minimum':
    case 'Maximum':
    case 'SampleCount':
      return stat;
    default: {
      const digits = /^p(100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)$/.exec(stat)?.[1];
      return digits === undefined ? null : { percentile: Number(digits) };
    }
  }
}
