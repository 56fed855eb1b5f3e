import { expect, it, vi } from 'vitest';
import { commandRequestSchema, type RunRequest } from '../../../functions/command/request.ts';
import { run } from '../../../functions/command/run.ts';
import { type FaultKind, faultAt } from '../../../lib/core/fault-choice.ts';
import type { WeightedFault } from '../../../lib/core/settings.ts';
import { tagged, taggedHosts } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

// The catalogue has one fault yet; the choice has to be right before there are more.
vi.mock(import('../../../lib/faults/catalogue.ts'), async (original) => {
  const reach = ['fargate', 'ec2'] as const;
  const kinds: FaultKind[] = [
    { name: 'stop-task', scopes: ['task'], reach },
    { name: 'pause', scopes: ['container'], reach },
    { name: 'reboot', scopes: ['host'], reach },
  ];
  return { ...(await original()), FAULT_KINDS: kinds, FAULT_NAMES: kinds.map(({ name }) => name) };
});

function request(group: string): RunRequest {
  const asked = { command: 'run', version: 1, actor: 'Ann', reason: 'drill', group };
  return commandRequestSchema.parse(asked) as RunRequest;
}

it('draws among the faults that the group allows and that apply to it, as often as their weights say', async () => {
  const world = new FakeWorld();
  world.services = [tagged('cart', { 'chaos:faults': 'stop-task=3 reboot=500 pause' })];
  const count = 400;
  for (let n = 0; n < count; n++) await run(world, request('shop/cart'));
  const drawn = world.started.map(({ order }) => order.fault);
  expect(new Set(drawn)).toEqual(new Set(['stop-task', 'pause']));
  // Three quarters are wanted; five standard deviations either way.
  const share = drawn.filter((fault) => fault === 'stop-task').length / count;
  expect(Math.abs(share - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / count));
});

it('records what the draw was made among, so that anybody can make it again', async () => {
  const world = new FakeWorld({ seed: 'ours' });
  world.services = [tagged('cart', { 'chaos:faults': 'pause reboot stop-task=2' })];
  await run(world, request('shop/cart'));
  const { seed, faults, draws, drawn } = (world.audit.records[0]?.facts ?? {}) as {
    seed: string;
    faults: WeightedFault[];
    draws: { label: string; of: number; picked: number }[];
    drawn: string;
  };
  expect(seed).toBe('ours');
  expect(faults).toEqual([
    { name: 'pause', weight: 1 },
    { name: 'stop-task', weight: 2 },
  ]);
  expect(draws).toEqual([{ label: expect.stringContaining('/fault/shop/cart'), of: 3, picked: expect.any(Number) }]);
  expect(faultAt(faults, draws[0]?.picked ?? -1)).toBe(drawn);
  expect(world.started[0]?.order.fault).toBe(drawn);
});

it('draws for hosts among the faults of hosts', async () => {
  const world = new FakeWorld();
  world.hosts = [taggedHosts('workers', { 'chaos:faults': 'stop-task=900 reboot' })];
  await run(world, request('workers'));
  expect(world.audit.records[0]?.facts).toMatchObject({ faults: [{ name: 'reboot', weight: 1 }], drawn: 'reboot' });
});
