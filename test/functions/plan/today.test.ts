import { expect, it } from 'vitest';
import { drawPlans } from '../../../functions/plan/draw-plan.ts';
import { planRequestSchema } from '../../../functions/plan/request.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { GroupState } from '../../../lib/core/claim.ts';
import { inOrder } from '../in-order.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';

const TODAY = planRequestSchema.parse({
  version: 1,
  plan: 'today',
  actor: 'planner schedule',
  reason: "the day's plan",
});
const HOUR_MS = 3_600_000;

it("draws one plan for each zone, by that zone's own date", async () => {
  const world = new FakeWorld();
  world.nowMs = Date.parse('2026-03-02T22:30:00Z');
  const always = { 'chaos:hours': '00:00-24:00', 'chaos:days': 'mon-sun' };
  world.services = [
    tagged('tokyo', { ...always, 'chaos:zone': 'Asia/Tokyo' }),
    tagged('osaka', { ...always, 'chaos:zone': 'Asia/Tokyo' }),
    tagged('london', { ...always, 'chaos:zone': 'Europe/London' }),
  ];
  const { plans } = await drawPlans(world, TODAY);
  const groups = Object.fromEntries(
    plans.map(({ name, experiments }) => [name, inOrder(experiments.map(({ group }) => group))]),
  );
  expect(groups).toEqual({
    '2026-03-03-Asia-Tokyo': ['shop/osaka', 'shop/tokyo'],
    '2026-03-02-Europe-London': ['shop/london'],
  });
  for (const { at } of plans.flatMap(({ experiments }) => experiments))
    expect(Date.parse(at)).toBeGreaterThanOrEqual(world.nowMs);
});

it('does not take two zones for one because their names look alike', async () => {
  const world = new FakeWorld();
  world.services = [tagged('east', { 'chaos:zone': 'Etc/GMT-1' }), tagged('west', { 'chaos:zone': 'Etc/GMT+1' })];
  const { plans } = await drawPlans(world, TODAY);
  expect(plans.map(({ isNew }) => isNew)).toEqual([true, true]);
  expect(inOrder(plans.flatMap(({ experiments }) => experiments.map(({ group }) => group)))).toEqual([
    'shop/east',
    'shop/west',
  ]);
  expect(world.waiting.size).toBe(2);
});

it('keeps an empty plan as a plan: nobody is drawn later that day', async () => {
  const world = new FakeWorld({ profiles: { default: { meanDays: 1e9 } } });
  const { plans } = await drawPlans(world, TODAY);
  expect(plans).toMatchObject([{ name: '2026-03-02-UTC', isNew: true, experiments: [] }]);
  expect(plans[0]?.notPlanned.map(({ because }) => because)).toEqual(['not-drawn', 'not-drawn', 'not-drawn']);
  expect(world.audit.records).toMatchObject([
    { chain: 'plan/2026-03-02-UTC', kind: 'plan-drawn', facts: { planned: [] } },
  ]);
  // A group that opts in after the plan was drawn waits for the next day.
  world.services.push(tagged('new', { 'chaos:mean-days': '1' }));
  const later = await drawPlans(world, TODAY);
  expect(later.plans).toMatchObject([{ isNew: false, experiments: [] }]);
  expect(world.waiting.size).toBe(0);
});

it('keeps the first plan at every later hour of the day, and draws anew on the next', async () => {
  const world = new FakeWorld();
  const first = await drawPlans(world, TODAY);
  expect(first.plans[0]?.experiments).toHaveLength(3);
  const log = [...world.log];
  for (let hour = 1; hour < 18; hour++) {
    world.nowMs += HOUR_MS;
    const again = await drawPlans(world, TODAY);
    expect(again.plans).toEqual(first.plans.map((plan) => ({ ...plan, isNew: false })));
  }
  expect(world.log).toEqual(log);
  world.nowMs += 8 * HOUR_MS;
  const next = await drawPlans(world, TODAY);
  expect(next.plans).toMatchObject([{ name: '2026-03-03-UTC', isNew: true }]);
});

it('forgets a plan some weeks after it was drawn', async () => {
  const world = new FakeWorld();
  await drawPlans(world, TODAY);
  expect(world.state.items.get('plan/2026-03-02-UTC')?.expiresAtSeconds).toBe(world.nowMs / 1000 + 30 * 86_400);
});

it('leaves out who had one too short a while ago', async () => {
  const world = new FakeWorld();
  const state: GroupState = {
    group: 'shop/cart',
    lastExperiment: 'x',
    lastStartedMs: Date.parse('2026-03-02T05:00:00Z'),
  };
  await world.state.write('group', 'shop/cart', state, undefined);
  const { plans } = await drawPlans(world, TODAY);
  expect(plans[0]?.notPlanned).toMatchObject([{ group: 'shop/cart', because: 'spacing' }]);
  expect(inOrder(plans[0]?.experiments.map(({ group }) => group) ?? [])).toEqual(['shop/mail', 'shop/web']);
});

it('makes up in the next run what a crash left out between keeping and scheduling', async () => {
  const world = new FakeWorld();
  let made = 0;
  world.beforeSchedule = () => {
    if (made++ === 1) throw new Error('killed');
  };
  await expect(drawPlans(world, TODAY)).rejects.toThrow('killed');
  expect(world.waiting.size).toBe(1);
  const kept = structuredClone(world.state.body('plan', '2026-03-02-UTC'));
  world.nowMs += HOUR_MS;
  const { plans } = await drawPlans(world, TODAY);
  expect(plans[0]).toMatchObject({ ...(kept as object), isNew: false });
  expect(world.waiting.size).toBe(3);
  expect(world.audit.records.filter(({ kind }) => kind === 'planned')).toHaveLength(3);
  expect(new Set(world.told)).toEqual(new Set(world.audit.records));
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('makes up the records too when the crash came before them', async () => {
  const world = new FakeWorld();
  let puts = 0;
  world.audit.beforePut = () => {
    if (puts++ === 0) throw new Error('killed');
  };
  await expect(drawPlans(world, TODAY)).rejects.toThrow('killed');
  expect(world.waiting.size).toBe(0);
  await drawPlans(world, TODAY);
  expect(inOrder(world.audit.records.map(({ kind }) => kind))).toEqual(['plan-drawn', 'planned', 'planned', 'planned']);
  expect(world.waiting.size).toBe(3);
});

it('does not schedule an experiment whose instant passed while the planner was down', async () => {
  const world = new FakeWorld();
  world.beforeSchedule = () => {
    throw new Error('the scheduler is away');
  };
  await expect(drawPlans(world, TODAY)).rejects.toThrow('the scheduler is away');
  world.beforeSchedule = () => undefined;
  const plan = world.state.body<{ experiments: { at: string; experiment: string }[] }>('plan', '2026-03-02-UTC');
  const [first, ...rest] = plan?.experiments ?? [];
  world.nowMs = Date.parse(first?.at ?? '');
  await drawPlans(world, TODAY);
  expect(inOrder([...world.waiting.keys()])).toEqual(inOrder(rest.map(({ experiment }) => experiment)));
});

it('makes one plan when two planners run at once', async () => {
  const world = new FakeWorld();
  const both = await Promise.all([drawPlans(world, TODAY), drawPlans(world, TODAY)]);
  expect(inOrder(both.map(({ plans }) => plans[0]?.isNew))).toEqual([false, true]);
  expect(world.waiting.size).toBe(3);
  expect(world.audit.records).toHaveLength(4);
});
