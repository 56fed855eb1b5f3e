import { expect, it } from 'vitest';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

useDurableExecutions();

const [STARTED, INJECTED, TOOK_EFFECT, ENDED] = ['started', 'injected', 'took-effect', 'ended'];
const BACK = ['recovered', 'healthy'];

it('holds: one task is stopped and replaced, the records form a chain, and the claims are given back', async () => {
  const world = new FakeWorld();
  const { status, end } = await execute(world, orderFor());
  expect(status).toBe('SUCCEEDED');
  expect(end).toEqual({
    experiment: 'cart-1',
    verdict: 'held',
    because: 'the steady state held during and after the fault',
  });
  expect(world.kinds()).toEqual([STARTED, INJECTED, TOOK_EFFECT, ...BACK, ENDED]);
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(world.told).toEqual(world.audit.records);
  const [struck] = world.stops;
  expect(world.stops).toHaveLength(1);
  expect(world.log.indexOf(`record started ${struck}`)).toBe(world.log.indexOf(`stop ${struck}`) - 1);
  expect(world.record('ended').facts).toMatchObject({
    fault: 'stop-task',
    verdict: 'held',
    tookEffect: true,
    injectedAt: new Date(START_MS).toISOString(),
    recoverySeconds: 8,
    healthySeconds: 10,
    targets: [{ resource: struck, outcome: 'accepted', effect: 'took-effect' }],
  });
  expect(world.record('started').facts).toMatchObject({
    seed: 'test',
    positions: [expect.any(Number)],
    candidates: world.cart.lives.slice(0, 3).map(({ taskArn }) => taskArn),
    draws: [{ label: 'test/targets/shop/cart/0', of: 3, picked: expect.any(Number) }],
    targets: [{ resource: struck, clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop' }],
  });
  // It acted, so the spacing counts from its start; nothing is in flight any more.
  expect(world.claims.group).toEqual({
    group: 'shop/cart',
    lastExperiment: 'cart-1',
    lastStartedMs: START_MS,
    before: undefined,
  });
  expect(world.claims.account).toEqual({ slots: [], starts: [{ experiment: 'cart-1', atMs: START_MS }] });
});

it('is broken by a metric during the fault, although the steady state returns', async () => {
  const world = new FakeWorld();
  world.errorsAt = (atMs) => (atMs >= START_MS + 5_000 && atMs < START_MS + 15_000 ? 7 : 0);
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('broken');
  expect(end?.because).toContain('errors (during): 7 at 2026-03-02T10:00:05.000Z, not <= 1');
  expect(world.kinds()).toEqual([STARTED, INJECTED, TOOK_EFFECT, 'violated', ...BACK, ENDED]);
  expect(world.record('violated').facts).toMatchObject({ probe: 'errors', phase: 'during', answer: 'violated' });
});

it('is broken by a metric that stays bad after the recovery', async () => {
  const world = new FakeWorld();
  world.errorsAt = (atMs) => (atMs >= START_MS + 30_000 ? 9 : 0);
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('broken');
  expect(end?.because).toMatch(/errors \(after\): 9 at/);
  expect(end?.because).not.toContain('(during)');
});

it('is broken when nothing comes back within the limit', async () => {
  const world = new FakeWorld();
  world.cart.replaces = false;
  const { end } = await execute(world, orderFor());
  expect(end).toMatchObject({ verdict: 'broken', because: 'no recovery within 60 s' });
  expect(world.kinds()).toEqual([STARTED, INJECTED, TOOK_EFFECT, ENDED]);
  expect(world.record('ended').facts.recoverySeconds).toBeUndefined();
  expect(world.nowMs - START_MS).toBe(60_000);
});

it('is broken when more replacements die than the group allows', async () => {
  const world = new FakeWorld();
  world.cart.doomedReplacements = 2;
  const { end } = await execute(world, orderFor());
  expect(end).toMatchObject({ verdict: 'broken', because: '2 replacements died again' });
});

it('is inconclusive when a probe can no longer be asked, however well the rest went', async () => {
  const world = new FakeWorld();
  world.errorsAt = (atMs) => {
    if (atMs >= START_MS + 30_000) throw new Error('throttled');
    return 0;
  };
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('inconclusive');
  expect(end?.because).toContain('errors (after): CloudWatch did not answer: throttled');
});

it('is aborted at the first look after the lever is engaged', async () => {
  const world = new FakeWorld();
  world.atReading = (reading) => {
    if (reading === 3) world.engageLever();
  };
  const { end } = await execute(world, orderFor());
  expect(end).toMatchObject({ verdict: 'aborted', because: 'Ann engaged the lever: enough' });
  expect(world.readings).toBe(4);
  expect(world.claims).toMatchObject({ group: { lastExperiment: 'cart-1' }, account: { slots: [] } });
  expect(world.claims.group?.inFlight).toBeUndefined();
});

it('is aborted when the lever cannot be read during the fault', async () => {
  const world = new FakeWorld();
  world.atReading = (reading) => {
    if (reading === 2) world.lever = { known: false, because: 'SSM is down' };
  };
  const { end } = await execute(world, orderFor());
  expect(end).toMatchObject({ verdict: 'aborted', because: 'the lever could not be read: SSM is down' });
  expect(world.readings).toBe(3);
});

it('takes several targets, with one start and one outcome record for each', async () => {
  const world = new FakeWorld();
  const { end } = await execute(world, orderFor({ targets: 2 }));
  expect(end?.verdict).toBe('held');
  expect(world.kinds()).toEqual([STARTED, STARTED, INJECTED, INJECTED, TOOK_EFFECT, TOOK_EFFECT, ...BACK, ENDED]);
  expect(new Set(world.stops).size).toBe(2);
  for (const kind of [STARTED, INJECTED, TOOK_EFFECT]) {
    const resources = world.audit.records.filter((one) => one.kind === kind).map(({ resource }) => resource);
    expect(resources).toEqual(world.stops);
  }
  expect(world.log.findIndex((line) => line.startsWith('stop '))).toBeGreaterThan(
    world.log.findLastIndex((line) => line.startsWith('record started')),
  );
});

it('is inconclusive when the fault took effect on some of the targets only', async () => {
  const world = new FakeWorld();
  let calls = 0;
  world.ecs.onStop = (taskArn) => {
    world.nowMs += 1_000;
    if (++calls === 2) return { refused: { code: 'AccessDeniedException', message: 'no' } };
    const life = world.cart.lives.find((one) => one.taskArn === taskArn);
    if (life) world.cart.stop(life, world.nowMs, 'UserInitiated', 'Capuchin experiment cart-1: test');
    return { lastStatus: 'RUNNING' };
  };
  const { end } = await execute(world, orderFor({ targets: 2 }));
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault took effect on 1 of 2 targets' });
  expect(world.audit.records.filter(({ kind }) => kind === INJECTED).map(({ facts }) => facts.outcome)).toEqual([
    'accepted',
    'failed',
  ]);
  // The fault began with the first call.
  expect(world.record('ended').facts.injectedAt).toBe(new Date(START_MS).toISOString());
  expect(world.claims.group?.lastExperiment).toBe('cart-1');
});

it('holds its claims for longer than it can last, so that a crash frees them and a slow end does not', async () => {
  const world = new FakeWorld();
  world.cart.replaces = false;
  let untilMs = 0;
  world.atReading = (reading) => {
    if (reading === 1) untilMs = world.claims.group?.inFlight?.untilMs ?? 0;
  };
  await execute(world, orderFor());
  expect(world.record('ended').facts.verdict).toBe('broken');
  // Observation, recovery, twice the slowest probe's settling, ten minutes to come to rest, and twenty-five for retries, looks and undoing.
  expect(untilMs - START_MS).toBe((30 + 60 + 2 * (2 * 5) + 600 + 1_500) * 1000);
  expect(untilMs).toBeGreaterThan(world.nowMs);
});
