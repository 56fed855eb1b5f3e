import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { Closures } from '../../lib/core/closures.ts';
import { draw } from '../../lib/core/draw.ts';
import { experimentId } from '../../lib/core/experiment.ts';
import type { Group } from '../../lib/core/group.ts';
import { type Plan, type PlannedExperiment, planWithin } from '../../lib/core/plan.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';
import { drawing, ms } from './example-plans.ts';
import { aGroup, alike, aWindow, NOON_MS, someCalendars } from './examples.ts';

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text);

describe('a plan within the next seconds', () => {
  const start = at('2026-11-23T12:00:00Z');
  const within = (groups: readonly Group[], withinSeconds = 1200): readonly PlannedExperiment[] =>
    planWithin({ ...drawing, name: 'within', groups, startMs: start.epochMilliseconds, withinSeconds }).experiments;

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
    const faults = [
      { name: 'stop-task', weight: 2 },
      { name: 'network-latency', weight: 1 },
    ];
    const [planned] = within([aGroup('front', { faults: [...faults, { name: 'terminate-host', weight: 9 }] })]);
    const instant = draw('seed', 'within/instant/front', 1200);
    const fault = draw('seed', 'within/fault/front', 3);
    expect(planned).toEqual({
      experiment: experimentId('seed', 'within', 'front'),
      group: 'front',
      services: [{ cluster: 'shop', service: 'checkout' }],
      hosts: [],
      parameters: {},
      fault: fault.picked < 2 ? 'stop-task' : 'network-latency',
      at: start.add({ seconds: instant.picked }).toString(),
      offsetSeconds: instant.picked,
      zone: 'UTC',
      open: [{ from: '2026-11-23T12:00:00Z', to: '2026-11-23T12:20:00Z' }],
      faults,
      chance: 1,
      label: 'within/targets/front',
      draws: [instant, fault],
    });
  });

  it('never lies before a start that is not a whole second', () => {
    const startMs = ms('2026-11-23T12:00:00.250Z');
    const { experiments } = planWithin({ ...drawing, name: 'n', groups: [aGroup('a')], startMs, withinSeconds: 1 });
    expect(experiments.map((one) => one.at)).toEqual(['2026-11-23T12:00:01Z']);
  });

  it('of no time at all has no experiment, and no instant in the past', () => {
    expect(within([aGroup('a')], 0)).toEqual([]);
  });

  it('of no groups is a plan', () => {
    const startMs = start.epochMilliseconds;
    expect(planWithin({ ...drawing, name: 'n', groups: [], startMs, withinSeconds: 60 })).toEqual({
      experiments: [],
      notPlanned: [],
    });
  });

  const soon = (startMs: number, closures: Partial<Closures>, skipWindow = false, settings = {}): Plan =>
    planWithin({
      ...drawing,
      calendars: someCalendars(closures),
      name: 'within',
      groups: [aGroup('a', settings)],
      startMs,
      withinSeconds: 1200,
      skipWindow,
    });
  const freezes = [{ from: '2026-11-23T12:00:00Z', to: '2026-11-23T12:19:59Z', name: 'migration' }];

  it('keeps to what is open of the window in that time', () => {
    const late = soon(ms('2026-11-23T16:59:59Z'), {});
    expect(late.experiments.map((one) => [one.at, one.open])).toEqual([
      ['2026-11-23T16:59:59Z', [{ from: '2026-11-23T16:59:59Z', to: '2026-11-23T17:00:00Z' }]],
    ]);
    const early = soon(ms('2026-11-23T08:40:01Z'), {});
    expect(early.experiments.map((one) => one.at)).toEqual(['2026-11-23T09:00:00Z']);
    const thawed = soon(NOON_MS, { freezes });
    expect(thawed.experiments.map((one) => one.at)).toEqual(['2026-11-23T12:19:59Z']);
  });

  it('finds what is open of a night that began the day before', () => {
    const window = aWindow('22:00-06:00', 'mon-fri', 'UTC');
    const [planned] = soon(ms('2026-11-24T05:59:59Z'), {}, false, { window }).experiments;
    expect(planned?.at).toBe('2026-11-24T05:59:59Z');
  });

  it.each([
    ['2026-11-23T17:00:00Z', {}, 'outside-hours', 'the window is 09:00-17:00 on mon-fri in UTC'],
    ['2026-11-22T12:00:00Z', {}, 'not-a-window-day', 'the window is 09:00-17:00 on mon-fri in UTC'],
    ['2026-11-23T12:00:00Z', { closedDates: [{ date: '2026-11-23', name: 'Inventory' }] }, 'holiday', 'Inventory'],
    [
      '2026-11-23T12:00:00Z',
      { freezes: [{ fromDate: '2026-11-23', toDate: '2026-11-23', name: 'year end' }] },
      'freeze',
      'year end',
    ],
  ])('at %s with %j leaves a closed group out: %s, %s', (now, closures, because, detail) => {
    expect(soon(ms(now), closures)).toEqual({ experiments: [], notPlanned: [{ group: 'a', because, detail }] });
  });

  it('may skip the window and holidays by request, but no freeze', () => {
    const closedDates = [{ date: '2026-11-22', name: 'Sunday' }];
    expect(soon(ms('2026-11-22T23:30:00Z'), { closedDates }, true).experiments).toHaveLength(1);
    expect(soon(NOON_MS, { freezes }, true).experiments.map((one) => one.at)).toEqual(['2026-11-23T12:19:59Z']);
    const whole = [{ fromDate: '2026-11-22', toDate: '2026-11-22', name: 'year end' }];
    expect(soon(ms('2026-11-22T23:30:00Z'), { freezes: whole }, true)).toEqual({
      experiments: [],
      notPlanned: [{ group: 'a', because: 'freeze', detail: 'year end' }],
    });
  });

  it('has nothing for a group to which none of its faults applies', () => {
    expect(soon(NOON_MS, {}, false, { faults: alike('terminate-host', 'gone') })).toEqual({
      experiments: [],
      notPlanned: [{ group: 'a', because: 'no-fault-applies', detail: 'it allows terminate-host, gone' }],
    });
  });
});
