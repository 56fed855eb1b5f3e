import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import {
  intervalsOn,
  isWindowDay,
  parseDays,
  parseHours,
  parseZone,
  WEEKDAYS,
  type Window,
} from '../../lib/core/window.ts';
import { aWindow as windowOf } from './examples.ts';

const aWindow = (hours: string, days = 'mon-sun', zone = 'Europe/Berlin'): Window => windowOf(hours, days, zone);

const on = (window: Window, date: string): string[] =>
  intervalsOn(window, Temporal.PlainDate.from(date)).map(({ from, to }) => `${from}/${to}`);

describe('hours', () => {
  it.each([
    ['09:00-17:00', [[540, 1020]]],
    [
      ' 09:00-12:00   13:30-17:00 ',
      [
        [540, 720],
        [810, 1020],
      ],
    ],
    ['22:00-06:00', [[1320, 360]]],
    ['00:00-24:00', [[0, 1440]]],
    ['23:59-00:00', [[1439, 0]]],
    ['00:59-17:59', [[59, 1079]]],
  ])('of %j are read', (text, ranges) => {
    const value = ranges.map(([fromMinute, toMinute]) => ({ fromMinute, toMinute }));
    expect(parseHours(text)).toEqual({ ok: true, value });
  });

  it.each([
    '',
    ' ',
    '9:00-17:00',
    '09:00',
    '09:00-',
    '09:00–17:00',
    '0900-1700',
    '24:00-25:00',
    '24:00-06:00',
    '09:60-17:00',
    '09:00-17:60',
    '09:00-24:01',
    '09:00-17:00,18:00-19:00',
    '09:00-17:00-18:00',
    'x09:00-17:00',
  ])('of %j are not a range, and the problem shows how to write one', (text) => {
    expect(parseHours(text)).toEqual({
      ok: false,
      problem: expect.stringContaining('is not a range of hours; write it like 09:00-17:00'),
    });
  });

  it('name the one range that is wrong', () => {
    expect(parseHours('09:00-12:00 13:00-99:00')).toEqual({
      ok: false,
      problem: '"13:00-99:00" is not a range of hours; write it like 09:00-17:00',
    });
    expect(parseHours('09:00-09:00')).toEqual({
      ok: false,
      problem: '"09:00-09:00" is empty; its end must differ from its start',
    });
  });
});

describe('days', () => {
  it.each([
    ['mon-fri', ['mon', 'tue', 'wed', 'thu', 'fri']],
    ['sun-thu', ['mon', 'tue', 'wed', 'thu', 'sun']],
    ['fri-mon', ['mon', 'fri', 'sat', 'sun']],
    ['mon wed  fri', ['mon', 'wed', 'fri']],
    ['fri mon', ['mon', 'fri']],
    ['sat-sat', ['sat']],
    ['MON-Tue', ['mon', 'tue']],
    ['tue-mon', [...WEEKDAYS]],
    ['mon-wed tue-thu', ['mon', 'tue', 'wed', 'thu']],
  ])('of %j are read, in the order of the week', (text, days) => {
    expect(parseDays(text)).toEqual({ ok: true, value: days });
  });

  it.each(['', 'monday', 'mon-', '-fri', 'mon-tue-wed', 'mon,tue', '1-5', 'mon - fri'])('of %j are refused', (text) => {
    expect(parseDays(text)).toEqual({
      ok: false,
      problem: expect.stringMatching(/is not a day or a range of days; write mon to sun/),
    });
  });
});

describe('a zone', () => {
  it.each([
    ['Europe/London', 'Europe/London'],
    ['pacific/auckland', 'Pacific/Auckland'],
    ['UTC', 'UTC'],
    ['Etc/GMT+2', 'Etc/GMT+2'],
  ])('of %j is read', (text, zone) => {
    expect(parseZone(text)).toEqual({ ok: true, value: zone });
  });

  it.each([
    '',
    'Europe/Londn',
    '+02:00',
    '-0500',
    'Z',
    ' Europe/London',
    '2026-01-01T00:00+02:00',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00[Europe/Paris]',
  ])('of %j is refused: only a name knows its clock changes', (text) => {
    expect(parseZone(text)).toEqual({
      ok: false,
      problem: `"${text}" is not a zone; write an IANA name like Europe/London`,
    });
  });
});

