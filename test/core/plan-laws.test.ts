import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { draw, drawChance } from '../../lib/core/draw.ts';
import { experimentId } from '../../lib/core/experiment.ts';
import type { Group } from '../../lib/core/group.ts';
import type { GroupHistory, PlannedExperiment } from '../../lib/core/plan.ts';
import { certain, type DayInput, day, ms } from './example-plans.ts';
import { aGroup, alike, aWindow, someCalendars } from './examples.ts';

/** The gaps in work days over many dates, each planned from what the days before it started. */
function gapsOf(settings: Partial<Group['settings']>, workDays: number, changes: Partial<DayInput> = {}): number[] {
  const group = aGroup('a', settings);
  const gaps: number[] = [];
  let last: number | undefined;
  const history = new Map<string, GroupHistory>(changes.history ?? []);
  let date = Temporal.PlainDate.from('2026-01-05');
  for (let index = 0; index < workDays; date = date.add({ days: date.dayOfWeek === 5 ? 3 : 1 }), index++) {
    const nowMs = date.toZonedDateTime('UTC').epochMilliseconds;
    const input = { ...changes, name: date.toString(), date: date.toString(), nowMs, history };
    const [planned] = day([group], input).experiments;
    if (planned === undefined) continue;
    if (last !== undefined) gaps.push(index - last);
    last = index;
    history.set('a', { lastStartedMs: ms(planned.at) });
  }
  return gaps;
}

const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

describe('the mean gap in work days', () => {
  const pairs = [
    [1, 1],
    [2, 1],
    [5, 1],
    [5, 3],
    [10, 5],
  ] as const;

  it.each(pairs)('of %d with a least gap of %d comes of the chance that each day has', (meanDays, minDays) => {
    const groups = Array.from({ length: 300 }, (_, index) => aGroup(`g${index}`, { ...certain, meanDays, minDays }));
    const planned = new Set(day(groups).experiments.map(({ group }) => group));
    const drawn = groups.filter(({ name }) => {
      const label = `2026-11-23-Europe-Berlin/chance/${name}`;
      return drawChance('seed', label, 1 / (meanDays - minDays + 1)).drawn;
    });
    expect(planned).toEqual(new Set(drawn.map(({ name }) => name)));
  });

  it.each(pairs)('of %d with a least gap of %d comes out over 40,000 days of that chance', (meanDays, minDays) => {
    const started = [0];
    for (let index = 1; index < 40_000; index++) {
      if (index - (started.at(-1) ?? 0) < minDays) continue;
      if (drawChance('seed', `${index}/chance/a`, 1 / (meanDays - minDays + 1)).drawn) started.push(index);
    }
    const mean = (started.at(-1) ?? 0) / (started.length - 1);
    expect(Math.abs(mean - meanDays)).toBeLessThan(0.02 * meanDays);
  });

  it.each([
    [5, 3, '09:00-17:00', 10_000, 0.02],
    // Nothing is left to chance here: it is the least gap alone, over midnight too.
    [1, 1, '22:00-06:00', 200, 0],
    [2, 2, '22:00-06:00', 200, 0],
  ])(
    'of %d with a least gap of %d, at %s, comes out when each day is planned',
    (meanDays, minDays, hours, days, error) => {
      const mean = meanOf(gapsOf({ meanDays, minDays, window: aWindow(hours, 'mon-fri', 'UTC') }, days));
      expect(Math.abs(mean - meanDays)).toBeLessThanOrEqual(error * meanDays);
    },
  );
});

