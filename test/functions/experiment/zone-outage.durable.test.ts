import { expect, it } from 'vitest';
import { faultOf } from '../../../functions/experiment/inject.ts';
import { limitsOf } from '../../../functions/experiment/limits.ts';
import { explain } from '../../../lib/audit/explain.ts';
import type { ConfigInput } from '../../../lib/core/config.ts';
import { aGroup } from '../../core/examples.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

useDurableExecutions();

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;

/** Nine tasks in three zones. */
function zonedWorld(config: ConfigInput = {}, tags: Record<string, string> = {}): FakeWorld {
  const world = new FakeWorld(config);
  world.ecs.services_.splice(0);
  world.addService('cart', 9, { 'chaos:opt-in': 'true', 'chaos:faults': 'zone-outage', ...tags }).inZones(...ZONES);
  return world;
}

const order = (parameters: Record<string, unknown> = {}, more: Parameters<typeof orderFor>[0] = {}) =>
  orderFor({ fault: 'zone-outage', parameters, ...more });

const zoneOf = (world: FakeWorld, taskArn: string): string | undefined =>
  world.ecs.services_[0]?.lives.find((life) => life.taskArn === taskArn)?.zone;

it('everything of one drawn zone is stopped and nothing of another, and the choice can be drawn again', async () => {
  const world = zonedWorld();
  const { end } = await execute(world, order());
  expect(end).toMatchObject({ verdict: 'held' });
  expect(world.stops).toHaveLength(3);
  expect(new Set(world.stops.map((one) => zoneOf(world, one))).size).toBe(1);
  const explained = explain(world.audit.records.filter(({ chain }) => chain === 'cart-1'));
  const why = explained?.choices.find(({ question }) => question === 'why these targets');
  expect(why).toMatchObject({ replays: true, labels: ['test/targets/shop/cart/zone'] });
  expect(why?.answer).toContain('was drawn: number');
  expect(why?.others).toHaveLength(2);
});

it('the zone that is asked for is hit', async () => {
  const world = zonedWorld();
  await execute(world, order({ zone: 'eu-west-1b' }));
  expect(world.stops.map((one) => zoneOf(world, one))).toEqual(['eu-west-1b', 'eu-west-1b', 'eu-west-1b']);
});

it.each([
  ['too few would stay', { 'chaos:min-remaining': '7' }, {}, {}, 'too-few-remaining'],
  ['nothing is in the zone', {}, { zone: 'eu-west-1z' }, {}, 'too-few-eligible'],
  ['a number of targets is asked for', {}, {}, { targets: 2 }, 'targets-not-applicable'],
  ['its part means nothing to tasks', {}, { by: 'terminate-host' }, {}, 'fault-not-applicable'],
] as const)('nothing is touched when %s', async (_when, tags, parameters, more, code) => {
  const world = zonedWorld({}, tags);
  const { end } = await execute(world, order(parameters, more));
  expect(end).toMatchObject({ verdict: 'refused' });
  expect(world.record('refused').facts.refusals).toContainEqual(expect.objectContaining({ code }));
  expect(world.stops).toEqual([]);
});

it('a spread outage comes bit by bit', async () => {
  const world = zonedWorld();
  const at: number[] = [];
  world.ecs.onStop = undefined;
  const stopTask = world.ecs.stopTask.bind(world.ecs);
  world.ecs.stopTask = (...call) => {
    at.push(world.nowMs);
    return stopTask(...call);
  };
  const { end } = await execute(world, order({ spreadSeconds: 10 }));
  expect(end).toMatchObject({ verdict: 'held' });
  // The world's clock moves on by five seconds with each reading of the switches, which comes before each later act.
  expect(at.map((moment) => moment - (at[0] ?? 0))).toEqual([0, 5_000, 10_000]);
});

