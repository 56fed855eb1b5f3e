import type { Scale } from './scale.ts';

/** One second's value: from `from` to `to` on the time axis, in seconds since the start. */
export interface Cell {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** Curves are drawn in a box of this size, which the page stretches to the plot's real one. */
export const BOX = { width: 1000, height: 100 } as const;

const trim = (value: number): string => String(Number(value.toFixed(2)));

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

const left = ({ x }: Scales, seconds: number): string => trim(x(seconds) * BOX.width);
const up = ({ y }: Scales, value: number): string => trim((1 - y(value)) * BOX.height);

/**
 * A measure of the samples as unbroken runs: a second without a value, and a second without a sample, end a run.
 * Samples must be in the order of time.
 */
export function runsOf<Sample extends { readonly at: string }>(
  samples: readonly Sample[],
  secondsAt: (at: string) => number,
  measureOf: (sample: Sample) => number | null,
): Cell[][] {
  const runs: Cell[][] = [];
  let run: Cell[] = [];
  for (const sample of samples) {
    const from = secondsAt(sample.at);
    const value = measureOf(sample);
    if (value === null || !Number.isFinite(value) || !Number.isFinite(from)) {
      run = [];
      continue;
    }
    const before = run.at(-1);
    // Half a second of tolerance: a busy machine takes its samples late.
    if (before === undefined || from - before.to > 0.5) {
      run = [];
      runs.push(run);
    }
    run.push({ from, to: from + 1, value });
  }
  return runs;
}

/** A line through the middles of the seconds. A second on its own is a dot (a stroke without length, with a round cap). */
export function linePath(runs: readonly (readonly Cell[])[], scales: Scales): string {
  return runs
    .map((run) => {
      const points = run.map((cell) => `${left(scales, (cell.from + cell.to) / 2)} ${up(scales, cell.value)}`);
      return points.length === 1 ? `M${points[0]}h0` : `M${points.join('L')}`;
    })
    .join('');
}

/** A line that is level during each second and steps between them, for what is counted and not sampled. */
export function stepPath(runs: readonly (readonly Cell[])[], scales: Scales): string {
  return runs
    .map((run) => {
      const steps = run.map((cell, index) => {
        const move =
          index === 0 ? `M${left(scales, cell.from)} ${up(scales, cell.value)}` : `V${up(scales, cell.value)}`;
        return `${move}H${left(scales, run[index + 1]?.from ?? cell.to)}`;
      });
      return steps.join('');
    })
    .join('');
}

/** The area under a stepped line, down to nothing. */
export function areaPath(runs: readonly (readonly Cell[])[], scales: Scales): string {
  return runs
    .map((run) => {
      const [first, last] = [run[0], run.at(-1)];
      if (first === undefined || last === undefined) return '';
      return `${stepPath([run], scales)}V${BOX.height}H${left(scales, first.from)}Z`;
    })
    .join('');
}
