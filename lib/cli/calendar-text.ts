import { Temporal } from 'temporal-polyfill';
import {
  type CalendarDay,
  type Closed,
  daysAfter,
  openIntervals,
  type Span,
  type WorkCalendar,
} from '../core/calendar.ts';
import { intervalsOn } from '../core/window.ts';
import { count, counted } from '../rehearsal/report/format.ts';
import type { Output } from './output.ts';

const WEEKDAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export interface CalendarTextOptions {
  readonly from: string;
  readonly days: number;
  /** A line for every date; else closed dates in a row share one. */
  readonly all: boolean;
  readonly style: Output['style'];
  /** Columns of the terminal; a remark that does not fit stands on a line of its own. */
  readonly width: number;
}

/** A change of the clocks of a zone. */
interface ClockChange {
  readonly atMs: number;
  readonly date: string;
  /** `clocks go back: 01:00–02:00 twice` */
  readonly text: string;
}

/** What stands on one line: a date, or closed dates in a row. */
interface Row {
  readonly from: string;
  readonly to: string;
  readonly day: CalendarDay;
  readonly remarks: readonly string[];
}

/**
 * When a window is open, a line a date: on the clocks of its zone, in UTC, and why not. A time on another date than the line's has
 * its weekday before it. The last line has the totals.
 */
export function calendarText(calendar: WorkCalendar, options: CalendarTextOptions): string {
  const { style, width } = options;
  const { zone } = calendar.window;
  const rows = rowsOf(calendar, options);
  const open = rows.filter(({ day }) => day.open.length > 0);
  const inUtc = zone !== 'UTC';
  const cells = new Map(open.map((row) => [row, [rangesText(row.day, zone), rangesText(row.day, 'UTC')] as const]));
  const widest = (column: 0 | 1, title: string): number =>
    [...cells.values()].reduce((width, texts) => Math.max(width, texts[column].length), title.length);
  const widths = [widest(0, zone), widest(1, 'UTC')] as const;
  const lineOf = (row: Row): string => {
    const texts = cells.get(row);
    if (texts === undefined)
      return style('dim', withRemarks([dateText(row.from), closedText(row)], row.remarks, width));
    const ranges = [texts[0].padEnd(widths[0]), ...(inUtc ? [texts[1].padEnd(widths[1])] : [])];
    return withRemarks([dateText(row.from), ...ranges], row.remarks, width, (remark) => style('yellow', remark));
  };
  const head = ['DATE'.padEnd(14), zone.padEnd(widths[0]), ...(inUtc ? ['UTC'] : [])].join('  ');
  const shown = open.length === 0 ? [] : [style('bold', head.trimEnd())];
  return [...shown, ...rows.map(lineOf), '', totals(calendar, options)].join('\n');
}

const INDENT = ' '.repeat(16);

function withRemarks(
  cells: readonly string[],
  remarks: readonly string[],
  width: number,
  styled: (remark: string) => string = (remark) => remark,
): string {
  const fits = [...cells, ...remarks].join('  ').length <= width;
  const [head, ...rest] = fits
    ? [[...cells, ...remarks.map(styled)].join('  ')]
    : [cells.join('  '), ...remarks.map(styled)];
  return [head?.trimEnd(), ...rest.map((remark) => INDENT + remark)].join('\n');
}

function rowsOf(calendar: WorkCalendar, { from, days, all }: CalendarTextOptions): Row[] {
  const changes = clockChanges(calendar, from, days);
  const rows: Row[] = [];
  for (let index = 0; index < days; index++) {
    const day = calendar.on(daysAfter(from, index));
    const remarks = [...changesOn(day, calendar, changes), ...shortenings(day, calendar)];
    const last = rows.at(-1);
    if (!all && last !== undefined && isAlike(last.day, day)) {
      rows[rows.length - 1] = { ...last, to: day.date, remarks: [...last.remarks, ...remarks] };
    } else rows.push({ from: day.date, to: day.date, day, remarks });
  }
  return rows;
}

const isAlike = (a: CalendarDay, b: CalendarDay): boolean =>
  a.closed !== undefined && a.closed.because === b.closed?.because && a.closed.name === b.closed.name;

const weekdayOf = (date: string): string => WEEKDAY_NAMES[new Date(date).getUTCDay()] ?? '';
const dateText = (date: string): string => `${weekdayOf(date)} ${date}`;

function closedText({ from, to, day }: Row): string {
  const until = from === to ? '' : ` through ${dateText(to)}`;
  return `closed${until}: ${day.closed === undefined ? '' : reason(day.closed)}`;
}

function reason({ because, name }: Closed): string {
  switch (because) {
    case 'not-a-window-day':
      return 'not a day of the window';
    case 'holiday':
      // What a date of the config is called when it was given no name.
      return name === 'closed' ? 'a closed date of the config' : `holiday, ${name}`;
    case 'freeze':
      return name === 'freeze' ? 'freeze' : `freeze, ${name}`;
    case 'calendar-unknown':
      return `not known; ${name}`;
    case 'outside-hours':
      return name;
  }
}

