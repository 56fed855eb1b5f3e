/** One recovery of a group, in seconds from the strike. */
export interface RecoveryPoint {
  readonly at: string;
  readonly experiment: string;
  readonly recoverySeconds: number;
  /** Until every task was healthy again, when that could be told. */
  readonly healthySeconds: number | null;
}

/** How the recoveries of one group after one fault went from experiment to experiment. */
export interface RecoveryTrend {
  readonly group: string;
  readonly fault: string;
  /** Oldest first. */
  readonly points: readonly RecoveryPoint[];
  /** Of all recoveries before the last; null when there is none. */
  readonly medianBeforeSeconds: number | null;
  readonly lastSeconds: number;
  /** `too-few`: fewer than three recoveries say nothing. */
  readonly direction: 'slower' | 'faster' | 'steady' | 'too-few';
}

/** A recovery that took half as long again as the median before it, or two thirds of it, is no chance. */
const CHANGE = 1.5;
/** Below this, in seconds, ratios say nothing: ECS's own timestamps and pulls of images vary as much. */
const NOISE_SECONDS = 2;

/** What is known of one experiment that recovered. */
export interface Recovered extends RecoveryPoint {
  readonly group: string;
  readonly fault: string;
}

/** The trends of all groups and faults, by name. @param recoveries in any order. */
export function trendsOf(recoveries: readonly Recovered[]): RecoveryTrend[] {
  const byGroup = Map.groupBy(recoveries, ({ group, fault }) => JSON.stringify([group, fault]));
  return [...byGroup.values()]
    .map((some) => trendOf([...some].sort((a, b) => (a.at < b.at ? -1 : 1))))
    .flatMap((trend) => trend ?? [])
    .sort((a, b) => (`${a.group} ${a.fault}` < `${b.group} ${b.fault}` ? -1 : 1));
}

function trendOf(sorted: readonly Recovered[]): RecoveryTrend | undefined {
  const last = sorted.at(-1);
  if (last === undefined) return undefined;
  const median = medianOf(sorted.slice(0, -1).map(({ recoverySeconds }) => recoverySeconds));
  const { group, fault, recoverySeconds: lastSeconds } = last;
  const points = sorted.map(({ at, experiment, recoverySeconds, healthySeconds }) => {
    return { at, experiment, recoverySeconds, healthySeconds };
  });
  const direction = sorted.length < 3 || median === null ? 'too-few' : directionOf(median, lastSeconds);
  return { group, fault, points, medianBeforeSeconds: median, lastSeconds, direction };
}

function directionOf(medianSeconds: number, lastSeconds: number): RecoveryTrend['direction'] {
  if (Math.abs(lastSeconds - medianSeconds) < NOISE_SECONDS) return 'steady';
  if (lastSeconds > medianSeconds * CHANGE) return 'slower';
  return lastSeconds < medianSeconds / CHANGE ? 'faster' : 'steady';
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? 0;
  const high = sorted[Math.floor(middle)] ?? 0;
  return (low + high) / 2;
}

const BARS = '▁▂▃▄▅▆▇█';

/** Recoveries as a row of bars, the longest as the highest. */
export function barsOf(points: readonly Pick<RecoveryPoint, 'recoverySeconds'>[]): string {
  const most = Math.max(...points.map(({ recoverySeconds }) => recoverySeconds), Number.EPSILON);
  return points
    .map(({ recoverySeconds }) => BARS[Math.min(BARS.length - 1, Math.floor((recoverySeconds / most) * BARS.length))])
    .join('');
}
