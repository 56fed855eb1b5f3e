import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askProbes, type ProbeSpan, type ProbeWorld } from '../../../functions/experiment/probes.ts';
import { FunctionFailed } from '../../../lib/aws/functions.ts';
import type { AlarmNow } from '../../../lib/core/alarm.ts';
import { type Probe, probeSchema } from '../../../lib/core/probe.ts';
import { inOrder } from '../in-order.ts';

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

const ORDER = { experiment: 'cart-1', group: 'shop/cart' };
type Span = Omit<ProbeSpan, 'order'>;

const nobody = (what: string) => async (): Promise<never> => {
  throw new Error(`${what} was asked`);
};

/** A world in which nothing answers but what a test makes answer. */
const worldWith = (world: Partial<ProbeWorld>): ProbeWorld => ({
  metrics: { read: nobody('CloudWatch') },
  alarms: { read: nobody('CloudWatch') },
  loadBalancers: { targetHealth: nobody('a load balancer') },
  functions: { check: nobody('a function') },
  ...world,
});

/** Asks probes, and tells which spans CloudWatch was asked for; every period of ten seconds has a value. */
async function ask(
  probes: readonly Probe[],
  span: Span,
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
  const world = worldWith({ metrics });
  return { answers: await askProbes(world, probes, SERVICES, members, { ...span, order: ORDER }), asked };
}

/** Asks probes of a world in one phase. */
const askOf = (
  world: Partial<ProbeWorld>,
  input: object,
  { services = SERVICES, members = MEMBERS, phase = 'during' as ProbeSpan['phase'] } = {},
) =>
  askProbes(worldWith(world), [probeSchema.parse({ name: 'p', phases: [phase], ...input })], services, members, {
    phase,
    nowMs: NOW_MS,
    fromMs: NOW_MS,
    order: ORDER,
  });

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

describe('an alarm', () => {
  const states =
    (state: AlarmNow['state']) =>
    async (names: readonly string[]): Promise<AlarmNow[]> =>
      names.map((name) => ({ name, state }));

  it.each([
    ['OK', 'holds'],
    ['ALARM', 'violated'],
    ['INSUFFICIENT_DATA', 'unknown'],
    ['MISSING', 'unknown'],
  ] as const)('in %s makes the probe: %s', async (state, answer) => {
    const answers = await askOf({ alarms: { read: states(state) } }, { type: 'alarm', alarms: ['a', 'b'] });
    expect(answers).toMatchObject([{ probe: 'p', phase: 'during', answer }]);
  });

  it('that names the service is asked for each member, by its own name', async () => {
    const asked: (readonly string[])[] = [];
    const alarms = {
      read: async (names: readonly string[]) => {
        asked.push(names);
        return names.map((name): AlarmNow => ({ name, state: name.includes('web') ? 'ALARM' : 'OK' }));
      },
    };
    const answers = await askOf({ alarms }, { type: 'alarm', alarms: ['{cluster}-{service}-errors', 'all'] });
    expect(asked).toEqual([
      ['shop-cart-errors', 'all'],
      ['shop-web-errors', 'all'],
    ]);
    expect(answers).toMatchObject([
      { probe: 'p of shop/cart', answer: 'holds' },
      { probe: 'p of shop/web', answer: 'violated', because: 'shop-web-errors is in ALARM, not in OK' },
    ]);
  });

  it('that cannot be read is unknown', async () => {
    expect(await askOf({}, { type: 'alarm', alarms: ['a'] })).toEqual([
      { probe: 'p', phase: 'during', answer: 'unknown', because: 'CloudWatch did not answer: CloudWatch was asked' },
    ]);
  });
});

