import { expect, it } from 'vitest';
import { commandRequestSchema, type RunRequest } from '../../../functions/command/request.ts';
import { run } from '../../../functions/command/run.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { ConfigInput } from '../../../lib/core/config.ts';
import { experimentOrderSchema } from '../../../lib/core/experiment.ts';
import { tagged, taggedHosts } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

function request(more: Partial<RunRequest> = {}): RunRequest {
  const by = { version: 1, actor: 'Ann', reason: 'after the incident' };
  return commandRequestSchema.parse({ command: 'run', ...by, group: 'shop/cart', ...more }) as RunRequest;
}

it('starts an experiment of a known group, recorded before it starts', async () => {
  const world = new FakeWorld();
  const answer = await run(world, request({ targets: 2, skip: ['spacing'], leashed: true }));
  expect(answer).toMatchObject({ accepted: true, group: 'shop/cart', fault: 'stop-task' });
  const [{ functionArn, order } = expect.fail('nothing was started')] = world.started;
  expect(functionArn).toBe('experiment:live');
  expect(experimentOrderSchema.parse(order)).toEqual(order);
  expect(order).toMatchObject({
    group: 'shop/cart',
    services: [{ cluster: 'shop', service: 'cart' }],
    at: '2026-03-02T10:00:00.250Z',
    targets: 2,
    skip: ['spacing'],
    leashed: true,
    actor: 'Ann',
    reason: 'after the incident',
  });
  expect(world.log).toEqual(['record requested', `start ${order.experiment}`]);
  const [record] = world.audit.records;
  expect(record).toMatchObject({
    chain: order.experiment,
    actor: 'Ann',
    reason: 'after the incident',
    group: 'shop/cart',
  });
  expect(record?.facts).toEqual({
    group: 'shop/cart',
    targets: 2,
    skip: ['spacing'],
    leashed: true,
    parameters: {},
    // Enough to draw the fault again.
    seed: 'capuchin',
    faults: [{ name: 'stop-task', weight: 1 }],
    draws: [{ label: expect.stringMatching(/^2026-03-02T10:00:00-[0-9a-f]{6}\/fault\/shop\/cart$/), of: 1, picked: 0 }],
    drawn: 'stop-task',
  });
  expect(world.told).toEqual(world.audit.records);
});

it('makes two experiments of two requests, even within one second', async () => {
  const world = new FakeWorld();
  await run(world, request());
  await run(world, request());
  const [first, second] = world.started.map(({ order }) => order);
  expect(first?.experiment).not.toBe(second?.experiment);
  expect(first?.label).not.toBe(second?.label);
});

it('hands the fault and its parameters on as asked: what is wrong with them is for the guards to say', async () => {
  const world = new FakeWorld();
  await run(world, request({ fault: 'unplug', parameters: { hard: true } }));
  expect(world.started[0]?.order).toMatchObject({ fault: 'unplug', parameters: { hard: true } });
});

it('records no draw of a fault that was named', async () => {
  const world = new FakeWorld();
  await run(world, request({ fault: 'stop-task' }));
  expect(world.audit.records[0]?.facts).toEqual({
    group: 'shop/cart',
    fault: 'stop-task',
    skip: [],
    leashed: false,
    parameters: {},
  });
});

it('hands a fraction of targets on as it was asked', async () => {
  const world = new FakeWorld();
  await run(world, request({ targets: 0.25 }));
  expect(world.started[0]?.order.targets).toBe(0.25);
});

it.each<[string, ConfigInput, string]>([
  [
    'excepted',
    { exceptions: [{ service: 'ca*', reason: 'audit week' }] },
    'the config excepts service=ca* (audit week)',
  ],
  ['not-enabled', { enabled: { regions: ['us-east-1'] } }, 'region eu-west-1 is not enabled in the config'],
  ['not-enabled', { enabled: { accounts: ['999999999999'] } }, 'account 123456789012 is not enabled in the config'],
])('refuses a group that the config leaves out with %s: %j', async (code, config, because) => {
  const world = new FakeWorld(config);
  const answer = await run(world, request());
  expect(answer).toMatchObject({
    accepted: false,
    refusals: [{ code, because, facts: { resource: world.services[0]?.serviceArn } }],
  });
  expect(world.audit.records.map(({ kind }) => kind)).toEqual(['requested', 'refused']);
  expect(world.started).toEqual([]);
});

it.each([
  ['none of its faults applies', {}],
  ['the fault that was asked for does not apply', { fault: 'stop-task' }],
])('refuses a group of hosts to which %s', async (_, asked) => {
  const world = new FakeWorld();
  world.hosts = [taggedHosts('workers', { 'chaos:faults': 'stop-task' })];
  const answer = await run(world, request({ group: 'workers', ...asked }));
  expect(answer).toMatchObject({
    accepted: false,
    refusals: [
      {
        code: 'fault-not-applicable',
        because: 'workers is a group of hosts, and stop-task does not apply to it',
        facts: { faults: ['stop-task'], kind: 'hosts' },
      },
    ],
  });
  expect(world.audit.records.map(({ kind }) => kind)).toEqual(['requested', 'refused']);
  expect(world.started).toEqual([]);
});

it('does not start when the request cannot be recorded', async () => {
  const world = new FakeWorld();
  world.audit.beforePut = () => {
    throw new Error('the audit table is away');
  };
  await expect(run(world, request())).rejects.toThrow('the audit table is away');
  expect(world.started).toEqual([]);
});

it('refuses a group that has not opted in, with the names of those that have, and records both', async () => {
  const world = new FakeWorld();
  const answer = await run(world, request({ group: 'shop/carts' }));
  expect(answer).toMatchObject({
    accepted: false,
    refusals: [
      { code: 'not-opted-in', because: 'no group "shop/carts" has opted in; these have: shop/cart, shop/web' },
    ],
  });
  expect(world.audit.records.map(({ kind }) => kind)).toEqual(['requested', 'refused']);
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(world.told).toEqual(world.audit.records);
  expect(world.started).toEqual([]);
});

it('lists no more than twenty of many names to whoever misspelt one', async () => {
  const world = new FakeWorld();
  world.services = Array.from({ length: 23 }, (_, n) => tagged(`s${String(n).padStart(2, '0')}`));
  const answer = await run(world, request({ group: 'shop/x' }));
  expect(answer).toMatchObject({
    refusals: [{ because: expect.stringMatching(/these have: shop\/s00, .*, shop\/s19 and 3 more$/) }],
  });
});

it('looks the whole account through only for a name that nobody has', async () => {
  const world = new FakeWorld();
  let times = 0;
  const { discovery } = world;
  const counting = {
    ...world,
    now: world.now,
    discovery: { ...discovery, find: () => discovery.find().finally(() => times++) },
  };
  // The fake's own search for one group asks the plain one.
  await run(counting, request());
  expect(times).toBe(0);
  await run(counting, request({ group: 'shop/carts' }));
  expect(times).toBe(1);
});

it('refuses a group whose tags cannot be read, with resource, tag and value', async () => {
  const world = new FakeWorld();
  world.services = [tagged('cart', { 'chaos:mean-days': 'often', 'chaos:hours': 'all day' })];
  const answer = await run(world, request());
  expect(answer).toMatchObject({
    accepted: false,
    refusals: [
      {
        code: 'tag-unparsable',
        facts: { resource: world.services[0]?.serviceArn, tag: 'chaos:mean-days', value: 'often' },
      },
      { code: 'tag-unparsable', facts: { tag: 'chaos:hours', value: 'all day' } },
    ],
  });
  expect(world.started).toEqual([]);
});
