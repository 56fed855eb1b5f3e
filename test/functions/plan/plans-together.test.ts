import { expect, it } from 'vitest';
import { drawToday, drawWithin } from '../../../functions/plan/draw-plan.ts';
import { preview } from '../../../functions/plan/preview.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';
import { withMishap } from './ports.ts';
import { previewOf, TODAY, within } from './requests.ts';

const DAY_MS = 86_400_000;

it('a preview of several zones under a ceiling is what the planner draws', async () => {
  const world = new FakeWorld({ budgets: { maxInFlight: 1, maxPerHour: 9, maxPerDay: 2 } });
  world.services = [
    ...['a', 'b', 'c'].map((name) => tagged(name)),
    ...['d', 'e', 'f'].map((name) => tagged(name, { 'chaos:zone': 'Asia/Tokyo' })),
  ];
  // Before Tokyo's midnight: the preview shows its next date as the planner will come to it, before UTC's.
  const groupsOf = (plans: readonly { name: string; experiments: readonly { group: string }[] }[]) =>
    new Map(plans.map(({ name, experiments }) => [name, experiments.map(({ group }) => group)]));
  const seen = groupsOf((await preview(world, previewOf({ days: 2 }))).plans);
  const drawn = new Map<string, string[]>();
  for (let hour = 0; hour < 30; hour++) {
    for (const [name, groups] of groupsOf((await drawToday(world, TODAY)).plans)) drawn.set(name, groups);
    world.nowMs += 3_600_000;
  }
  expect(drawn.get('2026-03-02-UTC')).toEqual(seen.get('2026-03-02-UTC'));
  expect(drawn.get('2026-03-02-Asia-Tokyo')).toEqual(seen.get('2026-03-02-Asia-Tokyo'));
  expect([...seen.values()].flat()).not.toEqual([]);
});

it('a preview of a date whose plan was kept shows it, also some days later', async () => {
  const world = new FakeWorld();
  const drawn = await drawToday(world, TODAY);
  world.nowMs += 3 * DAY_MS;
  const { plans } = await preview(world, previewOf({ date: '2026-03-02' }));
  expect(plans.map(({ name, isKept }) => [name, isKept])).toEqual([['2026-03-02-UTC', true]]);
  expect(plans[0]?.experiments.map(({ experiment }) => experiment)).toEqual(
    drawn.plans[0]?.experiments.map(({ experiment }) => experiment),
  );
});

it('a tag mended between a crash and the next run does not lose its group from the record', async () => {
  const world = new FakeWorld();
  world.services.push(tagged('odd', { 'chaos:days': 'someday' }));
  const { calls } = await withMishap(new FakeWorld(), (one) => drawToday(one, TODAY));
  await withMishap(world, (one) => drawToday(one, TODAY), {
    call: calls.indexOf('audit.putIfAbsent'),
    how: 'dies-after',
  });
  world.services.pop();
  await drawToday(world, TODAY);
  const drawn = world.audit.records.find(({ kind }) => kind === 'plan-drawn');
  const groups = world.audit.records
    .filter(({ kind }) => kind === 'plan-part')
    .flatMap(({ facts }) => facts.groups as { group: string }[]);
  expect(drawn?.facts).toMatchObject({ refused: 1 });
  expect(groups.map(({ group }) => group)).toContain('shop/odd');
});

it('a group that was claimed once without an experiment is met as well', async () => {
  const world = new FakeWorld();
  world.services = [tagged('cart', { 'chaos:max-days': '5' })];
  // What a claim that did not act leaves behind.
  await world.state.write('group', 'shop/cart', { group: 'shop/cart' }, undefined);
  await drawToday(world, TODAY);
  expect(world.state.body('group', 'shop/cart')).toMatchObject({ knownSinceMs: world.nowMs });
  world.nowMs += DAY_MS;
  await drawToday(world, TODAY);
  expect(world.state.body('group', 'shop/cart')).toMatchObject({ knownSinceMs: world.nowMs - DAY_MS });
});

it('pending experiments of a game day count for the ceilings and the spacing of the next plan', async () => {
  const world = new FakeWorld({ budgets: { maxInFlight: 1, maxPerHour: 100, maxPerDay: 3 } });
  await drawWithin(world, within({ name: 'game-day', seconds: 36_000 }));
  expect(world.waiting.size).toBe(3);
  const { plans } = await drawToday(world, TODAY);
  expect(plans[0]?.notPlanned).toEqual({ spacing: 3 });
  expect(world.waiting.size).toBe(3);
});

it('plans nothing for a moment that may have passed before its schedule is made', async () => {
  const world = new FakeWorld();
  world.services = [tagged('cart', { 'chaos:hours': '06:00-06:02' })];
  const { plans } = await drawToday(world, TODAY);
  for (const { at } of plans[0]?.experiments ?? []) expect(Date.parse(at)).toBeGreaterThanOrEqual(world.nowMs + 60_000);
  expect(world.waiting.size).toBe(plans[0]?.experiments.length);
  world.nowMs += DAY_MS + 61_000;
  expect((await drawToday(world, TODAY)).plans[0]?.notPlanned).toEqual({ 'window-over': 1 });
});
