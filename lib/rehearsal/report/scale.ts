/** Where a value of the domain lies, as a share of the axis: 0 at its start, 1 at its end. Values outside are clamped. */
export type Scale = (value: number) => number;

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** An even scale. A domain without extent puts everything at the start of the axis. */
export function linearScale(from: number, to: number): Scale {
  const extent = to - from;
  return (value) => (extent > 0 ? clamp((value - from) / extent) : 0);
}

/** A logarithmic scale, for values that span magnitudes. `from` must be above 0; values at or below it are at the start. */
export function logScale(from: number, to: number): Scale {
  const even = linearScale(Math.log(from), Math.log(to));
  return (value) => (value <= from ? 0 : even(Math.log(value)));
}

/** The smallest of 1, 2 and 5 times a power of ten that is not below `least`, which must be above 0. */
export function niceStep(least: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(least));
  // A hair of tolerance, for 0.30000000000000004 is meant as 0.3.
  const factor = [1, 2, 5].find((candidate) => candidate * magnitude >= least * (1 - 1e-9)) ?? 10;
  return factor * magnitude;
}

function multiples(first: number, last: number, step: number): number[] {
  const count = Math.round(last - first) + 1;
  // Multiply and then round: adding up steps would drift (0.1 + 0.2), and so would plain products.
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/**
 * Ticks for an axis that starts at 0 and must reach `highest`: round numbers, the last one at or above `highest`,
 * at most `intervals` steps. `whole` keeps the ticks whole, for counts.
 */
export function niceTicks(highest: number, intervals: number, whole = false): number[] {
  const top = Number.isFinite(highest) && highest > 0 ? highest : 1;
  const wanted = niceStep(top / intervals);
  const step = whole ? Math.max(1, wanted) : wanted;
  return multiples(0, Math.ceil((top / step) * (1 - 1e-9)), step);
}

/** Ticks at powers of ten that enclose both values, at least one decade. Both must be above 0. */
export function decadeTicks(lowest: number, highest: number): number[] {
  const first = Math.floor(Math.log10(lowest) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(highest) - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => Number((10 ** (first + index)).toPrecision(12)));
}

/** Steps that people count time in, in seconds: from a second to a day. */
const TIME_STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Ticks inside a span of seconds, at multiples of a step that people count time in, at most `intervals` steps apart. */
export function timeTicks(fromSeconds: number, toSeconds: number, intervals: number): number[] {
  const span = toSeconds - fromSeconds;
  if (!(span > 0)) return [fromSeconds];
  const least = span / intervals;
  const step = TIME_STEPS.find((candidate) => candidate >= least) ?? Math.ceil(least / 86_400) * 86_400;
  const first = Math.ceil(fromSeconds / step);
  const last = Math.floor(toSeconds / step);
  return last < first ? [fromSeconds] : multiples(first, last, step);
}
