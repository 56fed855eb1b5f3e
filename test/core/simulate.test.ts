import { describe, expect, it } from 'vitest';
import { daysAfter } from '../../lib/core/calendar.ts';
import type { Group } from '../../lib/core/group.ts';
import { type GroupHistory, type PlannedExperiment, planDay } from '../../lib/core/plan.ts';
import { type SimulatedGroup, type Simulation, type SimulationInput, simulate } from '../../lib/core/simulate.ts';
import { aGroup, alike, aWindow, FAULT_KINDS, someCalendars } from './examples.ts';

const FROM = '2026-11-23';
const simulated = (groups: readonly Group[], changes: Partial<SimulationInput> = {}): Simulation =>
  simulate({ seed: 'seed', groups, calendars: someCalendars(), faults: FAULT_KINDS, from: FROM, days: 28, ...changes });

const always = aWindow('09:00-17:00', 'mon-sun', 'UTC');

/** The numbers again, from the dates of the experiments and the calendar alone. */
function byHand(
  group: Group,
  experiments: readonly Pick<PlannedExperiment, 'group' | 'at'>[],
  days: number,
): Partial<SimulatedGroup> {
  const calendar = someCalendars().of(group.settings);
  const workDays = Array.from({ length: days }, (_, index) => daysAfter(FROM, index)).filter((date) =>
    calendar.isWorkDay(date),
  );
  const on = experiments
    .filter((one) => one.group === group.name)
    .map(({ at }) => workDays.indexOf(calendar.shiftAt(Date.parse(at))));
  const gaps = on.slice(1).map((day, index) => day - (on[index] ?? 0));
  return {
    group: group.name,
    workDays: workDays.length,
    experiments: on.length,
    meanGapDays: gaps.length > 0 ? gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length : null,
    longestGapDays: gaps.length > 0 ? Math.max(...gaps) : null,
  };
}

