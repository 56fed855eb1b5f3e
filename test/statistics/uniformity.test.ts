import { describe, expect, it } from 'vitest';
import { draw, drawDistinct } from '../../lib/core/draw.ts';
import { chiSquare, oneInThousand } from '../core/chi-square.ts';

const DRAWS = 100_000;
const SIZES = Array.from({ length: 200 }, (_, index) => index + 1);

/** Consecutive dates from 2026 on, as the planner's labels and a careless user's seeds have them. */
const DATES = Array.from({ length: DRAWS }, (_, index) =>
  new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
);

/** How often each place comes out over so many dates. */
function counts(of: number, draws: number, pick: (date: string) => number): number[] {
  const found = Array.from({ length: of }, () => 0);
  for (const date of DATES.slice(0, draws)) {
    const picked = pick(date);
    found[picked] = (found[picked] ?? 0) + 1;
  }
  expect(found).toHaveLength(of);
  return found;
}

const isUniform = (found: readonly number[]): void => {
  expect(chiSquare(found)).toBeLessThan(oneInThousand(found.length - 1));
};

/** Statistic and degrees of freedom of each size, for a look at all of them together. */
const seen: { statistic: number; degrees: number }[] = [];

describe('over 100,000 draws every place is as likely as the others', () => {
  it.each(SIZES)('of %d, when the seeds are consecutive dates', (of) => {
    const found = counts(of, DRAWS, (date) => draw(date, 'targets/shop/checkout', of).picked);
    seen.push({ statistic: chiSquare(found), degrees: of - 1 });
    isUniform(found);
  });

  it('of all sizes together: neither less even than chance nor more', () => {
    expect(seen).toHaveLength(SIZES.length);
    // The statistics of one set of seeds are not independent; so this is a wide margin, which a biased draw leaves all the same.
    const statistic = seen.reduce((sum, one) => sum + one.statistic, 0);
    const degrees = seen.reduce((sum, one) => sum + one.degrees, 0);
    expect(statistic / degrees).toBeGreaterThan(0.95);
    expect(statistic / degrees).toBeLessThan(1.05);
  });

  it.each([3, 100, 199])('of %d, when the labels are consecutive dates', (of) => {
    isUniform(counts(of, DRAWS, (date) => draw('capuchin', `${date}/targets/shop/checkout`, of).picked));
  });

  it.each([2, 7, 64])('of %d, when two are drawn at once: both the first and the second', (of) => {
    const seconds: number[] = [];
    const firsts = counts(of, DRAWS / 2, (date) => {
      const [first = of, second = of] = drawDistinct('capuchin', `${date}/targets/shop/checkout`, of, 2).picked;
      seconds[second] = (seconds[second] ?? 0) + 1;
      return first;
    });
    isUniform(firsts);
    expect(seconds).toHaveLength(of);
    isUniform(seconds);
  });
});
