import { expect, it } from 'vitest';
import { drawPlans } from '../../../functions/plan/draw-plan.ts';
import { type PlanRequest, planRequestSchema } from '../../../functions/plan/request.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { experimentOrderSchema } from '../../../lib/core/experiment.ts';
import { inOrder } from '../in-order.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

function within(more: object = {}): PlanRequest {
  return planRequestSchema.parse({
    version: 1,
    plan: 'within',
    actor: 'Ann',
    reason: 'game day',
    seconds: 1200,
    ...more,
  });
}

it('draws each group once within the time, keeps and records the plan, then schedules it', async () => {
  const world = new FakeWorld();
  const { plans, problems } = await drawPlans(world, within({ name: 'game-day' }));
  expect(problems).toEqual([]);
  const [plan = expect.fail('no plan')] = plans;
  expect(plans).toHaveLength(1);
  expect(plan).toMatchObject({ name: 'game-day', isNew: true, notPlanned: [] });
  expect(inOrder(plan.experiments.map(({ group }) => group))).toEqual(['shop/cart', 'shop/mail', 'shop/web']);
  for (const { experiment, at, group, fault, label } of plan.experiments) {
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
      actor: 'plan game-day',
      reason: 'game day',
      skip: [],
      leashed: false,
    });
  }
  expect(inOrder([...world.waiting.keys()])).toEqual(inOrder(plan.experiments.map(({ experiment }) => experiment)));
  expect(world.log.slice(0, 2)).toEqual(['write plan', 'record plan-drawn']);
  for (const experiment of world.waiting.keys()) {
    const planned = world.audit.records.find(({ chain, kind }) => chain === experiment && kind === 'planned');
    expect(planned?.facts).toMatchObject({ plan: 'game-day', seed: 'capuchin', draws: [{ of: 1200 }, { of: 1 }] });
  }
  expect(verifyChains(world.audit.records)).toEqual([]);
  expect(world.told).toEqual(world.audit.records);
});

it('asked again with the same name, changes nothing and makes no second schedule', async () => {
  const world = new FakeWorld();
  const first = await drawPlans(world, within({ name: 'game-day' }));
  const [log, asked] = [[...world.log], world.asked];
  world.nowMs += 60_000;
  world.services.push(tagged('late-comer'));
  const second = await drawPlans(world, within({ name: 'game-day', seconds: 30 }));
  expect(second.plans).toEqual(first.plans.map((plan) => ({ ...plan, isNew: false })));
  expect(world.log).toEqual(log);
  expect(world.asked).toBe(asked);
});

it('does not bring back what was cancelled by deleting its schedule', async () => {
  const world = new FakeWorld();
  const { plans } = await drawPlans(world, within({ name: 'game-day' }));
  const cancelled = plans[0]?.experiments[0]?.experiment ?? expect.fail('nothing planned');
  world.waiting.delete(cancelled);
  await drawPlans(world, within({ name: 'game-day' }));
  expect(world.waiting.has(cancelled)).toBe(false);
  expect(world.waiting.size).toBe(2);
});

it('is a plan of its own for each moment when it has no name', async () => {
  const world = new FakeWorld();
  const first = await drawPlans(world, within());
  expect(first.plans[0]?.name).toBe('within-2026-03-02T060000Z');
  world.nowMs += 1000;
  const second = await drawPlans(world, within());
  expect(second.plans[0]).toMatchObject({ name: 'within-2026-03-02T060001Z', isNew: true });
  expect(world.waiting.size).toBe(6);
});

it('as a dry run, answers what it would do and touches nothing', async () => {
  const world = new FakeWorld();
  const dry = await drawPlans(world, within({ name: 'game-day', dryRun: true }));
  expect(world.log).toEqual([]);
  expect(world.asked).toBe(0);
  expect(await drawPlans(world, within({ name: 'game-day' }))).toEqual(dry);
});

it('tells the groups whose tags cannot be read, and leaves them out', async () => {
  const world = new FakeWorld();
  world.services = [tagged('cart'), tagged('web', { 'chaos:min-days': 'x' }), tagged('mail', { 'chaos:opt-in': 'no' })];
  const { plans, problems } = await drawPlans(world, within());
  expect(problems).toMatchObject([{ group: 'shop/web', tag: 'chaos:min-days', value: 'x' }]);
  const drawn = world.audit.records.find(({ kind }) => kind === 'plan-drawn');
  expect(drawn?.facts.refused).toMatchObject([
    { group: 'shop/web', code: 'tag-unparsable', facts: { tag: 'chaos:min-days', value: 'x' } },
  ]);
  expect(plans[0]?.experiments.map(({ group }) => group)).toEqual(['shop/cart']);
});

it('makes one plan when two planners ask at once', async () => {
  const world = new FakeWorld();
  const both = await Promise.all([drawPlans(world, within({ name: 'p' })), drawPlans(world, within({ name: 'p' }))]);
  expect(inOrder(both.map(({ plans }) => plans[0]?.isNew))).toEqual([false, true]);
  expect(both[0]?.plans[0]?.experiments).toEqual(both[1]?.plans[0]?.experiments);
  expect(world.waiting.size).toBe(3);
  expect(world.audit.records).toHaveLength(4);
  expect(verifyChains(world.audit.records)).toEqual([]);
});