it.each([
  ['the lever is engaged', (world: FakeWorld) => world.engageLever(), 'Ann engaged the lever: enough', 'aborted'],
  [
    'the leash is put on',
    (world: FakeWorld): void => {
      world.leashed = { known: true, value: true };
    },
    'the leash was put on',
    'inconclusive',
  ],
  [
    'the leash cannot be read',
    (world: FakeWorld): void => {
      world.leashed = { known: false, because: 'no answer' };
    },
    'the leash could not be read: no answer',
    'inconclusive',
  ],
  [
    'the hypothesis is broken',
    (world: FakeWorld): void => {
      world.errorsAt = () => 5;
    },
    'errors is broken already',
    'broken',
  ],
  [
    'a stop alarm goes off',
    (world: FakeWorld) => world.alarmStates.set('burning', 'ALARM'),
    'the alarm burning is in ALARM',
    'aborted',
  ],
  [
    'the alarms cannot be read',
    (world: FakeWorld): void => {
      world.alarmsFail = true;
    },
    'the stop alarms could not be read',
    'aborted',
  ],
] satisfies [string, (world: FakeWorld) => unknown, string, string][])(
  'of a spread outage the rest is held back when %s',
  async (_when, happen, because, verdict) => {
    const world = zonedWorld({}, { 'chaos:alarms': 'burning' });
    // Reading 0 is the survey's; 1 comes before the second act.
    world.atReading = (reading) => {
      if (reading === 1) happen(world);
    };
    const { end } = await execute(world, order({ spreadSeconds: 60 }));
    expect(end).toMatchObject({ verdict });
    expect(world.stops).toHaveLength(1);
    const injected = world.audit.records.filter(({ kind }) => kind === 'injected');
    expect(injected.map(({ facts }) => facts.outcome)).toEqual(['accepted', 'failed', 'failed']);
    for (const { facts } of injected.slice(1)) {
      expect(facts).toMatchObject({ code: 'held-back', message: expect.stringContaining(because) });
      expect(facts).not.toHaveProperty('calledAt');
    }
  },
);

it('a reversible part is taken off every target of the zone, none healing later than the experiment says', async () => {
  const world = zonedWorld();
  world.ecs.services_[0]?.onHosts();
  const untils: number[] = [];
  const sendCommand = world.hosts.sendCommand.bind(world.hosts);
  world.hosts.sendCommand = (command) => {
    untils.push(Number(command.parameters.until) * 1000 - START_MS);
    return sendCommand(command);
  };
  // Each later act comes half a minute after the one before.
  world.atReading = (reading) => {
    if (reading === 1 || reading === 2) world.nowMs += 25_000;
  };
  const parameters = { by: 'pause-container', part: { durationSeconds: 90 }, spreadSeconds: 60 };
  const { end } = await execute(world, order(parameters));
  expect(end?.verdict).toBe('held');
  expect(world.kinds().filter((kind) => kind === 'undone')).toHaveLength(3);
  // Of itself the last would heal after 60 + 90 s; half a minute after the first one's time all is over.
  expect(untils).toEqual([90_000, 120_000, 120_000]);
});

it('an experiment under the leash says what it would do to whom', async () => {
  const world = zonedWorld();
  world.leashed = { known: true, value: true };
  await execute(world, order({ zone: 'eu-west-1a' }));
  expect(world.stops).toEqual([]);
  const would = world.record('leashed').facts.would as { resource: string; lines: string[] }[];
  expect(would.map(({ lines, resource }) => lines[0] === `stop-task ${resource}`)).toEqual([true, true, true]);
});

it('a record whose zone, draw or targets were changed does not replay', async () => {
  const world = zonedWorld();
  await execute(world, order());
  const chain = world.audit.records.filter(({ chain: name }) => name === 'cart-1');
  const replaysWith = (
    change: (facts: { positions: number[]; targets: object[] }) => object,
  ): boolean | null | undefined => {
    const changed = chain.map((one) =>
      one.kind === 'started' && 'zone' in one.facts
        ? { ...one, facts: { ...one.facts, ...change(one.facts as never) } }
        : one,
    );
    return explain(changed)?.choices.find(({ question }) => question === 'why these targets')?.replays;
  };
  expect(replaysWith(() => ({}))).toBe(true);
  const { zone } = world.record('started').facts as { zone: { name: string; among: { name: string }[] } };
  const other = zone.among.find(({ name }) => name !== zone.name)?.name;
  expect(replaysWith(() => ({ zone: { ...zone, name: other } }))).toBe(false);
  expect(replaysWith(() => ({ zone: { ...zone, among: zone.among.slice(0, 2) } }))).toBe(false);
  expect(replaysWith(({ positions }) => ({ positions: [...positions].reverse() }))).toBe(false);
  expect(replaysWith(({ targets }) => ({ targets: targets.slice(1) }))).toBe(false);
});

it('an act of a spread outage whose own turn is over is not made up for', async () => {
  const world = zonedWorld();
  world.beforeAct = () => {
    world.nowMs += 40_000;
  };
  await execute(world, order({ spreadSeconds: 60 }));
  const [first, ...others] = world.audit.records.filter(({ kind }) => kind === 'injected');
  expect(first?.facts).toMatchObject({ outcome: 'failed', code: 'too-late' });
  expect(others.map(({ facts }) => facts.outcome)).toEqual(['accepted', 'accepted']);
});

it('what is hit last is observed as long as the profile says', () => {
  const settings = { ...aGroup('shop/cart').settings, observeSeconds: 30 };
  const spread = order({ spreadSeconds: 60 });
  expect(limitsOf(settings, faultOf(spread), spread).observeSeconds).toBe(90);
  const atOnce = order();
  expect(limitsOf(settings, faultOf(atOnce), atOnce).observeSeconds).toBe(30);
});
