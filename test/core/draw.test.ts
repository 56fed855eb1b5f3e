import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draw, drawChance, drawDistinct } from '../../lib/core/draw.ts';
import { chiSquare, oneInThousand } from './chi-square.ts';

/** The draw as a stranger would replay it from the description alone, in whole numbers without end. */
function replay(seed: string, label: string, of: number): number {
  for (let counter = 0; ; counter++) {
    const hex = createHmac('sha256', seed).update(`${label}/${counter}`).digest('hex').slice(0, 12);
    const bits = BigInt(`0x${hex}`);
    const fair = 2n ** 48n - (2n ** 48n % BigInt(of));
    if (bits < fair) return Number(bits % BigInt(of));
  }
}

/** Consecutive dates, as the planner's labels and a careless user's seeds have them. */
const dateOf = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);

describe('a draw', () => {
  it.each([
    // Made by Python's hmac and hashlib.
    ['capuchin', '2026-11-23/instant/shop/checkout', 28_800, 3_276],
    ['capuchin', '2026-11-24/instant/shop/checkout', 28_800, 3_117],
    ['s', 'größe/π', 7, 6],
    ['s', 'one', 1, 0],
    ['s', 'most', 2 ** 32, 2_095_874_224],
    // The first 48 bits of this one lie above the last whole multiple, so that the second try counts.
    ['seed', 'rejected-48410', 4_294_901_761, 4_245_540_913],
  ])('of seed %s and label %s among %d is what another program draws', (seed, label, of, picked) => {
    expect(draw(seed, label, of)).toEqual({ label, of, picked });
  });

  it('can be replayed from seed, label and size alone, and is in range', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 1, max: 2 ** 32 }),
        (seed, label, of) => {
          const { picked } = draw(seed, label, of);
          expect(picked).toBe(replay(seed, label, of));
          expect(picked).toBeGreaterThanOrEqual(0);
          expect(picked).toBeLessThan(of);
        },
      ),
    );
  });

  it('is uniform for every size from 1 to 200 when seeds are consecutive dates', () => {
    let sum = 0;
    let degrees = 0;
    for (let of = 1; of <= 200; of++) {
      const counts = Array.from({ length: of }, () => 0);
      for (let day = 0; day < 600; day++) {
        const { picked } = draw(dateOf(day), `size-${of}`, of);
        counts[picked] = (counts[picked] ?? 0) + 1;
      }
      if (of >= 4) expect(chiSquare(counts), `size ${of}`).toBeLessThan(oneInThousand(of - 1));
      sum += chiSquare(counts);
      degrees += of - 1;
    }
    // All 120,000 together: neither too uneven nor too even to be chance.
    expect(sum).toBeLessThan(oneInThousand(degrees));
    expect(sum).toBeGreaterThan(2 * degrees - oneInThousand(degrees));
  });

  it('is uniform when only the labels count up', () => {
    const counts = Array.from({ length: 12 }, () => 0);
    for (let index = 0; index < 12_000; index++) {
      const { picked } = draw('seed', `label-${index}`, 12);
      counts[picked] = (counts[picked] ?? 0) + 1;
    }
    expect(chiSquare(counts)).toBeLessThan(oneInThousand(11));
  });

  it('does not depend on what else is drawn, nor in which order', () => {
    const labels = fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(labels, fc.integer({ min: 2, max: 1000 }), (all, of) => {
        const alone = draw('seed', all[0] ?? '', of).picked;
        const backwards = [...all].reverse().map((label) => draw('seed', label, of).picked);
        expect(backwards.at(-1)).toBe(alone);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32 + 1])('among %d is a RangeError', (of) => {
    expect(() => draw('seed', 'label', of)).toThrow(RangeError);
    expect(() => draw('seed', 'label', of)).toThrow('draw "label" among');
  });
});

describe('a draw by chance', () => {
  it('never happens at 0 and always at 1', () => {
    for (let index = 0; index < 500; index++) {
      expect(drawChance('seed', `l${index}`, 0).drawn).toBe(false);
      expect(drawChance('seed', `l${index}`, 1).drawn).toBe(true);
    }
  });

  it('happens as often as its chance says', () => {
    for (const chance of [1 / 5, 1 / 3, 0.9]) {
      const drawn = Array.from({ length: 10_000 }, (_, index) => drawChance(dateOf(index), 'chance', chance)).filter(
        (one) => one.drawn,
      ).length;
      const spread = Math.sqrt(10_000 * chance * (1 - chance));
      expect(Math.abs(drawn - 10_000 * chance)).toBeLessThan(3.3 * spread);
    }
  });

  it('is decided by the recorded draw alone: below the chance of all possibilities', () => {
    const { drawn, draw: made } = drawChance('capuchin', 'x', 0.5);
    expect(made).toEqual(draw('capuchin', 'x', 2 ** 32));
    expect(drawn).toBe(made.picked / made.of < 0.5);
  });
});

describe('a draw of several', () => {
  it('is what another program draws', () => {
    // Made by Python: pool.pop(draw(seed, f'{label}/{place}', len(pool))) for each place.
    expect(drawDistinct('capuchin', '2026-11-23/targets/shop/checkout', 10, 4).picked).toEqual([6, 9, 7, 0]);
  });

  it('is distinct, in range, and as many as asked for or as there are', () => {
    const sizes = [fc.nat({ max: 60 }), fc.nat({ max: 80 })] as const;
    fc.assert(
      fc.property(fc.string(), ...sizes, (seed, of, count) => {
        const { picked, draws } = drawDistinct(seed, 'label', of, count);
        expect(new Set(picked).size).toBe(Math.min(of, count));
        expect(picked.every((index) => Number.isInteger(index) && index >= 0 && index < of)).toBe(true);
        expect(draws).toHaveLength(picked.length);
      }),
    );
  });

  it('of as many as there are, or more, is a permutation', () => {
    for (const count of [9, 10, 99]) {
      const { picked } = drawDistinct('seed', 'all', 9, count);
      expect(picked.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  it('records a draw with its own label for each place, each of which can be replayed', () => {
    const { draws } = drawDistinct('seed', 'targets', 5, 3);
    expect(draws.map(({ label, of }) => ({ label, of }))).toEqual([
      { label: 'targets/0', of: 5 },
      { label: 'targets/1', of: 4 },
      { label: 'targets/2', of: 3 },
    ]);
    for (const { label, of, picked } of draws) expect(picked).toBe(replay('seed', label, of));
  });

  it('finds every ordered pair of a small list equally likely', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 12_000; index++) {
      const pair = drawDistinct(dateOf(index), 'pair', 4, 2).picked.join();
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
    expect(counts.size).toBe(12);
    expect(chiSquare([...counts.values()])).toBeLessThan(oneInThousand(11));
  });

  it('of nothing is nothing', () => {
    expect(drawDistinct('seed', 'none', 0, 3)).toEqual({ picked: [], draws: [] });
    expect(drawDistinct('seed', 'none', 3, 0)).toEqual({ picked: [], draws: [] });
  });
});
