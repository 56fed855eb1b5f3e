import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';
import { CalendarProblem } from './calendar-problem.ts';

const WEEKDAY_NAMES = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** jCal writes a list of one as the thing itself. */
const listOf = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((one) => [one]), z.array(item).min(1)]).optional();
const from1To = (greatest: number) =>
  z
    .int()
    .min(-greatest)
    .max(greatest)
    .refine((value) => value !== 0);

const weekdaySchema = z
  .string()
  .regex(/^[-+]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)$/)
  .transform((text) => ({ nth: Number(text.slice(0, -2)), weekday: WEEKDAY_NAMES.indexOf(text.slice(-2)) + 1 }));

/** A rule of RFC 5545, 3.3.10, from the form that jCal gives it; only what makes dates of dates. */
const ruleSchema = z.strictObject({
  freq: z.enum(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']),
  interval: z.int().min(1).max(10_000).default(1),
  count: z.int().min(1).optional(),
  until: z.string().optional(),
  /** As ical.js counts: 1 is Sunday. */
  wkst: z.int().min(1).max(7).default(2),
  byday: listOf(weekdaySchema),
  bymonthday: listOf(from1To(31)),
  byyearday: listOf(from1To(366)),
  bymonth: listOf(z.int().min(1).max(12)),
  bysetpos: listOf(from1To(366)),
});
export type Rule = z.output<typeof ruleSchema>;

/** Reads a rule; what RFC 5545 forbids, or what makes hours of days, is thrown as a `CalendarProblem`. */
export function readRule(jcal: unknown): Rule {
  const parsed = ruleSchema.safeParse(jcal);
  if (!parsed.success) throw new CalendarProblem(schemaProblem(parsed.error));
  const rule = parsed.data;
  const problem = FORBIDDEN.find(([broken]) => broken(rule))?.[1];
  if (problem !== undefined) throw new CalendarProblem(`its RRULE ${problem}`);
  return rule;
}

function schemaProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  const part = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path[0];
  if (part === 'freq')
    return 'its RRULE has no FREQ of DAILY, WEEKLY, MONTHLY or YEARLY; freezes repeat by days, so write one of these';
  const name = String(part).toUpperCase();
  return issue?.code === 'unrecognized_keys'
    ? `its RRULE uses ${name}, which a freeze cannot repeat by; write its dates as RDATE`
    : `its RRULE has a ${name} out of range; correct it`;
}

const FORBIDDEN: readonly (readonly [(rule: Rule) => boolean, string])[] = [
  [(rule) => rule.count !== undefined && rule.until !== undefined, 'has both COUNT and UNTIL; leave one'],
  [
    (rule) => (rule.freq === 'DAILY' || rule.freq === 'WEEKLY') && (rule.byday?.some(({ nth }) => nth !== 0) ?? false),
    'numbers its BYDAY, which only MONTHLY and YEARLY allow',
  ],
  [(rule) => rule.freq === 'WEEKLY' && rule.bymonthday !== undefined, 'has BYMONTHDAY, which WEEKLY does not allow'],
  [(rule) => rule.freq !== 'YEARLY' && rule.byyearday !== undefined, 'has BYYEARDAY, which only YEARLY allows'],
  [
    (rule) =>
      rule.bysetpos !== undefined &&
      [rule.byday, rule.bymonthday, rule.byyearday, rule.bymonth].every((part) => part === undefined),
    'has BYSETPOS without another BY… to choose from',
  ],
];

/** A day that no rule should need to look for: two centuries of DAILY. */
const MOST_PERIODS = 73_000;

/**
 * The dates of a rule in order, from its start to `last` (both inside) and at most COUNT of them; UNTIL is the caller's, who
 * knows the zone. The start is always among them, also when the rule would not choose it (RFC 5545 leaves that open; of two
 * readings of a freeze, the longer is the safe one).
 *
 * ical.js has an iterator of its own. It is not used, as it never returns for `FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30` and gives
 * wrong dates, without saying so, for many rules with BYMONTHDAY or BYSETPOS (compared with python-dateutil).
 */
export function* datesOfRule(
  rule: Rule,
  start: Temporal.PlainDate,
  last: Temporal.PlainDate,
): Generator<Temporal.PlainDate> {
  yield start;
  let left = (rule.count ?? Number.POSITIVE_INFINITY) - 1;
  const first = periodStart(rule, start);
  for (let period = 0; left > 0; period++) {
    if (period > MOST_PERIODS) throw new CalendarProblem('its RRULE starts too long ago; let it start later');
    const begin = first.add({ [UNITS[rule.freq]]: period * rule.interval });
    if (Temporal.PlainDate.compare(begin, last) > 0) return;
    for (const date of chosenIn(rule, begin, start)) {
      if (Temporal.PlainDate.compare(date, last) > 0) return;
      if (Temporal.PlainDate.compare(date, start) <= 0) continue;
      yield date;
      if (--left === 0) return;
    }
  }
}

