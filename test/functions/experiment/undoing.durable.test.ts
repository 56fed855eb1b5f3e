import { expect, it } from 'vitest';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { execute, useDurableExecutions } from './durable.ts';
import type { FakeWorld } from './fake-world.ts';
import { pauseOrder, pausingWorld, sent } from './pausing.ts';
import { runWithMishap } from './replayed-context.ts';

useDurableExecutions();

const BEGUN = ['started', 'injected', 'took-effect'];

/** Lets the first commands of a kind fail as a host does that does not answer. */
function failing(world: FakeWorld, which: 'undo' | 'status', times: number): void {
  let left = times;
  world.hosts.beforeCommand = (action) => {
    if (action === which && left-- > 0) throw new Error('the host does not answer');
  };
}

it('undoes an act whose answer was lost, and tells its effect by looking', async () => {
  const world = pausingWorld();
  world.hosts.losesAnswers = true;
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('held');
  expect(world.record('injected').facts).toMatchObject({ outcome: 'unknown', error: 'socket hang up' });
  expect(world.kinds()).toEqual([...BEGUN, 'undone', 'recovered', 'healthy', 'ended']);
  expect(sent(world, 'apply')).toHaveLength(1);
  expect(world.hosts.paused).toEqual([]);
});

it('undoes what may have happened, and says that it was not seen', async () => {
  const world = pausingWorld();
  world.hosts.beforeCommand = (action) => {
    if (action === 'apply') throw new Error('socket hang up');
  };
  const { end } = await execute(world, pauseOrder());
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault did not take effect' });
  expect(world.kinds()).toEqual(['started', 'injected', 'undone', 'no-effect', 'ended']);
  expect(sent(world, 'undo')).toHaveLength(1);
  // It may have been hurt, so it counts as a start.
  expect(world.claims.group).toMatchObject({ lastExperiment: 'cart-1' });
});

it('has nothing to undo after AWS’s own no, and uses up neither spacing nor budget', async () => {
  const world = pausingWorld();
  world.hosts.refuses = { code: 'AccessDeniedException', message: 'no' };
  const { end } = await execute(world, pauseOrder());
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault did not take effect' });
  expect(world.record('injected').facts).toMatchObject({ outcome: 'failed', code: 'AccessDeniedException' });
  expect(world.kinds()).toEqual(['started', 'injected', 'ended']);
  expect(sent(world, 'undo')).toEqual([]);
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
});

it('undoes only those of several targets on which something may be', async () => {
  const world = pausingWorld();
  let acts = 0;
  world.hosts.beforeCommand = (action) => {
    if (action === 'apply') world.hosts.refuses = ++acts === 1 ? { code: 'InvalidInstanceId', message: '' } : undefined;
  };
  const { end } = await execute(world, pauseOrder({ targets: 2 }));
  expect(end).toMatchObject({ verdict: 'inconclusive', because: 'the fault took effect on 1 of 2 targets' });
  expect(sent(world, 'undo')).toEqual(sent(world, 'apply').slice(1));
  expect(world.hosts.paused).toEqual([]);
});

it('tries to undo again until it is confirmed, and tells nobody to lend a hand before the fourth try', async () => {
  const world = pausingWorld();
  failing(world, 'undo', 3);
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('held');
  expect(world.kinds()).toEqual([...BEGUN, 'undone', 'recovered', 'healthy', 'ended']);
  expect(world.record('ended').facts).toMatchObject({ undone: true, undoAttempts: 4 });
  expect(sent(world, 'undo')).toHaveLength(4);
});

it('tells a person what to do by hand after four tries, and goes on', async () => {
  const world = pausingWorld();
  failing(world, 'undo', 4);
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('held');
  expect(world.kinds()).toEqual([...BEGUN, 'undo-failed', 'undone', 'recovered', 'healthy', 'ended']);
  expect(world.record('undo-failed')).toMatchObject({
    resource: sent(world, 'apply')[0],
    facts: {
      attempts: 4,
      because: 'Error: the host does not answer',
      byHand: expect.stringContaining('docker unpause'),
    },
  });
  expect(world.told).toEqual(world.audit.records);
});

