import { expect, it } from 'vitest';
import { commandRequestSchema, type RunRequest } from '../../../functions/command/request.ts';
import { run } from '../../../functions/command/run.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { experimentOrderSchema } from '../../../lib/core/experiment.ts';
import { tagged } from '../tagged.ts';
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

it('draws the fault among those that the group allows when none is named', async () => {
  const world = new FakeWorld({ profiles: { default: { faults: ['stop-task', 'b', 'c'] } } });
  world.services = [tagged('cart')];
  for (let n = 0; n < 60; n++) await run(world, request());
  const faults = world.started.map(({ order }) => order.fault);
  expect(new Set(faults)).toEqual(new Set(['stop-task', 'b', 'c']));
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