describe('a group with a maximum', () => {
  const window = aWindow('09:00-17:00', 'mon-fri', 'UTC');
  const settings = { meanDays: 8, minDays: 2, maxDays: 12, window };

  it('never waits longer, often waits as long, and keeps its mean and its least spacing', () => {
    const gaps = gapsOf(settings, 12_000);
    expect(Math.max(...gaps)).toBe(12);
    expect(Math.min(...gaps)).toBe(2);
    expect(gaps.filter((gap) => gap === 12).length).toBeGreaterThan(gaps.length / 10);
    expect(Math.abs(meanOf(gaps) - 8)).toBeLessThan(0.02 * 8);
  });

  // The 5th to the 23rd of January are fifteen work days; no chance is left in a mean that is the maximum.
  const since = (
    history: GroupHistory,
    date: string,
    changes: Partial<Group['settings']> = {},
  ): PlannedExperiment | undefined =>
    day([aGroup('a', { ...settings, meanDays: 12, ...changes })], {
      name: date,
      date,
      nowMs: 0,
      history: new Map([['a', history]]),
    }).experiments[0];

  it.each([
    // The first day is a Monday; twelve work days later is a Wednesday.
    [{ lastStartedMs: ms('2026-01-05T12:00:00Z') }, '2026-01-20', undefined],
    [{ lastStartedMs: ms('2026-01-05T12:00:00Z') }, '2026-01-21', 1],
    [{ lastStartedMs: ms('2026-01-05T12:00:00Z') }, '2026-01-22', 1],
    // A group without any experiment waits from the day on which it was first met.
    [{ knownSinceMs: ms('2026-01-05T05:00:00Z') }, '2026-01-20', undefined],
    [{ knownSinceMs: ms('2026-01-05T05:00:00Z') }, '2026-01-21', 1],
    // A weekend is no work day: met on Saturday is met on Friday.
    [{ knownSinceMs: ms('2026-01-03T05:00:00Z') }, '2026-01-19', undefined],
    [{ knownSinceMs: ms('2026-01-03T05:00:00Z') }, '2026-01-20', 1],
    // The last experiment counts, not the first meeting.
    [{ knownSinceMs: ms('2025-01-06T05:00:00Z'), lastStartedMs: ms('2026-01-05T12:00:00Z') }, '2026-01-20', undefined],
    [{}, '2026-01-21', undefined],
  ])('that was left alone since %j has on %s the certainty %s', (history, date, chance) => {
    expect(since(history, date)?.chance).toBe(chance);
  });

  it('is certain later by every holiday and frozen day between', () => {
    const closed = someCalendars({
      closedDates: [{ date: '2026-01-06', name: 'Epiphany' }],
      freezes: [{ fromDate: '2026-01-12', toDate: '2026-01-12', name: 'release' }],
    });
    const group = aGroup('a', { ...settings, meanDays: 12 });
    const history = new Map([['a', { lastStartedMs: ms('2026-01-05T12:00:00Z') }]]);
    const chances = ['2026-01-21', '2026-01-22', '2026-01-23'].map(
      (date) => day([group], { calendars: closed, name: date, date, nowMs: 0, history }).experiments[0]?.chance,
    );
    expect(chances).toEqual([undefined, undefined, 1]);
  });

  it('is never certain without one, however long ago its last experiment was', () => {
    const history = new Map([['a', { lastStartedMs: ms('2020-01-06T12:00:00Z') }]]);
    const group = aGroup('a', { meanDays: 1000, minDays: 1, window });
    expect(day([group], { history }).notPlanned[0]).toMatchObject({ because: 'not-drawn', chance: 1 / 1000 });
  });
});

describe('the spacing over simulated weeks', () => {
  it.each([
    ['09:00-17:00', 'mon-fri', 3],
    ['22:00-06:00', 'mon-fri', 2],
    ['09:00-12:00 20:00-02:00', 'tue-sat', 4],
  ])('of %s on %s is never less than %d work days, holidays and clock changes or not', (hours, days, minDays) => {
    const window = aWindow(hours, days, 'Europe/Berlin');
    const closed = {
      closedDates: ['2026-04-03', '2026-04-06', '2026-05-01'].map((date) => ({ date, name: 'a holiday' })),
    };
    const shared = someCalendars(closed);
    const group = aGroup('a', { meanDays: minDays, minDays, window });
    const calendar = shared.of(group.settings);
    const history = new Map<string, GroupHistory>();
    let last: number | undefined;
    let workDays = 0;
    for (let index = 0; index < 180; index++) {
      const date = Temporal.PlainDate.from('2026-02-02').add({ days: index }).toString();
      if (calendar.isWorkDay(date)) workDays++;
      const [planned] = day([group], { calendars: shared, name: date, date, nowMs: 0, history }).experiments;
      if (planned === undefined) continue;
      expect(calendar.closedAt(ms(planned.at))).toBeUndefined();
      // Nothing is left to chance with a mean that is the least spacing.
      if (last !== undefined) expect(workDays - last).toBe(minDays);
      last = workDays;
      history.set('a', { lastStartedMs: ms(planned.at) });
    }
    expect(workDays).toBeGreaterThan(120);
  });
});