describe('a user’s check', () => {
  const LAMBDA = { type: 'lambda', functionName: 'shop-check', payload: { region: 'eu', deep: { a: 1 } } };

  it('is told what is asked, beside the payload of the probe', async () => {
    const asked: unknown[] = [];
    const functions = {
      check: async (name: string, event: object) => {
        asked.push([name, event]);
        return { healthy: true };
      },
    };
    expect(await askOf({ functions }, LAMBDA, { phase: 'after' })).toMatchObject([{ phase: 'after', answer: 'holds' }]);
    const capuchin = { experiment: 'cart-1', group: 'shop/cart', phase: 'after', probe: 'p' };
    expect(asked).toEqual([['shop-check', { region: 'eu', deep: { a: 1 }, capuchin }]]);
  });

  it.each([
    [{ healthy: false }, 'violated'],
    [{}, 'unknown'],
    [undefined, 'unknown'],
  ])('that answers %j makes the probe: %s', async (found, answer) => {
    expect(await askOf({ functions: { check: async () => found } }, LAMBDA)).toMatchObject([{ answer }]);
  });

  it('that fails is unknown', async () => {
    const functions = {
      check: async () => {
        throw new FunctionFailed('shop-check failed: no database');
      },
    };
    const because = 'shop-check did not answer: shop-check failed: no database';
    expect(await askOf({ functions }, LAMBDA)).toMatchObject([{ answer: 'unknown', because }]);
  });
});

describe('the health of targets', () => {
  const withGroups = (...groups: (readonly string[] | undefined)[]) =>
    SERVICES.map((one, n) => ({ ...one, ...(groups[n] ? { targetGroups: groups[n] } : {}) }));
  /** Says that each target group has one target in the state that its ARN ends with. */
  function balancers() {
    const asked: string[] = [];
    const targetHealth = async (arn: string) => {
      asked.push(arn);
      return [{ target: '10.0.0.1:80', state: arn.split('/').at(-1) ?? '' }];
    };
    return { asked, loadBalancers: { targetHealth } };
  }
  const probe = { type: 'targets-healthy' };

  it('is read once from every target group of the services, and judged together', async () => {
    const { asked, loadBalancers } = balancers();
    const services = withGroups(['a/cart/healthy', 'a/both/healthy'], ['a/both/healthy', 'a/web/unhealthy']);
    expect(await askOf({ loadBalancers }, probe, { services })).toMatchObject([
      { probe: 'p', answer: 'violated', because: expect.stringContaining('0 of 1 targets of web are healthy') },
    ]);
    expect(asked).toEqual(['a/cart/healthy', 'a/both/healthy', 'a/web/unhealthy']);
  });

  it('is unknown when a service has no target group, though the others are well', async () => {
    for (const none of [undefined, []]) {
      const { loadBalancers } = balancers();
      expect(await askOf({ loadBalancers }, probe, { services: withGroups(['a/cart/healthy'], none) })).toMatchObject([
        { answer: 'unknown', because: expect.stringContaining('shop/web has no target group') },
      ]);
    }
  });

  it('is read from the target groups that the probe names, and from no others', async () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/front/0123456789abcdef';
    const asked: string[] = [];
    const targetHealth = async (one: string) => {
      asked.push(one);
      return [{ target: '10.0.0.1:80', state: 'healthy' }];
    };
    const services = withGroups(['a/cart/unhealthy']);
    expect(
      await askOf({ loadBalancers: { targetHealth } }, { ...probe, targetGroups: [arn] }, { services }),
    ).toMatchObject([{ answer: 'holds' }]);
    expect(asked).toEqual([arn]);
  });

  it('is unknown when a load balancer does not answer', async () => {
    expect(await askOf({}, probe, { services: withGroups(['a/cart/healthy'], ['a/web/healthy']) })).toMatchObject([
      { answer: 'unknown', because: 'Elastic Load Balancing did not answer: a load balancer was asked' },
    ]);
  });
});

