import { Temporal } from 'temporal-polyfill';
import { parseZone } from '../core/window.ts';
import { CalendarProblem, quoted } from './calendar-problem.ts';
import { componentsOf, type IcalComponent, propertiesOf, propertyOf, textOf } from './ical-component.ts';
import { datesOfRule, readRule } from './recurrence.ts';

/** What tells the instant of a time that a wall clock shows. */
export interface Clock {
  /**
   * A time that comes twice is its first, one that is left out is read with the offset before the gap (RFC 5545, 3.3.5).
   */
  instantOf(local: Temporal.PlainDateTime): Temporal.Instant;
}

export const utcClock: Clock = { instantOf: (local) => local.toZonedDateTime('UTC').toInstant() };

/**
 * The clock of a TZID: as the calendar's own VTIMEZONE describes it up to `last`, or by its IANA name where there is none.
 * Anything else is thrown as a `CalendarProblem`.
 */
export function clockOf(tzid: string, calendar: IcalComponent, last: Temporal.PlainDate): Clock {
  const [own, ...others] = componentsOf(calendar, 'vtimezone').filter((zone) => textOf(zone, 'tzid') === tzid);
  if (own === undefined) return ianaClock(tzid);
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(own))) {
    throw new CalendarProblem(`two VTIMEZONEs describe ${quoted(tzid)} and differ; leave one`);
  }
  return describedClock(tzid, own, last);
}

function ianaClock(tzid: string): Clock {
  const zone = parseZone(tzid);
  if (!zone.ok) {
    const mend = 'add its VTIMEZONE to the file or use an IANA name like Europe/London';
    throw new CalendarProblem(`its zone ${quoted(tzid)} is unknown; ${mend}`);
  }
  // 'compatible' is the rule of RFC 5545.
  return {
    instantOf: (local) => local.toZonedDateTime(zone.value, { disambiguation: 'compatible' }).toInstant(),
  };
}

/** From an instant on, a clock is so far ahead of UTC. */
interface ClockChange {
  readonly atSeconds: number;
  readonly fromOffsetSeconds: number;
  readonly offsetSeconds: number;
}

function describedClock(tzid: string, zone: IcalComponent, last: Temporal.PlainDate): Clock {
  const kinds = [...componentsOf(zone, 'standard'), ...componentsOf(zone, 'daylight')];
  const changes = kinds.flatMap((kind) => changesOf(tzid, kind, last)).sort((a, b) => a.atSeconds - b.atSeconds);
  const [earliest] = changes;
  if (earliest === undefined) {
    throw new CalendarProblem(`the VTIMEZONE ${quoted(tzid)} says nothing of its offset; use an IANA name instead`);
  }
  const offsets = [...new Set([earliest.fromOffsetSeconds, ...changes.map(({ offsetSeconds }) => offsetSeconds)])];
  const furthest = Math.max(...offsets);
  const offsetAt = (seconds: number): number =>
    changes.findLast(({ atSeconds }) => atSeconds <= seconds)?.offsetSeconds ?? earliest.fromOffsetSeconds;
  return {
    instantOf(local) {
      const shown = utcSeconds(local);
      const instants = offsets.map((offset) => shown - offset).filter((at) => at + offsetAt(at) === shown);
      // In a gap no instant shows this time; a day of UTC earlier or later it is the other offset's already.
      const seconds = instants.length > 0 ? Math.min(...instants) : shown - offsetAt(shown - furthest);
      return Temporal.Instant.fromEpochMilliseconds(seconds * 1000);
    },
  };
}

const utcSeconds = (local: Temporal.PlainDateTime): number => utcClock.instantOf(local).epochMilliseconds / 1000;

/** More changes of one kind than a zone can have had since clocks are changed. */
const MOST_CHANGES = 2000;

function changesOf(tzid: string, kind: IcalComponent, last: Temporal.PlainDate): ClockChange[] {
  const broken = (what: string) =>
    new CalendarProblem(`the VTIMEZONE ${quoted(tzid)} ${what}; export the calendar again or use an IANA name`);
  const fromOffsetSeconds = offsetOf(kind, 'tzoffsetfrom');
  const offsetSeconds = offsetOf(kind, 'tzoffsetto');
  const start = onsetOf(propertyOf(kind, 'dtstart')?.values[0]);
  if (fromOffsetSeconds === undefined || offsetSeconds === undefined || start === undefined) {
    throw broken('has a part without a valid DTSTART, TZOFFSETFROM or TZOFFSETTO');
  }
  const onsets = propertiesOf(kind, 'rdate').flatMap(({ values }) => values.map(onsetOf));
  const ruleLine = propertyOf(kind, 'rrule');
  onsets.push(...(ruleLine === undefined ? [start] : ruledOnsets(ruleLine.values[0], start, fromOffsetSeconds, last)));
  if (onsets.length > MOST_CHANGES) throw broken(`changes its clocks more than ${MOST_CHANGES} times`);
  return onsets.map((onset) => {
    if (onset === undefined) throw broken('has an RDATE that is no time');
    return { atSeconds: utcSeconds(onset) - fromOffsetSeconds, fromOffsetSeconds, offsetSeconds };
  });
}

function ruledOnsets(
  jcalRule: unknown,
  start: Temporal.PlainDateTime,
  fromOffsetSeconds: number,
  last: Temporal.PlainDate,
): Temporal.PlainDateTime[] {
  const rule = readRule(jcalRule);
  // UNTIL is in UTC here (RFC 5545, 3.6.5), and is compared with the clock before the change.
  const until = rule.until === undefined ? undefined : untilSeconds(rule.until) + fromOffsetSeconds;
  const onsets: Temporal.PlainDateTime[] = [];
  for (const date of datesOfRule(rule, start.toPlainDate(), last)) {
    const onset = date.toPlainDateTime(start.toPlainTime());
    if ((until !== undefined && utcSeconds(onset) > until) || onsets.length > MOST_CHANGES) break;
    onsets.push(onset);
  }
  return onsets;
}

function untilSeconds(until: string): number {
  const onset = onsetOf(until.replace(/Z$/, ''));
  if (onset === undefined) throw new CalendarProblem(`a VTIMEZONE's UNTIL ${quoted(until)} does not exist; correct it`);
  return utcSeconds(onset);
}

function onsetOf(value: unknown): Temporal.PlainDateTime | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return Temporal.PlainDateTime.from(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function offsetOf(kind: IcalComponent, name: string): number | undefined {
  const [, sign, hours, minutes, seconds = '0'] =
    /^([-+])([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(textOf(kind, name) ?? '') ?? [];
  if (sign === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}
