import { describe, expect, it } from 'vitest';
import { InvalidEvent } from '../../../functions/event.ts';
import { cancel } from '../../../functions/plan/cancel.ts';
import { drawToday } from '../../../functions/plan/draw-plan.ts';
import { listed } from '../../../functions/plan/kept-plans.ts';
import { preview } from '../../../functions/plan/preview.ts';
import type { PreviewRequest } from '../../../functions/plan/request.ts';
import type { GroupState } from '../../../lib/core/claim.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';
import { through } from './ports.ts';
import { cancelOf, previewOf, TODAY } from './requests.ts';

const DAY_MS = 86_400_000;

/** Previews, and fails when anything was written, recorded, scheduled or told. */
async function look(world: FakeWorld, request: PreviewRequest) {
  const before = structuredClone([[...world.state.items], world.audit.records, [...world.waiting], world.told]);
  const calls: string[] = [];
  const outside = through(world, (call, go) => {
    calls.push(call);
    return go();
  });
  const answer = await preview(outside, request);
  expect([[...world.state.items], world.audit.records, [...world.waiting], world.told]).toEqual(before);
  expect(new Set(calls)).toEqual(new Set(['discovery.find', 'state.list', 'state.read']));
  return answer;
}

/** Lets everything that is planned until a moment take place. */
async function takePlace(world: FakeWorld, untilMs: number): Promise<void> {
  const account = world.state.items.get('account/this');
  const starts = [];
  for (const { experiment, group, at } of world.waiting.values()) {
    const lastStartedMs = Date.parse(at);
    if (lastStartedMs > untilMs) continue;
    const known = await world.state.read<GroupState>('group', group);
    await world.state.write('group', group, { group, lastExperiment: experiment, lastStartedMs }, known?.version);
    starts.push({ experiment, atMs: lastStartedMs });
    world.waiting.delete(experiment);
  }
  await world.state.write('account', 'this', { slots: [], starts }, account?.version);
}

describe('a preview of today', () => {
  it('is what the planner then draws, as long as it has not run', async () => {
    const world = new FakeWorld({ profiles: { default: { meanDays: 2 } } });
    world.services = Array.from({ length: 12 }, (_, n) => tagged(`s${n}`));
    const [seen = expect.fail('no plan')] = (await look(world, previewOf())).plans;
    expect(seen).toMatchObject({
      name: '2026-03-02-UTC',
      date: '2026-03-02',
      zone: 'UTC',
      isKept: false,
      cancelled: [],
    });
    expect(seen.experiments.length).toBeGreaterThan(0);
    expect(seen.experiments.length).toBeLessThan(12);
    const [drawn = expect.fail('no plan')] = (await drawToday(world, TODAY)).plans;
    expect(drawn.experiments.map(listed)).toEqual(seen.experiments);
    expect(drawn.notPlanned).toEqual(seen.notPlanned);
  });

  it('is the kept plan once there is one, whatever has changed since', async () => {
    const world = new FakeWorld();
    const [drawn = expect.fail('no plan')] = (await drawToday(world, TODAY)).plans;
    const cancelled = drawn.experiments[1]?.experiment ?? expect.fail('nothing planned');
    await cancel(world, cancelOf(cancelled));
    world.services = [tagged('other')];
    world.nowMs += 12 * 3_600_000;
    const { plans } = await look(world, previewOf());
    expect(plans).toEqual([
      {
        name: drawn.name,
        date: '2026-03-02',
        zone: 'UTC',
        isKept: true,
        experiments: drawn.experiments.map(listed),
        cancelled: [cancelled],
        notPlanned: {},
      },
    ]);
  });
});

describe('a preview of tomorrow', () => {
  it.each([
    ['by chance', {}],
    ['under ceilings', { budgets: { maxInFlight: 1, maxPerHour: 2, maxPerDay: 4 } }],
  ])('is what the planner then draws when nothing changes: %s', async (_, config) => {
    const world = new FakeWorld({ profiles: { default: { meanDays: 2 } }, ...config });
    world.services = Array.from({ length: 12 }, (_, n) => tagged(`s${n}`));
    await drawToday(world, TODAY);
    const [seen = expect.fail('no plan')] = (await look(world, previewOf({ date: '2026-03-03' }))).plans;
    expect(seen).toMatchObject({ date: '2026-03-03', isKept: false });
    expect(seen.experiments.length).toBeGreaterThan(0);
    world.nowMs += DAY_MS;
    await takePlace(world, world.nowMs);
    const [drawn = expect.fail('no plan')] = (await drawToday(world, TODAY)).plans;
    expect(drawn.experiments.map(listed)).toEqual(seen.experiments);
    expect(drawn.notPlanned).toEqual(seen.notPlanned);
  });

  it('is the same whether today’s plan is kept or only foretold', async () => {
    const world = new FakeWorld({ profiles: { default: { meanDays: 3, minDays: 2 } } });
    world.services = Array.from({ length: 12 }, (_, n) => tagged(`s${n}`));
    const foretold = (await look(world, previewOf({ days: 5 }))).plans;
    await drawToday(world, TODAY);
    const after = (await look(world, previewOf({ days: 5 }))).plans;
    expect(after).toEqual(foretold.map((plan, day) => ({ ...plan, isKept: day === 0 })));
    // Asking for one day only draws those before it as well.
    const alone = (await look(world, previewOf({ date: '2026-03-06' }))).plans;
    expect(alone).toEqual(foretold.slice(4));
  });
});

