import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openIntervals, WorkCalendar } from '../../lib/core/calendar.ts';
import { type Parsed, parseDays, parseHours, parseZone } from '../../lib/core/window.ts';

const instant = z.iso.datetime();
const date = z.iso.date();

/** What `reference/windows.py` writes: its case, and its answer. */
const caseSchema = z.strictObject({
  name: z.string(),
  hours: z.string(),
  days: z.string(),
  zone: z.string(),
  holidays: z.array(date),
  freezes: z.array(
    z.union([z.strictObject({ fromDate: date, toDate: date }), z.strictObject({ from: instant, to: instant })]),
  ),
  from: date,
  for: z.int().positive(),
  intervals: z.array(z.strictObject({ from: instant, to: instant })),
});
type Case = z.output<typeof caseSchema>;

const cases = z
  .array(caseSchema)
  .parse(JSON.parse(readFileSync(path.join(import.meta.dirname, 'reference', 'windows.json'), 'utf8')));

function read<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

function calendarOf({ hours, days, zone, holidays, freezes }: Case): WorkCalendar {
  const window = { hours: read(parseHours(hours)), days: read(parseDays(days)), zone: read(parseZone(zone)) };
  return new WorkCalendar(window, {
    holidays: holidays.map((holiday) => ({ date: holiday, name: 'a holiday' })),
    freezes: freezes.map((freeze) => ({ ...freeze, name: 'a freeze' })),
  });
}

const text = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

describe('the open intervals that another program works out minute by minute are those of the calendar:', () => {
  it.each(cases)('$name', (one) => {
    const intervals = openIntervals(calendarOf(one), one.from, one.for);
    expect(intervals.map(({ fromMs, toMs }) => ({ from: text(fromMs), to: text(toMs) }))).toEqual(one.intervals);
  });

  it('the table has at least 120 cases, and no more than one in eight is never open', () => {
    expect(cases.length).toBeGreaterThanOrEqual(120);
    expect(cases.filter(({ intervals }) => intervals.length === 0).length).toBeLessThan(cases.length / 8);
  });
});
