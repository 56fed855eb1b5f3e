import { expect, it } from 'vitest';
import { finderIn, sortedByArn } from '../../../lib/rehearsal/cloud/fleet-lists.ts';

const items = (...names: string[]) => names.map((name) => ({ name, arn: `arn:aws:ecs:r:1:service/c/${name}` }));

it('a list that changes is read anew each time', () => {
  const list = items('b', 'a');
  expect(sortedByArn(list).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(finderIn(list)('c')).toBeUndefined();
  list.push(...items('c', 'B'));
  expect(sortedByArn(list).map(({ name }) => name)).toEqual(['B', 'a', 'b', 'c']);
  expect(finderIn(list)('c')?.name).toBe('c');
  expect(list.map(({ name }) => name)).toEqual(['b', 'a', 'c', 'B']);
});

it('a frozen list is sorted once, and its items are found by name and by ARN', () => {
  const list = Object.freeze(items('b', 'a'));
  expect(sortedByArn(list)).toBe(sortedByArn(list));
  expect(sortedByArn(list).map(({ name }) => name)).toEqual(['a', 'b']);
  for (const find of [finderIn(list), finderIn(list)]) {
    expect(find('a')).toBe(list[1]);
    expect(find('arn:aws:ecs:r:1:service/c/b')).toBe(list[0]);
    expect(find('c/b')).toBeUndefined();
  }
});
