import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';

const isDate = (text: string): boolean => {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
};

/** A date of the calendar, `2026-12-24`. */
export const dateSchema = z.string().refine(isDate, { error: 'write a date that exists, like 2026-12-24' });

/** Country, or country and region as ISO 3166-2 has them, or a part of a region: `GB`, `GB-ENG`, `DE-BY`, `DE-BY-A`. */
export const holidayCodeSchema = z.string().regex(/^[A-Z]{2}(-[A-Za-z0-9]{1,10}){0,2}$/, {
  error: 'write a country or a country and its region, like GB or GB-ENG',
});

/** Kinds of holidays that `date-holidays` tells apart (https://github.com/commenthol/date-holidays#types-of-holidays). */
export const HOLIDAY_TYPES = ['public', 'bank', 'school', 'optional', 'observance'] as const;

const name = z.string().trim().min(1).max(200);

/** A freeze as a user writes it: one date, a range of dates with both ends inside, or the file of an iCalendar. */
const freezeInputSchema = z.union(
  [
    dateSchema,
    z
      .strictObject({ from: dateSchema, to: dateSchema, name: name.default('freeze') })
      .refine(({ from, to }) => from <= to, { error: 'its end (to) lies before its start (from)', path: ['to'] }),
    z.strictObject({
      /** Path of an .ics file, from the config's own folder. */
      calendar: z.string().min(1),
    }),
  ],
  { error: 'write a date, a range { from, to, name }, or a file { calendar }' },
);

/** The keys of the config that say when nothing may happen. */
export const closureInputs = {
  /** Whose holidays are no work days; a profile may name others. */
  holidays: z.array(holidayCodeSchema).default([]),
  holidayTypes: z.array(z.enum(HOLIDAY_TYPES)).min(1).default(['public']),
  /** Further dates that are no work days, for every group. */
  closedDates: z
    .array(
      z.union([dateSchema, z.strictObject({ date: dateSchema, name })], { error: 'write a date, or { date, name }' }),
    )
    .default([]),
  /** When nothing may happen at all, not even on demand. */
  freezes: z.array(freezeInputSchema).default([]),
} as const;

const holidaySchema = z.strictObject({ date: dateSchema, name });

/** A freeze of whole days, both ends inside, in the zone of whoever asks; or of a span of time, its end outside. */
const freezeSchema = z.union([
  z
    .strictObject({ fromDate: dateSchema, toDate: dateSchema, name })
    .refine(({ fromDate, toDate }) => fromDate <= toDate, { error: 'it ends before it starts' }),
  z
    .strictObject({ from: z.iso.datetime(), to: z.iso.datetime(), name })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { error: 'it ends before it starts' }),
]);

/**
 * Holidays and freezes as plain data, worked out when the stack was synthesized: what the functions carry, and what a reviewer reads.
 * Nothing is known about holidays outside `knownFrom` to `knownUntil` (both inside).
 */
export const closuresSchema = z.strictObject({
  resolvedOn: dateSchema,
  knownFrom: dateSchema,
  knownUntil: dateSchema,
  /** By code, in order of date. */
  holidays: z.record(holidayCodeSchema, z.array(holidaySchema)),
  closedDates: z.array(holidaySchema),
  freezes: z.array(freezeSchema),
});
export type Closures = z.output<typeof closuresSchema>;
export type Freeze = Closures['freezes'][number];