const UNITS = { DAILY: 'days', WEEKLY: 'weeks', MONTHLY: 'months', YEARLY: 'years' } as const;

function periodStart({ freq, wkst }: Rule, date: Temporal.PlainDate): Temporal.PlainDate {
  if (freq === 'DAILY') return date;
  if (freq === 'MONTHLY') return date.with({ day: 1 });
  if (freq === 'YEARLY') return date.with({ month: 1, day: 1 });
  const weekStart = ((wkst + 5) % 7) + 1;
  return date.subtract({ days: (date.dayOfWeek - weekStart + 7) % 7 });
}

/** What a rule asks of a date. A month of them is made without Temporal, as a zone's rule looks through centuries. */
type Day = Pick<
  Temporal.PlainDate,
  'year' | 'month' | 'day' | 'dayOfWeek' | 'dayOfYear' | 'daysInMonth' | 'daysInYear'
>;

/** The dates of one period that the rule chooses, in order: every date of it, filtered by each part that the rule has. */
function chosenIn(rule: Rule, begin: Temporal.PlainDate, start: Temporal.PlainDate): Temporal.PlainDate[] {
  const days = daysOfPeriod(rule, begin).filter((day) => isChosen(rule, day, start));
  const { bysetpos } = rule;
  return days
    .filter((_, index) => bysetpos === undefined || isAmong(bysetpos, index + 1, days.length))
    .map(({ year, month, day }) => Temporal.PlainDate.from({ year, month, day }));
}

function daysOfPeriod({ freq, bymonth }: Rule, begin: Temporal.PlainDate): Day[] {
  if (freq === 'DAILY') return [begin];
  if (freq === 'WEEKLY') return Array.from({ length: 7 }, (_, days) => begin.add({ days }));
  if (freq === 'MONTHLY') return daysOfMonth(begin);
  const months = Array.from({ length: 12 }, (_, index) => index + 1);
  return months
    .filter((month) => bymonth?.includes(month) ?? true)
    .flatMap((month) => daysOfMonth(begin.with({ month })));
}

function daysOfMonth(first: Temporal.PlainDate): Day[] {
  const { year, month, dayOfWeek, dayOfYear, daysInMonth, daysInYear } = first;
  return Array.from({ length: daysInMonth }, (_, index) => ({
    year,
    month,
    day: index + 1,
    dayOfWeek: ((dayOfWeek + index - 1) % 7) + 1,
    dayOfYear: dayOfYear + index,
    daysInMonth,
    daysInYear,
  }));
}

function isChosen(rule: Rule, date: Day, start: Temporal.PlainDate): boolean {
  const { freq, byday, bymonthday, byyearday, bymonth } = rule;
  if (bymonth !== undefined && !bymonth.includes(date.month)) return false;
  if (bymonthday !== undefined && !isAmong(bymonthday, date.day, date.daysInMonth)) return false;
  if (byyearday !== undefined && !isAmong(byyearday, date.dayOfYear, date.daysInYear)) return false;
  if (byday !== undefined) return byday.some((one) => isWeekday(rule, one, date));
  if (bymonthday !== undefined || byyearday !== undefined || freq === 'DAILY') return true;
  // What the rule leaves open is as at the start.
  if (freq === 'WEEKLY') return date.dayOfWeek === start.dayOfWeek;
  return date.day === start.day && (freq === 'MONTHLY' || bymonth !== undefined || date.month === start.month);
}

/** Whether a number is chosen, counted from the front or, where the choice is negative, from the end. */
const isAmong = (chosen: readonly number[], value: number, total: number): boolean =>
  chosen.includes(value) || chosen.includes(value - total - 1);

function isWeekday(rule: Rule, { nth, weekday }: { nth: number; weekday: number }, date: Day): boolean {
  if (date.dayOfWeek !== weekday) return false;
  if (nth === 0) return true;
  // `2MO` of a year is counted through the year, unless the rule names months.
  const ofYear = rule.freq === 'YEARLY' && rule.bymonth === undefined;
  const [day, total] = ofYear ? [date.dayOfYear, date.daysInYear] : [date.day, date.daysInMonth];
  return nth > 0 ? Math.ceil(day / 7) === nth : Math.ceil((total - day + 1) / 7) === -nth;
}
