import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chanceOf, type Spacing } from '../../lib/core/chance.ts';

function chanceFor(spacing: Spacing): number {
  const answer = chanceOf(spacing);
  if (!answer.ok) throw new Error(answer.problem);
  return answer.chance;
}

/**
 * Mean of the gaps, and what all their chances sum up to, each gap taken by itself: nothing before the least day, then one try a day,
 * and certainty on the last.
 */
function distribution({ minDays, maxDays }: Spacing, chance: number): { mean: number; sum: number } {
  let [mean, sum, left] = [0, 0, 1];
  for (let gap = Math.max(minDays, 1); left > 1e-15; gap++) {
    const here = gap === maxDays ? left : left * chance;
    mean += gap * here;
    sum += here;
    left -= here;
  }
  return { mean, sum };
}

describe('the daily chance', () => {
  it.each([
    [1, 1, 1],
    [2, 1, 1 / 2],
    [2, 2, 1],
    [5, 1, 1 / 5],
    [5, 3, 1 / 3],
    [10, 5, 1 / 6],
    [20, 20, 1],
    [2.5, 2, 1 / 1.5],
    // Twice a day is not to be had: a least spacing of 0 means what 1 means.
    [5, 0, 1 / 5],
    [1, 0, 1],
  ])('for a mean of %d with a least spacing of %d is %d', (meanDays, minDays, chance) => {
    expect(chanceOf({ meanDays, minDays })).toEqual({ ok: true, chance });
  });

  it('makes the mean of the gaps exactly what was asked for', () => {
    const spacing = fc
      .tuple(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 60, noNaN: true }))
      .map(([minDays, more]) => ({ minDays, meanDays: Math.max(minDays, 1) + more }));
    fc.assert(
      fc.property(spacing, (one) => {
        const { mean, sum } = distribution(one, chanceFor(one));
        expect(sum).toBeCloseTo(1, 9);
        expect(mean).toBeCloseTo(one.meanDays, 6);
      }),
    );
  });

  it('makes it exact with a maximum too, by being lower than without', () => {
    const spacing = fc
      .tuple(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .map(([minDays, more, part]) => {
        const least = Math.max(minDays, 1);
        return { minDays, meanDays: least + part * more, maxDays: least + more };
      });
    fc.assert(
      fc.property(spacing, (one) => {
        const chance = chanceFor(one);
        const { mean, sum } = distribution(one, chance);
        expect(sum).toBeCloseTo(1, 9);
        expect(mean).toBeCloseTo(one.meanDays, 6);
        const without = chanceFor({ meanDays: one.meanDays, minDays: one.minDays });
        expect(chance).toBeLessThanOrEqual(without + 1e-9);
        expect(chance).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is all but nothing when the mean is the maximum, and all when it is the least', () => {
    expect(chanceFor({ meanDays: 10, minDays: 3, maxDays: 10 })).toBeLessThan(1e-6);
    expect(chanceFor({ meanDays: 3, minDays: 3, maxDays: 10 })).toBeCloseTo(1, 9);
    expect(chanceFor({ meanDays: 3, minDays: 3, maxDays: 3 })).toBeGreaterThanOrEqual(0);
  });

  it('says what does not fit together, and at which of the settings', () => {
    expect(chanceOf({ meanDays: 5, minDays: 6 })).toEqual({
      ok: false,
      at: 'minDays',
      problem: 'the least spacing of 6 days is above the mean of 5 days',
    });
    expect(chanceOf({ meanDays: 5, minDays: 1, maxDays: 4 })).toEqual({
      ok: false,
      at: 'maxDays',
      problem: 'the maximum of 4 days is below the mean of 5 days',
    });
    expect(chanceOf({ meanDays: 5, minDays: 6, maxDays: 4 })).toMatchObject({ at: 'minDays' });
    expect(chanceOf({ meanDays: 5, minDays: 5, maxDays: 5 }).ok).toBe(true);
  });
});
