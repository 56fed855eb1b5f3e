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
    // A bare offset such as +02:00 is a zone to Temporal, but it knows no clock changes.
    if (/^[+-]\d/.test(text)) throw new RangeError('an offset');
    return { ok: true, value: Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text).timeZoneId };
  } catch {
    return { ok: false, problem: `"${text}" is not a zone; write an IANA name like Europe/London` };
  }
}

/** Whether a window counts this date among its days. A range over midnight belongs to the date on which it starts. */
export function isWindowDay(window: Window, date: Temporal.PlainDate): boolean {
  return window.days.includes(WEEKDAYS[date.dayOfWeek - 1] as Weekday);
}

/** The intervals of a window that start on a date, in order; none when the date is not one of its days. */
export function intervalsOn(window: Window, date: Temporal.PlainDate): Interval[] {
  if (!isWindowDay(window, date)) return [];
  const at = (day: Temporal.PlainDate, minute: number): Temporal.Instant => {
    const wholeDays = Math.floor(minute / (24 * 60));
    const time = Temporal.PlainTime.from('00:00').add({ minutes: minute % (24 * 60) });
    return day.add({ days: wholeDays }).toZonedDateTime({ timeZone: window.zone, plainTime: time }).toInstant();
  };
  return window.hours
    .map(({ fromMinute, toMinute }) => ({
      from: at(date, fromMinute),
      to: at(date, toMinute <= fromMinute ? toMinute + 24 * 60 : toMinute),
    }))
    .filter(({ from, to }) => Temporal.Instant.compare(from, to) < 0)
    .sort((a, b) => Temporal.Instant.compare(a.from, b.from));
}

/**
 * The start of the first date that is still too near to now for another experiment: with a least spacing of n work days,
 * nothing may have started on today's date nor on the n − 1 work days before it. Spacing 0 asks for nothing.
 */
export function spacedSince(window: Window, now: Temporal.Instant, minDays: number): Temporal.Instant | undefined {
  if (minDays < 1) return undefined;
  let date = now.toZonedDateTimeISO(window.zone).toPlainDate();
  for (let left = minDays - 1; left > 0; ) {
    date = date.subtract({ days: 1 });
    if (isWindowDay(window, date)) left--;
  }
  return date.toZonedDateTime({ timeZone: window.zone }).toInstant();
}