it('keeps the spacing from day to day, weekends and what was cancelled left out', async () => {
  const world = new FakeWorld({ profiles: { default: { meanDays: 3, minDays: 3 } } });
  world.services = [tagged('cart')];
  const datesOf = async (request: PreviewRequest) =>
    (await look(world, request)).plans.flatMap(({ date, experiments }) => experiments.map(() => date));
  // With mean and least at 3 there is one on each third work day.
  const wanted = ['2026-03-02', '2026-03-05', '2026-03-10', '2026-03-13', '2026-03-18'];
  expect(await datesOf(previewOf({ days: 18 }))).toEqual(wanted);
  const { plans } = await drawToday(world, TODAY);
  await cancel(world, cancelOf(plans[0]?.experiments[0]?.experiment ?? ''));
  // The cancelled one does not take place, so it uses up no spacing.
  expect(await datesOf(previewOf({ days: 8 }))).toEqual(['2026-03-02', '2026-03-03', '2026-03-06']);
});

it('keeps the account’s ceilings from day to day', async () => {
  const world = new FakeWorld({ budgets: { maxInFlight: 1, maxPerHour: 9, maxPerDay: 2 } });
  const { plans } = await look(world, previewOf({ days: 5 }));
  expect(plans.map(({ experiments }) => experiments.length)).toEqual([2, 2, 2, 2, 2]);
  expect(plans.map(({ notPlanned }) => notPlanned)).toEqual(Array(5).fill({ ceiling: 1 }));
});

it('of one group shows that group only, and says why it is not drawn', async () => {
  const closures = { closedDates: [{ date: '2026-03-04', name: 'founders’ day' }] };
  const world = new FakeWorld({ exceptions: [{ service: 'mail', reason: 'vip' }] }, closures);
  world.services = [
    tagged('cart', { 'chaos:mean-days': '2', 'chaos:min-days': '2' }),
    tagged('web', { 'chaos:min-days': 'x' }),
    tagged('mail'),
  ];
  const ofCart = await look(world, previewOf({ days: 4, group: 'shop/cart' }));
  expect(ofCart.plans.map(({ experiments, why }) => why ?? experiments.map(({ group }) => group))).toEqual([
    ['shop/cart'],
    { group: 'shop/cart', because: 'spacing', detail: expect.stringContaining('at least 2 work days') },
    { group: 'shop/cart', because: 'holiday', detail: 'founders’ day' },
    ['shop/cart'],
  ]);
  expect(ofCart.problems).toEqual([]);
  const ofMail = await look(world, previewOf({ group: 'shop/mail' }));
  expect(ofMail.plans[0]).toMatchObject({
    experiments: [],
    why: { group: 'shop/mail', because: 'excepted', detail: 'the config excepts service=mail (vip)' },
  });
  const ofWeb = await look(world, previewOf({ group: 'shop/web' }));
  expect(ofWeb.problems).toMatchObject([{ group: 'shop/web', tag: 'chaos:min-days' }]);
  expect(ofWeb.plans.flatMap(({ experiments }) => experiments)).toEqual([]);
});

it('has no plan for a date before today that nobody kept', async () => {
  const world = new FakeWorld();
  const { plans } = await look(world, previewOf({ date: '2026-02-27', days: 5 }));
  expect(plans.map(({ date }) => date)).toEqual(['2026-03-02', '2026-03-03']);
});

it('says what could not be read', async () => {
  const world = new FakeWorld();
  world.unread = [{ resource: 'arn:aws:ecs:eu-west-1:123456789012:cluster/broken', because: 'AccessDenied: no' }];
  expect((await look(world, previewOf())).unread).toEqual(world.unread);
});

it.each(['2023-12-01', '2028-06-01', '9999-12-31'])(
  'of %s, which is years away, is refused before anything is read',
  async (date) => {
    const world = new FakeWorld();
    const calls: string[] = [];
    const outside = through(world, (call, go) => {
      calls.push(call);
      return go();
    });
    const refused = preview(outside, previewOf({ date }));
    await expect(refused).rejects.toThrow(InvalidEvent);
    await expect(refused).rejects.toThrow(/^the event is not valid: date: .* is more than 800 days away$/);
    expect(calls).toEqual([]);
  },
);

it('that would be too long for an answer is refused, with the mend', async () => {
  const world = new FakeWorld();
  // Each is told with tag and value, as long as a tag's value may be.
  world.services = Array.from({ length: 9_000 }, (_, n) => tagged(`s${n}`, { 'chaos:days': 'x'.repeat(256) }));
  const refused = look(world, previewOf());
  await expect(refused).rejects.toThrow(InvalidEvent);
  await expect(refused).rejects.toThrow('the answer would be too long: ask for fewer days, or for one group');
  expect((await look(world, previewOf({ group: 'shop/s7' }))).problems).toHaveLength(1);
});
