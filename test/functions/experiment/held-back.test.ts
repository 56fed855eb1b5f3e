import { expect, it } from 'vitest';
import { admit } from '../../../functions/experiment/admit.ts';
import { requestStop } from '../../../functions/in-flight.ts';
import { FakeWorld, orderFor } from './fake-world.ts';

it('whoever ends a one-shot experiment between its being stored and its act keeps it from acting', async () => {
  const world = new FakeWorld();
  const stop = { actor: 'Ann', reason: 'not now', at: '2026-03-02T10:00:00.000Z' };
  let asked: Promise<unknown> | undefined;
  world.state.afterWrite = (kind) => {
    if (kind === 'running' && asked === undefined) asked = requestStop(world.state, 'cart-1', stop);
  };
  const admission = await admit(world, orderFor(), 'owner');
  await asked;
  expect(admission).toMatchObject({ kind: 'aborted', because: 'Ann ended it: not now, before the act' });
  expect(world.kinds()).toEqual(['started', 'ended']);
  expect(world.record('ended').facts).toMatchObject({ verdict: 'aborted', acted: false });
  expect(world.stops).toEqual([]);
  expect(world.claims.group?.inFlight).toBeUndefined();
});
