import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decadeTicks,
  linearScale,
  logScale,
  niceStep,
  niceTicks,
  timeTicks,
} from '../../../lib/rehearsal/report/scale.ts';

const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
const ascending = (ticks: readonly number[]) =>
  ticks.every((tick, index) => index === 0 || tick > (ticks[index - 1] ?? 0));

describe('scales', () => {
  it('put the ends of the domain at the ends of the axis, and clamp what is outside', () => {
    const scale = linearScale(10, 30);
    expect([scale(10), scale(20), scale(30), scale(-5), scale(99)]).toEqual([0, 0.5, 1, 0, 1]);
    expect(logScale(1, 100)(10)).toBeCloseTo(0.5);
    expect([logScale(1, 100)(0), logScale(1, 100)(1000)]).toEqual([0, 1]);
  });

  it('put everything at the start when the domain has no extent', () => {
    expect(linearScale(5, 5)(5)).toBe(0);
  });

  it('keep the order of values and stay on the axis', () => {
    fc.assert(
      fc.property(positive, positive, positive, positive, (a, b, low, extent) => {
        for (const scale of [linearScale(low, low + extent), logScale(low, low + extent)]) {
          const [first, second] = [scale(Math.min(a, b)), scale(Math.max(a, b))];
          expect(first).toBeLessThanOrEqual(second);
          expect(first).toBeGreaterThanOrEqual(0);
          expect(second).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('nice steps and ticks', () => {
  it('are 1, 2 or 5 times a power of ten, and no smaller than asked', () => {
    fc.assert(
      fc.property(positive, (least) => {
        const step = niceStep(least);
        const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
        expect([1, 2, 5].some((nice) => Math.abs(digit - nice) < 1e-6)).toBe(true);
        expect(step).toBeGreaterThanOrEqual(least * (1 - 1e-8));
        expect(step).toBeLessThan(least * 2.6);
      }),
    );
  });

  it('begin at 0, rise, reach the highest value and are not more than asked', () => {
    fc.assert(
      fc.property(positive, fc.integer({ min: 1, max: 12 }), (highest, intervals) => {
        const ticks = niceTicks(highest, intervals);
        expect(ticks[0]).toBe(0);
        expect(ascending(ticks)).toBe(true);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-6));
        expect(ticks.length - 1).toBeLessThanOrEqual(intervals);
      }),
    );
  });

  it('stay whole for counts, and never show the noise of binary fractions', () => {
    expect(niceTicks(2, 5, true)).toEqual([0, 1, 2]);
    expect(niceTicks(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
    expect(niceTicks(42, 3)).toEqual([0, 20, 40, 60]);
  });

  it('give an axis even when there is nothing to show', () => {
    for (const nothing of [0, -3, Number.NaN, Number.NEGATIVE_INFINITY])
      expect(niceTicks(nothing, 4, true)).toEqual([0, 1]);
  });
});

describe('decade ticks', () => {
  it('are powers of ten around both values', () => {
    expect(decadeTicks(3.4, 250)).toEqual([1, 10, 100, 1000]);
    expect(decadeTicks(0.4, 0.6)).toEqual([0.1, 1]);
    expect(decadeTicks(10, 10)).toEqual([10, 100]);
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const ticks = decadeTicks(Math.min(a, b), Math.max(a, b));
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks[0]).toBeLessThanOrEqual(Math.min(a, b) * (1 + 1e-6));
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(Math.max(a, b) * (1 - 1e-6));
      }),
    );
  });
});

describe('time ticks', () => {
  it('lie inside the span at multiples of a step that people count time in', () => {
    expect(timeTicks(6, 81, 10)).toEqual([10, 20, 30, 40, 50, 60, 70, 80]);
    expect(timeTicks(0, 300, 6)).toEqual([0, 60, 120, 180, 240, 300]);
    fc.assert(
      fc.property(
        fc.double({ min: -1e4, max: 1e6, noNaN: true }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 12 }),
        (from, span, intervals) => {
          const ticks = timeTicks(from, from + span, intervals);
          expect(ticks.length).toBeGreaterThan(0);
          expect(ticks.length).toBeLessThanOrEqual(intervals + 1);
          expect(ascending(ticks)).toBe(true);
          for (const tick of ticks) {
            expect(tick).toBeGreaterThanOrEqual(from - 1e-6);
            expect(tick).toBeLessThanOrEqual(from + span + 1e-6);
          }
        },
      ),
    );
  });

  it('are one for a span without extent', () => {
    expect(timeTicks(7, 7, 5)).toEqual([7]);
  });
});
