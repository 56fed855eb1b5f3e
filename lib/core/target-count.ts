import * as z from 'zod';
import type { Parsed } from './window.ts';

/** No experiment takes more targets than this: each is an act, a record and a step of its own. */
export const MOST_TARGETS = 10;

/** How many targets an experiment takes: a count up to 10, or a fraction of desired below 1 (`0.25`). */
export const targetsSchema = z
  .number()
  .gt(0)
  .max(MOST_TARGETS)
  .refine((value) => value < 1 || Number.isInteger(value), {
    message: `write a whole number up to ${MOST_TARGETS}, or a fraction below 1 such as 0.25`,
  });

/** A decimal fraction times a count errs by less than this part of itself; rounding down must not lose a whole target to it. */
const ROUNDING = 2 * Number.EPSILON;

/**
 * How many targets are wanted of so many desired tasks. A fraction is rounded down, so that no more is hurt than was asked for, but
 * never to zero: a quarter of a group of two is one. At most {@link MOST_TARGETS}.
 */
export function targetCount(targets: number, desired: number): number {
  if (targets >= 1) return Math.min(targets, MOST_TARGETS);
  return Math.min(Math.max(1, Math.floor(targets * desired * (1 + ROUNDING))), MOST_TARGETS);
}

/** Reads `2` as a count and `0.25` as a fraction of desired. */
export function parseTargets(text: string): Parsed<number> {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (targetsSchema.safeParse(value).success) return { ok: true, value };
  return {
    ok: false,
    problem: `"${text}" is neither a whole number from 1 to ${MOST_TARGETS} nor a fraction below 1 such as 0.25`,
  };
}
