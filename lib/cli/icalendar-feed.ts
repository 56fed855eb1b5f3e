import { Temporal } from 'temporal-polyfill';

/** How an experiment ended, as a feed has it: called off, refused, or its verdict. */
export const ENDED_STATUSES = [
  'cancelled',
  'held',
  'broken',
  'refused',
  'aborted',
  'inconclusive',
  'leashed',
  'failed',
] as const;

/** How far an experiment has come: planned or seen ahead, or how it ended. */
export type FeedStatus = 'planned' | 'previewed' | (typeof ENDED_STATUSES)[number];

/** An experiment as an event of a calendar. */
export interface FeedEvent {
  readonly experiment: string;
  readonly group: string;
  readonly fault: string;
  /** ISO 8601 in UTC; seconds count, what is finer is cut off. */
  readonly at: string;
  /** 0 where the fault is over at once. A fraction is rounded up. */
  readonly durationSeconds: number;
  readonly status: FeedStatus;
  readonly description: string;
  /** The group's own zone, for example `Europe/London`. */
  readonly zone: string;
}

export interface FeedOptions {
  /** When the feed is made: ISO 8601 in UTC. */
  readonly now: string;
  /** What calendar programs call it. */
  readonly name: string;
}

/** RFC 5545 3.1: lines should not be longer than 75 octets, their end not counted. */
const LINE_OCTETS = 75;

/** RFC 5545 3.1: a line may carry no control character but the tab; line breaks are escaped, all others are dropped. */
const DROPPED = /[^\P{Cc}\t\n]/gu;

/** What text can stand for in a feed: lone surrogates become U+FFFD, every kind of line break one newline, control characters nothing. */
const plain = (text: string): string => text.toWellFormed().replace(/\r\n?/g, '\n').replace(DROPPED, '');

/** A value of the type TEXT, RFC 5545 3.3.11. */
const escaped = (text: string): string =>
  plain(text)
    .replace(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll('\n', '\\n');

/** Folds a line after 75 octets at most, never inside a character: RFC 5545 3.1. A continuation begins with a space, which counts. */
function folded(line: string): string {
  let text = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > LINE_OCTETS) {
      text += '\r\n ';
      octets = 1;
    }
    text += character;
    octets += size;
  }
  return text;
}

/** `20261123T093000Z`: RFC 5545 3.3.5, form 2. */
function utc(iso: string, whose: string): string {
  let instant: Temporal.Instant;
  try {
    instant = Temporal.Instant.from(iso);
  } catch (error) {
    throw new RangeError(`The time of ${whose} is "${iso}"; write ISO 8601 in UTC, like 2026-11-23T09:30:00Z.`, {
      cause: error,
    });
  }
  const text = instant.toString({ smallestUnit: 'second', roundingMode: 'floor' });
  if (text.length !== '2026-11-23T09:30:00Z'.length) {
    throw new RangeError(`The time of ${whose} is "${iso}"; an iCalendar has only years from 0000 to 9999.`);
  }
  return text.replace(/[-:]/g, '');
}

/** RFC 5545 3.8.2.5 wants a positive duration; an event without one ends when it starts (3.6.1). */
function durationLines({ durationSeconds, experiment }: FeedEvent): string[] {
  if (!Number.isFinite(durationSeconds) || durationSeconds < 0) {
    throw new RangeError(`The experiment ${experiment} lasts ${durationSeconds} s; write 0 or more seconds.`);
  }
  const seconds = Math.ceil(durationSeconds);
  if (seconds === 0) return [];
  return [`DURATION:PT${Math.floor(seconds / 3600)}H${Math.floor(seconds / 60) % 60}M${seconds % 60}S`];
}

/** RFC 5545 3.8.1.11: what may still be drawn otherwise is tentative. */
function statusOf(status: FeedStatus): string {
  if (status === 'previewed') return 'TENTATIVE';
  return status === 'cancelled' ? 'CANCELLED' : 'CONFIRMED';
}

function eventLines(event: FeedEvent, stamp: string): string[] {
  const { experiment, group, fault, status, description, zone } = event;
  return [
    'BEGIN:VEVENT',
    `UID:${escaped(experiment)}@capuchin`,
    `DTSTAMP:${stamp}`,
    `DTSTART:${utc(event.at, `the experiment ${experiment}`)}`,
    ...durationLines(event),
    `SUMMARY:${escaped(`Chaos: ${fault} on ${group} (${status})`)}`,
    `DESCRIPTION:${escaped(description)}`,
    `STATUS:${statusOf(status)}`,
    // Nobody is busy because of it.
    'TRANSP:TRANSPARENT',
    // A line for each: some readers split at a comma after an escaped backslash wrongly.
    'CATEGORIES:Chaos',
    `CATEGORIES:${escaped(fault)}`,
    `CATEGORIES:${status}`,
    // The same facts for programs, which should not have to take the summary apart.
    `X-CAPUCHIN-GROUP;VALUE=TEXT:${escaped(group)}`,
    `X-CAPUCHIN-FAULT;VALUE=TEXT:${escaped(fault)}`,
    `X-CAPUCHIN-STATUS;VALUE=TEXT:${status}`,
    `X-CAPUCHIN-ZONE;VALUE=TEXT:${escaped(zone)}`,
    'END:VEVENT',
  ];
}

/**
 * Plans and past experiments as an iCalendar (RFC 5545) that calendar programs subscribe to. An experiment keeps its UID, so that
 * it moves from planned to its verdict instead of appearing twice; of several events of one experiment the last one counts.
 * Control characters other than tab and newline are dropped from texts, for the format cannot carry them.
 * Throws a RangeError where a time or a duration is none.
 */
export function icalendarFeed(events: readonly FeedEvent[], { now, name }: FeedOptions): string {
  const stamp = utc(now, 'the feed');
  const latest = new Map(events.map((event) => [escaped(event.experiment), event]));
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Capuchin//Plan and history//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(name)}`,
    ...[...latest.values()].flatMap((event) => eventLines(event, stamp)),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}
