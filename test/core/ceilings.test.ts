import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type Ceilings, withinCeilings } from '../../lib/core/ceilings.ts';
import { draw } from '../../lib/core/draw.ts';
import { type Plan, type PlannedExperiment, planWithin } from '../../lib/core/plan.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';
import { aGroup, FAULT_KINDS, NOON_MS, someCalendars } from './examples.ts';

const HOUR = 3_600_000;
const wide: Ceilings = { budgets: { maxPerHour: 1000, maxPerDay: 1000 }, zone: 'UTC', takenMs: [] };

/** One planned experiment, as a plan has it, at another instant. */
const [EXAMPLE] = planWithin({
  seed: 'seed',
  name: 'plan',
  groups: [aGroup('example')],
  calendars: someCalendars(),
  faults: FAULT_KINDS,
  startMs: NOON_MS,
  withinSeconds: 60,
}).experiments;

function planned(group: string, ms: number): PlannedExperiment {
  if (EXAMPLE === undefined) throw new Error('nothing was planned');
  return { ...EXAMPLE, group, experiment: `${group}-id`, at: new Date(ms).toISOString().replace('.000Z', 'Z') };
}

const planOf = (...moments: number[]): Plan => ({
  experiments: moments.map((ms, index) => planned(`g${index}`, ms)),
  notPlanned: [{ group: 'other', because: 'spacing', detail: 'before' }],
});

