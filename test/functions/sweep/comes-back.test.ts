import { describe, expect, it } from 'vitest';
import { claimGroupFor, claimPlaceFor, readClaims } from '../../../functions/experiment/claims.ts';
import { inject, recordInjections } from '../../../functions/experiment/inject.ts';
import { look } from '../../../functions/experiment/look.ts';
import { settle } from '../../../functions/experiment/settle.ts';
import { takeAway } from '../../../functions/experiment/take-away.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { conclude } from '../../../lib/core/conclusion.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { RunningExperiment } from '../../../lib/core/running.ts';
import type { StateKind } from '../../../lib/core/state-store.ts';
import { type FakeWorld, orderFor } from '../experiment/fake-world.ts';
import { bring, pauseOrder, pausingWorld, sent } from '../experiment/pausing.ts';
import { runWithMishap } from '../experiment/replayed-context.ts';

/** The execution that the replayed runs of these tests are. */
const OWNER = 'execution-1';
const PAUSE = pauseOrder({ parameters: { durationSeconds: 3_600 } });

/** No guard says that it is late: whoever comes back could begin anew, were it not for what the sweep did. */
const aWorld = (): FakeWorld => {
  const world = pausingWorld({ lateAfterSeconds: 3_600 });
  world.cart.tags = { ...world.cart.tags, 'chaos:faults': 'pause-container stop-task' };
  return world;
};

const NO_CLAIMS = { slots: [], starts: [] };

const acts = (world: FakeWorld): string[] => [...sent(world, 'apply'), ...world.stops];
const ends = (world: FakeWorld): string[] => world.kinds().filter((kind) => kind === 'ended' || kind === 'failed');

function expectUnchanged(world: FakeWorld, records: number, claims: unknown): void {
  expect(acts(world)).toEqual([]);
  expect(world.hosts.paused).toEqual([]);
  expect(ends(world)).toHaveLength(1);
  expect(world.audit.records).toHaveLength(records);
  expect(world.claims).toEqual(claims);
  const { status = 'ended' } = world.state.body<RunningExperiment>('running', 'cart-1') ?? {};
  expect(status).toBe('ended');
  expect(verifyChains(world.audit.records)).toEqual([]);
}

const FAULTS: readonly [string, ExperimentOrder][] = [
  ['stop-task', orderFor()],
  ['pause-container', PAUSE],
];

describe.each(FAULTS)('an execution with %s that was given up, when it comes back to its beginning', (_, order) => {
  it('after its start was recorded, changes nothing', async () => {
    const world = aWorld();
    await bring(world, order, 'admitted', OWNER);
    world.nowMs += 900_000;
    await sweep(world);
    const [records, claims] = [world.audit.records.length, structuredClone(world.claims)];
    const { end } = await runWithMishap(world, order);
    expect(end?.verdict).toBe('aborted');
    expectUnchanged(world, records, claims);
  });

  it('before its start was recorded, changes nothing', async () => {
    const world = aWorld();
    world.audit.beforePut = () => {
      throw new Error('the audit table is away');
    };
    await expect(bring(world, order, 'admitted', OWNER)).rejects.toThrow('away');
    world.audit.beforePut = () => undefined;
    world.nowMs += 900_000;
    await sweep(world);
    expect(world.kinds().at(-1)).toBe('failed');
    const [records, claims] = [world.audit.records.length, structuredClone(world.claims)];
    const { end } = await runWithMishap(world, order);
    expect(end?.verdict).toBe('aborted');
    expectUnchanged(world, records, claims);
  });

  it('with nothing but its claims, changes nothing', async () => {
    const world = aWorld();
    const request = {
      ...{ experiment: 'cart-1', group: 'shop/cart', owner: OWNER, nowMs: world.nowMs },
      ...{ untilMs: world.nowMs + 9e6, targets: ['x'] },
    };
    const read = await readClaims(world.state, 'shop/cart');
    await claimGroupFor(world.state, read, request, undefined);
    await claimPlaceFor(world.state, read, request, world.config);
    world.nowMs += 900_000;
    expect((await sweep(world)).released).toEqual(['cart-1']);
    const claims = structuredClone(world.claims);
    const { end } = await runWithMishap(world, order);
    expect(end?.verdict).toBe('aborted');
    expectUnchanged(world, 1, claims);
  });

  it('right after it has looked around, does not act: the sweep was quicker', async () => {
    const world = aWorld();
    world.audit.beforePut = () => {
      throw new Error('the audit table is away');
    };
    await expect(bring(world, order, 'admitted', OWNER)).rejects.toThrow('away');
    world.audit.beforePut = () => undefined;
    world.nowMs += 900_000;
    const write = world.state.write.bind(world.state);
    world.state.write = async (kind, ...rest) => {
      // Between its survey and its being stored anew the sweep has its turn.
      if (kind === 'running') {
        world.state.write = write;
        await sweep(world);
      }
      return write(kind, ...rest);
    };
    const { end } = await runWithMishap(world, order);
    expect(world.record('failed').actor).toBe('sweep');
    expect(end?.verdict).toBe('aborted');
    expectUnchanged(world, world.audit.records.length, { group: { group: 'shop/cart' }, account: NO_CLAIMS });
  });
});

