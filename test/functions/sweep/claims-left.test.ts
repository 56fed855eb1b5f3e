import { beforeEach, expect, it } from 'vitest';
import { claimGroupFor, claimPlaceFor, readClaims, release } from '../../../functions/experiment/claims.ts';
import { closeInFlight, putInFlight } from '../../../functions/in-flight.ts';
import { Recorder } from '../../../functions/recorder.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { AccountState } from '../../../lib/core/claim.ts';
import { FakeWorld, orderFor, START_MS } from '../experiment/fake-world.ts';
import { inOrder } from '../in-order.ts';
import { aRunning } from '../running.ts';

const OWNER = 'owner-1';
const NOTHING = { settled: [], stuck: [], released: [] };
const UNCLAIMED = { group: { group: 'shop/cart' }, account: { slots: [], starts: [] } };

let world: FakeWorld;
beforeEach(() => {
  world = new FakeWorld({ budgets: { maxInFlight: 9, maxPerHour: 9, maxPerDay: 9 } });
});

/** What a process leaves that dies between its claims and its item. */
async function claim(experiment = 'cart-1', group = 'shop/cart', owner = OWNER): Promise<void> {
  const request = {
    ...{ experiment, group, owner, nowMs: world.nowMs },
    untilMs: world.nowMs + 3_600_000,
    targets: [`task of ${group}`],
  };
  const read = await readClaims(world.state, group);
  expect(await claimGroupFor(world.state, read, request, undefined)).toBeUndefined();
  expect(await claimPlaceFor(world.state, read, request, world.config)).toBeUndefined();
}

const say = (kind: 'refused' | 'started' | 'injected' | 'ended', key: string, owner = OWNER) =>
  Recorder.atEnd(world, orderFor(), owner).say(key, kind, { verdict: 'held', refusals: [] });

it('gives a claim without an experiment back after ten minutes, not before, and says that it failed', async () => {
  await claim();
  world.nowMs += 600_000 - 1;
  expect(await sweep(world)).toEqual(NOTHING);
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
  world.nowMs += 1;
  expect(await sweep(world)).toEqual({ ...NOTHING, released: ['cart-1'] });
  expect(world.claims).toEqual(UNCLAIMED);
  expect(world.audit.records).toMatchObject([
    {
      chain: 'cart-1',
      kind: 'failed',
      actor: 'sweep',
      group: 'shop/cart',
      facts: { experiment: 'cart-1', acted: false, because: 'its execution was lost before its act' },
    },
  ]);
  expect(world.told).toEqual(world.audit.records);
  expect(await sweep(world)).toEqual(NOTHING);
});

it('gives a place of the account back that is left alone', async () => {
  await claim();
  const { group } = await readClaims(world.state, 'shop/cart');
  await world.state.write('group', 'shop/cart', { group: 'shop/cart' }, group?.version);
  world.nowMs += 600_000;
  expect(await sweep(world)).toEqual({ ...NOTHING, released: ['cart-1'] });
  expect(world.claims).toEqual(UNCLAIMED);
  expect(world.state.body('group', '')).toBeUndefined();
});

it('gives a group back that is left alone', async () => {
  await claim();
  const { account } = await readClaims(world.state, 'shop/cart');
  await world.state.write('account', 'this', { slots: [], starts: [] } satisfies AccountState, account?.version);
  world.nowMs += 600_000;
  expect(await sweep(world)).toEqual({ ...NOTHING, released: ['cart-1'] });
  expect(world.claims).toEqual(UNCLAIMED);
});

it('gives back what an experiment kept that is over, and adds no second end to its chain', async () => {
  await claim();
  await say('started', 'started/0');
  await say('injected', 'injected/0');
  await say('ended', 'ended');
  await putInFlight(world.state, aRunning());
  await closeInFlight(world.state, { experiment: 'cart-1', owner: OWNER }, 'ended', world.nowMs);
  world.nowMs += 600_000;
  expect(await sweep(world)).toEqual({ ...NOTHING, released: ['cart-1'] });
  expect(world.kinds()).toEqual(['started', 'injected', 'ended', 'claim-released']);
  expect(world.record('claim-released').facts).toMatchObject({ acted: true, because: 'its experiment is over' });
  // It acted: it stays a start.
  expect(world.claims).toMatchObject({
    group: { lastExperiment: 'cart-1', lastStartedMs: START_MS },
    account: { slots: [], starts: [{ experiment: 'cart-1' }] },
  });
  expect(world.claims.group?.inFlight).toBeUndefined();
});

it('leaves the claims of experiments in flight and of stuck ones alone, however old', async () => {
  await claim();
  await putInFlight(world.state, aRunning({}, { aliveUntilMs: START_MS + 9e7 }));
  world.nowMs += 7_200_000;
  expect(await sweep(world)).toEqual(NOTHING);
  world.hosts.stuck.add('arn:aws:ecs:eu-west-1:123456789012:task/shop/1');
  await closeInFlight(world.state, { experiment: 'cart-1', owner: OWNER }, 'stuck', world.nowMs);
  expect(await sweep(world)).toEqual({ ...NOTHING, stuck: ['cart-1'] });
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
});

it('gives back a claim of another execution than the one whose item stands', async () => {
  await claim('cart-1', 'shop/cart', 'owner-2');
  await putInFlight(world.state, aRunning({}, { aliveUntilMs: START_MS + 9e7 }));
  world.nowMs += 600_000;
  expect(await sweep(world)).toMatchObject({ released: ['cart-1'] });
  expect(world.claims.group?.inFlight).toBeUndefined();
});

it('is one release when two sweep at once', async () => {
  await claim();
  world.nowMs += 600_000;
  await Promise.all([sweep(world), sweep(world)]);
  expect(world.kinds()).toEqual(['failed']);
  expect(world.claims).toEqual(UNCLAIMED);
});

it('gives the others back when one cannot be given back, and says which', async () => {
  await claim();
  await claim('web-1', 'shop/web', 'owner-2');
  world.audit.beforePut = ({ chain }) => {
    if (chain === 'cart-1') throw new Error('the audit table is away');
  };
  world.nowMs += 600_000;
  await expect(sweep(world)).rejects.toThrow('the claim of cart-1 could not be given back');
  // Nothing is given back unsaid.
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
  expect(world.claims.account?.slots.map(({ experiment }) => experiment)).toEqual(['cart-1']);
  world.audit.beforePut = () => undefined;
  expect(await sweep(world)).toEqual({ ...NOTHING, released: ['cart-1'] });
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(inOrder(world.audit.records.map(({ chain }) => chain))).toEqual(['cart-1', 'web-1']);
});

it('does not touch a claim that was given back meanwhile and claimed by another', async () => {
  await claim();
  world.nowMs += 600_000;
  world.audit.afterPut = () => {
    world.audit.afterPut = () => undefined;
    const mine = { group: 'shop/cart', experiment: 'cart-1', owner: OWNER };
    void release(world.state, mine, false).then(() => claim('cart-2', 'shop/cart', 'owner-2'));
  };
  await sweep(world);
  await new Promise((resolve) => setImmediate(resolve));
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-2', owner: 'owner-2' });
  expect(world.claims.account?.slots.map(({ owner }) => owner)).toEqual(['owner-2']);
});
