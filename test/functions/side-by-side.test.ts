import { expect, it } from 'vitest';
import { sideBySide } from '../../functions/side-by-side.ts';

it('does each item once, answers in their order, and never more at a time than it may', async () => {
  let [running, most] = [0, 0];
  const items = Array.from({ length: 37 }, (_, n) => n);
  const results = await sideBySide(items, 5, async (n) => {
    most = Math.max(most, ++running);
    // The later ones are quicker.
    for (let turns = 37 - n; turns > 0; turns--) await Promise.resolve();
    running--;
    return n * 2;
  });
  expect(results).toEqual(items.map((n) => n * 2));
  expect(most).toBe(5);
});

it('of nothing is nothing', async () => {
  expect(await sideBySide([], 5, () => Promise.reject(new Error('never')))).toEqual([]);
});

it('begins nothing after an error, lets end what is under way, and throws the first error', async () => {
  const ended: number[] = [];
  const begun: number[] = [];
  const failing = sideBySide([0, 1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
    begun.push(n);
    await Promise.resolve();
    if (n === 0) throw new Error('first');
    for (let turns = 20; turns > 0; turns--) await Promise.resolve();
    if (n === 1) throw new Error('second');
    ended.push(n);
  });
  await expect(failing).rejects.toThrow('first');
  expect(begun).toEqual([0, 1, 2]);
  expect(ended).toEqual([2]);
});
