import { Temporal } from 'temporal-polyfill';
import type { Freeze } from './closures.ts';
import { describeWindow, type HourRange, type Interval, intervalsOn, WEEKDAYS, type Window } from './window.ts';

/** A part of time, in milliseconds since the epoch. */
export interface Span {
  readonly fromMs: number;
  /** Outside. */
  readonly toMs: number;
}

/** Why a window is closed; a closed list. */
export type ClosedBecause = 'not-a-window-day' | 'outside-hours' | 'holiday' | 'freeze' | 'calendar-unknown';

export interface Closed {
  readonly because: ClosedBecause;
  /** Name of the holiday or freeze, or a sentence. */
  readonly name: string;
}

/** One date of a window. */
export interface CalendarDay {
  readonly date: string;
  /** What begins on the date and is open, in order and apart from each other. A day that has any is a work day. */
  readonly open: readonly Span[];
  /** Why nothing is open, when nothing is. */
  readonly closed?: Closed;
}

/** What a calendar knows of holidays and freezes. */
export interface KnownClosures {
  readonly holidays: readonly { readonly date: string; readonly name: string }[];
  readonly freezes: readonly Freeze[];
  /** Last date that is known; later ones are closed, because they cannot be told. Undefined: neither holidays nor freezes matter. */
  readonly knownUntil?: string | undefined;
}

const NO_CLOSURES: KnownClosures = { holidays: [], freezes: [] };

const DAY_MS = 86_400_000;

/** A spacing that reaches further back than this has no work day to find: the window is never open. */
const FARTHEST_DAYS = 3_700;

const numberOf = (date: string): number => Date.parse(date) / DAY_MS;
const dateOfNumber = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** The date so many days later. */
export function daysAfter(date: string, days: number): string {
  return dateOfNumber(numberOf(date) + days);
}

/** How many days the second date is after the first. */
export function daysBetween(from: string, to: string): number {
  return numberOf(to) - numberOf(from);
}

const isOvernight = ({ fromMinute, toMinute }: HourRange): boolean => toMinute <= fromMinute;

/**
 * A window with its holidays and freezes taken away. A range of hours that crosses midnight belongs to the date on which it begins:
 * when that is a holiday the whole range is closed. What reaches into a holiday is closed from its midnight on.
 * Days are worked out once and remembered, so one calendar serves all groups of a window.
 */
export class WorkCalendar {
  readonly window: Window;
  readonly #holidays: ReadonlyMap<string, string>;
  readonly #freezes: readonly Freeze[];
  readonly #knownUntil: string | undefined;
  readonly #days = new Map<number, CalendarDay>();
  readonly #starts = new Map<number, number>();
  readonly #isOvernight: boolean;

  constructor(window: Window, closures: KnownClosures = NO_CLOSURES) {
    this.window = window;
    this.#holidays = new Map(closures.holidays.map(({ date, name }) => [date, name]));
    this.#freezes = closures.freezes;
    this.#knownUntil = closures.knownUntil;
    this.#isOvernight = window.hours.some(isOvernight);
  }

  on(date: string): CalendarDay {
    return this.#day(numberOf(date));
  }

  /** The zone's date at a moment. */
  dateAt(ms: number): string {
    return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(this.window.zone).toPlainDate().toString();
  }

  /** The date to which a moment counts: after midnight, in a range that began the evening before, that evening's. */
  shiftAt(ms: number): string {
    const date = this.dateAt(ms);
    return ms < this.startOf(date) ? daysAfter(date, -1) : date;
  }

  /** Why the window is closed at a moment; undefined when it is open. */
  closedAt(ms: number): Closed | undefined {
    const date = this.dateAt(ms);
    const days = [this.on(date), this.on(daysAfter(date, -1))];
    if (days.some(({ open }) => open.some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs))) return undefined;
    const frozen = this.frozenAt(ms);
    if (frozen !== undefined) return { because: 'freeze', name: frozen };
    const yesterday = daysAfter(date, -1);
    // After midnight in a night shift the evening's date decides, and then the date itself.
    const isNight = this.#hoursOn(yesterday).some(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
    const closed = isNight ? (this.#closedDate(yesterday) ?? this.#closedForAll(date)) : this.#closedDate(date);
    if (closed !== undefined) return closed;
    return { because: 'outside-hours', name: `the window is ${describeWindow(this.window)}` };
  }

