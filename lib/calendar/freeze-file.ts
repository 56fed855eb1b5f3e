import { Temporal } from 'temporal-polyfill';
import type { Freeze } from '../core/closures.ts';
import type { Parsed } from '../core/window.ts';
import { CalendarProblem, oneLine, quoted } from './calendar-problem.ts';
import { type Clock, clockOf, utcClock } from './clock.ts';
import {
  type FindClock,
  instantOf,
  type Point,
  pointOf,
  readLength,
  readPeriod,
  readPoint,
  type Stretch,
} from './event.ts';
import {
  componentsOf,
  type IcalComponent,
  type IcalProperty,
  propertiesOf,
  propertyOf,
  readCalendars,
  textOf,
} from './ical-component.ts';
import { datesOfRule, type Rule, readRule } from './recurrence.ts';

/** Which freezes of a file are asked for, and how its problems name it. */
export interface FreezeSpan {
  /** The file's name, for problems. */
  readonly file: string;
  /** ISO dates, both inside; freezes wholly before or after are left out. */
  readonly fromDate: string;
  readonly untilDate: string;
}

/** More than this, of one event or of the file, is a mistake, and would not fit into what the functions carry. */
const MOST_OCCURRENCES = 5000;

/**
 * Reads the events of an iCalendar (RFC 5545) as freezes, in order of their start: whole days as dates with both ends inside,
 * others as instants in UTC. Repetitions are written out, cancelled events left out; an event's free-busy status does not
 * matter. Whatever cannot be read with certainty is a problem that names the file, the event and the mend; nothing is thrown.
 */
