import { beforeEach, describe, expect, it } from 'vitest';
import { type HaltEvent, haltEventSchema } from '../../../functions/halt/event.ts';
import { type Halted, type HaltWorld, halt } from '../../../functions/halt/halt.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { RunningExperiment } from '../../../lib/core/running.ts';
import { type FakeWorld, orderFor } from '../experiment/fake-world.ts';
import { addGroup, bring, ofGroup, pauseOrder, pausingWorld, STOP_ALARM, sent } from '../experiment/pausing.ts';
import { inOrder } from '../in-order.ts';

const ALL: HaltEvent = haltEventSchema.parse({ version: 1, halt: 'all', actor: 'Ann', reason: 'enough' });
const only = (...experiments: string[]): HaltEvent =>
  haltEventSchema.parse({ version: 1, halt: experiments, actor: 'Ann', reason: 'enough' });
const alarmed = (alarm: string, value = 'ALARM'): HaltEvent => ({ kind: 'alarm', alarm, value, reason: 'too slow' });

let world: FakeWorld;
let pauses: number[];
/** How many records there were before the halt. */
let begun: number;

/** Two groups with a frozen task each; and a third that lost one. Only `cart` has a stop alarm. */
beforeEach(async () => {
  world = pausingWorld({ budgets: { maxInFlight: 9, maxPerHour: 9, maxPerDay: 9 } });
  pauses = [];
  addGroup(world, 'web');
  addGroup(world, 'mail', { 'chaos:faults': 'stop-task' });
  const parameters = { durationSeconds: 600 };
  await bring(world, pauseOrder({ parameters }), 'recorded');
  await bring(world, pauseOrder({ ...ofGroup('web'), parameters }), 'recorded');
  await bring(world, orderFor(ofGroup('mail')), 'recorded');
  expect(world.hosts.paused).toHaveLength(2);
  begun = world.audit.records.length;
});

function outside(): HaltWorld {
  const { now, port, audit, state, herald } = world;
  return { now, port, audit, state, herald, pause: async (ms) => void pauses.push(ms) };
}

const said = () => world.audit.records.slice(begun);
const kinds = (experiment: string): string[] =>
  inOrder(said().flatMap(({ chain, kind }) => (chain === experiment ? [kind] : [])));
const names = (halted: readonly Halted[]): string[] => inOrder(halted.map(({ experiment }) => experiment));
const item = (experiment: string): RunningExperiment | undefined => world.state.body('running', experiment);
const stopOf = (experiment: string) => item(experiment)?.stop;
const frozen = (experiment: string): boolean =>
  world.hosts.paused.includes(item(experiment)?.targets[0]?.resource ?? 'none');

it('ends everything in flight: each is marked, undone, looked at, and told of in the name of who halted', async () => {
  const halted = await halt(outside(), ALL);
  expect(names(halted)).toEqual(['cart-1', 'mail-1', 'web-1']);
  expect(halted.every(({ undone }) => undone)).toBe(true);
  expect(world.hosts.paused).toEqual([]);
  expect(pauses).toEqual([]);
  for (const experiment of ['cart-1', 'web-1', 'mail-1'])
    expect(stopOf(experiment)).toMatchObject({ actor: 'Ann', reason: 'enough' });
  expect(kinds('cart-1')).toEqual(['stopping', 'undone']);
  // What died is not revived: there is nothing to undo, and nothing says so.
  expect(kinds('mail-1')).toEqual(['stopping']);
  expect(halted.find(({ experiment }) => experiment === 'mail-1')).toMatchObject({ undone: true, targets: [] });
  for (const record of said()) expect(record).toMatchObject({ actor: 'Ann', reason: 'enough' });
  expect(world.record('stopping').facts).toEqual({ cause: 'halted', because: 'Ann: enough' });
  const targets = halted.flatMap((one) => one.targets);
  expect(targets).toHaveLength(2);
  for (const { undone, because } of targets)
    expect([undone, because]).toEqual([true, expect.stringContaining('undone')]);
  expect(inOrder(world.told.map(({ hash }) => hash))).toEqual(inOrder(said().map(({ hash }) => hash)));
});

it('ends only those that are named', async () => {
  expect(names(await halt(outside(), only('web-1', 'none-1')))).toEqual(['web-1']);
  expect([frozen('cart-1'), frozen('web-1')]).toEqual([true, false]);
  expect(stopOf('cart-1')).toBeUndefined();
  expect(kinds('cart-1')).toEqual([]);
});

it('leaves alone what is over', async () => {
  const { body, version } = (await world.state.read<RunningExperiment>('running', 'cart-1')) ?? expect.fail('no item');
  await world.state.write('running', 'cart-1', { ...body, status: 'ended' }, version);
  expect(names(await halt(outside(), ALL))).toEqual(['mail-1', 'web-1']);
  expect(await halt(outside(), only('cart-1'))).toEqual([]);
});

