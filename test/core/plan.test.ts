import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { drawChance } from '../../lib/core/draw.ts';
import { NOT_PLANNED, notPlannedOf } from '../../lib/core/plan.ts';
import { intervalsOn, WEEKDAYS, type Window } from '../../lib/core/window.ts';
import { certain, day, drawing, ms } from './example-plans.ts';
import { aGroup, aHostGroup, alike, aService, aWindow, someCalendars } from './examples.ts';

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);

describe('the plan of a day', () => {
  it('draws a group at a second of its window that is still to come', () => {
    for (const [now, first, last] of [
      ['2026-11-23T05:00:00Z', '2026-11-23T08:00:00Z', '2026-11-23T15:59:59Z'],
      ['2026-11-23T15:59:57.100Z', '2026-11-23T15:59:58Z', '2026-11-23T15:59:59Z'],
    ] as const) {
      for (let index = 0; index < 50; index++) {
        const [planned] = day([aGroup(`g${index}`, certain)], { nowMs: ms(now) }).experiments;
        expect(planned?.at.localeCompare(first)).toBeGreaterThanOrEqual(0);
        expect(planned?.at.localeCompare(last)).toBeLessThanOrEqual(0);
      }
    }
  });

  it('never draws the closing minute, nor the gap between two ranges', () => {
    const window = aWindow('09:00-09:01 09:02-09:03');
    const groups = Array.from({ length: 300 }, (_, index) => aGroup(`g${index}`, { ...certain, window }));
    const minutes = new Set(day(groups).experiments.map((one) => one.at.slice(11, 16)));
    expect(minutes).toEqual(new Set(['08:00', '08:02']));
  });

  it.each([
    ['2026-11-22', '2026-11-22T05:00:00Z', 'not-a-window-day', 'the window is 09:00-17:00 on mon-fri in Europe/Berlin'],
    ['2026-11-23', '2026-11-23T16:00:00Z', 'window-over', 'it closed at 2026-11-23T16:00:00Z'],
    ['2026-11-23', '2026-11-23T15:59:59.001Z', 'window-over', 'it closed at 2026-11-23T16:00:00Z'],
    ['2026-12-25', '2026-12-25T05:00:00Z', 'holiday', 'Christmas Day'],
    ['2026-12-24', '2026-12-24T05:00:00Z', 'holiday', 'Inventory'],
    ['2026-12-28', '2026-12-28T05:00:00Z', 'freeze', 'year end'],
    ['2026-11-24', '2026-11-24T05:00:00Z', 'freeze', 'migration'],
    [
      '2032-01-01',
      '2032-01-01T05:00:00Z',
      'calendar-unknown',
      'holidays and freezes are known until 2031-12-31 only; synthesize again',
    ],
  ])('of %s at %s leaves a group out: %s, %s', (date, now, because, detail) => {
    const closures = {
      holidays: { DE: [{ date: '2026-12-25', name: 'Christmas Day' }] },
      closedDates: [{ date: '2026-12-24', name: 'Inventory' }],
      freezes: [
        { fromDate: '2026-12-28', toDate: '2026-12-31', name: 'year end' },
        { from: '2026-11-24T00:00:00Z', to: '2026-11-24T16:00:00Z', name: 'migration' },
      ],
    };
    const group = aGroup('a', { ...certain, holidays: ['DE'] });
    expect(day([group], { calendars: someCalendars(closures), date, nowMs: ms(now) })).toEqual({
      experiments: [],
      notPlanned: [{ group: 'a', because, detail }],
    });
  });

  it('leaves a group out when the clock leaps over its window', () => {
    const group = aGroup('a', { ...certain, window: aWindow('02:10-02:50', 'mon-sun') });
    expect(day([group], { date: '2026-03-29', nowMs: 0 }).notPlanned).toEqual([
      { group: 'a', because: 'outside-hours', detail: 'the clock leaps over the hours of the window' },
    ]);
    // In autumn both passes are open, and nothing between them.
    const many = Array.from({ length: 200 }, (_, index) => ({ ...group, name: `g${index}` }));
    const minutes = day(many, { date: '2026-10-25', nowMs: 0 }).experiments.map((one) => one.at.slice(11, 16));
    expect(minutes).toHaveLength(200);
    const isOpen = (minute: string): boolean =>
      (minute >= '00:10' && minute < '00:50') || (minute >= '01:10' && minute < '01:50');
    expect(minutes.every(isOpen)).toBe(true);
    expect(minutes.some((minute) => minute < '01:00') && minutes.some((minute) => minute > '01:00')).toBe(true);
  });

  it('leaves a group out to which none of its faults applies', () => {
    const group = aGroup('a', { ...certain, faults: alike('terminate-host') });
    expect(day([group]).notPlanned).toEqual([
      { group: 'a', because: 'no-fault-applies', detail: 'it allows terminate-host' },
    ]);
    const hosts = aHostGroup('hosts', { ...certain, faults: alike('stop-task', 'terminate-host') });
    expect(day([hosts]).experiments.map(({ fault, services }) => ({ fault, services }))).toEqual([
      { fault: 'terminate-host', services: [] },
    ]);
  });

  it.each([
    [1, '2026-11-23T00:30:00Z', true],
    [1, '2026-11-22T23:00:00Z', true],
    [1, '2026-11-22T22:59:59Z', false],
    [1, '2026-11-22T12:00:00Z', false],
    [2, '2026-11-20T12:00:00Z', true],
    [2, '2026-11-19T12:00:00Z', false],
    // A group is drawn once a day at most, though on demand it may have more.
    [0, '2026-11-23T06:00:00Z', true],
    [0, '2026-11-22T22:59:59Z', false],
  ])('leaves a group out for its spacing of %d days after a start at %s: %s', (minDays, last, isOut) => {
    const group = aGroup('a', { ...certain, meanDays: Math.max(minDays, 1), minDays });
    const plan = day([group], { history: new Map([['a', { lastStartedMs: ms(last) }]]) });
    const days = minDays === 1 ? '1 work day' : `${minDays} work days`;
    // How many days a spacing of 0 comes to is not said here.
    const detail =
      minDays === 0 ? expect.any(String) : `the last started at ${last}; at least ${days} must lie between`;
    expect(plan.notPlanned).toEqual(isOut ? [{ group: 'a', because: 'spacing', detail }] : []);
    expect(plan.experiments).toHaveLength(isOut ? 0 : 1);
  });

  it('leaves a group out that was not drawn, and records the draw', () => {
    const groups = Array.from({ length: 40 }, (_, index) => aGroup(`g${index}`, { ...certain, meanDays: 10 }));
    const { experiments, notPlanned } = day(groups);
    const name = '2026-11-23-Europe-Berlin';
    for (const { name: group } of groups) {
      const { drawn, draw: made } = drawChance('seed', `${name}/chance/${group}`, 1 / 10);
      const planned = experiments.find((one) => one.group === group);
      expect(planned !== undefined).toBe(drawn);
      if (drawn) expect(planned?.draws[0]).toEqual(made);
      else
        expect(notPlanned).toContainEqual({
          group,
          because: 'not-drawn',
          detail: 'the chance was 10.0 %',
          chance: 0.1,
        });
    }
    expect(experiments.length).toBeGreaterThan(0);
    expect(notPlanned.length).toBeGreaterThan(experiments.length);
  });

  it('has at most one experiment for a group, inside its window, whatever the window, zone and moment', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Pacific/Auckland', 'Pacific/Honolulu'];
    const minute = fc.integer({ min: 0, max: 1439 });
    const range = fc
      .tuple(minute, minute)
      .filter(([from, to]) => from !== to)
      .map(([fromMinute, toMinute]) => ({ fromMinute, toMinute }));
    const window: fc.Arbitrary<Window> = fc.record({
      hours: fc.array(range, { minLength: 1, maxLength: 3 }),
      days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      zone: fc.constantFrom(...zones),
    });
    const nowMs = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2026-12-31T00:00:00Z') });
    fc.assert(
      fc.property(window, nowMs, fc.integer({ min: -1, max: 1 }), (one, startMs, days) => {
        const now = Temporal.Instant.fromEpochMilliseconds(startMs);
        const date = now.toZonedDateTimeISO(one.zone).toPlainDate().add({ days });
        const groups = ['a', 'b'].map((name) => aGroup(name, { ...certain, window: one }));
        const { experiments, notPlanned } = day(groups, { date: date.toString(), nowMs: startMs });
        expect(experiments.length + notPlanned.length).toBe(2);
        for (const planned of experiments) {
          const instant = at(planned.at);
          expect(Temporal.Instant.compare(instant, now)).toBeGreaterThanOrEqual(0);
          const holds = ({ from, to }: { from: Temporal.Instant; to: Temporal.Instant }): boolean =>
            Temporal.Instant.compare(from, instant) <= 0 && Temporal.Instant.compare(instant, to) < 0;
          expect(intervalsOn(one, date).some(holds)).toBe(true);
        }
      }),
    );
  });

  it('is the same for a group whoever else is in it', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 8 });
    const settings = { ...certain, meanDays: 3 };
    fc.assert(
      fc.property(names, (all) => {
        const [first = '', ...rest] = all;
        const alone = day([aGroup(first, settings)]);
        const among = day([...rest, first].map((name) => aGroup(name, settings)));
        expect(among.experiments.filter(({ group }) => group === first)).toEqual(alone.experiments);
        expect(among.notPlanned.filter(({ group }) => group === first)).toEqual(alone.notPlanned);
      }),
    );
  });

  it('of several services of a group names them all', () => {
    const group = { ...aGroup('front', certain), members: [aService('shop/a'), aService('mall/b')] };
    expect(day([group]).experiments[0]?.services).toEqual([
      { cluster: 'shop', service: 'a' },
      { cluster: 'mall', service: 'b' },
    ]);
  });
});