export function readFreezes(text: string, span: FreezeSpan): Parsed<Freeze[]> {
  try {
    const freezes = readCalendars(text).flatMap((calendar) => freezesOf(calendar, span));
    if (freezes.length > MOST_OCCURRENCES) {
      throw new CalendarProblem(`it has more than ${MOST_OCCURRENCES} freezes; join some or leave some out`);
    }
    return { ok: true, value: freezes.sort((a, b) => compare(sortKey(a), sortKey(b))) };
  } catch (error) {
    if (!(error instanceof CalendarProblem)) throw error;
    // A file may have line breaks in the oddest places, also in the names of what it says.
    return { ok: false, problem: `${span.file}: ${oneLine(error.message)}` };
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const sortKey = (freeze: Freeze): string =>
  ('fromDate' in freeze ? [freeze.fromDate, freeze.toDate, freeze.name] : [freeze.from, freeze.to, freeze.name]).join(
    ' ',
  );

function freezesOf(calendar: IcalComponent, span: FreezeSpan): Freeze[] {
  // A day more, as a date is over elsewhere later than in UTC.
  const last = Temporal.PlainDate.from(span.untilDate).add({ days: 1 });
  const clocks = new Map<string, Clock>();
  const findClock: FindClock = (tzid) => {
    const clock = clocks.get(tzid) ?? clockOf(tzid, calendar, last);
    clocks.set(tzid, clock);
    return clock;
  };
  const events = componentsOf(calendar, 'vevent');
  return events.flatMap((event, index) => {
    try {
      const taken = takenFrom(event, events, findClock);
      return stretchesOf(event, { last, findClock, taken })
        .map((stretch) => freezeOf(stretch, textOf(event, 'summary') ?? textOf(event, 'uid') ?? 'freeze'))
        .filter((freeze) => touches(freeze, span));
    } catch (error) {
      if (!(error instanceof CalendarProblem)) throw error;
      const title = textOf(event, 'summary') ?? textOf(event, 'uid');
      const place = title === undefined ? `event ${index + 1}` : `event ${quoted(title)}`;
      throw new CalendarProblem(`${place}: ${error.message}`, { cause: error });
    }
  });
}

const freezeOf = (stretch: Stretch, name: string): Freeze =>
  stretch.kind === 'dates'
    ? { fromDate: stretch.from.toString(), toDate: stretch.to.toString(), name: name.slice(0, 200).trim() }
    : { from: stretch.from.toString(), to: stretch.to.toString(), name: name.slice(0, 200).trim() };

function touches(freeze: Freeze, { fromDate, untilDate }: FreezeSpan): boolean {
  if ('fromDate' in freeze) return freeze.fromDate <= untilDate && freeze.toDate >= fromDate;
  // An instant's date is the one before or after in some zone: rather a freeze too many.
  const day = (date: string, days: number): string => Temporal.PlainDate.from(date).add({ days }).toString();
  return freeze.from < day(untilDate, 2) && freeze.to >= day(fromDate, -1);
}

const isCancelled = (event: IcalComponent): boolean => textOf(event, 'status')?.toUpperCase() === 'CANCELLED';

const keyOf = (point: Point): string => (point.kind === 'date' ? point.date.toString() : instantOf(point).toString());

/** The starts that other events of the same UID replace: they say so with a RECURRENCE-ID. */
function takenFrom(event: IcalComponent, events: readonly IcalComponent[], findClock: FindClock): Set<string> {
  const uid = textOf(event, 'uid');
  const taken = new Set<string>();
  if (uid === undefined || propertyOf(event, 'recurrence-id') !== undefined) return taken;
  for (const other of events) {
    const replaced = textOf(other, 'uid') === uid ? propertyOf(other, 'recurrence-id') : undefined;
    if (replaced !== undefined) taken.add(keyOf(readPoint(replaced, replaced.values[0], findClock)));
  }
  return taken;
}

interface Reading {
  /** Repetitions after this date are not asked for. */
  readonly last: Temporal.PlainDate;
  readonly findClock: FindClock;
  readonly taken: Set<string>;
}

function stretchesOf(event: IcalComponent, reading: Reading): Stretch[] {
  if (isCancelled(event)) return [];
  const { findClock } = reading;
  const startLine = propertyOf(event, 'dtstart');
  if (startLine === undefined) throw new CalendarProblem('it has no start; give it a DTSTART');
  checkReplacement(event);
  const start = readPoint(startLine, startLine.values[0], findClock);
  const stretchFrom = readLength(event, start, findClock);
  const left = new Set(reading.taken);
  for (const point of pointsOf(event, 'exdate', start, findClock)) left.add(keyOf(point));

  const stretches = new Map<string, Stretch>();
  for (const point of [...ruledStarts(event, start, reading.last), ...pointsOf(event, 'rdate', start, findClock)]) {
    stretches.set(keyOf(point), stretchFrom(point));
  }
  for (const [line, period] of periodsOf(event)) {
    const stretch = readPeriod(line, period, findClock);
    stretches.set(stretch.from.toString(), stretch);
  }
  return [...stretches].filter(([key]) => !left.has(key)).map(([, stretch]) => stretch);
}

function checkReplacement(event: IcalComponent): void {
  const replaced = propertyOf(event, 'recurrence-id');
  if (replaced === undefined) return;
  if (replaced.parameters.range !== undefined) {
    throw new CalendarProblem('it replaces all later repetitions (RANGE); end the series and begin another instead');
  }
  if (propertyOf(event, 'rrule') !== undefined || propertiesOf(event, 'rdate').length > 0) {
    throw new CalendarProblem('it replaces one repetition (RECURRENCE-ID) and yet repeats; leave one of the two');
  }
}

/** The starts by the event's own start and its rule, if it has one. A rule that never ends is a problem. */
function ruledStarts(event: IcalComponent, start: Point, last: Temporal.PlainDate): Point[] {
  const line = propertyOf(event, 'rrule');
  if (line === undefined) return [start];
  const rule = readRule(line.values[0]);
  if (rule.count === undefined && rule.until === undefined) {
    throw new CalendarProblem('it repeats for ever; give its RRULE a COUNT or an UNTIL');
  }
  const isOver = overAfter(rule, start);
  const starts: Point[] = [];
  for (const date of datesOfRule(rule, localDateOf(start), last)) {
    const point: Point =
      start.kind === 'date'
        ? { kind: 'date', date }
        : { ...start, local: date.toPlainDateTime(start.local.toPlainTime()) };
    if (isOver(point) && starts.length > 0) break;
    starts.push(point);
    if (starts.length > MOST_OCCURRENCES) {
      throw new CalendarProblem(`it repeats more than ${MOST_OCCURRENCES} times; shorten it or write one longer event`);
    }
  }
  return starts;
}

/** Whether a start lies after the rule's UNTIL, which is inside. An UNTIL that is a date means the whole of it. */
function overAfter({ until: text }: Rule, start: Point): (point: Point) => boolean {
  if (text === undefined) return () => false;
  const until = pointOf('UNTIL', text, () => (start.kind === 'time' ? start.clock : utcClock));
  if (start.kind === 'time' && until.kind === 'time') {
    const end = instantOf(until);
    return (point) => Temporal.Instant.compare(instantOf(point), end) > 0;
  }
  const lastDate = localDateOf(until);
  return (point) => Temporal.PlainDate.compare(localDateOf(point), lastDate) > 0;
}

const localDateOf = (point: Point): Temporal.PlainDate =>
  point.kind === 'date' ? point.date : point.local.toPlainDate();

/** The points of all lines of a name, without its periods. They must be of the event's own kind, or none would ever match. */
function pointsOf(event: IcalComponent, name: 'rdate' | 'exdate', start: Point, findClock: FindClock): Point[] {
  return propertiesOf(event, name).flatMap((line) =>
    line.values
      .filter((value) => !Array.isArray(value))
      .map((value) => {
        const point = readPoint(line, value, findClock);
        if (point.kind === start.kind) return point;
        const [is, should] = start.kind === 'date' ? ['a time', 'a date'] : ['a date', 'a time'];
        throw new CalendarProblem(`its ${name.toUpperCase()} is ${is}; write ${should}, as its DTSTART is one`);
      }),
  );
}

function periodsOf(event: IcalComponent): [IcalProperty, readonly unknown[]][] {
  return propertiesOf(event, 'rdate').flatMap((line) =>
    line.values
      .filter((value) => Array.isArray(value))
      .map((value): [IcalProperty, readonly unknown[]] => [line, value]),
  );
}
