import { expect, it } from 'vitest';
import { playRounds } from './triggers.ts';

it('triggers at once are one act, be they two or two hundred', async () => {
  // A thousand rounds are in the suite of statistics.
  const { sizes } = await playRounds(40);
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2, 200]);
});
