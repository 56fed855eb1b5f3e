import { expect, it } from 'vitest';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { RefusalCode } from '../../../lib/core/refusal.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

useDurableExecutions();

/** One way to be refused: what is wrong with the world or the order, and every code that the record must then have. */
const CASES: readonly [
  codes: readonly RefusalCode[],
  arrange: (world: FakeWorld) => Partial<ExperimentOrder> | undefined,
][] = [
  [['unknown-fault', 'fault-not-allowed'], () => ({ fault: 'unplug-everything' })],
  [['bad-parameters'], () => ({ parameters: { force: true } })],
  [
    ['lever-engaged'],
    (world) => {
      world.engageLever();
    },
  ],
  [
    ['lever-engaged'],
    (world) => {
      world.lever = { known: false, because: 'SSM is down' };
    },
  ],
  [
    ['not-opted-in'],
    (world) => {
      world.cart.tags = { ...world.cart.tags, 'chaos:opt-in': 'no' };
    },
  ],
  [
    ['not-opted-in'],
    (world) => {
      world.cart.tags = { ...world.cart.tags, 'chaos:group': 'other' };
    },
  ],
  [
    ['not-opted-in'],
    () => ({
      services: [
        { cluster: 'shop', service: 'cart' },
        { cluster: 'shop', service: 'gone' },
      ],
    }),
  ],
  [
    ['tag-unparsable'],
    (world) => {
      world.cart.tags = { ...world.cart.tags, 'chaos:mean-days': 'often' };
    },
  ],
  [['late'], () => ({ at: new Date(START_MS - 301_000).toISOString() })],
  [
    ['deployment-in-progress', 'steady-state-not-met'],
    (world) => {
      world.cart.deploying = true;
    },
  ],
  [
    ['not-running-desired', 'steady-state-not-met'],
    (world) => {
      world.cart.desired = 4;
    },
  ],
  [
    ['daemon-service'],
    (world) => {
      world.cart.schedulingStrategy = 'DAEMON';
    },
  ],
  [
    ['steady-state-not-met'],
    (world) => {
      world.errorsAt = () => 2;
    },
  ],
  [['fault-not-allowed', 'fault-not-applicable', 'too-few-eligible'], () => ({ fault: 'terminate-host' })],
  [['too-few-eligible', 'too-few-remaining'], () => ({ targets: 4 })],
  [
    ['too-few-remaining'],
    (world) => {
      world.cart.tags = { ...world.cart.tags, 'chaos:min-remaining': '3' };
    },
  ],
];

it.each(CASES)('refuses with %j, touches nothing and reserves nothing', async (codes, arrange) => {
  const world = new FakeWorld();
  const order = orderFor(arrange(world) ?? {});
  const { end } = await execute(world, order);
  expect(end?.verdict).toBe('refused');
  const refusals = world.record('refused').facts.refusals as { code: string; because: string }[];
  expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(codes));
  expect(end?.because).toBe(refusals.map(({ because }) => because).join('; '));
  expect(world.kinds()).toEqual(['refused']);
  expect(world.told).toEqual(world.audit.records);
  expect(world.stops).toEqual([]);
  expect(world.claims).toEqual({ group: undefined, account: undefined });
});

it('lists every refusal of a run at once', async () => {
  const world = new FakeWorld();
  world.engageLever();
  world.cart.deploying = true;
  world.cart.tags = { 'chaos:opt-in': 'true', 'chaos:min-remaining': '3' };
  world.errorsAt = () => 5;
  await execute(world, orderFor({ at: new Date(START_MS - 900_000).toISOString() }));
  const refusals = world.record('refused').facts.refusals as { code: string }[];
  expect(refusals.map(({ code }) => code)).toEqual([
    'lever-engaged',
    'late',
    'deployment-in-progress',
    'steady-state-not-met',
    'steady-state-not-met',
    'too-few-remaining',
  ]);
});

it('takes a question without an answer for a no', async () => {
  const world = new FakeWorld();
  world.ecs.beforeRead = () => {
    throw new Error('ECS is away');
  };
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('refused');
  const refusals = world.record('refused').facts.refusals as { code: string; facts: object }[];
  expect(refusals.map(({ code }) => code)).toEqual([
    'not-enabled',
    'not-opted-in',
    'outside-window',
    'freeze',
    'deployment-in-progress',
    'not-running-desired',
    'steady-state-not-met',
    'fault-not-allowed',
    'fault-not-applicable',
    'too-few-eligible',
    'too-few-remaining',
  ]);
  for (const { facts } of refusals) expect(facts).toEqual({ cannotTell: 'Error: ECS is away' });
});

it('refuses a group within its spacing, unless the order skips that by name', async () => {
  const world = new FakeWorld({ lateAfterSeconds: 3600 });
  await execute(world, orderFor());
  const tooSoon = await execute(world, orderFor({ experiment: 'cart-2' }));
  expect(tooSoon.end?.verdict).toBe('refused');
  expect(world.kinds('cart-2')).toEqual(['refused']);
  expect(world.audit.records.at(-1)?.facts).toMatchObject({
    refusals: [{ code: 'group-spacing', facts: { last: 'cart-1', minDays: 1 } }],
  });
  const skipped = await execute(world, orderFor({ experiment: 'cart-3', skip: ['spacing'] }));
  expect(skipped.end?.verdict).toBe('held');
  expect(world.audit.records.find(({ chain }) => chain === 'cart-3')?.facts.skip).toEqual(['spacing']);
});

it.each([
  [{ maxInFlight: 1 }, 'account-in-flight'],
  [{ maxInFlight: 9, maxPerHour: 2 }, 'account-hour'],
  [{ maxInFlight: 9, maxPerDay: 2 }, 'account-day'],
] as const)("keeps to the account's budget %j: %s", async (budgets, code) => {
  const world = new FakeWorld({ budgets });
  const untilMs = START_MS + 60_000;
  const slots = [{ experiment: 'a', owner: 'x', untilMs, targets: ['another task'] }];
  const starts = ['a', 'b'].map((experiment) => ({ experiment, atMs: START_MS - 1_800_000 }));
  await world.state.write('account', 'this', { slots, starts }, undefined);
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('refused');
  expect(world.record('refused').facts).toMatchObject({ refusals: [{ code }] });
  // The group was claimed first, and given back.
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots, starts } });
  expect(world.stops).toEqual([]);
});

it('is leashed by the parameter, by the order, and when the parameter cannot be read: everything but the act', async () => {
  const leashes: readonly [string, (world: FakeWorld) => Partial<ExperimentOrder> | undefined][] = [
    [
      'the leash is on',
      (world) => {
        world.leashed = { known: true, value: true };
      },
    ],
    ['the request asked for it', () => ({ leashed: true })],
    [
      'cannot tell: SSM is down',
      (world) => {
        world.leashed = { known: false, because: 'SSM is down' };
      },
    ],
  ];
  for (const [because, arrange] of leashes) {
    const world = new FakeWorld();
    const order = orderFor(arrange(world) ?? {});
    const { end } = await execute(world, order);
    expect(end).toMatchObject({ verdict: 'leashed', because });
    expect(world.kinds()).toEqual(['leashed']);
    expect(world.record('leashed').facts).toMatchObject({
      because,
      targets: [{ resource: expect.stringContaining(':task/shop/') }],
    });
    expect(world.stops).toEqual([]);
    expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
  }
});

it('is not leashed off by an order: a leash that is on holds', async () => {
  const world = new FakeWorld();
  world.leashed = { known: true, value: true };
  expect((await execute(world, orderFor({ leashed: false }))).end?.verdict).toBe('leashed');
});