describe('a plan', () => {
  const anyGroup = fc.record({
    meanDays: fc.constantFrom(1, 2, 5),
    minDays: fc.constantFrom(0, 1),
    faults: fc.constantFrom(alike('stop-task'), alike('network-latency', 'stop-task'), alike('terminate-host')),
    window: fc.constantFrom(certain.window, aWindow('22:00-06:00'), aWindow('09:00-17:00', 'sat-sun')),
  });
  const some = fc
    .array(anyGroup, { minLength: 1, maxLength: 8 })
    .map((all) => all.map((settings, index) => aGroup(`g${index}`, settings)));

  it('drawn twice is the same plan', () => {
    fc.assert(
      fc.property(some, (groups) => {
        expect(day(groups, { calendars: someCalendars() })).toEqual(day(groups));
      }),
    );
  });

  it('loses what one group has when it is taken away, and changes nothing of the others', () => {
    fc.assert(
      fc.property(some, fc.nat(), (groups, at) => {
        const gone = groups[at % groups.length]?.name;
        const [all, fewer] = [day(groups), day(groups.filter(({ name }) => name !== gone))];
        expect(fewer.experiments).toEqual(all.experiments.filter(({ group }) => group !== gone));
        expect(fewer.notPlanned).toEqual(all.notPlanned.filter(({ group }) => group !== gone));
      }),
    );
  });

  it('has no draw that a guard could move: each follows from the seed and a label of plan and group alone', () => {
    // Guards are asked when the experiment is due, and make no draw; so one more or less of them changes no label and no counter.
    fc.assert(
      fc.property(some, (groups) => {
        for (const { group, chance, draws, label, experiment } of day(groups).experiments) {
          const name = '2026-11-23-Europe-Berlin';
          expect(draws.map((made) => made.label)).toEqual(
            ['chance', 'instant', 'fault'].map((what) => `${name}/${what}/${group}`),
          );
          for (const made of draws) expect(made).toEqual(draw('seed', made.label, made.of));
          expect((draws[0]?.picked ?? 0) / 2 ** 32).toBeLessThan(chance);
          expect(label).toBe(`${name}/targets/${group}`);
          expect(experiment).toBe(experimentId('seed', name, group));
        }
      }),
    );
  });

  it('is in the order of time, and of names where instants are the same', () => {
    const window = aWindow('09:00-09:01');
    const groups = Array.from({ length: 200 }, (_, index) => aGroup(`g${index}`, { ...certain, window }));
    const keys = day(groups).experiments.map(({ at: instant, group }) => `${instant} ${group}`);
    expect(keys).toHaveLength(200);
    expect(keys).toEqual(keys.toSorted());
  });

  it('draws its faults by their weights, those of other kinds left out', () => {
    const faults = [
      { name: 'terminate-host', weight: 50 },
      { name: 'stop-task', weight: 3 },
      { name: 'network-latency', weight: 1 },
    ];
    const groups = Array.from({ length: 2000 }, (_, index) => aGroup(`g${index}`, { ...certain, faults }));
    const drawn = day(groups).experiments.map(({ fault }) => fault);
    const stops = drawn.filter((fault) => fault === 'stop-task').length;
    expect(drawn).toHaveLength(2000);
    expect(drawn.filter((fault) => fault === 'network-latency').length).toBe(2000 - stops);
    expect(Math.abs(stops - 1500)).toBeLessThan(3.3 * Math.sqrt(2000 * 0.75 * 0.25));
  });

  it('is not made of settings that contradict each other', () => {
    expect(() => day([aGroup('a', { ...certain, meanDays: 2, minDays: 5 })])).toThrow(
      'group a was formed although the least spacing of 5 days is above the mean of 2 days',
    );
  });
});
