import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMetricStore, KEPT_SECONDS, readStatistic } from '../../../lib/rehearsal/cloud/metric-store.ts';

const name = {
  namespace: 'AWS/ApplicationELB',
  metric: 'TargetResponseTime',
  dimensions: { LoadBalancer: 'a', TargetGroup: 'b' },
};
const at = (second: number, ms = 0) => new Date(second * 1_000 + ms);
const EVER = { start: 0, end: 1e10 };

describe('a metric store', () => {
  it('knows a metric by all of its dimensions, in any order, and no other', () => {
    const store = createMetricStore();
    store.put({ ...name, at: at(60), values: [1] });
    const turned = { ...name, dimensions: { TargetGroup: 'b', LoadBalancer: 'a' } };
    expect(store.datapoints(turned, 'Sum', 60, EVER)).toEqual(new Map([[60, 1]]));
    expect(store.datapoints({ ...name, dimensions: { LoadBalancer: 'a' } }, 'Sum', 60, EVER)).toEqual(new Map());
    expect(store.datapoints({ ...name, metric: 'RequestCount' }, 'Sum', 60, EVER)).toEqual(new Map());
  });

  it('aligns periods to another second than the first of the epoch when it is told one', () => {
    const store = createMetricStore();
    for (const second of [66, 67, 76, 77]) store.put({ ...name, at: at(second), values: [second] });
    const expected = new Map([
      [57, 66],
      [67, 143],
      [77, 77],
    ]);
    expect(store.datapoints(name, 'Sum', 10, EVER, 7)).toEqual(expected);
  });

  it('gives a value per aligned period that has samples, inside the range only', () => {
    const store = createMetricStore();
    for (const second of [58, 59, 60, 64, 65, 71]) store.put({ ...name, at: at(second, 999), values: [second] });
    expect(store.datapoints(name, 'SampleCount', 5, { start: 60, end: 70 })).toEqual(
      new Map([
        [60, 2],
        [65, 1],
      ]),
    );
    expect(store.datapoints(name, 'Maximum', 60, EVER)).toEqual(
      new Map([
        [0, 59],
        [60, 71],
      ]),
    );
  });

  it('forgets what is older than its window, and takes nothing in that comes too late', () => {
    const store = createMetricStore();
    store.put({ ...name, at: at(1_000), values: [1] });
    store.put({ ...name, at: at(1_000 + KEPT_SECONDS - 1), values: [1] });
    expect(store.datapoints(name, 'Sum', 1, EVER).size).toBe(2);
    store.put({ ...name, at: at(1_000 + KEPT_SECONDS), values: [1] });
    store.put({ ...name, at: at(1_000), values: [1] });
    expect([...store.datapoints(name, 'Sum', 1, EVER).keys()]).toEqual([
      1_000 + KEPT_SECONDS - 1,
      1_000 + KEPT_SECONDS,
    ]);
  });

  it('agrees with statistics worked out over all samples at once', () => {
    const samples = fc.array(
      fc.record({
        second: fc.integer({ min: 600, max: 660 }),
        values: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(
        samples,
        fc.constantFrom(1, 5, 10, 60),
        fc.integer({ min: 0, max: 100 }),
        (puts, period, percentile) => {
          const store = createMetricStore();
          for (const { second, values } of puts) store.put({ ...name, at: at(second), values });
          const groups = Map.groupBy(puts, ({ second }) => second - (second % period));
          for (const [start, group] of groups) {
            const sorted = group.flatMap(({ values }) => values).sort((a, b) => a - b);
            const total = sorted.reduce((sum, value) => sum + value, 0);
            const read = (statistic: Parameters<typeof store.datapoints>[1]) =>
              store.datapoints(name, statistic, period, EVER).get(start);
            expect(read('SampleCount')).toBe(sorted.length);
            expect(read('Sum')).toBe(total);
            expect(read('Average')).toBeCloseTo(total / sorted.length, 9);
            expect(read('Minimum')).toBe(sorted[0]);
            expect(read('Maximum')).toBe(sorted.at(-1));
            const value = read({ percentile }) ?? Number.NaN;
            // The law of the nearest rank: at least that share lies at or below, and less than it strictly below.
            expect(sorted.filter((other) => other <= value).length * 100).toBeGreaterThanOrEqual(
              percentile * sorted.length,
            );
            expect(sorted.filter((other) => other < value).length * 100).toBeLessThanOrEqual(
              percentile * sorted.length,
            );
          }
          expect(store.datapoints(name, 'Sum', period, EVER).size).toBe(groups.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps counts exact in a second with more samples than percentiles can see', () => {
    const store = createMetricStore();
    for (let n = 0; n < 4; n += 1) store.put({ ...name, at: at(60), values: Array.from({ length: 2_000 }, () => n) });
    expect(store.datapoints(name, 'SampleCount', 1, EVER).get(60)).toBe(8_000);
    expect(store.datapoints(name, 'Sum', 1, EVER).get(60)).toBe(12_000);
    expect(store.datapoints(name, 'Minimum', 1, EVER).get(60)).toBe(0);
    expect(store.datapoints(name, { percentile: 100 }, 1, EVER).get(60)).toBe(3);
  });
});

it('statistics are read by CloudWatch’s names', () => {
  expect(readStatistic('Average')).toBe('Average');
  expect(readStatistic('p99')).toEqual({ percentile: 99 });
  expect(readStatistic('p99.9')).toEqual({ percentile: 99.9 });
  expect(readStatistic('p100')).toEqual({ percentile: 100 });
  for (const other of ['p101', 'p', 'tm99', 'sum', 'P99', 'p99.', 'p100.5', ''])
    expect(readStatistic(other), other).toBeNull();
});
