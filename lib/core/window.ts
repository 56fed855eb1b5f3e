import { Temporal } from 'temporal-polyfill';

/** Days of the week in the order of ISO 8601: Monday is 1. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A part of a day, in minutes after midnight. `to` is outside; `to` ≤ `from` means that it ends on the next day. */
export interface HourRange {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** When experiments may happen: hours of some days of the week, in a zone. */
export interface Window {
  readonly hours: readonly HourRange[];
  readonly days: readonly Weekday[];
  /** IANA name, for example `Europe/London`. */
  readonly zone: string;
}

export interface Interval {
  readonly from: Temporal.Instant;
  /** Outside. */
  readonly to: Temporal.Instant;
}

/** A value that was read from text, or one sentence that says what is wrong with the text. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Reads `09:00-17:00`, or several ranges with a space between: `09:00-12:00 13:00-17:00`. `24:00` is the end of a day. */
export function parseHours(text: string): Parsed<HourRange[]> {
  const ranges: HourRange[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(part);
    const [fromHour = 99, fromMin = 99, toHour = 99, toMin = 99] = (match ?? []).slice(1).map(Number);
    const fromMinute = fromHour * 60 + fromMin;
    const toMinute = toHour * 60 + toMin;
    if (fromHour > 23 || fromMin > 59 || toMin > 59 || toMinute > 24 * 60) {
      return { ok: false, problem: `"${part}" is not a range of hours; write it like 09:00-17:00` };
    }
    if (fromMinute === toMinute)
      return { ok: false, problem: `"${part}" is empty; its end must differ from its start` };
    ranges.push({ fromMinute, toMinute });
  }
  return { ok: true, value: ranges };
}

/** Reads `mon-fri`, `sun-thu`, or single days and ranges with a space between: `mon wed fri`. */
export function parseDays(text: string): Parsed<Weekday[]> {
  const chosen = new Set<Weekday>();
  for (const part of text.trim().toLowerCase().split(/\s+/)) {
    const [first = '', last = first, ...rest] = part.split('-');
    const from = WEEKDAYS.indexOf(first as Weekday);
    const to = WEEKDAYS.indexOf(last as Weekday);
    if (from < 0 || to < 0 || rest.length > 0) {
      return {
        ok: false,
        problem: `"${part}" is not a day or a range of days; write mon to sun, or a range like mon-fri`,
      };
    }
    for (let day = from; ; day = (day + 1) % 7) {
      chosen.add(WEEKDAYS[day] as Weekday);
      if (day === to) break;
    }
  }
  return { ok: true, value: WEEKDAYS.filter((day) => chosen.has(day)) };
}

/** Reads an IANA zone name. */
export function parseZone(text: string): Parsed<string> {
  try {
    const zone = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId;
    // To Temporal a bare offset is a zone, though it knows no clock changes, and so is a date with a zone or an offset in it.
    if (/^[a-z]/i.test(zone) && zone.toLowerCase() === text.toLowerCase()) return { ok: true, value: zone };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { ok: false, problem: `"${text}" is not a zone; write an IANA name like Europe/London` };
}

/** Whether a window counts this date among its days. A range over midnight belongs to the date on which it starts. */
export function isWindowDay(window: Window, date: Temporal.PlainDate): boolean {
  return window.days.includes(WEEKDAYS[date.dayOfWeek - 1] as Weekday);
}

const DAY_MINUTES = 24 * 60;

const isOvernight = ({ fromMinute, toMinute }: HourRange): boolean => toMinute <= fromMinute;

/**
 * The intervals of a window that start on a date, in order and apart from each other; none when the date is not one of its days.
 * They are the instants at which a clock in the zone shows a time of the window, also where the clock is changed: a range that
 * the clock leaps over has no instants, one that it shows twice has both.
 */
export function intervalsOn(window: Window, date: Temporal.PlainDate): Interval[] {
  if (!isWindowDay(window, date)) return [];
  const all = window.hours.flatMap((range) => intervalsOfRange(range, date, window.zone));
  const apart: Interval[] = [];
  for (const interval of all.sort((a, b) => Temporal.Instant.compare(a.from, b.from))) {
    const last = apart.at(-1);
    if (last === undefined || Temporal.Instant.compare(interval.from, last.to) > 0) apart.push(interval);
    else if (Temporal.Instant.compare(interval.to, last.to) > 0)
      apart.splice(-1, 1, { from: last.from, to: interval.to });
  }
  return apart;
}

function intervalsOfRange(range: HourRange, date: Temporal.PlainDate, timeZone: string): Interval[] {
  const midnight = date.toPlainDateTime();
  const from = midnight.add({ minutes: range.fromMinute });
  const to = midnight.add({ minutes: isOvernight(range) ? range.toMinute + DAY_MINUTES : range.toMinute });
  // Together they enclose every instant in question, whatever the clock does at either end.
  const first = from.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  const last = to.toZonedDateTime(timeZone, { disambiguation: 'later' });
  if (first.offsetNanoseconds === last.offsetNanoseconds) return [{ from: first.toInstant(), to: last.toInstant() }];
  const intervals: Interval[] = [];
  for (let at: Temporal.ZonedDateTime | null = first; at !== null && isBefore(at, last); ) {
    const change: Temporal.ZonedDateTime | null = at.getTimeZoneTransition('next');
    const end: Temporal.ZonedDateTime = change !== null && isBefore(change, last) ? change : last;
    const opens = laterOf(at.toInstant(), atOffset(from, at.offsetNanoseconds));
    const closes = earlierOf(end.toInstant(), atOffset(to, at.offsetNanoseconds));
    if (Temporal.Instant.compare(opens, closes) < 0) intervals.push({ from: opens, to: closes });
    at = change;
  }
  return intervals;
}

const isBefore = (a: Temporal.ZonedDateTime, b: Temporal.ZonedDateTime): boolean =>
  Temporal.ZonedDateTime.compare(a, b) < 0;
const earlierOf = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) < 0 ? a : b;
const laterOf = (a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(a, b) < 0 ? b : a;

/** The instant at which a clock that is `offsetNanoseconds` ahead of UTC shows the time. */
function atOffset(time: Temporal.PlainDateTime, offsetNanoseconds: number): Temporal.Instant {
  return time.toZonedDateTime('UTC').toInstant().subtract({ nanoseconds: offsetNanoseconds });
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Days as the tag has them, `mon-fri sun`: three and more in a row are a range. */
function describeDays(days: Window['days']): string {
  const rows: Weekday[][] = [];
  for (const day of WEEKDAYS) {
    if (!days.includes(day)) continue;
    const row = rows.at(-1);
    if (row !== undefined && WEEKDAYS.indexOf(row.at(-1) ?? day) === WEEKDAYS.indexOf(day) - 1) row.push(day);
    else rows.push([day]);
  }
  return rows.map((row) => (row.length > 2 ? `${row[0]}-${row.at(-1)}` : row.join(' '))).join(' ');
}

/** A window in words: `09:00-17:00 on mon-fri in Europe/London`. */
export function describeWindow({ hours, days, zone }: Window): string {
  const ranges = hours.map(({ fromMinute, toMinute }) => `${clock(fromMinute)}-${clock(toMinute)}`);
  return `${ranges.join(' ')} on ${describeDays(days)} in ${zone}`;
}