describe('an alarm', () => {
  it('ends the experiments that name it as their stop condition, and no other', async () => {
    expect(names(await halt(outside(), alarmed(STOP_ALARM)))).toEqual(['cart-1']);
    expect([frozen('cart-1'), frozen('web-1')]).toEqual([false, true]);
    expect(world.record('undone')).toMatchObject({ actor: `alarm ${STOP_ALARM}`, reason: 'too slow' });
    expect(stopOf('cart-1')).toMatchObject({ actor: `alarm ${STOP_ALARM}`, reason: 'too slow' });
  });

  it.each(['OK', 'INSUFFICIENT_DATA'])('that goes to %s ends nothing', async (value) => {
    expect(await halt(outside(), alarmed(STOP_ALARM, value))).toEqual([]);
    expect(frozen('cart-1')).toBe(true);
    expect(said()).toEqual([]);
    expect(stopOf('cart-1')).toBeUndefined();
  });

  it('of nobody ends nothing', async () => {
    expect(await halt(outside(), alarmed('another'))).toEqual([]);
    expect(world.hosts.paused).toHaveLength(2);
  });

  it('without a reason says at least that it fired', async () => {
    await halt(outside(), { ...alarmed(STOP_ALARM), reason: '' } as HaltEvent);
    expect(world.record('stopping')).toMatchObject({ reason: 'it went to ALARM' });
  });
});

it('undoes what it cannot mark, and fails, so that Lambda delivers it again; the others are halted all the same', async () => {
  world.state.beforeWrite = (kind, name) => {
    if (kind === 'running' && name === 'cart-1') throw new Error('the state table is away');
  };
  await expect(halt(outside(), ALL)).rejects.toThrow('1 of 3 could not be halted');
  expect(world.hosts.paused).toEqual([]);
  expect(kinds('cart-1')).toEqual(['stopping', 'undone']);
  expect([stopOf('cart-1'), stopOf('web-1')]).toEqual([undefined, expect.objectContaining({ actor: 'Ann' })]);
  world.state.beforeWrite = () => undefined;
  expect(names(await halt(outside(), ALL))).toEqual(['cart-1', 'mail-1', 'web-1']);
  expect(stopOf('cart-1')).toMatchObject({ actor: 'Ann' });
  expect(kinds('cart-1')).toEqual(['stopping', 'undone']);
});

it('undoes although nothing can be recorded, and fails; delivered again it records what was done', async () => {
  world.audit.beforePut = () => {
    throw new Error('the audit table is away');
  };
  await expect(halt(outside(), ALL)).rejects.toThrow('2 of 3 could not be halted');
  expect(world.hosts.paused).toEqual([]);
  world.audit.beforePut = () => undefined;
  expect(await halt(outside(), ALL)).toHaveLength(3);
  expect(kinds('cart-1')).toEqual(['stopping', 'undone']);
});

it('tries again, after pauses that grow, what is not confirmed undone', async () => {
  let left = 3;
  world.hosts.beforeCommand = (action) => {
    if (action === 'undo' && left-- > 0) throw new Error('the host does not answer');
  };
  const [halted = expect.fail('nothing')] = await halt(outside(), only('cart-1'));
  expect(halted).toMatchObject({ undone: true });
  expect(pauses).toHaveLength(3);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(kinds('cart-1')).toEqual(['stopping', 'undone']);
});

it('says what to do by hand when nothing helps, and leaves the rest to the experiment and the sweep', async () => {
  world.hosts.beforeCommand = () => {
    throw new Error('the host does not answer');
  };
  const [halted = expect.fail('nothing')] = await halt(outside(), only('cart-1'));
  expect(halted).toMatchObject({
    undone: false,
    targets: [{ undone: false, byHand: expect.stringContaining('docker unpause') }],
  });
  expect(world.record('undo-failed')).toMatchObject({
    actor: 'Ann',
    resource: item('cart-1')?.targets[0]?.resource,
    facts: { attempts: pauses.length + 1, because: 'Error: the host does not answer' },
  });
  // Under twenty-five seconds of pauses: a Lambda function that waits costs.
  expect(pauses.reduce((sum, ms) => sum + ms)).toBeLessThan(25_000);
  expect(item('cart-1')?.status).toBe('running');
});

it('is one halt when two people halt at once: each target is undone on record once, by the first', async () => {
  const bob = haltEventSchema.parse({ version: 1, halt: 'all', actor: 'Bob', reason: 'me too' });
  const both = await Promise.all([halt(outside(), ALL), halt(outside(), bob)]);
  for (const halted of both) expect(halted.map(({ undone }) => undone)).toEqual([true, true, true]);
  expect(world.hosts.paused).toEqual([]);
  for (const experiment of ['cart-1', 'web-1']) {
    expect(kinds(experiment)).toEqual(['stopping', 'undone']);
    expect(sent(world, 'undo').filter((task) => task === item(experiment)?.targets[0]?.resource)).toHaveLength(2);
  }
  expect(new Set(['cart-1', 'web-1', 'mail-1'].map((one) => stopOf(one)?.actor)).size).toBe(1);
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('throws when what is in flight cannot be listed', async () => {
  const state = { ...outside().state, list: () => Promise.reject(new Error('the state table is away')) };
  await expect(halt({ ...outside(), state }, ALL)).rejects.toThrow('the state table is away');
});