const dateIn = (zone: string, ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate().toString();

describe('the ceilings of the account', () => {
  it('leave a plan as it is when they are wide enough', () => {
    const plan = planOf(NOON_MS, NOON_MS + 1000, NOON_MS + 2000);
    expect(withinCeilings(plan, 'plan', 'seed', wide)).toEqual(plan);
    expect(withinCeilings({ experiments: [], notPlanned: [] }, 'plan', 'seed', wide)).toEqual({
      experiments: [],
      notPlanned: [],
    });
  });

  it('name the group that has to go, the numbers, and the chance with which it was drawn', () => {
    const plan = planOf(NOON_MS);
    const full = { ...wide, budgets: { maxPerHour: 9, maxPerDay: 2 }, takenMs: [NOON_MS - 5 * HOUR, NOON_MS + HOUR] };
    expect(withinCeilings(plan, 'plan', 'seed', full)).toEqual({
      experiments: [],
      notPlanned: [
        ...plan.notPlanned,
        { group: 'g0', because: 'ceiling', detail: '2 of 2 a day are planned or done', chance: 1 },
      ],
    });
    const crowded = { ...wide, budgets: { maxPerHour: 1, maxPerDay: 9 }, takenMs: [NOON_MS - 600_000] };
    expect(withinCeilings(plan, 'plan', 'seed', crowded).notPlanned.at(-1)).toEqual({
      group: 'g0',
      because: 'ceiling',
      detail: '1 of 1 an hour are planned or done around 2026-11-23T12:00:00Z',
      chance: 1,
    });
  });

  it.each([
    [[-HOUR], 1, true],
    [[-HOUR + 1], 1, false],
    [[HOUR], 1, true],
    [[HOUR - 1], 1, false],
    [[-HOUR / 2, HOUR / 2 - 1], 2, false],
    [[-HOUR / 2, HOUR / 2], 2, true],
    // Two before and two after, never three within one hour.
    [[-0.9 * HOUR, -0.8 * HOUR, 0.8 * HOUR, 0.9 * HOUR], 3, true],
    [[-0.9 * HOUR, -0.8 * HOUR, 0.8 * HOUR, 0.9 * HOUR], 2, false],
  ])('with others %j ms around it and %d an hour keep an experiment: %s', (around, maxPerHour, stays) => {
    const takenMs = around.map((ms) => NOON_MS + ms);
    const { experiments } = withinCeilings(planOf(NOON_MS), 'p', 's', {
      ...wide,
      budgets: { maxPerHour, maxPerDay: 99 },
      takenMs,
    });
    expect(experiments).toHaveLength(stays ? 1 : 0);
  });

  it.each([
    ['UTC', '2026-11-22T23:59:59Z', true],
    ['UTC', '2026-11-23T00:00:00Z', false],
    // Noon in UTC is 01:00 of the 24th in Auckland, and 02:00 of the 23rd in Honolulu.
    ['Pacific/Auckland', '2026-11-23T10:59:59Z', true],
    ['Pacific/Auckland', '2026-11-23T11:00:00Z', false],
    ['Pacific/Honolulu', '2026-11-23T09:59:59Z', true],
    ['Pacific/Honolulu', '2026-11-23T10:00:00Z', false],
  ])('count a date in %s: with one at %s another at noon stays: %s', (zone, taken, stays) => {
    const ceilings = { budgets: { maxPerHour: 99, maxPerDay: 1 }, zone, takenMs: [Date.parse(taken)] };
    expect(withinCeilings(planOf(NOON_MS), 'p', 's', ceilings).experiments).toHaveLength(stays ? 1 : 0);
  });

  it('are never exceeded in any hour or date, whatever is taken, and lose nothing without an entry', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 30 * 3600 }), { maxLength: 40 });
    const budget = fc.integer({ min: 1, max: 6 });
    const zone = fc.constantFrom('UTC', 'Pacific/Auckland', 'Pacific/Honolulu');
    fc.assert(
      fc.property(moments, moments, budget, budget, zone, (wanted, before, maxPerHour, maxPerDay, inZone) => {
        const takenMs = before.map((seconds) => NOON_MS + seconds * 1000);
        const plan = planOf(...wanted.map((seconds) => NOON_MS + seconds * 1000));
        const ceilings = { budgets: { maxPerHour, maxPerDay }, zone: inZone, takenMs };
        const { experiments, notPlanned } = withinCeilings(plan, 'plan', 'seed', ceilings);
        expect(experiments).toEqual(plan.experiments.filter((one) => experiments.includes(one)));
        const gone = notPlanned.filter(({ because }) => because === 'ceiling').map(({ group }) => group);
        const told = [...experiments.map(({ group }) => group), ...gone];
        expect(told).toHaveLength(plan.experiments.length);
        expect(new Set(told)).toEqual(new Set(plan.experiments.map(({ group }) => group)));
        expect(notPlanned.length).toBe(gone.length + 1);
        const kept = experiments.map(({ at }) => Date.parse(at));
        const all = [...takenMs, ...kept];
        for (const ms of kept) {
          expect(all.filter((one) => dateIn(inZone, one) === dateIn(inZone, ms)).length).toBeLessThanOrEqual(maxPerDay);
          // Every rolling hour that holds it begins with some start.
          for (const first of all.filter((one) => one <= ms && ms - one < HOUR)) {
            expect(all.filter((one) => one >= first && one - first < HOUR).length).toBeLessThanOrEqual(maxPerHour);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keep nobody out for whom there is room', () => {
    const moments = fc.array(fc.integer({ min: 0, max: 6 * 3600 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 4 }), (wanted, maxPerDay) => {
        const plan = planOf(...wanted.map((seconds) => NOON_MS + seconds * 1000));
        const ceilings = { ...wide, budgets: { maxPerHour: 99, maxPerDay } };
        expect(withinCeilings(plan, 'p', 's', ceilings).experiments).toHaveLength(Math.min(wanted.length, maxPerDay));
      }),
    );
  });

  it('favour no name and no hour: who stays is uniform', () => {
    const names = ['a', 'aa', 'shop/checkout', 'z', 'Zebra', 'front of house', 'm', 'shop/search'];
    const counts = new Map<string, number>(names.map((name) => [name, 0]));
    const experiments = names.map((name, index) => planned(name, NOON_MS + index * HOUR));
    for (let day = 0; day < 8000; day++) {
      const ceilings = { ...wide, budgets: { maxPerHour: 9, maxPerDay: 2 }, zone: 'Asia/Tokyo' };
      const kept = withinCeilings({ experiments, notPlanned: [] }, `plan-${day}`, 'seed', ceilings).experiments;
      // 12:00 to 14:59 in UTC is still the 23rd in Tokyo: three of eight share a date, five the next.
      for (const { group } of kept) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    const found = [...counts.values()];
    // Two of the same draw hinder each other, so the statistic is smaller than that of free draws, never larger.
    expect(chiSquare(found.slice(0, 3))).toBeLessThan(oneInThousand(2));
    expect(chiSquare(found.slice(3))).toBeLessThan(oneInThousand(4));
    expect(found.slice(0, 3).reduce((sum, count) => sum + count)).toBe(16_000);
    expect(found.slice(3).reduce((sum, count) => sum + count)).toBe(16_000);
  });

  it('rank by a draw of the plan’s and the group’s own name, the lowest first', () => {
    const plan = planOf(NOON_MS, NOON_MS + 1000, NOON_MS + 2000, NOON_MS + 3000);
    const ranks = plan.experiments.map(({ group }) => ({
      group,
      rank: draw('seed', `plan/rank/${group}`, 2 ** 32).picked,
    }));
    const lowest = ranks.toSorted((a, b) => a.rank - b.rank)[0]?.group;
    const one = { ...wide, budgets: { maxPerHour: 9, maxPerDay: 1 } };
    expect(withinCeilings(plan, 'plan', 'seed', one).experiments.map(({ group }) => group)).toEqual([lowest]);
    const backwards = { ...plan, experiments: plan.experiments.toReversed() };
    expect(withinCeilings(backwards, 'plan', 'seed', one).experiments.map(({ group }) => group)).toEqual([lowest]);
  });
});
