import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { barsOf, type Recovered, trendsOf } from '../../lib/audit/trend.ts';

const recovered = (day: number, recoverySeconds: number, more: Partial<Recovered> = {}): Recovered => ({
  at: `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`,
  experiment: `e${day}`,
  group: 'shop/cart',
  fault: 'stop-task',
  recoverySeconds,
  healthySeconds: recoverySeconds + 1,
  ...more,
});

describe('the trend of recoveries', () => {
  it('compares the last one with the median of those before, oldest first', () => {
    const [trend] = trendsOf([recovered(3, 30), recovered(1, 10), recovered(2, 12), recovered(4, 11)]);
    expect(trend).toMatchObject({ medianBeforeSeconds: 12, lastSeconds: 11, direction: 'steady' });
    expect(trend?.points.map(({ experiment }) => experiment)).toEqual(['e1', 'e2', 'e3', 'e4']);
    expect(trendsOf([recovered(1, 10), recovered(2, 20)])[0]?.medianBeforeSeconds).toBe(10);
    expect(trendsOf([recovered(1, 10), recovered(2, 20), recovered(3, 15)])[0]?.medianBeforeSeconds).toBe(15);
  });

  it.each([
    [15.1, 'slower'],
    [15, 'steady'],
    [6.7, 'steady'],
    [6.6, 'faster'],
  ] as const)('after 10 s and 10 s calls %s s %s', (last, direction) => {
    expect(trendsOf([recovered(1, 10), recovered(2, 10), recovered(3, last)])[0]?.direction).toBe(direction);
  });

  it('takes a difference below two seconds for noise, and two recoveries for too few', () => {
    expect(trendsOf([recovered(1, 1), recovered(2, 1), recovered(3, 2.9)])[0]?.direction).toBe('steady');
    expect(trendsOf([recovered(1, 1), recovered(2, 1), recovered(3, 3)])[0]?.direction).toBe('slower');
    expect(trendsOf([recovered(1, 1), recovered(2, 100)])[0]?.direction).toBe('too-few');
    expect(trendsOf([recovered(1, 1)])[0]).toMatchObject({ direction: 'too-few', medianBeforeSeconds: null });
  });

  it('keeps groups and faults apart, whatever their names', () => {
    const one = recovered(1, 5, { group: 'a', fault: 'b c' });
    const other = recovered(2, 6, { group: 'a b', fault: 'c' });
    expect(trendsOf([one, other]).map(({ group, points }) => [group, points.length])).toEqual([
      ['a', 1],
      ['a b', 1],
    ]);
    expect(trendsOf([])).toEqual([]);
  });

  it('does not depend on the order in which recoveries are given', () => {
    const some = [1, 2, 3, 4, 5].map((day) => recovered(day, day * 3));
    fc.assert(
      fc.property(fc.shuffledSubarray(some, { minLength: 5 }), (shuffled) => {
        expect(trendsOf(shuffled)).toEqual(trendsOf(some));
      }),
    );
  });
});

describe('the bars of recoveries', () => {
  it('are as high as each is long', () => {
    expect(barsOf([0, 5, 10].map((recoverySeconds) => ({ recoverySeconds })))).toBe('▁▅█');
    expect(barsOf([{ recoverySeconds: 0 }])).toBe('▁');
    expect(barsOf([])).toBe('');
  });
});
