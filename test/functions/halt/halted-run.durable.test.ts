import { expect, it } from 'vitest';
import { type HaltEvent, haltEventSchema } from '../../../functions/halt/event.ts';
import { type Halted, halt } from '../../../functions/halt/halt.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { execute, useDurableExecutions } from '../experiment/durable.ts';
import type { FakeWorld } from '../experiment/fake-world.ts';
import { pauseOrder, pausingWorld, sent } from '../experiment/pausing.ts';

useDurableExecutions();

const ALL: HaltEvent = haltEventSchema.parse({ version: 1, halt: 'all', actor: 'Ann', reason: 'enough' });

function haltNow(world: FakeWorld): Promise<Halted[]> {
  const { now, port, audit, state, herald } = world;
  return halt({ now, port, audit, state, herald, pause: () => Promise.resolve() }, ALL);
}

function expectHalted(world: FakeWorld): void {
  expect(world.hosts.paused).toEqual([]);
  expect(sent(world, 'apply')).toHaveLength(1);
  expect(world.kinds().filter((kind) => kind === 'undone')).toHaveLength(1);
  expect(world.kinds().at(-1)).toBe('ended');
  expect(world.claims.group?.inFlight).toBeUndefined();
  expect(world.claims.account?.slots).toEqual([]);
  expect(world.state.body('running', 'cart-1')).toMatchObject({ status: 'ended', stop: { actor: 'Ann' } });
  expect(verifyChains(world.audit.records)).toEqual([]);
}

it('an experiment meets the mark of a halt at its next look, and says how it ended', async () => {
  const world = pausingWorld();
  let halting: Promise<Halted[]> | undefined;
  world.atReading = (reading) => {
    if (reading === 2) halting = haltNow(world);
  };
  const { end } = await execute(world, pauseOrder());
  expect(await halting).toMatchObject([{ experiment: 'cart-1', undone: true }]);
  expect(end).toMatchObject({ verdict: 'aborted', because: 'Ann ended it: enough' });
  expectHalted(world);
  // The halt itself had undone it by then, and is on record with its own name.
  expect(world.record('undone').actor).toBe('Ann');
  expect(world.audit.records.filter(({ kind }) => kind === 'stopping').map(({ actor }) => actor)).toEqual([
    'Ann',
    'test',
  ]);
});

it('a halt while the experiment itself is undoing does no harm: both confirm, one is on record', async () => {
  const world = pausingWorld();
  let halting: Promise<Halted[]> | undefined;
  world.hosts.beforeCommand = (action) => {
    if (action === 'undo') halting ??= haltNow(world);
  };
  const { end } = await execute(world, pauseOrder());
  expect(await halting).toMatchObject([{ experiment: 'cart-1', undone: true }]);
  expect(end).toMatchObject({ verdict: 'aborted', because: 'Ann ended it: enough' });
  expect(sent(world, 'undo')).toHaveLength(2);
  expectHalted(world);
});

it('an act that is still on its way when it is halted takes no effect any more', async () => {
  const world = pausingWorld();
  let halting: Promise<Halted[]> | undefined;
  const send = world.hosts.sendCommand.bind(world.hosts);
  world.hosts.sendCommand = async (command) => {
    halting = haltNow(world);
    await halting;
    return send(command);
  };
  const { end } = await execute(world, pauseOrder());
  expect(await halting).toMatchObject([{ undone: true }]);
  expect(end?.verdict).toBe('aborted');
  expect(world.kinds()).not.toContain('took-effect');
  expectHalted(world);
});
