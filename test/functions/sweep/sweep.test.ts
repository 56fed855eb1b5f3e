import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../functions/experiment/settle.ts';
import { takeAway } from '../../../functions/experiment/take-away.ts';
import { requestStop } from '../../../functions/in-flight.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { FakeWorld, orderFor, START_MS } from '../experiment/fake-world.ts';
import { addGroup, bring, ofGroup, pauseOrder, pausingWorld, sent } from '../experiment/pausing.ts';
import { inOrder } from '../in-order.ts';

/** Longer than any of these tests: what is not undone stays. */
const PAUSE = pauseOrder({ parameters: { durationSeconds: 3_600 } });
const NOTHING = { settled: [], stuck: [], released: [] };
const SWEPT = { settled: ['cart-1'], stuck: [], released: [] };

let world: FakeWorld;
beforeEach(() => {
  world = pausingWorld({ budgets: { maxInFlight: 9, maxPerHour: 9, maxPerDay: 9 } });
});

/** So long that everything that is not heard of is given up. */
function later(seconds = 900): void {
  world.nowMs += seconds * 1000;
}

/** It has one end that says the truth, nothing is on any target, and nothing is reserved; a further sweep finds nothing. */
async function expectSettled(facts: Record<string, unknown>, acted: boolean): Promise<void> {
  expect(world.kinds().filter((kind) => kind === 'ended' || kind === 'failed')).toHaveLength(1);
  expect(world.audit.records.at(-1)).toMatchObject({ actor: 'sweep', facts });
  expect(world.hosts.paused).toEqual([]);
  expect(world.claims.group?.inFlight).toBeUndefined();
  expect(world.claims.group?.lastExperiment).toBe(acted ? 'cart-1' : undefined);
  expect(world.claims.account?.slots).toEqual([]);
  expect(world.claims.account?.starts.some(({ experiment }) => experiment === 'cart-1')).toBe(acted);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'ended' });
  expect(verifyChains(world.audit.records)).toEqual([]);
  const records = world.audit.records.length;
  expect(await sweep(world)).toEqual(NOTHING);
  expect(world.audit.records).toHaveLength(records);
}

describe('an experiment that cannot be undone, and whose execution was lost', () => {
  beforeEach(() => {
    world = new FakeWorld();
  });

  it('before its start was recorded, has failed and leaves no trace of a claim', async () => {
    world.audit.beforePut = () => {
      throw new Error('the audit table is away');
    };
    await expect(bring(world, orderFor(), 'admitted')).rejects.toThrow('away');
    world.audit.beforePut = () => undefined;
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    expect(world.kinds()).toEqual(['failed']);
    await expectSettled({ acted: false, because: 'its execution was lost before its act' }, false);
  });

  it('before its act, is inconclusive, and counts as a start: nobody knows that it did not act', async () => {
    await bring(world, orderFor(), 'admitted');
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    expect(world.kinds()).toEqual(['started', 'swept', 'ended']);
    const because = expect.stringMatching(/^the fault was not seen to take effect; nobody watched it to its end: /);
    await expectSettled({ verdict: 'inconclusive', because, tookEffect: false, acted: true }, true);
  });

  it('after its act, is inconclusive although the look says that it took effect: nobody watched', async () => {
    await bring(world, orderFor(), 'acted');
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    const targets = [{ resource: world.stops[0], outcome: 'unknown', effect: 'took-effect' }];
    await expectSettled({ verdict: 'inconclusive', tookEffect: true, acted: true, targets }, true);
    expect(world.record('ended').facts.because).toContain('nobody watched it to its end');
  });

  it('after AWS’s no to its act, did not act and uses up no spacing', async () => {
    world.ecs.onStop = () => ({ refused: { code: 'AccessDeniedException', message: 'no' } });
    await bring(world, orderFor(), 'recorded');
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    await expectSettled({ verdict: 'inconclusive', tookEffect: false, acted: false }, false);
  });

  it('after a violation was recorded, is broken', async () => {
    world.errorsAt = (atMs) => (atMs >= START_MS ? 7 : 0);
    await bring(world, orderFor(), 'recorded');
    expect(world.kinds()).toContain('violated');
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    await expectSettled({ verdict: 'broken', because: expect.stringContaining('errors (during): 7 at') }, true);
  });

  it('after somebody asked for its end, is aborted', async () => {
    await bring(world, orderFor(), 'recorded');
    await requestStop(world.state, 'cart-1', { actor: 'Ann', reason: 'enough', at: 'now' });
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    await expectSettled({ verdict: 'aborted', because: 'Ann ended it: enough' }, true);
  });
});

