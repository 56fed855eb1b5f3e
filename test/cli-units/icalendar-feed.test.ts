import fc from 'fast-check';
import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { type FeedEvent, type FeedStatus, icalendarFeed } from '../../lib/cli/icalendar-feed.ts';

const STATUSES: readonly FeedStatus[] = [
  'planned',
  'previewed',
  'cancelled',
  'held',
  'broken',
  'refused',
  'aborted',
  'inconclusive',
  'leashed',
  'failed',
];

const options = { now: '2026-11-22T17:00:00Z', name: 'Capuchin' };

const eventOf = (parts: Partial<FeedEvent> = {}): FeedEvent => ({
  experiment: 'shop-catalog-2026-11-23-0badcafe',
  group: 'shop/catalog',
  fault: 'stop-task',
  at: '2026-11-23T09:30:00Z',
  durationSeconds: 300,
  status: 'held',
  description: 'One of 4 tasks stopped, recovered after 31 s.',
  zone: 'Europe/London',
  ...parts,
});

const read = (feed: string) => new ICAL.Component(ICAL.parse(feed));
const eventsIn = (feed: string) => read(feed).getAllSubcomponents('vevent');
const unfolded = (feed: string): string[] => feed.replaceAll('\r\n ', '').split('\r\n');

/** What a feed can carry of a text: no control characters but tab and newline, no halves of characters. */
const carried = (text: string): string =>
  [...text.replaceAll('\r\n', '\n')]
    .map((character) => (character === '\r' ? '\n' : /\p{Surrogate}/u.test(character) ? '\ufffd' : character))
    .filter((character) => character === '\t' || character === '\n' || !/\p{Cc}/u.test(character))
    .join('');

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        '\\',
        ';',
        ',',
        ':',
        '"',
        '\n',
        '\r',
        '\t',
        ' ',
        'n',
        'N',
        'é',
        '漢',
        '🐒',
        '\ud800',
        '\u0000',
        '\u0085',
      ),
      { maxLength: 120 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('END:VEVENT', '\r\nEND:VCALENDAR\r\n', '\\n', '\\\\,', 'x'.repeat(300), ''),
);

const anyEvent: fc.Arbitrary<FeedEvent> = fc.record({
  experiment: anyText,
  group: anyText,
  fault: anyText,
  at: fc
    .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('2999-12-31T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  durationSeconds: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 200_000 }),
    fc.double({ min: 0, max: 1e4, noNaN: true }),
  ),
  status: fc.constantFrom(...STATUSES),
  description: anyText,
  zone: anyText,
});