describe('a simulation', () => {
  it('of a group that is certain every second work day has numbers that can be told by hand', () => {
    // Four weeks of five work days: Monday, Wednesday, Friday, Tuesday, Thursday, and so on.
    const window = aWindow('09:00-17:00', 'mon-fri', 'UTC');
    const { groups, experiments, beyondCeilings } = simulated([aGroup('a', { meanDays: 2, minDays: 2, window })]);
    expect(groups).toEqual([
      { group: 'a', meanDays: 2, minDays: 2, workDays: 20, experiments: 10, meanGapDays: 2, longestGapDays: 2 },
    ]);
    expect(experiments.slice(0, 5).map(({ at }) => at.slice(0, 10))).toEqual([
      '2026-11-23',
      '2026-11-25',
      '2026-11-27',
      '2026-12-01',
      '2026-12-03',
    ]);
    expect(beyondCeilings).toBe(0);
  });

  it('has the mean and the longest of the gaps in work days of each group, weekends and nights left out', () => {
    const groups = [
      aGroup('often', { meanDays: 2, minDays: 1, window: aWindow('09:00-17:00', 'mon-fri', 'UTC') }),
      aGroup('nights', { meanDays: 3, minDays: 2, window: aWindow('22:00-06:00', 'sun-thu', 'Europe/Berlin') }),
      aGroup('weekends', { meanDays: 4, minDays: 1, window: aWindow('09:00-17:00', 'sat sun', 'Pacific/Auckland') }),
      aGroup('seldom', { meanDays: 900, minDays: 1, window: always }),
    ];
    const { groups: told, experiments } = simulated(groups, { days: 365 });
    for (const [index, group] of groups.entries()) {
      expect(told[index]).toMatchObject(byHand(group, experiments, 365));
    }
    const mean = told[0];
    expect(mean?.experiments).toBeGreaterThan(100);
    expect(mean?.longestGapDays).toBeGreaterThan(mean?.meanGapDays ?? Number.POSITIVE_INFINITY);
  });

  it('has no gaps where there are fewer than two experiments', () => {
    const { groups } = simulated([
      aGroup('once', { meanDays: 30, minDays: 30, window: always }),
      aGroup('never', { meanDays: 1, minDays: 1, window: always, faults: alike('terminate-host') }),
    ]);
    const numbers = groups.map(({ experiments, meanGapDays, longestGapDays }) => [
      experiments,
      meanGapDays,
      longestGapDays,
    ]);
    expect(numbers).toEqual([
      [1, null, null],
      [0, null, null],
    ]);
  });

  it('is what is planned: day by day with the same seed and zone, each experiment taking place as planned', () => {
    const groups = ['a', 'b', 'c'].map((name) =>
      aGroup(name, { meanDays: 3, minDays: 2, maxDays: 9, window: aWindow('22:00-06:00', 'mon-fri', 'Europe/Berlin') }),
    );
    const history = new Map<string, GroupHistory>();
    const planned: PlannedExperiment[] = [];
    for (let day = 0; day < 90; day++) {
      const date = daysAfter(FROM, day);
      const plan = planDay({
        seed: 'seed',
        name: `${date}-Europe-Berlin`,
        groups,
        calendars: someCalendars(),
        faults: FAULT_KINDS,
        date,
        nowMs: 0,
        history,
      });
      for (const one of plan.experiments) history.set(one.group, { lastStartedMs: Date.parse(one.at) });
      planned.push(...plan.experiments);
    }
    expect(planned.length).toBeGreaterThan(30);
    expect(simulated(groups, { days: 90 }).experiments).toEqual(
      planned.map(({ experiment, group, fault, at }) => ({ experiment, group, fault, at })),
    );
  });

  it('of another seed is another, and of the same the same', () => {
    const groups = [aGroup('a', { meanDays: 5, minDays: 1, window: always })];
    const one = simulated(groups, { days: 60 });
    expect(simulated(groups, { days: 60 })).toEqual(one);
    expect(simulated(groups, { days: 60, seed: 'other' }).experiments).not.toEqual(one.experiments);
  });

  it('of one group is the same whoever else is in it', () => {
    const some = ['a', 'b', 'c', 'd'].map((name) => aGroup(name, { meanDays: 4, minDays: 1, window: always }));
    const all = simulated(some, { days: 60 }).experiments;
    expect(simulated(some.slice(1, 2), { days: 60 }).experiments).toEqual(all.filter(({ group }) => group === 'b'));
  });

  it('takes away what the ceilings of the account would refuse, and counts it', () => {
    const groups = Array.from({ length: 6 }, (_, index) =>
      aGroup(`g${index}`, { meanDays: 1, minDays: 1, window: always }),
    );
    const budgets = { maxInFlight: 1, maxPerHour: 6, maxPerDay: 2 };
    const free = simulated(groups, { days: 10 });
    const {
      experiments,
      beyondCeilings,
      groups: told,
    } = simulated(groups, { days: 10, ceilings: { budgets, zone: 'UTC' } });
    expect(free.experiments).toHaveLength(60);
    expect(experiments).toHaveLength(20);
    expect(beyondCeilings).toBe(40);
    for (let day = 0; day < 10; day++) {
      expect(experiments.filter(({ at }) => at.startsWith(daysAfter(FROM, day)))).toHaveLength(2);
    }
    // A group that had to go is no nearer to its spacing.
    expect(told.reduce((sum, one) => sum + one.experiments, 0)).toBe(20);
    expect(Math.max(...told.map(({ longestGapDays }) => longestGapDays ?? 0))).toBeGreaterThan(1);
  });

  it('keeps the ceilings over the zones of one day together', () => {
    const zones = ['Europe/Berlin', 'Europe/London', 'UTC'];
    const groups = zones.map((zone) =>
      aGroup(zone, { meanDays: 1, minDays: 1, window: aWindow('11:00-13:00', 'mon-sun', zone) }),
    );
    const ceilings = { budgets: { maxInFlight: 1, maxPerHour: 9, maxPerDay: 1 }, zone: 'UTC' };
    const { experiments, beyondCeilings } = simulated(groups, { days: 5, ceilings });
    expect(experiments.map(({ at }) => at.slice(0, 10))).toEqual(
      Array.from({ length: 5 }, (_, day) => daysAfter(FROM, day)),
    );
    expect(beyondCeilings).toBe(10);
  });

  it('tells how many days are done', () => {
    const done: number[] = [];
    simulated([aGroup('a')], { days: 3, onDay: (day) => done.push(day) });
    expect(done).toEqual([1, 2, 3]);
  });

  it('of nobody, or of no days, is empty', () => {
    expect(simulated([])).toEqual({ groups: [], experiments: [], beyondCeilings: 0 });
    expect(simulated([aGroup('a')], { days: 0 }).groups).toMatchObject([{ workDays: 0, experiments: 0 }]);
  });
});
