import { describe, expect, it } from 'vitest';
import { askProbes, type ProbeSpan } from '../../../functions/experiment/probes.ts';
import { type Probe, probeSchema } from '../../../lib/core/probe.ts';

const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
const SERVICES = ['cart', 'web'].map((service) => ({
  service: `shop/${service}`,
  running: 2,
  desired: 2,
  deploying: false,
}));
const MEMBERS = ['cart', 'web'].map((service) => ({ cluster: 'shop', service }));

function metric(more: object = {}): Probe {
  const metrics = { m: { namespace: 'N', metric: 'M', statistic: 'Sum' } };
  return probeSchema.parse({
    type: 'metric',
    name: 'm',
    metrics,
    comparator: '<',
    threshold: 5,
    periodSeconds: 10,
    ...more,
  });
}

/** Asks probes, and tells which spans CloudWatch was asked for; every period of ten seconds has a value. */
async function ask(
  probes: readonly Probe[],
  span: ProbeSpan,
  valueAt: (atMs: number) => number = () => 1,
  members = MEMBERS,
) {
  const asked: { service: string; fromMs: number; toMs: number }[] = [];
  const metrics = {
    read: async (_probe: unknown, { service }: { service: string }, fromMs: number, toMs: number) => {
      asked.push({ service, fromMs: fromMs - NOW_MS, toMs: toMs - NOW_MS });
      const points = [];
      for (let atMs = Math.floor(fromMs / 10_000) * 10_000; atMs < toMs; atMs += 10_000)
        points.push({ atMs, value: valueAt(atMs) });
      return points;
    },
  };
  return { answers: await askProbes({ metrics }, probes, SERVICES, members, span), asked };
}

describe('a metric', () => {
  it('is asked for two whole periods before the act, as late as its data are complete', async () => {
    const { answers, asked } = await ask([metric({ delaySeconds: 20 })], { phase: 'before', nowMs: NOW_MS + 3_000 });
    expect(asked).toEqual([{ service: 'cart', fromMs: -47_000, toMs: -17_000 }]);
    expect(answers).toMatchObject([
      { phase: 'before', answer: 'holds', because: expect.stringContaining('2 of 2 periods') },
    ]);
  });

  it('is asked during the fault from the period in which it began', async () => {
    const bad = (atMs: number) => (atMs === NOW_MS ? 9 : 1);
    const span = { phase: 'during', nowMs: NOW_MS + 24_000, fromMs: NOW_MS + 4_000 } as const;
    const { answers } = await ask([metric({ delaySeconds: 0 })], span, bad);
    expect(answers).toMatchObject([
      { answer: 'violated', because: expect.stringContaining('9 at 2026-03-02T10:00:00.000Z') },
    ]);
  });

  it('is asked after the fault for whole periods only that began after it', async () => {
    const bad = (atMs: number) => (atMs === NOW_MS ? 9 : 1);
    const span = { phase: 'after', nowMs: NOW_MS + 24_000, fromMs: NOW_MS + 4_000 } as const;
    const { answers } = await ask([metric({ delaySeconds: 0 })], span, bad);
    expect(answers).toMatchObject([{ answer: 'holds', because: expect.stringContaining('1 of 1 periods') }]);
  });

  it('is not judged by what came after the end of its phase', async () => {
    const span = { phase: 'during', nowMs: NOW_MS + 60_000, fromMs: NOW_MS, untilMs: NOW_MS + 20_000 } as const;
    const { answers } = await ask([metric({ delaySeconds: 0 })], span, (atMs) => (atMs >= NOW_MS + 20_000 ? 9 : 1));
    expect(answers).toMatchObject([{ answer: 'holds' }]);
  });

  it('that CloudWatch does not answer is unknown, never a pass', async () => {
    const { answers } = await ask([metric()], { phase: 'before', nowMs: NOW_MS }, () => {
      throw new Error('throttled');
    });
    expect(answers).toEqual([
      { probe: 'm', phase: 'before', answer: 'unknown', because: 'CloudWatch did not answer: throttled' },
    ]);
  });

  it('of the whole group is asked once; one that names the service or cluster, for each member', async () => {
    const shared = metric({ name: 'shared' });
    const each = metric({
      name: 'each',
      metrics: { m: { namespace: 'N', metric: 'M', dimensions: { Service: 'x/{service}' }, statistic: 'Sum' } },
    });
    const { answers, asked } = await ask([shared, each], { phase: 'before', nowMs: NOW_MS });
    expect(answers.map(({ probe }) => probe)).toEqual(['shared', 'each of shop/cart', 'each of shop/web']);
    expect(asked.map(({ service }) => service)).toEqual(['cart', 'cart', 'web']);
    const alone = await ask([each], { phase: 'before', nowMs: NOW_MS }, () => 1, MEMBERS.slice(1));
    expect(alone.answers.map(({ probe }) => probe)).toEqual(['each']);
  });
});

it('a probe is asked in its own phases only', async () => {
  const stable = probeSchema.parse({ type: 'service-stable', phases: ['after'] });
  const during = metric({ phases: ['during'] });
  const names = async (phase: ProbeSpan['phase']) =>
    (await ask([stable, during], { phase, nowMs: NOW_MS, fromMs: NOW_MS - 60_000 })).answers.map(({ probe }) => probe);
  expect(await names('before')).toEqual([]);
  expect(await names('during')).toEqual(['m']);
  expect(await names('after')).toEqual(['service-stable']);
});
