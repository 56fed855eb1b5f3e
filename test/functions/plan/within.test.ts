import { expect, it } from 'vitest';
import { drawWithin } from '../../../functions/plan/draw-plan.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { experimentOrderSchema } from '../../../lib/core/experiment.ts';
import { inOrder } from '../in-order.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';
import { within } from './requests.ts';

/** Game days happen at any hour. */
const ALWAYS = { window: { hours: '00:00-24:00', days: 'mon-sun', zone: 'UTC' } };

it('draws each group once within the time, keeps and records the plan, then schedules it', async () => {
  const world = new FakeWorld(ALWAYS);
  const { plans, problems } = await drawWithin(world, within({ name: 'game-day' }));
  expect(problems).toEqual([]);
  const [plan = expect.fail('no plan')] = plans;
  expect(plans).toHaveLength(1);
  expect(plan).toMatchObject({ name: 'game-day', isNew: true, notPlanned: {} });
  expect(inOrder(plan.experiments.map(({ group }) => group))).toEqual(['shop/cart', 'shop/mail', 'shop/web']);
  for (const { experiment, at, group, fault } of plan.experiments) {
    const label = `game-day/targets/${group}`;
    expect(Date.parse(at)).toBeGreaterThanOrEqual(world.nowMs + 3_000);
    expect(Date.parse(at)).toBeLessThan(world.nowMs + 3_000 + 1_200_000);
    const order = world.waiting.get(experiment);
    // What the schedule hands over is what the experiment function takes.
    expect(experimentOrderSchema.parse(JSON.parse(JSON.stringify(order)))).toEqual(order);
    expect(order).toMatchObject({
      group,
      fault,
      at,
      label,
      actor: `schedule ${experiment}`,
      reason: 'game day',
      skip: [],
      leashed: false,
    });
  }
  expect(inOrder([...world.waiting.keys()])).toEqual(inOrder(plan.experiments.map(({ experiment }) => experiment)));
  expect(world.log.slice(0, 2)).toEqual(['write plan', 'record plan-drawn']);
  for (const experiment of world.waiting.keys()) {
    const planned = world.audit.records.find(({ chain, kind }) => chain === experiment && kind === 'planned');
    expect(planned?.facts).toMatchObject({
      plan: 'game-day',
      seed: 'capuchin',
      chance: 1,
      draws: [{ of: 1200 }, { of: 1 }],
    });
  }
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(world.told).toEqual(world.audit.records);
});

it('asked again with the same name, changes nothing and makes no second schedule', async () => {
  const world = new FakeWorld(ALWAYS);
  const first = await drawWithin(world, within({ name: 'game-day' }));
  const [log, asked] = [[...world.log], world.asked];
  world.nowMs += 60_000;
  world.services.push(tagged('late-comer'));
  const second = await drawWithin(world, within({ name: 'game-day', seconds: 30 }));
  expect(second.plans).toEqual(first.plans.map((plan) => ({ ...plan, isNew: false })));
  expect(world.log).toEqual(log);
  expect(world.asked).toBe(asked);
});

it('does not bring back what was cancelled by deleting its schedule', async () => {
  const world = new FakeWorld(ALWAYS);
  const { plans } = await drawWithin(world, within({ name: 'game-day' }));
  const cancelled = plans[0]?.experiments[0]?.experiment ?? expect.fail('nothing planned');
  world.waiting.delete(cancelled);
  await drawWithin(world, within({ name: 'game-day' }));
  expect(world.waiting.has(cancelled)).toBe(false);
  expect(world.waiting.size).toBe(2);
});

it('is a plan of its own for each moment when it has no name', async () => {
  const world = new FakeWorld(ALWAYS);
  const first = await drawWithin(world, within());
  expect(first.plans[0]?.name).toBe('within-2026-03-02T060000Z');
  world.nowMs += 1000;
  const second = await drawWithin(world, within());
  expect(second.plans[0]).toMatchObject({ name: 'within-2026-03-02T060001Z', isNew: true });
  expect(world.waiting.size).toBe(6);
});

it('as a dry run, answers what it would do and touches nothing', async () => {
  const world = new FakeWorld(ALWAYS);
  const dry = await drawWithin(world, within({ name: 'game-day', dryRun: true }));
  expect(world.log).toEqual([]);
  expect(world.asked).toBe(0);
  expect(await drawWithin(world, within({ name: 'game-day' }))).toEqual(dry);
});

it('tells the groups whose tags cannot be read, and leaves them out', async () => {
  const world = new FakeWorld(ALWAYS);
  world.services = [tagged('cart'), tagged('web', { 'chaos:min-days': 'x' }), tagged('mail', { 'chaos:opt-in': 'no' })];
  const { plans, problems } = await drawWithin(world, within());
  expect(problems).toMatchObject([{ group: 'shop/web', tag: 'chaos:min-days', value: 'x' }]);
  const drawn = world.audit.records.find(({ kind }) => kind === 'plan-drawn');
  expect(drawn?.facts).toMatchObject({ planned: 1, refused: 1, parts: 1 });
  const part = world.audit.records.find(({ kind }) => kind === 'plan-part');
  expect(part?.facts.groups).toMatchObject([
    { group: 'shop/cart' },
    { group: 'shop/web', because: 'tag-unparsable', detail: expect.stringMatching(/chaos:min-days .*shop\/web: "x"/) },
  ]);
  expect(plans[0]?.experiments.map(({ group }) => group)).toEqual(['shop/cart']);
});

it('makes one plan when two planners ask at once', async () => {
  const world = new FakeWorld(ALWAYS);
  const both = await Promise.all([drawWithin(world, within({ name: 'p' })), drawWithin(world, within({ name: 'p' }))]);
  expect(inOrder(both.map(({ plans }) => plans[0]?.isNew))).toEqual([false, true]);
  expect(both[0]?.plans[0]?.experiments).toEqual(both[1]?.plans[0]?.experiments);
  expect(world.waiting.size).toBe(3);
  expect(world.audit.records).toHaveLength(5);
  expect(verifyChains(world.audit.records)).toEqual([]);
});