it('waits longer from try to try, and has tried again eleven times within ten minutes', async () => {
  const world = pausingWorld();
  failing(world, 'undo', 99);
  const { waits, end } = await runWithMishap(world, pauseOrder());
  expect(end?.verdict).toBe('inconclusive');
  const pauses = waits.filter((one) => one.startsWith('until-undo-')).map((one) => Number(one.split(' ')[1]));
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses[0]).toBe(1);
  const untilTry = pauses.map((_, n) => pauses.slice(0, n + 1).reduce((sum, seconds) => sum + seconds));
  expect(untilTry.filter((seconds) => seconds <= 600).length).toBeGreaterThanOrEqual(11);
});

it('is left to the sweep, claims and all, when nothing helps; and has never held', async () => {
  const world = pausingWorld();
  world.atReading = (reading) => {
    if (reading === 1) for (const task of world.hosts.paused) world.hosts.stuck.add(task);
  };
  const { status, end } = await execute(world, pauseOrder());
  expect(status).toBe('SUCCEEDED');
  expect(end?.verdict).toBe('inconclusive');
  expect(end?.because).toContain('whether the fault is gone cannot be told');
  expect(world.kinds()).toEqual([...BEGUN, 'undo-failed', 'undo-failed', 'ended']);
  expect(world.record('ended').facts).toMatchObject({
    verdict: 'inconclusive',
    undone: false,
    notUndone: expect.stringContaining('not-undone: the engine does not answer'),
  });
  expect(world.hosts.paused).toHaveLength(1);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'stuck' });
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
  expect(world.claims.account?.slots).toHaveLength(1);
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('is broken, and stuck, when a violated one cannot be undone', async () => {
  const world = pausingWorld();
  world.errorsAt = (atMs) => (atMs >= world.nowMs - 5_000 && world.readings > 1 ? 7 : 0);
  failing(world, 'undo', 99);
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('broken');
  expect(world.record('ended').facts).toMatchObject({ verdict: 'broken', undone: false });
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'stuck' });
});

it('is undone, and ends, when Capuchin cannot look any more', async () => {
  const world = pausingWorld();
  world.ecs.beforeRead = () => {
    if (world.readings > 2) throw new Error('ECS is away');
  };
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('inconclusive');
  expect(end?.because).toContain('Capuchin could not look any more: ECS is away');
  expect(world.kinds()).toEqual([...BEGUN, 'undone', 'ended']);
  expect(world.hosts.paused).toEqual([]);
  expect(world.claims.group?.inFlight).toBeUndefined();
});

it('is undone when the host does not say how the target is', async () => {
  const world = pausingWorld();
  failing(world, 'status', 99);
  const { end } = await execute(world, pauseOrder());
  expect(end?.verdict).toBe('inconclusive');
  expect(sent(world, 'undo')).toHaveLength(1);
  expect(world.hosts.paused).toEqual([]);
  expect(world.record('ended').facts).toMatchObject({ acted: true, undone: true, tookEffect: false });
});

it('is undone when its verdict’s parts cannot be recorded: the undo needs no record', async () => {
  const world = pausingWorld();
  world.audit.beforePut = () => {
    if (world.readings > 1) throw new Error('the audit table is away');
  };
  const { status } = await execute(world, pauseOrder());
  expect(status).toBe('FAILED');
  expect(world.hosts.paused).toEqual([]);
  expect(sent(world, 'undo').length).toBeGreaterThanOrEqual(1);
  // What could not be said is left to the sweep, which finds the item and the claims.
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'running' });
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
});

it('is undone before anything else when Capuchin fails right after the act', async () => {
  const world = pausingWorld();
  world.audit.beforePut = ({ kind }) => {
    if (kind === 'injected') throw new Error('the audit table is away');
  };
  const { status, error } = await execute(world, pauseOrder());
  expect([status, error]).toEqual(['FAILED', 'the audit table is away']);
  expect(world.kinds()).toEqual(['started', 'undone', 'failed']);
  expect(world.record('failed').facts).toMatchObject({ acted: true, undone: true, undoAttempts: 1 });
  expect(world.hosts.paused).toEqual([]);
  expect(world.claims.group?.inFlight).toBeUndefined();
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'ended' });
});

it('keeps its claims, and is left to the sweep, when Capuchin fails right after the act and nothing helps', async () => {
  const world = pausingWorld();
  world.audit.beforePut = ({ kind }) => {
    if (kind === 'injected') throw new Error('the audit table is away');
  };
  failing(world, 'undo', 99);
  expect((await execute(world, pauseOrder())).status).toBe('FAILED');
  expect(world.kinds()).toEqual(['started', 'undo-failed', 'undo-failed', 'failed']);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'stuck' });
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
});
