import { expect, it } from 'vitest';
import * as z from 'zod';
import { Metrics } from '../../lib/aws/metrics.ts';
import { type MetricProbe, probeSchema } from '../../lib/core/probe.ts';
import { cloudWatchOperations } from '../../lib/rehearsal/cloud/cloudwatch.ts';
import { createMetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import { serve } from '../../lib/rehearsal/cloud/operation.ts';
import { serveCloud } from './serve-cloud.ts';

const FROM_MS = Date.parse('2026-03-02T10:00:00Z');
const NAMES = { cluster: 'shop', service: 'cart' };
const DIMENSIONS = { Cluster: '{cluster}', Path: '{cluster}/{service}' };

function probe(more: object = {}): MetricProbe {
  const metrics = { errors: { namespace: 'Test', metric: 'Errors', dimensions: DIMENSIONS, statistic: 'Sum' } };
  return probeSchema.parse({
    type: 'metric',
    name: 'p',
    metrics,
    comparator: '<',
    threshold: 1,
    periodSeconds: 5,
    ...more,
  }) as MetricProbe;
}

function publish(seconds: number, value: (second: number) => number, service = 'cart', metric = 'Errors') {
  const store = createMetricStore();
  for (let second = 0; second < seconds; second++) {
    const dimensions = { Cluster: 'shop', Path: `shop/${service}` };
    store.put({
      namespace: 'Test',
      metric,
      dimensions,
      at: new Date(FROM_MS + second * 1000),
      values: [value(second)],
    });
  }
  return store;
}

it('reads one value a period, oldest first, from the period in which the span begins, for its own service', async () => {
  const store = publish(20, () => 2);
  store.put({
    namespace: 'Test',
    metric: 'Errors',
    dimensions: { Cluster: 'shop', Path: 'shop/web' },
    at: new Date(FROM_MS),
    values: [99],
  });
  await serveCloud({ services: { CloudWatch: cloudWatchOperations(store) } });
  const points = await new Metrics().read(probe(), NAMES, FROM_MS + 7_000, FROM_MS + 20_000);
  expect(points).toEqual([5, 10, 15].map((second) => ({ atMs: FROM_MS + second * 1000, value: 10 })));
});

it('leaves out periods without data, and is empty when there are none', async () => {
  const store = publish(5, () => 1);
  store.put({
    namespace: 'Test',
    metric: 'Errors',
    dimensions: { Cluster: 'shop', Path: 'shop/cart' },
    at: new Date(FROM_MS + 17_000),
    values: [3],
  });
  await serveCloud({ services: { CloudWatch: cloudWatchOperations(store) } });
  const metrics = new Metrics();
  expect(await metrics.read(probe(), NAMES, FROM_MS, FROM_MS + 20_000)).toEqual([
    { atMs: FROM_MS, value: 5 },
    { atMs: FROM_MS + 15_000, value: 3 },
  ]);
  expect(await metrics.read(probe(), { ...NAMES, service: 'web' }, FROM_MS, FROM_MS + 20_000)).toEqual([]);
});

it('asks for a span that has no length yet without breaking CloudWatch’s rule that it must have one', async () => {
  await serveCloud({ services: { CloudWatch: cloudWatchOperations(publish(5, () => 1)) } });
  expect(await new Metrics().read(probe(), NAMES, FROM_MS + 6_000, FROM_MS + 2_000)).toEqual([]);
});

it('answers the expression alone when there is one', async () => {
  const store = publish(5, () => 4);
  for (let second = 0; second < 5; second++) {
    store.put({
      namespace: 'Test',
      metric: 'Requests',
      dimensions: {},
      at: new Date(FROM_MS + second * 1000),
      values: [10],
    });
  }
  await serveCloud({ services: { CloudWatch: cloudWatchOperations(store) } });
  const metrics = {
    errors: { namespace: 'Test', metric: 'Errors', dimensions: DIMENSIONS, statistic: 'Sum' },
    requests: { namespace: 'Test', metric: 'Requests', dimensions: {}, statistic: 'Sum' },
  };
  const rate = probe({ metrics, expression: '100 * errors / requests' });
  expect(await new Metrics().read(rate, NAMES, FROM_MS, FROM_MS + 5_000)).toEqual([{ atMs: FROM_MS, value: 40 }]);
});

it('reads every page', async () => {
  const pages = [0, 1, 2].map((page) => ({
    MetricDataResults: [
      { Id: 'errors', Timestamps: [new Date(FROM_MS + page * 5_000)], Values: [page], StatusCode: 'PartialData' },
    ],
    ...(page < 2 ? { NextToken: `${page + 1}` } : {}),
  }));
  const input = z.looseObject({ NextToken: z.string().optional() });
  const GetMetricData = serve({ input, answer: ({ NextToken = '0' }) => pages[Number(NextToken)] ?? {} });
  await serveCloud({ services: { CloudWatch: { ...cloudWatchOperations(createMetricStore()), GetMetricData } } });
  const points = await new Metrics().read(probe(), NAMES, FROM_MS, FROM_MS + 15_000);
  expect(points.map(({ value }) => value)).toEqual([0, 1, 2]);
});
