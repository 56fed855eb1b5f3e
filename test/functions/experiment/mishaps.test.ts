import { describe, expect, it } from 'vitest';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { RunningExperiment } from '../../../lib/core/running.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';
import { pauseOrder, pausingWorld, sent } from './pausing.ts';
import { type Mishap, runWithMishap } from './replayed-context.ts';

const FAULTS = {
  'stop-task': { aWorld: () => new FakeWorld(), order: orderFor({ targets: 2 }), act: 'port.stopTask' },
  'pause-container': { aWorld: () => pausingWorld(), order: pauseOrder({ targets: 2 }), act: 'port.sendCommand' },
} as const;

const acts = (world: FakeWorld): string[] => [...world.stops, ...sent(world, 'apply')];

/** What must be so after any mishap whatever (DESIGN 11): no double act, no act without record, no fault and no claim left. */
function expectSafe(world: FakeWorld, place: string): void {
  expect(new Set(acts(world)).size, `${place}: a target was acted on twice`).toBe(acts(world).length);
  for (const target of acts(world)) {
    const recorded = world.log.indexOf(`record started ${target}`);
    const acted = world.log.findIndex((line) => line === `stop ${target}` || line === `apply ${target}`);
    expect(recorded, `${place}: an act without its record`).toBeGreaterThanOrEqual(0);
    expect(recorded, `${place}: an act before its record`).toBeLessThan(acted);
    expect(world.log.indexOf('write running'), `${place}: an act before it is stored`).toBeLessThan(acted);
  }
  for (const target of sent(world, 'apply')) expect(sent(world, 'undo'), `${place}: not undone`).toContain(target);
  expect(world.hosts.paused, `${place}: a fault is left`).toEqual([]);
  expect(verifyChains(world.audit.records), place).toEqual([]);
  const keys = world.audit.records.map(({ key }) => key);
  expect(new Set(keys).size, `${place}: something was recorded twice: ${world.kinds().join(', ')}`).toBe(keys.length);
  expect(world.claims.group?.inFlight, `${place}: the group is still claimed`).toBeUndefined();
  expect(world.claims.account?.slots ?? [], `${place}: the account is still claimed`).toEqual([]);
  const { status = 'ended' } = world.state.body<RunningExperiment>('running', 'cart-1') ?? {};
  expect(status, `${place}: it is still in flight`).toBe('ended');
  if (acts(world).length > 0) {
    expect(world.claims.group?.lastExperiment, `${place}: an act that used up no spacing`).toBe('cart-1');
  }
}

/** Verdicts that are true when a call of that name goes wrong once. */
function verdictsAfter(name: string, how: Mishap): string[] {
  if (/^(metrics|ecs|port)\./.test(name)) return ['held', 'inconclusive', 'refused'];
  // A stop condition that cannot be read ends it; before the act it is a no, as all that a guard asks and cannot be told.
  if (name === 'alarms.read' && !how.startsWith('dies')) return ['refused', 'aborted'];
  const isAsked = ['changeCalendars.read', 'state.read cancelled'].includes(name);
  return isAsked && !how.startsWith('dies') ? ['refused'] : ['held'];
}

const MISHAPS: readonly Mishap[] = ['dies-before', 'dies-after', 'fails', 'answer-lost'];

describe.each(Object.entries(FAULTS))(
  'when a call of an experiment with %s goes wrong',
  (_, { aWorld, order, act }) => {
    it.each(MISHAPS)('(%s), whichever it is, nothing is done twice, unrecorded, or left', async (how) => {
      const { calls, end } = await runWithMishap(aWorld(), order);
      expect(end?.verdict).toBe('held');
      expect(calls.filter((name) => name === act)).toHaveLength(2);
      for (const [call, name] of calls.entries()) {
        const place = `call ${call} (${name}) ${how}`;
        const world = aWorld();
        const outcome = await runWithMishap(world, order, { call, how });
        expectSafe(world, place);
        // One mishap is never the end of an experiment: every step that may be done again is done again.
        expect(outcome.error, place).toBeUndefined();
        expect(verdictsAfter(name, how), place).toContain(outcome.end?.verdict);
        expect(world.kinds().at(-1), place).toBe(outcome.end?.verdict === 'refused' ? 'refused' : 'ended');
      }
    });
  },
);

