import { Temporal } from 'temporal-polyfill';

/**
 * EventBridge Scheduler's cron: `cron(minutes hours day-of-month month day-of-week year)`, one of the two day fields being `?`.
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly years: readonly number[];
  /** Whether a date is one of the days that the two day fields mean. */
  readonly dayMatches: (date: Temporal.PlainDate) => boolean;
}

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const firstYear = 1970;
const lastYear = 2199;

/**
 * Reads the inside of `cron(…)`.
 *
 * @throws RangeError saying which field is wrong.
 */
export function parseCron(fields: string): Cron {
  const parts = fields.trim().toUpperCase().split(/\s+/);
  if (parts.length !== 6) throw new RangeError(`a cron expression has 6 fields, this one has ${parts.length}`);
  const [minutes = '', hours = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = parts;
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new RangeError('exactly one of day-of-month and day-of-week must be ?');
  }
  return {
    minutes: numbers('minutes', minutes, 0, 59),
    hours: numbers('hours', hours, 0, 23),
    months: numbers('month', month, 1, 12, monthNames),
    years: numbers('year', year, firstYear, lastYear),
    dayMatches: dayOfWeek === '?' ? dayOfMonthMatcher(dayOfMonth) : dayOfWeekMatcher(dayOfWeek),
  };
}

/**
 * The first moment after `after` that a cron means in a time zone, or null when there is none any more.
 * A local time that daylight saving skips is skipped; one that it repeats counts once, the first time.
 */
export function nextCronTime(cron: Cron, zone: string, after: Date): Date | null {
  const start = Temporal.Instant.fromEpochMilliseconds(after.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  for (const year of cron.years) {
    if (year < start.year) continue;
    for (const month of cron.months) {
      if (year === start.year && month < start.month) continue;
      const days = Temporal.PlainYearMonth.from({ year, month }).daysInMonth;
      for (let day = 1; day <= days; day += 1) {
        const date = Temporal.PlainDate.from({ year, month, day });
        if (Temporal.PlainDate.compare(date, start) < 0 || !cron.dayMatches(date)) continue;
        const found = firstTimeOn(date, cron, zone, after);
        if (found) return found;
      }
    }
  }
  return null;
}

function firstTimeOn(date: Temporal.PlainDate, cron: Cron, zone: string, after: Date): Date | null {
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const local = date.toPlainDateTime({ hour, minute });
      const zoned = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
      const exists = zoned.toPlainDateTime().equals(local);
      if (exists && zoned.epochMilliseconds > after.getTime()) return new Date(zoned.epochMilliseconds);
    }
  }
  return null;
}

/** A field of numbers: `*`, `7`, `MON`, `1-5`, `0/15`, `1-30/2`, and lists of them. Answers them sorted. */
function numbers(field: string, text: string, least: number, most: number, names: readonly string[] = []): number[] {
  const one = (word: string): number => {
    const value = names.includes(word) ? names.indexOf(word) + 1 : /^\d+$/.test(word) ? Number(word) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new RangeError(`${field}: ${word || 'nothing'} is not between ${least} and ${most}`);
  };
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', stepText, ...rest] = item.split('/');
    const [fromText = '', toText, ...more] = range.split('-');
    const step = stepText === undefined ? 1 : Number(stepText);
    if (rest.length + more.length > 0 || !Number.isInteger(step) || step < 1) {
      throw new RangeError(`${field}: ${item} is not a value, a range or a step`);
    }
    const from = range === '*' ? least : one(fromText);
    const openEnded = range === '*' || stepText !== undefined;
    const to = toText === undefined ? (openEnded ? most : from) : one(toText);
    // A range of weekdays or months may pass the end: FRI-MON.
    for (let offset = 0; offset <= (to - from + most - least + 1) % (most - least + 1); offset += step) {
      found.add(least + ((from - least + offset) % (most - least + 1)));
    }
  }
  return [...found].sort((a, b) => a - b);
}

type DayMatcher = (date: Temporal.PlainDate) => boolean;

/** Day of month: numbers, `L` (the last day), `LW` (the last weekday) and `15W` (the weekday nearest to the 15th). */
function dayOfMonthMatcher(text: string): DayMatcher {
  const matchers = text.split(',').map((item): DayMatcher => {
    if (item === 'L') return (date) => date.day === date.daysInMonth;
    if (item === 'LW') return (date) => date.day === nearestWeekday(date, date.daysInMonth);
    const near = /^(\d{1,2})W$/.exec(item)?.[1];
    if (near !== undefined) {
      const [day = 1] = numbers('day-of-month', near, 1, 31);
      return (date) => day <= date.daysInMonth && date.day === nearestWeekday(date, day);
    }
    const days = numbers('day-of-month', item, 1, 31);
    return (date) => days.includes(date.day);
  });
  return (date) => matchers.some((matches) => matches(date));
}

/** Day of week, 1 to 7 from Sunday: numbers, names, `L` (Saturday), `6L` (the month's last Friday), `6#3` (its third). */
function dayOfWeekMatcher(text: string): DayMatcher {
  const matchers = text.split(',').map((item): DayMatcher => {
    if (item === 'L') return (date) => weekdayOf(date) === 7;
    const last = /^([A-Z]{3}|\d)L$/.exec(item)?.[1];
    if (last !== undefined) {
      const [weekday] = numbers('day-of-week', last, 1, 7, weekdayNames);
      return (date) => weekdayOf(date) === weekday && date.day > date.daysInMonth - 7;
    }
    const [, nthDay, nthText] = /^([A-Z]{3}|\d)#(\d)$/.exec(item) ?? [];
    if (nthDay !== undefined && nthText !== undefined) {
      const [weekday] = numbers('day-of-week', nthDay, 1, 7, weekdayNames);
      const [nth] = numbers('day-of-week', nthText, 1, 5);
      return (date) => weekdayOf(date) === weekday && Math.ceil(date.day / 7) === nth;
    }
    const weekdays = numbers('day-of-week', item, 1, 7, weekdayNames);
    return (date) => weekdays.includes(weekdayOf(date));
  });
  return (date) => matchers.some((matches) => matches(date));
}

/** 1 for Sunday to 7 for Saturday; Temporal counts 1 for Monday to 7 for Sunday. */
function weekdayOf(date: Temporal.PlainDate): number {
  return (date.dayOfWeek % 7) + 1;
}

/** The day of this date's month that is Monday to Friday and nearest to `day`, without leaving the month. */
function nearestWeekday(date: Temporal.PlainDate, day: number): number {
  const { dayOfWeek, daysInMonth } = date.with({ day });
  if (dayOfWeek === 6) return day === 1 ? 3 : day - 1;
  if (dayOfWeek === 7) return day === daysInMonth ? day - 2 : day + 1;
  return day;
}
