import type { Cell } from './curve.ts';
import { duration, measure } from './format.ts';
import type { Curve, Plot } from './plot.ts';
import type { Scale } from './scale.ts';

/** A measure as unbroken runs of seconds. */
export type Runs = readonly (readonly Cell[])[];

/** What makes a plot its own; the rest it shares with the others of its stack. */
export type PlotParts = Pick<Plot, 'title' | 'description' | 'heightPx' | 'ticks' | 'curves'>;

/** Every value of a measure. */
export const values = (runs: Runs): number[] => runs.flat().map(({ value }) => value);
/** The greatest value, or 0 where there is none. */
export const highest = (runs: Runs): number => values(runs).reduce((most, value) => Math.max(most, value), 0);
const lowest = (runs: Runs): number =>
  values(runs).reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
const lastOf = (runs: Runs): number | null => runs.at(-1)?.at(-1)?.value ?? null;

/** Where the least or greatest value lies, in words: `lowest 12 at 34 s`. */
export function extreme(runs: Runs, which: 'lowest' | 'highest', unit = ''): string {
  const sought = which === 'lowest' ? lowest(runs) : highest(runs);
  const cell = runs.flat().find(({ value }) => value === sought);
  return cell === undefined ? 'no values' : `${which} ${measure(sought)}${unit} at ${duration(cell.from)}`;
}

/** The label of a curve's last value; none for a curve without values. */
export function ended(text: string, runs: Runs, y: Scale): Pick<Curve, 'end'> {
  const last = lastOf(runs);
  return last === null ? {} : { end: { text, share: y(last) } };
}

/** A level line with its label. */
export function level(value: number, style: string, text: string, y: Scale): Curve {
  const height = Number(((1 - y(value)) * 100).toFixed(2));
  return { path: `M0 ${height}H1000`, style, end: { text, share: y(value) } };
}
