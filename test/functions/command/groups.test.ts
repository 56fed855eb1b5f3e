import { expect, it } from 'vitest';
import { listGroups } from '../../../functions/command/groups.ts';
import { inOrder } from '../in-order.ts';
import { tagged, taggedHosts } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

it('tells who opted in, what cannot be read and what is left out, with the reasons', async () => {
  const world = new FakeWorld({ exceptions: [{ service: 'vip' }] });
  world.services = [
    tagged('cart'),
    tagged('vip'),
    tagged('odd', { 'chaos:days': 'someday' }),
    tagged('out', { 'chaos:opt-in': 'no' }),
  ];
  world.hosts = [taggedHosts('workers')];
  world.unread = [{ resource: 'cluster/broken', because: 'AccessDenied: no' }];
  const answer = await listGroups(world, undefined);
  expect(answer.groups.map(({ name }) => name)).toEqual(['shop/cart', 'workers']);
  expect(answer.problems).toMatchObject([{ group: 'shop/odd', tag: 'chaos:days', value: 'someday' }]);
  expect(answer.excluded).toMatchObject([{ group: 'shop/vip', code: 'excepted' }]);
  expect(answer.unread).toEqual(world.unread);
  expect(answer).not.toHaveProperty('next');
});

it('gives many groups in pages, each once, in the order of names; the rest comes with the first', async () => {
  const world = new FakeWorld({ exceptions: [{ service: 'vip' }] });
  world.services = [...Array.from({ length: 4_100 }, (_, n) => tagged(`s${n}`)), tagged('vip')];
  const names: string[] = [];
  const pages: number[] = [];
  for (let after: string | undefined; ; ) {
    const { groups, excluded, next } = await listGroups(world, after);
    expect(excluded).toHaveLength(after === undefined ? 1 : 0);
    names.push(...groups.map(({ name }) => name));
    pages.push(groups.length);
    if (next === undefined) break;
    after = next;
  }
  expect(pages).toEqual([2_000, 2_000, 100]);
  expect(new Set(names).size).toBe(4_100);
  expect(names).toEqual(inOrder(names));
});

it('says that there is no next page when the last one is full', async () => {
  const world = new FakeWorld();
  world.services = Array.from({ length: 2_000 }, (_, n) => tagged(`s${n}`));
  expect(await listGroups(world, undefined)).not.toHaveProperty('next');
});
