import * as z from 'zod';
import type { Parsed } from './window.ts';

/** How many targets must stay: a whole number, or a fraction of desired below 1 (`0.5`). */
export const minRemainingSchema = z
  .number()
  .min(0)
  .refine((value) => value < 1 || Number.isInteger(value), {
    message: 'write a whole number, or a fraction below 1 such as 0.5',
  });

/** Reads `2` as a count and `0.5` as a fraction of desired. `1` is one target, `1.0` too. */
export function parseMinRemaining(text: string): Parsed<number> {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (minRemainingSchema.safeParse(value).success) return { ok: true, value };
  return { ok: false, problem: `"${text}" is neither a whole number nor a fraction below 1 such as 0.5` };
}

/** A decimal fraction times a count errs by less than this part of itself, and rounding up would make a whole task of it. */
const ROUNDING = 2 * Number.EPSILON;

/** The count that must stay, rounded up: half of 3 is 2. */
export function remainingRequired(minRemaining: number, desired: number): number {
  return minRemaining < 1 ? Math.ceil(minRemaining * desired * (1 - ROUNDING)) : minRemaining;
}
