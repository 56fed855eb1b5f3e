import * as z from 'zod';

/** A timestamp parameter: epoch seconds on the wire (with a fraction), a `Date` for the handler. */
export const timestamp = z
  .union([z.date(), z.number()], { error: 'is no timestamp' })
  .transform((value) => (value instanceof Date ? value : new Date(Math.round(value * 1_000))))
  .refine((date) => !Number.isNaN(date.getTime()), { error: 'is no timestamp' });
