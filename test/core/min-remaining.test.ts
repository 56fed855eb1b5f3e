import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minRemainingSchema, parseMinRemaining, remainingRequired } from '../../lib/core/min-remaining.ts';

describe('the least that must remain', () => {
  it.each([
    ['0', 0],
    ['2', 2],
    ['1.0', 1],
    ['0.5', 0.5],
    ['0.999', 0.999],
    ['25', 25],
  ])('is read from %j', (text, value) => {
    expect(parseMinRemaining(text)).toEqual({ ok: true, value });
  });

  it.each(['', '1.5', '-1', '50%', '.5', '1e2', '0x2', ' 1', 'half', 'NaN', 'Infinity', '1.'])('refuses %j', (text) => {
    expect(parseMinRemaining(text)).toEqual({
      ok: false,
      problem: `"${text}" is neither a whole number nor a fraction below 1 such as 0.5`,
    });
  });

  it('says in the config what to write', () => {
    expect(minRemainingSchema.safeParse(1.5).error?.issues[0]?.message).toBe(
      'write a whole number, or a fraction below 1 such as 0.5',
    );
    expect(minRemainingSchema.safeParse(-0.1).success).toBe(false);
  });

  it('is a count from 1 up, and below 1 a part of desired', () => {
    expect(remainingRequired(1, 10)).toBe(1);
    expect(remainingRequired(3, 2)).toBe(3);
    expect(remainingRequired(0, 10)).toBe(0);
    expect(remainingRequired(0.5, 3)).toBe(2);
    expect(remainingRequired(0.5, 4)).toBe(2);
    expect(remainingRequired(0.01, 1)).toBe(1);
  });

  it('is rounded up as whole numbers would be, not as binary fractions are', () => {
    // 0.55 × 100 is 55.00000000000001 in binary.
    expect(remainingRequired(0.55, 100)).toBe(55);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.nat({ max: 5000 }), (thousandths, desired) => {
        expect(remainingRequired(thousandths / 1000, desired)).toBe(Math.floor((thousandths * desired + 999) / 1000));
      }),
      { numRuns: 1000 },
    );
  });
});
