import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { draw, drawChance } from '../../lib/core/draw.ts';
import { experimentId } from '../../lib/core/experiment.ts';
import type { Group } from '../../lib/core/group.ts';
import { type Plan, type PlannedExperiment, planDay, planWithin } from '../../lib/core/plan.ts';
import { intervalsOn, parseDays, parseHours, WEEKDAYS, type Window } from '../../lib/core/window.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';
import { aGroup, aService } from './examples.ts';

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);
const nobody: ReadonlyMap<string, number> = new Map();

function aWindow(hours: string, days = 'mon-fri', zone = 'Europe/Berlin'): Window {
  const parsed = [parseHours(hours), parseDays(days)] as const;
  if (!parsed[0].ok || !parsed[1].ok) throw new Error('the example cannot be read');
  return { hours: parsed[0].value, days: parsed[1].value, zone };
}

/** Groups that are drawn on each of their days. */
const certain = { meanDays: 1, minDays: 1, window: aWindow('09:00-17:00') };

const day = (groups: readonly Group[], changes: Partial<Parameters<typeof planDay>[0]> = {}): Plan =>
  planDay({
    seed: 'seed',
    name: '2026-11-23-Europe-Berlin',
    groups,
    date: '2026-11-23',
    now: at('2026-11-23T05:00:00Z'),
    lastStartedMs: nobody,
    ...changes,
  });

describe('a plan within the next seconds', () => {
  const start = at('2026-11-23T12:00:00Z');
  const within = (groups: readonly Group[], withinSeconds = 1200): readonly PlannedExperiment[] =>
    planWithin({ seed: 'seed', name: 'within', groups, start, withinSeconds }).experiments;

  it('has exactly one experiment for each group, at a whole second after the start, in the order of time', () => {
    const groups = Array.from({ length: 40 }, (_, index) => aGroup(`group-${index}`));
    const planned = within(groups);
    expect(new Set(planned.map(({ group }) => group))).toEqual(new Set(groups.map(({ name }) => name)));
    expect(planned).toHaveLength(groups.length);
    const instants = planned.map((one) => one.at);
    expect(instants).toEqual(instants.toSorted((a, b) => a.localeCompare(b)));
    for (const { at: instant, offsetSeconds } of planned) {
      expect(instant).toMatch(/^2026-11-23T12:[01]\d:\d\dZ$/);
      expect(instant).toBe(start.add({ seconds: offsetSeconds }).toString());
      expect(offsetSeconds).toBeLessThan(1200);
    }
  });

  it('puts its instants uniformly', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (const { offsetSeconds } of within(
      Array.from({ length: 4000 }, (_, index) => aGroup(`g${index}`)),
      10,
    )) {
      counts[offsetSeconds] = (counts[offsetSeconds] ?? 0) + 1;
    }
    expect(counts).toHaveLength(10);
    expect(chiSquare(counts)).toBeLessThan(oneInThousand(9));
  });

  it('says what a schedule and a reader need, and how every draw was made', () => {
    const faults = ['stop-task', 'network-latency', 'cpu'];
    const [planned] = within([aGroup('front', { faults })]);
    const instant = draw('seed', 'within/instant/front', 1200);
    const fault = draw('seed', 'within/fault/front', 3);
    expect(planned).toEqual({
      experiment: experimentId('seed', 'within', 'front'),
      group: 'front',
      services: [{ cluster: 'shop', service: 'checkout' }],
      fault: faults[fault.picked],
      at: start.add({ seconds: instant.picked }).toString(),
      offsetSeconds: instant.picked,
      zone: 'UTC',
      label: 'within/targets/front',
      draws: [instant, fault],
    });
  });

  it('never lies before a start that is not a whole second', () => {
    const from = at('2026-11-23T12:00:00.250Z');
    const { experiments } = planWithin({ seed: 's', name: 'n', groups: [aGroup('a')], start: from, withinSeconds: 1 });
    expect(experiments.map((one) => one.at)).toEqual(['2026-11-23T12:00:01Z']);
  });

  it('of no time at all is an error, not an instant in the past', () => {
    expect(() => within([aGroup('a')], 0)).toThrow(RangeError);
  });

  it('of no groups is a plan', () => {
    expect(planWithin({ seed: 's', name: 'n', groups: [], start, withinSeconds: 60 })).toEqual({
      experiments: [],
      notPlanned: [],
    });
  });
});

