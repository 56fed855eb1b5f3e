import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { daysAfter, type Span, WorkCalendar } from '../../lib/core/calendar.ts';
import type { Freeze } from '../../lib/core/closures.ts';
import { WEEKDAYS, type Window } from '../../lib/core/window.ts';

export const ms = (text: string): number => Date.parse(text);
export const say = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
export const sayAll = (spans: readonly Span[]): string[] =>
  spans.map(({ fromMs, toMs }) => `${say(fromMs)}/${say(toMs)}`);

/** Both ends inside, in the zone of whoever asks. */
export const dates = (fromDate: string, toDate = fromDate): Freeze => ({ fromDate, toDate, name: 'year end' });
export const span = (from: string, to: string): Freeze => ({ from, to, name: 'migration' });

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Pacific/Auckland',
  'Pacific/Honolulu',
  'Australia/Lord_Howe',
  'America/Havana',
  'Asia/Beirut',
  'America/Nuuk',
];

export interface Scene {
  readonly window: Window;
  readonly holidays: readonly string[];
  readonly freezes: readonly Freeze[];
  readonly knownUntil: string | undefined;
  /** A date near everything that was drawn. */
  readonly date: string;
}

/** Windows with closures around the same few days, many of them at clock changes. */
export const scenes: fc.Arbitrary<Scene> = fc
  .tuple(
    fc.record({
      hours: fc.array(
        fc
          .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: 0, max: 1440 }))
          .filter(([from, to]) => from !== to && to !== 0)
          .map(([fromMinute, toMinute]) => ({ fromMinute, toMinute })),
        { minLength: 1, maxLength: 2 },
      ),
      days: fc.subarray([...WEEKDAYS], { minLength: 3 }),
      zone: fc.constantFrom(...ZONES),
    }),
    fc.constantFrom(
      ...['2026-03-08', '2026-03-29', '2026-04-05', '2026-06-10', '2026-10-25', '2026-11-01', '2026-09-27'],
    ),
    fc.array(fc.integer({ min: -3, max: 4 }), { maxLength: 2 }),
    fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat({ max: 2 })), { maxLength: 1 }),
    fc.array(fc.tuple(fc.integer({ min: -4000, max: 4000 }), fc.integer({ min: 1, max: 3000 })), { maxLength: 2 }),
    fc.option(fc.integer({ min: -2, max: 3 }), { nil: undefined }),
  )
  .map(([window, date, holidays, ranges, spans, known]) => ({
    window,
    date,
    holidays: holidays.map((days) => daysAfter(date, days)),
    freezes: [
      ...ranges.map(([first, more]) => dates(daysAfter(date, first), daysAfter(date, first + more))),
      ...spans.map(([minute, minutes]) =>
        span(say(ms(date) + minute * 60_000), say(ms(date) + (minute + minutes) * 60_000)),
      ),
    ],
    knownUntil: known === undefined ? undefined : daysAfter(date, known),
  }));

export const calendarOf = ({ window, holidays, freezes, knownUntil }: Scene): WorkCalendar =>
  new WorkCalendar(window, { holidays: holidays.map((date) => ({ date, name: date })), freezes, knownUntil });

/** Whether a moment is open, by nothing but what the zone's clock shows at it. */
export function isOpenByTheClock({ window, holidays, freezes, knownUntil }: Scene, at: number): boolean {
  const shown = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(window.zone);
  const minute = shown.hour * 60 + shown.minute;
  const isFree = (date: Temporal.PlainDate): boolean => {
    const text = date.toString();
    const isFrozen = freezes.some((one) => 'fromDate' in one && one.fromDate <= text && text <= one.toDate);
    return !holidays.includes(text) && !isFrozen && (knownUntil === undefined || text <= knownUntil);
  };
  const begins = (date: Temporal.PlainDate): boolean =>
    isFree(date) && window.days.some((day) => WEEKDAYS[date.dayOfWeek - 1] === day);
  const today = shown.toPlainDate();
  if (!isFree(today)) return false;
  if (freezes.some((one) => 'from' in one && at >= ms(one.from) && at < ms(one.to))) return false;
  return window.hours.some(({ fromMinute, toMinute }) => {
    if (fromMinute < toMinute) return begins(today) && fromMinute <= minute && minute < toMinute;
    return (begins(today) && minute >= fromMinute) || (begins(today.subtract({ days: 1 })) && minute < toMinute);
  });
}