describe('the date of a plan', () => {
  it.each([
    // What the clock in UTC shows is another date than the zone's.
    ['Pacific/Auckland', '2026-11-22T18:00:00Z', '2026-11-23', '2026-11-22T20:00:00Z', '2026-11-23T04:00:00Z'],
    ['Asia/Tokyo', '2026-11-22T20:00:00Z', '2026-11-23', '2026-11-23T00:00:00Z', '2026-11-23T08:00:00Z'],
    ['Pacific/Honolulu', '2026-11-24T02:59:00Z', '2026-11-23', '2026-11-24T02:59:00Z', '2026-11-24T03:00:00Z'],
    ['Pacific/Honolulu', '2026-11-23T15:00:00Z', '2026-11-23', '2026-11-23T19:00:00Z', '2026-11-24T03:00:00Z'],
  ])('is that of %s at %s, %s, and nothing lies before the moment', (zone, now, date, opens, closes) => {
    const group = aGroup('a', { ...certain, window: aWindow('09:00-17:00', 'mon-fri', zone) });
    const calendar = drawing.calendars.of(group.settings);
    expect(calendar.dateAt(ms(now))).toBe(date);
    const many = Array.from({ length: 60 }, (_, index) => ({ ...group, name: `g${index}` }));
    const { experiments } = day(many, { date, nowMs: ms(now) });
    expect(experiments).toHaveLength(60);
    for (const planned of experiments) {
      expect(planned.at >= opens && planned.at < closes && planned.at >= now).toBe(true);
      expect(planned).toMatchObject({ zone, open: [{ from: opens, to: closes }] });
    }
  });

  it('has nothing left in Honolulu in the evening, though in UTC the next day has come', () => {
    const group = aGroup('a', { ...certain, window: aWindow('09:00-17:00', 'mon-fri', 'Pacific/Honolulu') });
    const { notPlanned } = day([group], { date: '2026-11-23', nowMs: ms('2026-11-24T05:00:00Z') });
    expect(notPlanned.map(({ because }) => because)).toEqual(['window-over']);
  });

  it.each([
    ['Europe/Berlin', '2026-03-27', '2026-03-27T08:00:00Z', '2026-03-30', '2026-03-30T07:00:00Z'],
    ['Europe/Berlin', '2026-10-23', '2026-10-23T07:00:00Z', '2026-10-26', '2026-10-26T08:00:00Z'],
    ['America/New_York', '2026-03-06', '2026-03-06T14:00:00Z', '2026-03-09', '2026-03-09T13:00:00Z'],
    ['Pacific/Auckland', '2026-04-03', '2026-04-02T20:00:00Z', '2026-04-06', '2026-04-05T21:00:00Z'],
  ])(
    'in %s has the same hours by its own clock before and after a change',
    (zone, before, opens, after, opensAfter) => {
      const group = aGroup('a', { ...certain, window: aWindow('09:00-17:00', 'mon-fri', zone) });
      for (const [date, from] of [
        [before, opens],
        [after, opensAfter],
      ] as const) {
        const [planned] = day([group], { date, nowMs: 0 }).experiments;
        expect(planned?.open).toEqual([
          { from, to: new Date(ms(from) + 8 * 3_600_000).toISOString().replace('.000Z', 'Z') },
        ]);
      }
    },
  );
});

describe('what the config leaves out of a plan', () => {
  it('is one entry for each group of which nothing is left', () => {
    const excluded = [
      { group: 'gone', resource: 'arn:1', code: 'excepted', because: 'the config excepts service=a' },
      { group: 'gone', resource: 'arn:2', code: 'excepted', because: 'the config excepts service=b' },
      { group: 'part', resource: 'arn:3', code: 'excepted', because: 'the config excepts service=c' },
      {
        group: 'far',
        resource: 'arn:4',
        code: 'not-enabled',
        because: 'region us-east-1 is not enabled in the config',
      },
    ] as const;
    const entries = notPlannedOf(excluded, [aGroup('part')]);
    expect(entries.map(({ group, because }) => [group, because])).toEqual([
      ['gone', 'excepted'],
      ['far', 'not-enabled'],
    ]);
    expect(entries[1]?.detail).toBe('region us-east-1 is not enabled in the config');
  });

  it('has a sentence for every reason', () => {
    for (const sentence of Object.values(NOT_PLANNED)) expect(sentence.split(' ').length).toBeGreaterThan(3);
  });
});