describe('an experiment that can be undone, and whose execution was lost', () => {
  it('before its act, is undone all the same: the act may be on its way', async () => {
    await bring(world, PAUSE, 'admitted');
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    expect(world.kinds()).toEqual(['started', 'swept', 'undone', 'ended']);
    expect(sent(world, 'undo')).toHaveLength(1);
    await expectSettled({ verdict: 'inconclusive', undone: true }, true);
  });

  it.each(['acted', 'recorded'] as const)('with the fault on (%s), is undone in the sweep’s name', async (to) => {
    await bring(world, PAUSE, to);
    later();
    expect(world.hosts.paused).toHaveLength(1);
    expect(await sweep(world)).toEqual(SWEPT);
    expect(world.record('undone')).toMatchObject({ actor: 'sweep', resource: sent(world, 'apply')[0] });
    expect(world.record('swept').facts.because).toContain('was expected to be heard of until 2026-03-02T10:');
    await expectSettled({ verdict: 'inconclusive', undone: true, acted: true, tookEffect: to === 'recorded' }, true);
  });

  it('after its undo, and before its end was said, is not said to be undone twice', async () => {
    const { running } = await bring(world, PAUSE, 'recorded');
    await takeAway(world, running, { isUndone: false, attempts: 0, because: '' }, 0);
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    expect(world.audit.records.filter(({ kind }) => kind === 'undone').map(({ actor }) => actor)).toEqual(['test']);
    await expectSettled({ verdict: 'inconclusive', undone: true }, true);
  });

  it('after its end, and before it gave back what it had claimed, only gives that back', async () => {
    const { running } = await bring(world, PAUSE, 'recorded');
    const undo = await takeAway(world, running, { isUndone: false, attempts: 0, because: '' }, 0);
    const progress = {
      injectedAtMs: START_MS,
      targets: [{ resource: 'x', outcome: 'accepted', effect: 'took-effect' }],
      remarks: [],
    } as const;
    const ending = { verdict: 'held', because: 'it held', tookEffect: true } as const;
    world.state.beforeWrite = () => {
      throw new Error('the state table is away');
    };
    await expect(settle(world, { running, progress, ending, undo })).rejects.toThrow('away');
    world.state.beforeWrite = () => undefined;
    const kinds = world.kinds();
    expect(kinds.at(-1)).toBe('ended');
    later();
    expect(await sweep(world)).toEqual(SWEPT);
    expect(world.kinds()).toEqual(kinds);
    expect(world.record('ended')).toMatchObject({ actor: 'test', facts: { verdict: 'held' } });
    expect(world.claims.group?.inFlight).toBeUndefined();
    expect(world.claims.account?.slots).toEqual([]);
    expect(await sweep(world)).toEqual(NOTHING);
  });
});

it('leaves alone who lives: up to a minute after its beat was due', async () => {
  await bring(world, PAUSE, 'recorded');
  const { aliveUntilMs = 0 } = world.state.body<{ aliveUntilMs: number }>('running', 'cart-1') ?? {};
  expect(aliveUntilMs).toBeGreaterThan(world.nowMs);
  const before = world.audit.records.length;
  world.nowMs = aliveUntilMs + 60_000;
  expect(await sweep(world)).toEqual(NOTHING);
  expect([world.hosts.paused.length, world.audit.records.length]).toEqual([1, before]);
  expect(world.claims.group?.inFlight).toBeDefined();
  world.nowMs += 1;
  expect(await sweep(world)).toEqual(SWEPT);
});

it('tells what it says', async () => {
  await bring(world, PAUSE, 'recorded');
  const before = world.audit.records.length;
  later();
  await sweep(world);
  expect(world.told).toEqual(world.audit.records.slice(before));
});

it('is one sweep when two sweep at once', async () => {
  await bring(world, PAUSE, 'recorded');
  later();
  const both = await Promise.all([sweep(world), sweep(world)]);
  expect(both.flatMap(({ settled }) => settled)).toEqual(['cart-1']);
  expect(world.kinds().slice(-3)).toEqual(['swept', 'undone', 'ended']);
  await expectSettled({ verdict: 'inconclusive', undone: true }, true);
});

it('finishes what another sweep had taken over and could not settle, its end included', async () => {
  await bring(world, PAUSE, 'recorded');
  later();
  world.audit.beforeRead = () => {
    throw new Error('the audit table is away');
  };
  await expect(sweep(world)).rejects.toThrow('cart-1 could not be settled');
  world.audit.beforeRead = () => undefined;
  expect(world.kinds()).not.toContain('ended');
  expect(await sweep(world)).toEqual(SWEPT);
  await expectSettled({ verdict: 'inconclusive', undone: true, acted: true }, true);
});

it('settles the others when one cannot be settled, and says which', async () => {
  addGroup(world, 'web');
  await bring(world, PAUSE, 'recorded');
  await bring(world, { ...PAUSE, ...ofGroup('web') }, 'recorded');
  world.audit.beforePut = ({ chain }) => {
    if (chain === 'cart-1') throw new Error('the audit table is away');
  };
  later();
  await expect(sweep(world)).rejects.toThrow(
    /^the sweep could not settle everything: Error: cart-1 could not be settled$/,
  );
  // Undone it is all the same; only its end is not said yet, and so nothing is given back.
  expect(world.hosts.paused).toEqual([]);
  expect(world.kinds('web-1').at(-1)).toBe('ended');
  expect(world.state.body('running', 'web-1')).toMatchObject({ status: 'ended' });
  expect(world.claims.group?.inFlight).toBeDefined();
  world.audit.beforePut = () => undefined;
  expect(await sweep(world)).toEqual(SWEPT);
  await expectSettled({ verdict: 'inconclusive', undone: true, acted: true }, true);
  expect(inOrder(world.claims.account?.starts.map(({ experiment }) => experiment) ?? [])).toEqual(['cart-1', 'web-1']);
});
