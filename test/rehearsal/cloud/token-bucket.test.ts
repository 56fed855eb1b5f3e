import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BucketRate, fullBucket, takeToken } from '../../../lib/rehearsal/cloud/token-bucket.ts';

const rates = fc.record({ burst: fc.integer({ min: 1, max: 200 }), perSecond: fc.integer({ min: 1, max: 100 }) });

/** Draws at these moments; says which draws were granted. */
function drawAt(rate: BucketRate, momentsMs: readonly number[]): readonly boolean[] {
  let level = fullBucket(rate, 0);
  return momentsMs.map((nowMs) => {
    const draw = takeToken(level, rate, nowMs);
    level = draw.level;
    return draw.taken;
  });
}

it('a full bucket lets its burst through at one moment, then what has come back since', () => {
  const rate = { burst: 3, perSecond: 2 };
  expect(drawAt(rate, [0, 0, 0, 0, 499, 500, 500, 1_500, 1_500, 1_500])).toEqual([
    true,
    true,
    true,
    false,
    false,
    true,
    false,
    true,
    true,
    false,
  ]);
});

it('never holds more than its burst, however long nobody calls', () => {
  expect(drawAt({ burst: 2, perSecond: 50 }, [3_600_000, 3_600_000, 3_600_000])).toEqual([true, true, false]);
});

it('gets no tokens from a clock that goes back', () => {
  expect(drawAt({ burst: 1, perSecond: 1 }, [1_000, 0, 500, 1_999, 2_000])).toEqual([true, false, false, false, true]);
});

it('between any two moments at most the burst and the refill get through', () => {
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 400 }), (rate, gapsMs) => {
      let now = 0;
      const moments = gapsMs.map((gap) => (now += gap));
      const granted = moments.filter((_, index) => drawAt(rate, moments)[index]);
      for (const [first, from] of granted.entries()) {
        const last = granted.at(-1) ?? from;
        expect(granted.length - first).toBeLessThanOrEqual(
          rate.burst + ((last - from) / 1_000) * rate.perSecond + 1e-6,
        );
      }
    }),
    { numRuns: 30 },
  );
});

it('a caller that keeps to the refill rate is never refused, even when others have emptied the bucket', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 50 }), (rate, calls) => {
      const spent = Array.from({ length: rate.burst }, () => 0);
      const gapMs = Math.ceil(1_000 / rate.perSecond);
      const patient = Array.from({ length: calls }, (_, n) => (n + 1) * gapMs);
      expect(drawAt(rate, [...spent, ...patient]).every(Boolean)).toBe(true);
    }),
  );
});