it.each(FAULTS)(
  'an execution with %s that stores itself anew after a sweep has listed it is left alone',
  async (_, order) => {
    const world = aWorld();
    world.audit.beforePut = () => {
      throw new Error('the audit table is away');
    };
    await expect(bring(world, order, 'admitted', OWNER)).rejects.toThrow('away');
    world.audit.beforePut = () => undefined;
    world.nowMs += 900_000;
    const list = world.state.list.bind(world.state);
    world.state.list = async <Body>(kind: StateKind) => {
      const listed = await list<Body>(kind);
      world.state.list = list;
      if (kind === 'running') await bring(world, order, 'admitted', OWNER);
      return listed;
    };
    expect(await sweep(world)).toEqual({ settled: [], stuck: [], released: [] });
    expect(world.kinds()).toEqual(['started']);
    expect(world.claims.group?.inFlight).toMatchObject({ owner: OWNER });
  },
);

it('an execution that comes back to its act is too late for it, and adds no second end', async () => {
  for (const [, order] of FAULTS) {
    const world = aWorld();
    const { running, limits } = await bring(world, order, 'admitted', OWNER);
    world.nowMs += 900_000;
    await sweep(world);
    const claims = structuredClone(world.claims);
    const injected = [];
    for (const target of running.targets) injected.push(await inject(world, running, target));
    expect(injected).toMatchObject([{ outcome: 'failed', facts: { code: 'too-late' } }]);
    expect(acts(world)).toEqual([]);
    const { progress } = await recordInjections(world, running, injected);
    const undo = { isUndone: true, attempts: 0, because: '' };
    await settle(world, { running, progress, ending: conclude(progress, limits), undo });
    expect(ends(world)).toHaveLength(1);
    expect(world.record('ended').actor).toBe('sweep');
    expect(world.claims).toEqual(claims);
    expect(verifyChains(world.audit.records)).toEqual([]);
  }
});

it('an execution that comes back to its looks undoes once more, and adds no second end', async () => {
  const world = aWorld();
  const admitted = await bring(world, PAUSE, 'recorded', OWNER);
  const { running, limits } = admitted;
  world.nowMs += 900_000;
  await sweep(world);
  const claims = structuredClone(world.claims);
  const targets = running.targets.map(
    ({ resource }) => ({ resource, outcome: 'accepted', effect: 'took-effect' }) as const,
  );
  const before = { injectedAtMs: running.startedAtMs, targets, remarks: [] };
  const { progress } = await look(world, admitted, before, running.startedAtMs);
  const undo = await takeAway(world, running, { isUndone: false, attempts: 0, because: '', progress }, 0);
  await settle(world, { running, progress, ending: conclude(progress, limits), undo });
  expect(world.kinds().filter((kind) => kind === 'undone')).toHaveLength(1);
  expect(ends(world)).toHaveLength(1);
  expect(world.claims).toEqual(claims);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'ended' });
  expect(verifyChains(world.audit.records)).toEqual([]);
});
