import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RequestOutcome } from '../../../lib/rehearsal/fleet/forward.ts';
import { percentile, SAMPLES_KEPT, ServiceMeter } from '../../../lib/rehearsal/fleet/measure.ts';

const START = Date.parse('2026-11-23T10:00:00Z');
const service = { cluster: 'shop', service: 'web', loadBalancer: 'app/shop-web/0123456789abcdef' };
const tasks = { running: 3, healthy: 2 };

function outcome(change: Partial<RequestOutcome> = {}): RequestOutcome {
  return { endedAtMs: START + 100, answeredBy: 'target', failed: false, latencyMs: 12, targetMs: 10, ...change };
}

describe('a service meter', () => {
  test('closes a second as a sample and as the metrics that a load balancer and Container Insights publish', () => {
    const meter = new ServiceMeter(service, START);
    meter.record(outcome());
    meter.record(outcome({ failed: true, latencyMs: 20, targetMs: 19 }));
    meter.record(outcome({ failed: true, answeredBy: 'load-balancer', latencyMs: 1, targetMs: null }));
    meter.record(outcome({ failed: true, answeredBy: 'nobody', latencyMs: null, targetMs: null }));
    expect(meter.close(START + 999, tasks)).toEqual([]);
    const [closed] = meter.close(START + 1000, tasks);
    expect(closed?.sample).toEqual({
      at: '2026-11-23T10:00:00.000Z',
      requests: 4,
      failed: 3,
      p50Ms: 12,
      p99Ms: 20,
      runningTasks: 3,
      healthyTasks: 2,
    });
    const balancer = {
      namespace: 'AWS/ApplicationELB',
      dimensions: { LoadBalancer: service.loadBalancer },
      at: new Date(START),
    };
    expect(closed?.data).toEqual([
      { ...balancer, metric: 'RequestCount', values: [1, 1, 1, 1] },
      { ...balancer, metric: 'HTTPCode_Target_5XX_Count', values: [1] },
      { ...balancer, metric: 'HTTPCode_ELB_5XX_Count', values: [1, 1] },
      { ...balancer, metric: 'TargetResponseTime', values: [0.01, 0.019] },
      {
        namespace: 'ECS/ContainerInsights',
        metric: 'RunningTaskCount',
        dimensions: { ClusterName: 'shop', ServiceName: 'web' },
        at: new Date(START),
        values: [3],
      },
    ]);
  });

  test('publishes no errors where there were none, and nothing of the load balancer without requests', () => {
    const meter = new ServiceMeter(service, START);
    meter.record(outcome());
    const [busy, idle] = meter.close(START + 2000, tasks);
    expect(busy?.data.map(({ metric }) => metric)).toEqual(['RequestCount', 'TargetResponseTime', 'RunningTaskCount']);
    expect(idle?.data.map(({ metric }) => metric)).toEqual(['RunningTaskCount']);
    expect(idle?.sample).toMatchObject({ requests: 0, p50Ms: null, p99Ms: null });
  });

  test('keeps an hour of samples', () => {
    const meter = new ServiceMeter(service, START);
    meter.close(START + 1000 * (SAMPLES_KEPT + 10), tasks);
    expect(meter.samples).toHaveLength(SAMPLES_KEPT);
    expect(meter.samples[0]?.at).toBe('2026-11-23T10:00:10.000Z');
  });

  test('totals count the whole seconds that overlap, the running one included', () => {
    const meter = new ServiceMeter(service, START);
    for (const second of [0, 1, 2, 3])
      meter.record(outcome({ endedAtMs: START + second * 1000 + 500, failed: second === 2 }));
    meter.close(START + 3100, tasks);
    expect(meter.totals(START + 1900, START + 3600)).toEqual({ total: 3, failed: 1 });
    expect(meter.totals(START, START + 999)).toEqual({ total: 1, failed: 0 });
    expect(meter.totals(START + 5000, START + 6000)).toEqual({ total: 0, failed: 0 });
  });

  test('samples, metrics and totals agree on every request, whenever seconds are closed', () => {
    const ends = fc.record({ atMs: fc.integer({ min: 0, max: 20_000 }), failed: fc.boolean(), close: fc.boolean() });
    fc.assert(
      fc.property(fc.array(ends, { maxLength: 80 }), (requests) => {
        const meter = new ServiceMeter(service, START);
        const inOrder = requests.toSorted((a, b) => a.atMs - b.atMs);
        const closed = inOrder.flatMap(({ atMs, failed, close }) => {
          meter.record(outcome({ endedAtMs: START + atMs, failed }));
          return close ? meter.close(START + atMs, tasks) : [];
        });
        closed.push(...meter.close(START + 30_000, tasks));
        const sum = (metric: string) =>
          closed
            .flatMap(({ data }) => data.filter((datum) => datum.metric === metric))
            .reduce((all, { values }) => all + values.length, 0);
        const failed = requests.filter((request) => request.failed).length;
        expect(meter.samples.reduce((all, sample) => all + sample.requests, 0)).toBe(requests.length);
        expect(sum('RequestCount')).toBe(requests.length);
        expect(sum('HTTPCode_Target_5XX_Count')).toBe(failed);
        expect(meter.totals(START, START + 30_000)).toEqual({ total: requests.length, failed });
        expect(meter.samples).toHaveLength(30);
      }),
    );
  });
});

describe('a percentile', () => {
  test('is by nearest rank one of the values, with at least its share of them at or below it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.constantFrom(0.5, 0.9, 0.99), (values, share) => {
        const found = percentile(values, share) ?? Number.NaN;
        expect(values).toContain(found);
        expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * values.length);
        expect(values.filter((value) => value < found).length).toBeLessThan(share * values.length);
      }),
    );
    expect(percentile([], 0.5)).toBeNull();
  });
});