describe('the feed', () => {
  it('is what a calendar program subscribes to', () => {
    expect(icalendarFeed([eventOf()], { ...options, name: 'Chaos, shop; \\o/' })).toBe(
      [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//Capuchin//Plan and history//EN',
        'CALSCALE:GREGORIAN',
        'METHOD:PUBLISH',
        'X-WR-CALNAME:Chaos\\, shop\\; \\\\o/',
        'BEGIN:VEVENT',
        'UID:shop-catalog-2026-11-23-0badcafe@capuchin',
        'DTSTAMP:20261122T170000Z',
        'DTSTART:20261123T093000Z',
        'DURATION:PT0H5M0S',
        'SUMMARY:Chaos: stop-task on shop/catalog (held)',
        'DESCRIPTION:One of 4 tasks stopped\\, recovered after 31 s.',
        'STATUS:CONFIRMED',
        'TRANSP:TRANSPARENT',
        'CATEGORIES:Chaos',
        'CATEGORIES:stop-task',
        'CATEGORIES:held',
        'X-CAPUCHIN-GROUP;VALUE=TEXT:shop/catalog',
        'X-CAPUCHIN-FAULT;VALUE=TEXT:stop-task',
        'X-CAPUCHIN-STATUS;VALUE=TEXT:held',
        'X-CAPUCHIN-ZONE;VALUE=TEXT:Europe/London',
        'END:VEVENT',
        'END:VCALENDAR',
        '',
      ].join('\r\n'),
    );
  });

  it('is read back by ical.js as it was, whatever the texts are', () => {
    const unique = fc.uniqueArray(anyEvent, { maxLength: 4, selector: ({ experiment }) => carried(experiment) });
    fc.assert(
      fc.property(unique, anyText, (events, name) => {
        const feed = icalendarFeed(events, { ...options, name });
        const calendar = read(feed);
        // ical.js leaves the escapes of properties it does not know.
        const raw = String(calendar.getFirstPropertyValue('x-wr-calname'));
        expect(ICAL.Property.fromString(`SUMMARY:${raw}`).getFirstValue()).toBe(carried(name));
        const read_ = calendar.getAllSubcomponents('vevent').map((event) => {
          const value = (property: string) => event.getFirstPropertyValue(property);
          return {
            uid: value('uid'),
            group: value('x-capuchin-group'),
            fault: value('x-capuchin-fault'),
            status: value('x-capuchin-status'),
            zone: value('x-capuchin-zone'),
            description: value('description'),
            summary: value('summary'),
            start: String(value('dtstart')),
            stamp: String(value('dtstamp')),
            seconds: new ICAL.Event(event).duration.toSeconds(),
            categories: event.getAllProperties('categories').map((property) => property.getValues()),
            transparency: value('transp'),
          };
        });
        expect(read_).toEqual(
          events.map(({ experiment, group, fault, status, zone, description, at, durationSeconds }) => ({
            uid: `${carried(experiment)}@capuchin`,
            group: carried(group),
            fault: carried(fault),
            status,
            zone: carried(zone),
            description: carried(description),
            summary: `Chaos: ${carried(fault)} on ${carried(group)} (${status})`,
            start: `${at.slice(0, 19)}Z`,
            stamp: '2026-11-22T17:00:00Z',
            seconds: Math.ceil(durationSeconds),
            categories: [['Chaos'], [carried(fault)], [status]],
            transparency: 'TRANSPARENT',
          })),
        );
      }),
    );
  });

  it('has lines of at most 75 octets that end in CRLF, no broken characters and no control characters', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const feed = icalendarFeed([event], options);
        expect(feed.endsWith('\r\n')).toBe(true);
        for (const line of feed.split('\r\n')) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
          expect(line.isWellFormed()).toBe(true);
          expect(line).not.toMatch(/[^\P{Cc}\t]/u);
        }
      }),
    );
  });

  it('fills its lines up before it folds them', () => {
    const feed = icalendarFeed([eventOf({ description: 'x'.repeat(300) })], options);
    const lines = feed.split('\r\n');
    const first = lines.findIndex((line) => line.startsWith('DESCRIPTION'));
    expect(lines.slice(first, first + 5).map((line) => Buffer.byteLength(line))).toEqual([75, 75, 75, 75, 16]);
    const wide = icalendarFeed([eventOf({ description: '🐒'.repeat(40) })], options).split('\r\n');
    const monkeys = wide.findIndex((line) => line.startsWith('DESCRIPTION'));
    expect(wide.slice(monkeys, monkeys + 3).map((line) => Buffer.byteLength(line))).toEqual([72, 73, 29]);
  });

  it.each(STATUSES)('tells calendar programs how firm an experiment is that was %s', (status) => {
    const firm = { previewed: 'TENTATIVE', cancelled: 'CANCELLED' }[String(status)] ?? 'CONFIRMED';
    expect(eventsIn(icalendarFeed([eventOf({ status })], options))[0]?.getFirstPropertyValue('status')).toBe(firm);
  });

  it('tells one experiment once, as it came last', () => {
    const events = [
      eventOf({ status: 'planned' }),
      eventOf({ experiment: 'other', status: 'planned' }),
      eventOf({ status: 'broken', durationSeconds: 30 }),
    ];
    const feed = icalendarFeed(events, options);
    expect(eventsIn(feed).map((event) => event.getFirstPropertyValue('summary'))).toEqual([
      'Chaos: stop-task on shop/catalog (broken)',
      'Chaos: stop-task on shop/catalog (planned)',
    ]);
  });

  it('writes times in UTC and leaves out a duration of nothing, which RFC 5545 does not know', () => {
    const lines = unfolded(
      icalendarFeed([eventOf({ at: '2026-11-23T10:30:00.999+01:00', durationSeconds: 0 })], options),
    );
    expect(lines).toContain('DTSTART:20261123T093000Z');
    expect(lines.join('\n')).not.toContain('DURATION');
    expect(unfolded(icalendarFeed([eventOf({ durationSeconds: 4_530.2 })], options))).toContain('DURATION:PT1H15M31S');
  });

  it('is read without any events too', () => {
    expect(eventsIn(icalendarFeed([], options))).toEqual([]);
  });

  it('refuses what is no time or duration, and names the experiment', () => {
    expect(() => icalendarFeed([eventOf({ at: 'tomorrow' })], options)).toThrow(
      'The time of the experiment shop-catalog-2026-11-23-0badcafe is "tomorrow"; write ISO 8601 in UTC',
    );
    expect(() => icalendarFeed([eventOf({ at: '2026-11-23T09:30:00' })], options)).toThrow('write ISO 8601 in UTC');
    expect(() => icalendarFeed([eventOf({ at: '+012026-11-23T09:30:00Z' })], options)).toThrow(
      'years from 0000 to 9999',
    );
    expect(() => icalendarFeed([], { ...options, now: '' })).toThrow('The time of the feed is ""');
    for (const durationSeconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => icalendarFeed([eventOf({ durationSeconds })], options)).toThrow('write 0 or more seconds');
    }
  });
});
