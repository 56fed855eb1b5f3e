import { expect, it } from 'vitest';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { inOrder } from '../in-order.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

useDurableExecutions();

it('is inconclusive when IAM refuses the act, and uses up neither spacing nor budget', async () => {
  const world = new FakeWorld();
  world.ecs.onStop = () => ({
    refused: { code: 'AccessDeniedException', message: 'not authorized to perform ecs:StopTask' },
  });
  const { end } = await execute(world, orderFor());
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault did not take effect' });
  expect(world.kinds()).toEqual(['started', 'injected', 'ended']);
  expect(world.record('injected').facts).toMatchObject({ outcome: 'failed', code: 'AccessDeniedException' });
  // There is nothing to wait for: the first look ends it.
  expect(world.readings).toBe(2);
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
  const again = await execute(world, orderFor({ experiment: 'cart-2', at: new Date(world.nowMs).toISOString() }));
  expect(again.end?.verdict).toBe('inconclusive');
});

it('confirms by looking what a lost answer left open', async () => {
  const world = new FakeWorld();
  world.ecs.losesStopAnswers = true;
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('held');
  expect(world.stops).toHaveLength(1);
  expect(world.record('injected').facts).toMatchObject({ outcome: 'unknown', error: 'socket hang up' });
  expect(world.kinds()).toEqual(['started', 'injected', 'took-effect', 'recovered', 'healthy', 'ended']);
  expect(world.claims.group?.lastExperiment).toBe('cart-1');
});

it('never tries a lost act again: what did not happen stays undone, and counts as a start all the same', async () => {
  const world = new FakeWorld();
  world.ecs.onStop = () => {
    throw new Error('socket hang up');
  };
  const { end } = await execute(world, orderFor());
  expect(world.stops).toHaveLength(1);
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault did not take effect' });
  expect(world.claims.group).toMatchObject({ lastExperiment: 'cart-1', lastStartedMs: START_MS });
});

it('does not claim a task that stopped by another hand', async () => {
  const world = new FakeWorld();
  world.ecs.onStop = (taskArn) => {
    const life = world.cart.lives.find((one) => one.taskArn === taskArn);
    if (life) world.cart.stop(life, world.nowMs - 1, 'ServiceSchedulerInitiated', 'Scaling activity');
    return { lastStatus: 'DEACTIVATING' };
  };
  const { end } = await execute(world, orderFor());
  expect(end?.verdict).toBe('inconclusive');
  expect(world.kinds()).toEqual(['started', 'injected', 'no-effect', 'ended']);
  expect(world.record('no-effect').facts.because).toBe(
    'the task stopped by another hand: ServiceSchedulerInitiated Scaling activity',
  );
});

it("does not claim a task that another experiment's StopTask stopped", async () => {
  const world = new FakeWorld();
  world.ecs.onStop = (taskArn) => {
    const life = world.cart.lives.find((one) => one.taskArn === taskArn);
    if (life) world.cart.stop(life, world.nowMs, 'UserInitiated', 'Capuchin experiment other-9: nightly');
    return { lastStatus: 'DEACTIVATING' };
  };
  expect((await execute(world, orderFor())).end?.verdict).toBe('inconclusive');
  expect(world.record('no-effect').facts.because).toContain('by another hand');
});

it('does nothing at all when the start cannot be recorded; what it reserved is left to the sweep', async () => {
  const world = new FakeWorld();
  world.audit.beforePut = () => {
    throw new Error('the audit table is throttled');
  };
  const { status, error } = await execute(world, orderFor());
  expect(status).toBe('FAILED');
  expect(error).toContain('the audit table is throttled');
  expect(world.stops).toEqual([]);
  expect(world.audit.records).toEqual([]);
  // Nothing is given back unsaid.
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
  expect(world.claims.account?.slots).toMatchObject([{ experiment: 'cart-1' }]);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'running' });
  world.audit.beforePut = () => undefined;
  world.nowMs += 600_000;
  expect(await sweep(world)).toEqual({ settled: ['cart-1'], stuck: [], released: [] });
  expect(world.kinds()).toEqual(['failed']);
  expect(world.record('failed')).toMatchObject({ actor: 'sweep', facts: { acted: false } });
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
});

