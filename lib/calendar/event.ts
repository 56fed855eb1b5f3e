import { Temporal } from 'temporal-polyfill';
import { CalendarProblem, quoted } from './calendar-problem.ts';
import { type Clock, utcClock } from './clock.ts';
import { type IcalComponent, type IcalProperty, propertyOf } from './ical-component.ts';

/** A point of an event: a date, or a time that a clock shows. */
export type Point =
  | { readonly kind: 'date'; readonly date: Temporal.PlainDate }
  | { readonly kind: 'time'; readonly local: Temporal.PlainDateTime; readonly clock: Clock };

/** A stretch of an event: dates with both ends inside, or instants with the end outside. */
export type Stretch =
  | { readonly kind: 'dates'; readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate }
  | { readonly kind: 'instants'; readonly from: Temporal.Instant; readonly to: Temporal.Instant };

/** Finds the clock of a TZID, or throws a `CalendarProblem`. */
export type FindClock = (tzid: string) => Clock;

/** Reads one of the dates or times of a property, as jCal writes it. */
export function readPoint(property: IcalProperty, value: unknown, findClock: FindClock): Point {
  return pointOf(property.name.toUpperCase(), value, () => zonedClock(property, findClock));
}

/** Reads a date or a time. One that is not in UTC is of the local clock, which is only then asked for. */
export function pointOf(name: string, value: unknown, localClock: () => Clock): Point {
  // A date that is not declared as one is common enough; ical.js makes a time without digits of it.
  const text = typeof value === 'string' ? value.replace(/T::$/, '') : '';
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(text)) return { kind: 'date', date: Temporal.PlainDate.from(text) };
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?$/.test(text)) {
      const local = Temporal.PlainDateTime.from(text.replace('Z', ''));
      return { kind: 'time', local, clock: text.endsWith('Z') ? utcClock : localClock() };
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new CalendarProblem(`its ${name} ${quoted(text)} does not exist; correct it`);
}

function zonedClock({ name, parameters }: IcalProperty, findClock: FindClock): Clock {
  const { tzid } = parameters;
  if (typeof tzid === 'string' && tzid !== '') return findClock(tzid);
  const mend = 'write it in UTC with a Z at its end, or with a TZID';
  throw new CalendarProblem(`its ${name.toUpperCase()} is a time without a zone; ${mend}`);
}

/** Where an event goes on to when it starts at a point; of each of its repetitions, too. */
export type StretchFrom = (start: Point) => Stretch;

/**
 * Reads how long an event is: to its DTEND (of whole days, the day after the last), for its DURATION, or for one day when it has
 * neither and its start is a date. An event that has no length is a problem.
 */
export function readLength(event: IcalComponent, start: Point, findClock: FindClock): StretchFrom {
  const end = propertyOf(event, 'dtend');
  const duration = propertyOf(event, 'duration');
  if (end !== undefined && duration !== undefined) {
    throw new CalendarProblem('it has both DTEND and DURATION; leave one');
  }
  if (end !== undefined) return lengthTo(start, readPoint(end, end.values[0], findClock));
  if (duration !== undefined) return lengthOf(start, String(duration.values[0]));
  if (start.kind === 'date') return days(1);
  throw new CalendarProblem('it has no length; give it a DTEND or a DURATION');
}

/** The stretch of a PERIOD, which has its own start and its own end or length. */
export function readPeriod(property: IcalProperty, value: readonly unknown[], findClock: FindClock): Stretch {
  const [from, to] = value;
  const start = readPoint(property, from, findClock);
  const isLength = typeof to === 'string' && /^[-+]?P/.test(to);
  const length = isLength ? lengthOf(start, to) : lengthTo(start, readPoint(property, to, findClock));
  return length(start);
}

export const instantOf = (point: Point): Temporal.Instant =>
  point.kind === 'time' ? point.clock.instantOf(point.local) : mixed('a date where it should have a time');

function mixed(what: string): never {
  throw new CalendarProblem(`it has ${what}; write all of its dates alike`);
}

function lengthTo(start: Point, end: Point): StretchFrom {
  if (start.kind !== end.kind) return mixed('a date at one end and a time at the other');
  if (start.kind === 'date' && end.kind === 'date') {
    const count = start.date.until(end.date).total('days');
    if (count < 0) throw new CalendarProblem('it ends before it starts; correct its DTEND');
    if (count === 0) throw new CalendarProblem('it has no length; the DTEND of whole days is the day after the last');
    return days(count);
  }
  const lasting = instantOf(start).until(instantOf(end));
  if (lasting.sign < 0) throw new CalendarProblem('it ends before it starts; correct its DTEND');
  if (lasting.sign === 0) throw new CalendarProblem('it has no length; correct its DTEND');
  // The repetitions are as long to the second, also when the clock is changed meanwhile (RFC 5545, 3.8.5.3).
  return (from) => ({ kind: 'instants', from: instantOf(from), to: instantOf(from).add(lasting) });
}

const days =
  (count: number): StretchFrom =>
  (from) =>
    from.kind === 'date'
      ? { kind: 'dates', from: from.date, to: from.date.add({ days: count - 1 }) }
      : mixed('a time where it should have a date');

function lengthOf(start: Point, text: string): StretchFrom {
  const duration = durationOf(text);
  if (duration === undefined) {
    throw new CalendarProblem(`its DURATION ${quoted(text)} cannot be read; write it like P1D, P1W or PT90M`);
  }
  if (duration.sign < 0) throw new CalendarProblem('it ends before it starts; correct its DURATION');
  if (duration.sign === 0) throw new CalendarProblem('it has no length; correct its DURATION');
  const { weeks, days: singleDays, hours, minutes, seconds } = duration;
  const count = weeks * 7 + singleDays;
  if (start.kind === 'date') {
    if (hours + minutes + seconds === 0) return days(count);
    throw new CalendarProblem('it is of whole days but its DURATION is not; write it like P1D');
  }
  // Days are days of the calendar, whatever the clock does; hours are hours (RFC 5545, 3.3.6).
  return (from) => {
    if (from.kind === 'date') return mixed('a date where it should have a time');
    const local = from.local.add({ days: count });
    return {
      kind: 'instants',
      from: instantOf(from),
      to: from.clock.instantOf(local).add({ hours, minutes, seconds }),
    };
  };
}

function durationOf(text: string): Temporal.Duration | undefined {
  // Of ISO 8601's durations iCalendar knows no years and months, and a clock could not add them.
  if (!/^[-+]?P(?!$)(\d{1,6}W)?(\d{1,6}D)?(T(?!$)(\d{1,6}H)?(\d{1,6}M)?(\d{1,6}S)?)?$/.test(text)) return undefined;
  return Temporal.Duration.from(text);
}
