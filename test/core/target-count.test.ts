import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_TARGETS, parseTargets, targetCount, targetsSchema } from '../../lib/core/target-count.ts';

describe('the number of targets', () => {
  it.each([
    [1, 100, 1],
    [3, 2, 3],
    [10, 2, 10],
    [0.25, 2, 1],
    [0.25, 4, 1],
    [0.25, 7, 1],
    [0.25, 8, 2],
    [0.01, 1, 1],
    [0.999, 2, 1],
    [0.5, 100, 10],
    [0.9, 1_000_000, 10],
  ])('of %d with %d desired is %d', (targets, desired, count) => {
    expect(targetCount(targets, desired)).toBe(count);
  });

  it('loses no whole target to binary fractions', () => {
    expect(0.0048 * 625).toBeLessThan(3);
    expect(targetCount(0.0048, 625)).toBe(3);
    expect(0.0096 * 625).toBeLessThan(6);
    expect(targetCount(0.0096, 625)).toBe(6);
    // And 0.29 × 100 is 28.999999999999996, though no more than ten are ever taken.
    expect(targetCount(0.29, 100)).toBe(10);
    expect(targetCount(0.29, 10)).toBe(2);
  });

  it('of a fraction is never zero, and otherwise what whole numbers round down to: never above what was asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 5000 }), (tenThousandths, desired) => {
        const count = targetCount(tenThousandths / 10_000, desired);
        const asked = Math.floor((tenThousandths * desired) / 10_000);
        expect(count).toBe(Math.min(Math.max(asked, 1), MOST_TARGETS));
        if (count > 1) expect(count * 10_000).toBeLessThanOrEqual(tenThousandths * desired);
      }),
      { numRuns: 2000 },
    );
  });

  it('of any fraction that can be written is a whole number from 1 to 10', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }),
        fc.nat(),
        (targets, desired) => {
          const count = targetCount(targets, desired);
          expect(Number.isInteger(count) && count >= 1 && count <= MOST_TARGETS).toBe(true);
        },
      ),
    );
  });
});

describe('targets', () => {
  it.each([
    ['1', 1],
    ['10', 10],
    ['0.25', 0.25],
    ['0.999', 0.999],
    ['2.0', 2],
  ])('are read from %j', (text, value) => {
    expect(parseTargets(text)).toEqual({ ok: true, value });
  });

  it.each(['', '0', '0.0', '11', '1.5', '-1', '25%', '.5', '1e1', ' 1', 'all', 'NaN'])('of %j are refused', (text) => {
    expect(parseTargets(text)).toEqual({
      ok: false,
      problem: `"${text}" is neither a whole number from 1 to 10 nor a fraction below 1 such as 0.25`,
    });
  });

  it('are the same in the config, which says what to write', () => {
    for (const value of [0.25, 1, 10]) expect(targetsSchema.safeParse(value).success).toBe(true);
    for (const value of [0, -0.5, 10.5, 11, Number.NaN]) expect(targetsSchema.safeParse(value).success).toBe(false);
    expect(targetsSchema.safeParse(1.5).error?.issues[0]?.message).toBe(
      'write a whole number up to 10, or a fraction below 1 such as 0.25',
    );
  });
});