describe('the intervals of a date', () => {
  // Made by Python's zoneinfo, which was asked minute by minute whether the zone's clock shows a time of the range.
  it.each([
    ['Europe/Berlin', '2026-03-28', '09:00-17:00', ['2026-03-28T08:00:00Z/2026-03-28T16:00:00Z']],
    ['Europe/Berlin', '2026-03-30', '09:00-17:00', ['2026-03-30T07:00:00Z/2026-03-30T15:00:00Z']],
    ['Europe/Berlin', '2026-10-24', '09:00-17:00', ['2026-10-24T07:00:00Z/2026-10-24T15:00:00Z']],
    ['Europe/Berlin', '2026-10-26', '09:00-17:00', ['2026-10-26T08:00:00Z/2026-10-26T16:00:00Z']],
    ['Europe/Berlin', '2026-03-28', '22:00-06:00', ['2026-03-28T21:00:00Z/2026-03-29T04:00:00Z']],
    ['Europe/Berlin', '2026-10-24', '22:00-06:00', ['2026-10-24T20:00:00Z/2026-10-25T05:00:00Z']],
    ['Europe/Berlin', '2026-03-29', '01:00-02:30', ['2026-03-29T00:00:00Z/2026-03-29T01:00:00Z']],
    ['Europe/Berlin', '2026-03-29', '02:30-04:00', ['2026-03-29T01:00:00Z/2026-03-29T02:00:00Z']],
    ['Europe/Berlin', '2026-03-29', '02:10-02:50', []],
    [
      'Europe/Berlin',
      '2026-10-25',
      '01:00-02:30',
      ['2026-10-24T23:00:00Z/2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z/2026-10-25T01:30:00Z'],
    ],
    [
      'Europe/Berlin',
      '2026-10-25',
      '02:30-04:00',
      ['2026-10-25T00:30:00Z/2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z/2026-10-25T03:00:00Z'],
    ],
    [
      'Europe/Berlin',
      '2026-10-25',
      '02:10-02:50',
      ['2026-10-25T00:10:00Z/2026-10-25T00:50:00Z', '2026-10-25T01:10:00Z/2026-10-25T01:50:00Z'],
    ],
    ['Europe/Berlin', '2026-03-29', '00:00-24:00', ['2026-03-28T23:00:00Z/2026-03-29T22:00:00Z']],
    ['Europe/Berlin', '2026-10-25', '00:00-24:00', ['2026-10-24T22:00:00Z/2026-10-25T23:00:00Z']],
    ['America/New_York', '2026-03-07', '20:00-04:00', ['2026-03-08T01:00:00Z/2026-03-08T08:00:00Z']],
    ['America/New_York', '2026-03-08', '02:00-03:00', []],
    ['America/New_York', '2026-03-09', '09:00-17:00', ['2026-03-09T13:00:00Z/2026-03-09T21:00:00Z']],
    ['America/New_York', '2026-10-31', '20:00-04:00', ['2026-11-01T00:00:00Z/2026-11-01T09:00:00Z']],
    [
      'America/New_York',
      '2026-11-01',
      '01:15-01:45',
      ['2026-11-01T05:15:00Z/2026-11-01T05:45:00Z', '2026-11-01T06:15:00Z/2026-11-01T06:45:00Z'],
    ],
    ['America/New_York', '2026-11-02', '09:00-17:00', ['2026-11-02T14:00:00Z/2026-11-02T22:00:00Z']],
    ['Pacific/Auckland', '2026-04-04', '22:00-04:00', ['2026-04-04T09:00:00Z/2026-04-04T16:00:00Z']],
    [
      'Pacific/Auckland',
      '2026-04-05',
      '02:30-03:30',
      ['2026-04-04T13:30:00Z/2026-04-04T14:00:00Z', '2026-04-04T14:30:00Z/2026-04-04T15:30:00Z'],
    ],
    ['Pacific/Auckland', '2026-04-06', '09:00-17:00', ['2026-04-05T21:00:00Z/2026-04-06T05:00:00Z']],
    ['Pacific/Auckland', '2026-09-26', '22:00-04:00', ['2026-09-26T10:00:00Z/2026-09-26T15:00:00Z']],
    ['Pacific/Auckland', '2026-09-27', '02:30-03:30', ['2026-09-26T14:00:00Z/2026-09-26T14:30:00Z']],
    ['Pacific/Auckland', '2026-09-28', '09:00-17:00', ['2026-09-27T20:00:00Z/2026-09-28T04:00:00Z']],
    ['Pacific/Honolulu', '2026-03-08', '01:00-04:00', ['2026-03-08T11:00:00Z/2026-03-08T14:00:00Z']],
    ['Pacific/Honolulu', '2026-11-01', '22:00-06:00', ['2026-11-02T08:00:00Z/2026-11-02T16:00:00Z']],
  ])('in %s on %s of %s are what the clock shows', (zone, date, hours, intervals) => {
    expect(on(aWindow(hours, 'mon-sun', zone), date)).toEqual(intervals);
  });

  it('come in order whatever the order of the hours, and there is none on other days', () => {
    const window = aWindow('13:00-17:00 09:00-12:00', 'mon-fri');
    expect(on(window, '2026-11-23')).toEqual([
      '2026-11-23T08:00:00Z/2026-11-23T11:00:00Z',
      '2026-11-23T12:00:00Z/2026-11-23T16:00:00Z',
    ]);
    expect(on(window, '2026-11-22')).toEqual([]);
  });

  it('never overlap, so that no moment is twice as likely as another', () => {
    expect(on(aWindow('09:00-12:00 11:00-13:00 12:30-12:45'), '2026-11-23')).toEqual([
      '2026-11-23T08:00:00Z/2026-11-23T12:00:00Z',
    ]);
    expect(on(aWindow('09:00-12:00 12:00-13:00'), '2026-11-23')).toEqual(['2026-11-23T08:00:00Z/2026-11-23T12:00:00Z']);
  });

  it('of a range over midnight belong to the date on which it starts', () => {
    expect(on(aWindow('22:00-06:00', 'fri'), '2026-11-27')).toEqual(['2026-11-27T21:00:00Z/2026-11-28T05:00:00Z']);
    expect(on(aWindow('22:00-06:00', 'fri'), '2026-11-28')).toEqual([]);
  });

  it('hold an instant exactly when the clock shows a time of the range, in every zone and hour of the year', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Pacific/Auckland', 'Pacific/Honolulu', 'Australia/Lord_Howe'];
    const minute = fc.integer({ min: 0, max: 1439 });
    const day = fc.oneof(
      fc.integer({ min: 0, max: 364 }),
      // The days of the clock changes of 2026, and those beside them.
      fc.constantFrom(65, 66, 86, 87, 93, 94, 268, 269, 275, 276, 296, 297, 303, 304),
    );
    fc.assert(
      fc.property(fc.constantFrom(...zones), day, minute, minute, minute, (zone, dayOfYear, from, to, at) => {
        fc.pre(from !== to);
        const date = Temporal.PlainDate.from('2026-01-01').add({ days: dayOfYear });
        const window: Window = { hours: [{ fromMinute: from, toMinute: to }], days: [...WEEKDAYS], zone };
        const instant = date.toZonedDateTime(zone).add({ minutes: at });
        const isInside = intervalsOn(window, date).some(
          (one) =>
            one.from.epochMilliseconds <= instant.epochMilliseconds &&
            instant.epochMilliseconds < one.to.epochMilliseconds,
        );
        const shown = instant.hour * 60 + instant.minute;
        const end = to <= from ? to + 1440 : to;
        const sinceMidnight = instant.toPlainDate().equals(date) ? shown : shown + 1440;
        expect(isInside).toBe(from <= sinceMidnight && sinceMidnight < end);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a window day', () => {
  it('is one of the days of the week, from Monday to Sunday', () => {
    const monday = Temporal.PlainDate.from('2026-11-23');
    for (const [index, day] of WEEKDAYS.entries()) {
      const window = aWindow('09:00-17:00', day);
      const days = [0, 1, 2, 3, 4, 5, 6].filter((after) => isWindowDay(window, monday.add({ days: after })));
      expect(days).toEqual([index]);
    }
  });
});
