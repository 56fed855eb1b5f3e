import { expect, it } from 'vitest';
import { daysAfter } from '../../lib/core/calendar.ts';
import { simulate } from '../../lib/core/simulate.ts';
import { aGroup, aWindow, FAULT_KINDS, someCalendars } from '../core/examples.ts';

const WORK_DAYS = 200_000;
/** A stretch at a time, for a simulation keeps all its experiments; the gap across two stretches is nobody's. */
const STRETCH = 10_000;

const PAIRS = [
  [1, 1],
  [2, 1],
  [2, 2],
  [5, 1],
  [5, 3],
  [10, 5],
  [20, 20],
] as const;

const window = aWindow('09:00-17:00', 'mon-sun', 'UTC');
const groups = PAIRS.map(([meanDays, minDays]) =>
  aGroup(`mean ${meanDays}, least ${minDays}`, { meanDays, minDays, window }),
);

// Each day of each group is planned by the planner's own code: about a minute on two busy cores.
it('the mean gap over 200,000 simulated work days is within 1 % of what was asked for, whatever the least spacing', () => {
  const sums = new Map(groups.map(({ name }) => [name, { days: 0, gaps: 0, gapDays: 0, longest: 0 }]));
  for (let done = 0; done < WORK_DAYS; done += STRETCH) {
    const { groups: told } = simulate({
      seed: 'mean-gap',
      groups,
      calendars: someCalendars(),
      faults: FAULT_KINDS,
      from: daysAfter('2026-01-01', done),
      days: STRETCH,
    });
    for (const { group, workDays, experiments, meanGapDays, longestGapDays } of told) {
      const sum = sums.get(group);
      if (sum === undefined || meanGapDays === null) throw new Error(`${group} has no gaps`);
      sum.days += workDays;
      sum.gaps += experiments - 1;
      sum.gapDays += meanGapDays * (experiments - 1);
      sum.longest = Math.max(sum.longest, longestGapDays ?? 0);
    }
  }
  for (const { name, settings } of groups) {
    const { days, gaps, gapDays, longest } = sums.get(name) ?? { days: 0, gaps: 0, gapDays: 0, longest: 0 };
    expect(days, name).toBe(WORK_DAYS);
    expect(Math.abs(gapDays / gaps / settings.meanDays - 1), `${name}: ${gapDays / gaps}`).toBeLessThan(0.01);
    // The mean must not come of gaps that are all the same, unless nothing else is possible.
    if (settings.meanDays > settings.minDays) expect(longest, name).toBeGreaterThan(2 * settings.meanDays);
    else expect(longest, name).toBe(settings.meanDays);
  }
}, 600_000);