describe('the plan of a day', () => {
  it('draws a group at a second of its window that is still to come', () => {
    for (const [now, first, last] of [
      ['2026-11-23T05:00:00Z', '2026-11-23T08:00:00Z', '2026-11-23T15:59:59Z'],
      ['2026-11-23T15:59:57.100Z', '2026-11-23T15:59:58Z', '2026-11-23T15:59:59Z'],
    ] as const) {
      for (let index = 0; index < 50; index++) {
        const [planned] = day([aGroup(`g${index}`, certain)], { now: at(now) }).experiments;
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
    ['2026-11-22', '2026-11-22T05:00:00Z', 'not-a-window-day'],
    ['2026-11-23', '2026-11-23T16:00:00Z', 'window-over'],
    ['2026-11-23', '2026-11-23T15:59:59.001Z', 'window-over'],
  ])('of %s at %s leaves a group out: %s', (date, now, because) => {
    expect(day([aGroup('a', certain)], { date, now: at(now) })).toEqual({
      experiments: [],
      notPlanned: [{ group: 'a', because, draws: [] }],
    });
  });

  it.each([
    [1, '2026-11-23T00:30:00Z', true],
    [1, '2026-11-22T23:00:00Z', true],
    [1, '2026-11-22T22:59:59Z', false],
    [1, '2026-11-22T12:00:00Z', false],
    [2, '2026-11-20T12:00:00Z', true],
    [2, '2026-11-19T12:00:00Z', false],
    [0, '2026-11-23T06:00:00Z', false],
  ])('leaves a group out for its spacing of %d days after a start at %s: %s', (minDays, last, isOut) => {
    const group = aGroup('a', { ...certain, meanDays: Math.max(minDays, 1), minDays });
    const plan = day([group], { lastStartedMs: new Map([['a', Date.parse(last)]]) });
    expect(plan.notPlanned).toEqual(isOut ? [{ group: 'a', because: 'spacing', draws: [] }] : []);
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
      else expect(notPlanned).toContainEqual({ group, because: 'not-drawn', draws: [made] });
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
      fc.property(window, nowMs, fc.integer({ min: -1, max: 1 }), (one, ms, days) => {
        const now = Temporal.Instant.fromEpochMilliseconds(ms);
        const date = now.toZonedDateTimeISO(one.zone).toPlainDate().add({ days });
        const groups = ['a', 'b'].map((name) => aGroup(name, { ...certain, window: one }));
        const { experiments, notPlanned } = day(groups, { date: date.toString(), now });
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

/** The mean gap in work days over many dates, each planned from what the days before it started. */
function meanGap(settings: Partial<Group['settings']>, workDays: number): number {
  const group = aGroup('a', settings);
  const started: number[] = [];
  const lastStartedMs = new Map<string, number>();
  let date = Temporal.PlainDate.from('2026-01-05');
  for (let index = 0; index < workDays; date = date.add({ days: date.dayOfWeek === 5 ? 3 : 1 }), index++) {
    const now = date.toZonedDateTime('UTC').toInstant();
    const [planned] = day([group], { name: date.toString(), date: date.toString(), now, lastStartedMs }).experiments;
    if (planned === undefined) continue;
    started.push(index);
    lastStartedMs.set('a', Date.parse(planned.at));
  }
  return ((started.at(-1) ?? 0) - (started[0] ?? 0)) / (started.length - 1);
}

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
      const mean = meanGap({ meanDays, minDays, window: aWindow(hours, 'mon-fri', 'UTC') }, days);
      expect(Math.abs(mean - meanDays)).toBeLessThanOrEqual(error * meanDays);
    },
  );
});