describe('a member of the group that was not read', () => {
  const services = SERVICES.slice(0, 1).map((one) => ({ ...one, targetGroups: ['a/cart/healthy'] }));
  const loadBalancers = { targetHealth: async () => [{ target: 't', state: 'healthy' }] };

  it.each(['service-stable', 'targets-healthy'])('leaves %s unknown, however well the others are', async (type) => {
    expect(await askOf({ loadBalancers }, { type }, { services })).toMatchObject([
      { answer: 'unknown', because: expect.stringMatching(/^shop\/web could not be read; /) },
    ]);
    const whole = { services, members: MEMBERS.slice(0, 1) };
    expect(await askOf({ loadBalancers }, { type }, whole)).toMatchObject([{ answer: 'holds' }]);
    const byArn = {
      services,
      members: [{ cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop', service: 'cart' }],
    };
    expect(await askOf({ loadBalancers }, { type }, byArn)).toMatchObject([{ answer: 'holds' }]);
  });

  it('does not hide what is violated', async () => {
    const short = services.map((one) => ({ ...one, running: 1 }));
    expect(await askOf({}, { type: 'service-stable' }, { services: short })).toMatchObject([{ answer: 'violated' }]);
  });
});

it('a probe of a group without services is asked when it names none, and unknown when it does', async () => {
  const alarms = {
    read: async (names: readonly string[]): Promise<AlarmNow[]> => names.map((name) => ({ name, state: 'OK' })),
  };
  const none = { services: [], members: [] };
  expect(await askOf({ alarms }, { type: 'alarm', alarms: ['a'] }, none)).toMatchObject([{ answer: 'holds' }]);
  expect(await askOf({ alarms }, { type: 'alarm', alarms: ['{service}'] }, none)).toMatchObject([
    { answer: 'unknown' },
  ]);
});

it('a URL that names the service is asked for each member', async () => {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(request.url === '/shop/web' ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{cluster}/{service}`;
  expect(await askOf({}, { type: 'http', url })).toMatchObject([
    { probe: 'p of shop/cart', answer: 'holds' },
    { probe: 'p of shop/web', answer: 'violated' },
  ]);
  expect(inOrder(paths)).toEqual(['/shop/cart', '/shop/web']);
});

describe('no answer in time', () => {
  const never = (signals: AbortSignal[]) => (signal: AbortSignal | undefined) => {
    if (signal) signals.push(signal);
    return new Promise<never>(() => undefined);
  };

  it.each([
    ['metric', { metrics: { m: { namespace: 'N', metric: 'M', statistic: 'Sum' } }, comparator: '<', threshold: 1 }],
    ['alarm', { alarms: ['a'] }],
    ['lambda', { functionName: 'check' }],
    ['targets-healthy', {}],
  ])('leaves %s unknown, and the call is let go', async (type, fields) => {
    const signals: AbortSignal[] = [];
    const wait = never(signals);
    const world = {
      metrics: {
        read: (_probe: unknown, _names: unknown, _from: number, _to: number, signal?: AbortSignal) => wait(signal),
      },
      alarms: { read: (_names: unknown, signal?: AbortSignal) => wait(signal) },
      functions: { check: (_name: string, _event: object, signal: AbortSignal) => wait(signal) },
      loadBalancers: { targetHealth: (_arn: string, signal?: AbortSignal) => wait(signal) },
    };
    const services = SERVICES.map((one) => ({ ...one, targetGroups: ['a/b/c'] }));
    expect(await askOf(world, { type, timeoutSeconds: 1, ...fields }, { services })).toMatchObject([
      { answer: 'unknown', because: expect.stringContaining('no answer within 1 s') },
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('whatever the world throws or answers', () => {
  it('askProbes answers every probe with a sentence, and passes none that was not answered', async () => {
    const probes = [
      metric(),
      ...[
        { type: 'alarm', name: 'a', alarms: ['a'] },
        { type: 'lambda', name: 'l', functionName: 'check' },
        { type: 'targets-healthy', name: 't', phases: ['before'] },
      ].map((input) => probeSchema.parse(input)),
    ];
    const services = SERVICES.map((one) => ({ ...one, targetGroups: ['a/b/c'] }));
    const outcome = fc.oneof(
      fc.anything().map((value) => () => Promise.reject(value)),
      fc.anything().map((value) => () => {
        throw value;
      }),
      // What no adapter would answer: the malformed, through every cast.
      fc.anything().map((value) => () => Promise.resolve(value)),
    );
    await fc.assert(
      fc.asyncProperty(outcome, async (answer) => {
        const port = answer as () => Promise<never>;
        const world: ProbeWorld = {
          metrics: { read: port },
          alarms: { read: port },
          loadBalancers: { targetHealth: port },
          functions: { check: port },
        };
        const answers = await askProbes(world, probes, services, MEMBERS, {
          phase: 'before',
          nowMs: NOW_MS,
          order: ORDER,
        });
        expect(answers.map(({ probe }) => probe)).toEqual(['m', 'a', 'l', 't']);
        for (const { answer: verdict, because } of answers) {
          expect(['violated', 'unknown']).toContain(verdict);
          expect(because).not.toBe('');
        }
      }),
    );
  });
});