it('acts on none of several targets when one of their starts cannot be recorded', async () => {
  const world = new FakeWorld();
  world.audit.beforePut = ({ kind, sequence }) => {
    if (kind === 'started' && sequence > 0) throw new Error('the audit table is throttled');
  };
  const { status } = await execute(world, orderFor({ targets: 2 }));
  expect(status).toBe('FAILED');
  expect(world.stops).toEqual([]);
  expect(world.kinds()).toEqual(['started', 'failed']);
  expect(world.record('failed').facts).toMatchObject({ acted: false, because: expect.stringContaining('throttled') });
  expect(world.claims.group).toEqual({ group: 'shop/cart' });
});

it('is inconclusive, with a record and without claims, when ECS cannot be read any more', async () => {
  const world = new FakeWorld();
  world.ecs.beforeRead = () => {
    if (world.stops.length > 0) throw new Error('ECS is away');
  };
  const { status, end } = await execute(world, orderFor());
  expect(status).toBe('SUCCEEDED');
  expect(end?.verdict).toBe('inconclusive');
  expect(world.kinds()).toEqual(['started', 'injected', 'ended']);
  // What was not seen is no effect, and not seeing is the cause.
  expect(world.record('ended').facts).toMatchObject({ acted: true, tookEffect: false });
  // Something was hurt, so it counts as a start.
  expect(world.claims).toMatchObject({
    group: { lastExperiment: 'cart-1' },
    account: { slots: [], starts: [{ experiment: 'cart-1' }] },
  });
  expect(world.claims.group?.inFlight).toBeUndefined();
});

it('records its verdict, and its failure, when the claims cannot be given back; the sweep does that', async () => {
  const world = new FakeWorld();
  world.ecs.beforeRead = () => {
    if (world.stops.length > 0) throw new Error('ECS is away');
  };
  world.state.beforeWrite = () => {
    if (world.stops.length > 0) throw new Error('the state table is away');
  };
  expect((await execute(world, orderFor())).status).toBe('FAILED');
  expect(world.kinds()).toEqual(['started', 'injected', 'ended', 'failed']);
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
  world.state.beforeWrite = () => undefined;
  world.nowMs += 600_000;
  expect(await sweep(world)).toEqual({ settled: ['cart-1'], stuck: [], released: [] });
  expect(world.kinds()).toEqual(['started', 'injected', 'ended', 'failed']);
  expect(world.claims.group).toMatchObject({ lastExperiment: 'cart-1' });
  expect(world.claims.group?.inFlight).toBeUndefined();
});

it('looks again after a look that failed, without a second record of anything', async () => {
  const world = new FakeWorld();
  let failures = 2;
  world.audit.afterPut = ({ kind }) => {
    if (kind === 'took-effect' && failures-- > 0) throw new Error('the answer was lost');
  };
  expect((await execute(world, orderFor())).end?.verdict).toBe('held');
  expect(world.kinds()).toEqual(['started', 'injected', 'took-effect', 'recovered', 'healthy', 'ended']);
});

it('is done once: a second delivery of the same order is refused and touches nothing', async () => {
  const world = new FakeWorld({ lateAfterSeconds: 3600 });
  expect((await execute(world, orderFor())).end?.verdict).toBe('held');
  const claims = structuredClone(world.claims);
  const second = await execute(world, orderFor());
  expect(second.end).toMatchObject({ verdict: 'refused', because: 'cart-1 was claimed before' });
  expect(world.audit.records.at(-1)).toMatchObject({
    kind: 'refused',
    facts: { refusals: [{ code: 'already-done' }] },
  });
  expect(world.stops).toHaveLength(1);
  expect(world.claims).toEqual(claims);
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('is done once when both deliveries come at the same time', async () => {
  const world = new FakeWorld();
  const both = await Promise.all([execute(world, orderFor()), execute(world, orderFor())]);
  expect(inOrder(both.map(({ end }) => end?.verdict))).toEqual(['held', 'refused']);
  expect(world.stops).toHaveLength(1);
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('refuses an order that is none before anything is read', async () => {
  const world = new FakeWorld();
  const { status, error } = await execute(world, { ...orderFor(), experiment: 'a b', extra: 1 });
  expect(status).toBe('FAILED');
  expect(error).toMatch(/^the event is not valid: experiment: .*; the event: Unrecognized key: "extra"/);
  expect(world.readings).toBe(0);
  expect(world.log).toEqual([]);
});