  /** Name of the freeze that covers a moment, whatever the window says. */
  frozenAt(ms: number): string | undefined {
    const date = this.dateAt(ms);
    return this.#freezes.find((freeze) =>
      'fromDate' in freeze
        ? date >= freeze.fromDate && date <= freeze.toDate
        : ms >= Date.parse(freeze.from) && ms < Date.parse(freeze.to),
    )?.name;
  }

  /** What is left of a span when every freeze is taken away, whatever the window says. */
  withoutFreezes(span: Span): Span[] {
    return this.#freezes.reduce<Span[]>(
      (left, freeze) =>
        without(
          left,
          'fromDate' in freeze
            ? { fromMs: this.#midnight(freeze.fromDate), toMs: this.#midnight(daysAfter(freeze.toDate, 1)) }
            : { fromMs: Date.parse(freeze.from), toMs: Date.parse(freeze.to) },
        ),
      [span],
    );
  }

  isWorkDay(date: string): boolean {
    return this.on(date).open.length > 0;
  }

  /** When a date begins for the spacing, in ms: at midnight, or when a range that began the evening before is over. */
  startOf(date: string): number {
    return this.#start(numberOf(date));
  }

  /**
   * With a least spacing of n work days nothing may have started on the date, nor on the n − 1 work days before it: the start of the
   * first of these dates, in ms. Spacing 0 asks for nothing.
   */
  spacedSince(date: string, minDays: number): number | undefined {
    if (minDays < 1) return undefined;
    let number = numberOf(date);
    const farthest = number - FARTHEST_DAYS;
    for (let left = minDays - 1; left > 0 && number > farthest; ) {
      number--;
      if (this.#day(number).open.length > 0) left--;
    }
    return this.#start(number);
  }

  #start(number: number): number {
    const known = this.#starts.get(number);
    if (known !== undefined) return known;
    const start = this.#startOf(dateOfNumber(number));
    this.#starts.set(number, start);
    return start;
  }

  #day(number: number): CalendarDay {
    const known = this.#days.get(number);
    if (known !== undefined) return known;
    const day = this.#workOut(number);
    this.#days.set(number, day);
    return day;
  }

  #workOut(number: number): CalendarDay {
    const date = dateOfNumber(number);
    const closed = this.#closedDate(date);
    if (closed !== undefined) return { date, open: [], closed };
    let open = this.#hoursOn(date);
    if (open.length === 0) {
      return { date, open, closed: { because: 'outside-hours', name: 'the clock leaps over the hours of the window' } };
    }
    const tomorrow = dateOfNumber(number + 1);
    const closedTomorrow = this.#isOvernight ? this.#closedForAll(tomorrow) : undefined;
    // Not from one midnight on: a clock that is set back after midnight begins the date twice.
    if (closedTomorrow) open = this.#wholeDate(tomorrow).reduce(without, open);
    if (open.length === 0 && closedTomorrow !== undefined) return { date, open, closed: closedTomorrow };
    for (const freeze of this.#freezes) {
      if ('fromDate' in freeze) continue;
      open = without(open, { fromMs: Date.parse(freeze.from), toMs: Date.parse(freeze.to) });
      if (open.length === 0) return { date, open, closed: { because: 'freeze', name: freeze.name } };
    }
    return { date, open };
  }

  /** Why nothing may begin on a date. */
  #closedDate(date: string): Closed | undefined {
    const weekday = WEEKDAYS[(((numberOf(date) + 3) % 7) + 7) % 7];
    if (weekday === undefined || !this.window.days.includes(weekday)) {
      return { because: 'not-a-window-day', name: `the window is ${describeWindow(this.window)}` };
    }
    return this.#closedForAll(date);
  }

  /** Why no moment of a date is open, whenever its range began. */
  #closedForAll(date: string): Closed | undefined {
    if (this.#knownUntil !== undefined && date > this.#knownUntil) {
      return {
        because: 'calendar-unknown',
        name: `holidays and freezes are known until ${this.#knownUntil} only; synthesize again`,
      };
    }
    const holiday = this.#holidays.get(date);
    if (holiday !== undefined) return { because: 'holiday', name: holiday };
    const freeze = this.#freezes.find((one) => 'fromDate' in one && date >= one.fromDate && date <= one.toDate);
    return freeze && { because: 'freeze', name: freeze.name };
  }

  /** The hours of the window that begin on a date, whatever is closed. */
  #hoursOn(date: string): Span[] {
    return intervalsOn(this.window, Temporal.PlainDate.from(date)).map(spanOf);
  }

  /** All moments at which the zone's clock shows the date. */
  #wholeDate(date: string): Span[] {
    const window = { hours: [{ fromMinute: 0, toMinute: 1440 }], days: WEEKDAYS, zone: this.window.zone };
    return intervalsOn(window, Temporal.PlainDate.from(date)).map(spanOf);
  }

  #midnight(date: string): number {
    return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: this.window.zone }).epochMilliseconds;
  }

  #startOf(date: string): number {
    const midnight = this.#midnight(date);
    if (!this.#isOvernight) return midnight;
    const plain = Temporal.PlainDate.from(date);
    const evening = intervalsOn(this.window, plain.subtract({ days: 1 })).at(-1)?.to.epochMilliseconds ?? midnight;
    const opening = intervalsOn(this.window, plain)[0]?.from.epochMilliseconds ?? evening;
    return Math.max(midnight, Math.min(evening, opening));
  }
}

const spanOf = ({ from, to }: Interval): Span => ({ fromMs: from.epochMilliseconds, toMs: to.epochMilliseconds });

/** Takes one span away from others. */
function without(spans: readonly Span[], away: Span): Span[] {
  return spans.flatMap(({ fromMs, toMs }) => {
    const before = { fromMs, toMs: Math.min(toMs, away.fromMs) };
    const after = { fromMs: Math.max(fromMs, away.toMs), toMs };
    return [before, after].filter((span) => span.fromMs < span.toMs);
  });
}

/** When a window is open on the dates from `from` on, as the longest intervals there are. */
export function openIntervals(calendar: WorkCalendar, from: string, days: number): Span[] {
  const all = Array.from({ length: days }, (_, index) => calendar.on(daysAfter(from, index)).open).flat();
  const joined: Span[] = [];
  for (const span of all.sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last === undefined || span.fromMs > last.toMs) joined.push(span);
    else if (span.toMs > last.toMs) joined[joined.length - 1] = { fromMs: last.fromMs, toMs: span.toMs };
  }
  return joined;
}

/** Whether a window is open at any time of the days from a date on. */
export function isEverOpen(calendar: WorkCalendar, from: string, days: number): boolean {
  for (let index = 0; index < days; index++) if (calendar.isWorkDay(daysAfter(from, index))) return true;
  return false;
}