it('an act that was interrupted is not tried again: looks tell whether it happened', async () => {
  const { calls } = await runWithMishap(new FakeWorld(), orderFor());
  const call = calls.indexOf('port.stopTask');
  const happened = new FakeWorld();
  const after = await runWithMishap(happened, orderFor(), { call, how: 'dies-after' });
  expect(after.end?.verdict).toBe('held');
  expect(happened.record('injected').facts).toMatchObject({
    outcome: 'unknown',
    interrupted: 'the step was interrupted',
  });

  const not = new FakeWorld();
  const before = await runWithMishap(not, orderFor(), { call, how: 'dies-before' });
  expect(not.stops).toEqual([]);
  expect(before.end).toMatchObject({ verdict: 'inconclusive', because: 'the fault did not take effect' });
});

it('a start that is asked anew comes to the same targets, although the group has changed', async () => {
  const { calls } = await runWithMishap(new FakeWorld(), orderFor());
  const put = calls.indexOf('audit.putIfAbsent');
  const world = new FakeWorld();
  world.atReading = (reading) => {
    // Between the crash and the second asking the group grows, and with it the list that the draw was made from.
    if (reading !== 1) return;
    world.cart.tags = { ...world.cart.tags };
    world.cart.desired = 5;
    for (const name of ['a', 'b'])
      world.cart.lives.push({
        ...world.cart.lives[0],
        taskArn: `arn:aws:ecs:eu-west-1:123456789012:task/shop/0${name}`,
        tags: world.cart.tags,
        createdAtMs: START_MS - 9e6,
        startedAtMs: START_MS - 9e6,
      });
  };
  const { end } = await runWithMishap(world, orderFor(), { call: put, how: 'dies-after' });
  const started = world.audit.records.filter(({ kind }) => kind === 'started');
  expect(started).toHaveLength(1);
  expect(world.stops).toEqual([started[0]?.resource]);
  expect(end?.verdict).toBe('held');
});

it('a lever that is engaged between the record and its answer still holds the act back', async () => {
  const { calls } = await runWithMishap(new FakeWorld(), orderFor());
  const world = new FakeWorld();
  world.atReading = (reading) => {
    if (reading === 1) world.engageLever();
  };
  const mishap = { call: calls.indexOf('audit.putIfAbsent'), how: 'dies-after' } as const;
  const { end } = await runWithMishap(world, orderFor(), mishap);
  expect(end).toMatchObject({ verdict: 'aborted', because: expect.stringContaining('Ann engaged the lever') });
  expect(world.kinds()).toEqual(['started', 'ended']);
  expect(world.record('ended').facts).toMatchObject({ verdict: 'aborted', acted: false, tookEffect: false });
  expect(world.stops).toEqual([]);
  expect(world.claims).toEqual({ group: { group: 'shop/cart' }, account: { slots: [], starts: [] } });
});

it('a refusal or a leash that was recorded stays the answer, whatever has changed since', async () => {
  for (const verdict of ['refused', 'leashed'] as const) {
    const arranged = (): FakeWorld => {
      const world = new FakeWorld();
      if (verdict === 'refused') world.engageLever();
      else world.leashed = { known: true, value: true };
      return world;
    };
    const { calls } = await runWithMishap(arranged(), orderFor());
    const world = arranged();
    world.atReading = (reading) => {
      if (reading !== 1) return;
      world.lever = { known: true, value: { engaged: false, reason: 'over', actor: 'Ann', at: 'now' } };
      world.leashed = { known: true, value: false };
    };
    const { end } = await runWithMishap(world, orderFor(), {
      call: calls.indexOf('audit.putIfAbsent'),
      how: 'dies-after',
    });
    expect(end?.verdict).toBe(verdict);
    expect(world.kinds()).toEqual([verdict]);
    expect(world.stops).toEqual([]);
    expect(world.claims.group?.inFlight).toBeUndefined();
  }
});

it('waits its interval between two looks, and not after the last', async () => {
  const world = new FakeWorld();
  const { waits } = await runWithMishap(world, orderFor());
  // The first reading of the switches was the survey's, each other a look's.
  expect(waits).toEqual(Array.from({ length: world.readings - 2 }, (_, n) => `until-look-${n + 1} 5 s`));
});
