import { expect, it } from 'vitest';
import { inject, recordInjections } from '../../../functions/experiment/inject.ts';
import { sweep } from '../../../functions/sweep/sweep.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { bring, pauseOrder, pausingWorld } from '../experiment/pausing.ts';

it('goes on undoing what is stuck, tells a person once an hour, and settles it at last with one end', async () => {
  const world = pausingWorld();
  const later = (seconds: number): void => {
    world.nowMs += seconds * 1000;
  };
  await bring(world, pauseOrder({ parameters: { durationSeconds: 3_600 } }), 'recorded');
  for (const task of world.hosts.paused) world.hosts.stuck.add(task);
  world.nowMs = Date.parse('2026-03-02T11:00:00Z');
  const reminders = () => world.kinds().filter((kind) => kind === 'undo-failed').length;
  expect(await sweep(world)).toEqual({ settled: [], stuck: ['cart-1'], released: [] });
  expect(world.record('ended').facts).toMatchObject({
    undone: false,
    notUndone: expect.stringContaining('not-undone'),
  });
  expect(world.record('undo-failed')).toMatchObject({
    actor: 'sweep',
    facts: { byHand: expect.stringContaining('docker unpause') },
  });
  for (const [minutes, told] of [
    [20, 1],
    [20, 1],
    [20, 2],
    [59, 2],
    [1, 3],
  ] as const) {
    later(minutes * 60);
    expect(await sweep(world)).toEqual({ settled: [], stuck: ['cart-1'], released: [] });
    expect(reminders()).toBe(told);
  }
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'stuck' });
  expect(world.claims.group?.inFlight).toMatchObject({ experiment: 'cart-1' });
  expect(world.kinds()).not.toContain('undone');
  world.hosts.stuck.clear();
  expect(await sweep(world)).toEqual({ settled: ['cart-1'], stuck: [], released: [] });
  expect(world.kinds().at(-1)).toBe('undone');
  expect(world.kinds().filter((kind) => kind === 'ended')).toHaveLength(1);
  expect(world.claims.group?.inFlight).toBeUndefined();
  expect(world.claims.account?.slots).toEqual([]);
  expect(await sweep(world)).toEqual({ settled: [], stuck: [], released: [] });
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('does not undo what the chain says AWS refused, though the crash came before the item heard of it', async () => {
  const world = pausingWorld();
  world.hosts.refuses = { code: 'AccessDeniedException', message: 'the host has lost its tag' };
  const { running } = await bring(world, pauseOrder(), 'admitted');
  const [target = expect.fail('no target')] = running.targets;
  await recordInjections(world, running, [await inject(world, running, target)]);
  // A host that refuses the act refuses the undo as well.
  world.hosts.beforeCommand = () => {
    throw new Error('AccessDeniedException');
  };
  world.nowMs = running.aliveUntilMs + 120_000;
  expect(await sweep(world)).toMatchObject({ settled: ['cart-1'], stuck: [] });
  expect(world.record('ended').facts).toMatchObject({ verdict: 'inconclusive', acted: false });
  expect(world.kinds()).not.toContain('undo-failed');
});

it('takes a fault away although the audit cannot be read, and settles it when it can', async () => {
  const world = pausingWorld();
  await bring(world, pauseOrder({ parameters: { durationSeconds: 3_600 } }), 'acted');
  world.nowMs += 600_000;
  world.audit.beforeRead = () => {
    throw new Error('DynamoDB is away');
  };
  await expect(sweep(world)).rejects.toThrow('cart-1 could not be settled');
  expect(world.hosts.paused).toEqual([]);
  world.audit.beforeRead = () => undefined;
  expect(await sweep(world)).toMatchObject({ settled: ['cart-1'], stuck: [] });
  expect(world.kinds().filter((kind) => kind === 'ended')).toHaveLength(1);
});
