import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ACT_WITHIN_MS, actNotAfterMs, offsetSeconds } from '../../lib/core/spread.ts';

const cases = fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 0, max: 120 }));

it('spreads acts evenly from the first moment to the last', () => {
  fc.assert(
    fc.property(cases, ([count, spread]) => {
      const offsets = Array.from({ length: count }, (_, index) => offsetSeconds(index, count, spread));
      expect([offsets[0], offsets.at(-1)]).toEqual([0, spread]);
      const gaps = offsets.slice(1).map((offset, index) => offset - (offsets[index] ?? 0));
      expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
    }),
  );
});

it('has nothing to spread where one is hit, or all at once', () => {
  expect(offsetSeconds(0, 1, 60)).toBe(0);
  expect([0, 1, 2].map((index) => offsetSeconds(index, 3, 0))).toEqual([0, 0, 0]);
});

it('lets no act begin later than half a minute after its own turn', () => {
  expect(actNotAfterMs(1_000_000, 0, 3, 60)).toBe(1_000_000 + ACT_WITHIN_MS);
  expect(actNotAfterMs(1_000_000, 1, 3, 60)).toBe(1_000_000 + ACT_WITHIN_MS + 30_000);
  expect(actNotAfterMs(1_000_000, 2, 3, 60)).toBe(1_000_000 + ACT_WITHIN_MS + 60_000);
});