/** `09:00–12:00 13:00–17:00`; times on other dates with their weekday: `22:00–Tue 06:00`. */
function rangesText({ date, open }: CalendarDay, zone: string): string {
  return open.map(({ fromMs, toMs }) => `${timeText(fromMs, zone, date)}–${endText(toMs, zone, date)}`).join(' ');
}

function timeText(ms: number, zone: string, date: string): string {
  const local = localTime(ms, zone);
  const time = local.toPlainTime().toString({ smallestUnit: local.second === 0 ? 'minute' : 'second' });
  const on = local.toPlainDate().toString();
  return on === date ? time : `${weekdayOf(on)} ${time}`;
}

/** Midnight at the end of the line's own date is its 24:00. */
function endText(ms: number, zone: string, date: string): string {
  const local = localTime(ms, zone);
  const isMidnight = local.hour + local.minute + local.second === 0;
  if (isMidnight && local.toPlainDate().toString() === daysAfter(date, 1)) return '24:00';
  return timeText(ms, zone, date);
}

const localTime = (ms: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);

/** Every change of the zone's clocks on the dates, and on the one after, into which the last range may reach. */
function clockChanges({ window }: WorkCalendar, from: string, days: number): ClockChange[] {
  const midnight = (date: string) => Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: window.zone });
  const end = midnight(daysAfter(from, days + 1));
  const changes: ClockChange[] = [];
  // A change at midnight itself belongs to the date, too.
  let at = midnight(from).subtract({ milliseconds: 1 }).getTimeZoneTransition('next');
  while (at !== null && Temporal.ZonedDateTime.compare(at, end) < 0) {
    changes.push(changeAt(at));
    at = at.getTimeZoneTransition('next');
  }
  return changes;
}

function changeAt(at: Temporal.ZonedDateTime): ClockChange {
  const before = at.subtract({ milliseconds: 1 });
  const shiftMs = (at.offsetNanoseconds - before.offsetNanoseconds) / 1e6;
  const shown = at.toPlainDateTime().subtract({ milliseconds: shiftMs });
  const [from, to] = shiftMs > 0 ? [shown, at.toPlainDateTime()] : [at.toPlainDateTime(), shown];
  const range = `${from.toPlainTime().toString({ smallestUnit: 'minute' })}–${to.toPlainTime().toString({ smallestUnit: 'minute' })}`;
  const text = shiftMs > 0 ? `clocks go forward: ${range} left out` : `clocks go back: ${range} twice`;
  return { atMs: at.epochMilliseconds, date: shown.toPlainDate().toString(), text };
}

/** The changes within what is open from a date on, and the others of the date itself. */
function changesOn(day: CalendarDay, calendar: WorkCalendar, changes: readonly ClockChange[]): string[] {
  const holds = ({ open }: CalendarDay, ms: number): boolean =>
    open.some(({ fromMs, toMs }) => ms > fromMs && ms < toMs);
  return changes
    .filter(({ atMs, date }) => {
      if (date !== day.date) return holds(day, atMs);
      return !holds(calendar.on(daysAfter(day.date, -1)), atMs);
    })
    .map(({ date, text }) => (day.closed !== undefined || date !== day.date ? `${dateText(date)}, ${text}` : text));
}

/** What takes a part of the window's hours away on a day that is open otherwise. */
function shortenings(day: CalendarDay, calendar: WorkCalendar): string[] {
  if (day.open.length === 0) return [];
  const whole = intervalsOn(calendar.window, Temporal.PlainDate.from(day.date));
  const gaps = whole.flatMap(({ from, to }): number[] => {
    const ends = [from.epochMilliseconds, ...day.open.map(({ toMs }) => toMs)];
    return ends.filter((ms) => ms >= from.epochMilliseconds && ms < to.epochMilliseconds && !isOpenAt(day.open, ms));
  });
  const reasons = gaps.flatMap((ms) => {
    const closed = calendar.closedAt(ms);
    return closed === undefined ? [] : [`less ${reason(closed)}`];
  });
  return [...new Set(reasons)];
}

const isOpenAt = (open: readonly Span[], ms: number): boolean =>
  open.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);

const CLOSED_WORDS = {
  'not-a-window-day': 'outside its days',
  'outside-hours': 'without its hours',
  holiday: 'on holidays',
  freeze: 'in a freeze',
  'calendar-unknown': 'not known',
} as const;

function totals(calendar: WorkCalendar, { from, days }: CalendarTextOptions): string {
  const dates = Array.from({ length: days }, (_, index) => calendar.on(daysAfter(from, index)));
  const workDays = dates.filter(({ open }) => open.length > 0).length;
  const openMs = openIntervals(calendar, from, days).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const closed = Object.entries(CLOSED_WORDS).flatMap(([because, word]) => {
    const number = dates.filter((day) => day.closed?.because === because).length;
    return number === 0 ? [] : [`${count(number)} ${word}`];
  });
  const without = closed.length === 0 ? '' : `; closed: ${closed.join(', ')}`;
  return `${counted(workDays, 'work day')} of ${counted(days, 'day')}, ${hoursText(openMs)} open${without}`;
}

function hoursText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const rest = minutes % 60 === 0 ? '' : ` ${minutes % 60} min`;
  return `${counted(Math.floor(minutes / 60), 'hour')}${rest}`;
}
