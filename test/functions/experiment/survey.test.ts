import { expect, it } from 'vitest';
import { survey } from '../../../functions/experiment/survey.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

it('wants as many targets as the order says, else as the profile does', async () => {
  const profile = { targets: 2 };
  const world = new FakeWorld({ profiles: { default: profile } });
  expect((await survey(world, orderFor(), 'owner')).situation.wanted).toBe(2);
  const { situation } = await survey(world, orderFor({ targets: 3 }), 'owner');
  expect(situation.wanted).toBe(3);
  expect(situation.choice.known && situation.choice.value.picked).toHaveLength(3);
});

it('draws among the tasks that are old enough, carry the tag and are not protected', async () => {
  const world = new FakeWorld({ minimumTaskAgeSeconds: 300 });
  const [young, shielded, bare] = world.cart.lives;
  if (!(young && shielded && bare)) throw new Error('three tasks were wanted');
  Object.assign(young, { startedAtMs: START_MS - 299_000 });
  Object.assign(shielded, { isProtected: true });
  Object.assign(bare, { tags: {} });
  const { situation } = await survey(world, orderFor(), 'owner');
  expect(situation.choice).toMatchObject({
    known: true,
    value: {
      candidates: [],
      ineligible: [
        { target: young.taskArn, because: 'too-young' },
        { target: shielded.taskArn, because: 'protected' },
        { target: bare.taskArn, because: 'tag-not-propagated' },
      ],
    },
  });
  Object.assign(young, { startedAtMs: START_MS - 300_000 });
  expect((await survey(world, orderFor(), 'owner')).situation.choice).toMatchObject({
    value: { candidates: [young.taskArn] },
  });
});

it('judges lateness by the config', async () => {
  const { situation } = await survey(new FakeWorld({ lateAfterSeconds: 42 }), orderFor(), 'owner');
  expect(situation.lateAfterSeconds).toBe(42);
});

it('does not say of a group whose tags cannot be read that its services left it', async () => {
  const world = new FakeWorld();
  world.cart.tags = { ...world.cart.tags, 'chaos:days': 'someday' };
  const { situation } = await survey(world, orderFor(), 'owner');
  expect(situation.group).toMatchObject({ known: true, value: { group: undefined, present: ['shop/cart'] } });
});

it('reads the experiment’s chain and both claims beside the rest', async () => {
  const world = new FakeWorld();
  await world.state.write('group', 'shop/cart', { group: 'shop/cart' }, undefined);
  const { claims, chain } = await survey(world, orderFor(), 'owner');
  expect(claims).toEqual({ group: { body: { group: 'shop/cart' }, version: 1 }, account: undefined });
  expect(chain).toEqual([]);
});
