import { expect, it } from 'vitest';
import { cancel } from '../../../functions/plan/cancel.ts';
import { drawToday } from '../../../functions/plan/draw-plan.ts';
import type { KeptPlan } from '../../../functions/plan/kept-plans.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { PlanEntry } from '../../../lib/audit/plan-parts.ts';
import type { GroupState } from '../../../lib/core/claim.ts';
import { inOrder } from '../in-order.ts';
import { tagged, taggedHosts } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';
import { answered, cancelOf, TODAY } from './requests.ts';

const HOUR_MS = 3_600_000;

/** What the audit says of each group, over all parts of all plans. */
function listed({ audit }: FakeWorld): PlanEntry[] {
  return audit.records.flatMap(({ kind, facts }) => (kind === 'plan-part' ? (facts.groups as PlanEntry[]) : []));
}

it("draws one plan for each zone, by that zone's own date", async () => {
  const world = new FakeWorld();
  world.nowMs = Date.parse('2026-03-02T22:29:59Z');
  const always = { 'chaos:hours': '00:00-24:00', 'chaos:days': 'mon-sun' };
  world.services = [
    tagged('tokyo', { ...always, 'chaos:zone': 'Asia/Tokyo' }),
    tagged('osaka', { ...always, 'chaos:zone': 'Asia/Tokyo' }),
    tagged('london', { ...always, 'chaos:zone': 'Europe/London' }),
  ];
  const { plans } = await drawToday(world, TODAY);
  const groups = Object.fromEntries(
    plans.map(({ name, experiments }) => [name, inOrder(experiments.map(({ group }) => group))]),
  );
  expect(groups).toEqual({
    '2026-03-03-Asia-Tokyo': ['shop/osaka', 'shop/tokyo'],
    '2026-03-02-Europe-London': ['shop/london'],
    // The zone of the config has a plan even without groups.
    '2026-03-02-UTC': [],
  });
  for (const { at } of plans.flatMap(({ experiments }) => experiments))
    expect(Date.parse(at)).toBeGreaterThanOrEqual(world.nowMs);
});

it('does not take two zones for one because their names look alike', async () => {
  const world = new FakeWorld();
  world.services = [tagged('east', { 'chaos:zone': 'Etc/GMT-1' }), tagged('west', { 'chaos:zone': 'Etc/GMT+1' })];
  const { plans } = await drawToday(world, TODAY);
  expect(plans.map(({ name }) => name)).toEqual(['2026-03-02-Etc-GMT-1', '2026-03-02-UTC', '2026-03-02-Etc-GMT+1']);
  expect(plans.map(({ isNew }) => isNew)).toEqual([true, true, true]);
  expect(inOrder(plans.flatMap(({ experiments }) => experiments.map(({ group }) => group)))).toEqual([
    'shop/east',
    'shop/west',
  ]);
  expect(world.waiting.size).toBe(2);
});

it('keeps an empty plan as a plan: nobody is drawn later that day', async () => {
  const world = new FakeWorld({ profiles: { default: { meanDays: 1000 } } });
  const { plans } = await drawToday(world, TODAY);
  expect(plans).toMatchObject([
    { name: '2026-03-02-UTC', isNew: true, experiments: [], notPlanned: { 'not-drawn': 3 } },
  ]);
  expect(world.audit.records).toMatchObject([
    {
      chain: 'plan/2026-03-02-UTC',
      kind: 'plan-drawn',
      facts: { planned: 0, notPlanned: { 'not-drawn': 3 }, parts: 1 },
    },
    { kind: 'plan-part', facts: { part: 1, of: 1, groups: Array(3).fill({ because: 'not-drawn', chance: 0.001 }) } },
  ]);
  // A group that opts in after the plan was drawn waits for the next day.
  world.services.push(tagged('new', { 'chaos:mean-days': '1' }));
  const later = await drawToday(world, TODAY);
  expect(later.plans).toMatchObject([{ isNew: false, experiments: [] }]);
  expect(world.waiting.size).toBe(0);
});

it('keeps the first plan at every later hour of the day, and draws anew on the next', async () => {
  const world = new FakeWorld();
  const first = await drawToday(world, TODAY);
  expect(first.plans[0]?.experiments).toHaveLength(3);
  const log = [...world.log];
  // Until an hour and a half before midnight, when the next day is planned.
  for (let hour = 1; hour <= 16; hour++) {
    world.nowMs += HOUR_MS;
    const again = await drawToday(world, TODAY);
    expect(again.plans).toEqual(first.plans.map((plan) => ({ ...plan, isNew: false })));
  }
  expect(world.log).toEqual(log);
  world.nowMs += 8 * HOUR_MS;
  const next = await drawToday(world, TODAY);
  expect(next.plans).toMatchObject([{ name: '2026-03-03-UTC', isNew: true }]);
});

it('forgets a plan some days after it was drawn', async () => {
  const world = new FakeWorld();
  await drawToday(world, TODAY);
  expect(world.state.items.get('plan/2026-03-02-UTC')?.expiresAtSeconds).toBe(world.nowMs / 1000 + 8 * 86_400);
});

it('leaves out who had one too short a while ago', async () => {
  const world = new FakeWorld();
  const state: GroupState = {
    group: 'shop/cart',
    lastExperiment: 'x',
    lastStartedMs: Date.parse('2026-03-02T05:00:00Z'),
  };
  await world.state.write('group', 'shop/cart', state, undefined);
  const { plans } = await drawToday(world, TODAY);
  expect(plans[0]?.notPlanned).toEqual({ spacing: 1 });
  expect(listed(world)).toContainEqual(expect.objectContaining({ group: 'shop/cart', because: 'spacing' }));
  expect(inOrder(plans[0]?.experiments.map(({ group }) => group) ?? [])).toEqual(['shop/mail', 'shop/web']);
});

it('makes up in the next run what a crash left out between keeping and scheduling', async () => {
  const world = new FakeWorld();
  let made = 0;
  world.beforeSchedule = () => {
    if (made++ === 1) throw new Error('killed');
  };
  await expect(drawToday(world, TODAY)).rejects.toThrow('killed');
  // Those that were under way beside it went on.
  expect(world.waiting.size).toBe(2);
  const kept = structuredClone(world.state.body<KeptPlan>('plan', '2026-03-02-UTC'));
  world.nowMs += HOUR_MS;
  const { plans } = await drawToday(world, TODAY);
  expect(plans[0]).toMatchObject({ name: '2026-03-02-UTC', isNew: false, experiments: answered(kept?.experiments) });
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
  await expect(drawToday(world, TODAY)).rejects.toThrow('killed');
  expect(world.waiting.size).toBe(0);
  await drawToday(world, TODAY);
  expect(inOrder(world.audit.records.map(({ kind }) => kind))).toEqual([
    'plan-drawn',
    'plan-part',
    'planned',
    'planned',
    'planned',
  ]);
  expect(world.waiting.size).toBe(3);
});

it('does not schedule an experiment whose instant passed while the planner was down', async () => {
  const world = new FakeWorld();
  world.beforeSchedule = () => {
    throw new Error('the scheduler is away');
  };
  await expect(drawToday(world, TODAY)).rejects.toThrow('the scheduler is away');
  world.beforeSchedule = () => undefined;
  const plan = world.state.body<{ experiments: { at: string; experiment: string }[] }>('plan', '2026-03-02-UTC');
  const [first, ...rest] = plan?.experiments ?? [];
  world.nowMs = Date.parse(first?.at ?? '');
  await drawToday(world, TODAY);
  expect(inOrder([...world.waiting.keys()])).toEqual(inOrder(rest.map(({ experiment }) => experiment)));
});

it('makes one plan when two planners run at once', async () => {
  const world = new FakeWorld();
  const both = await Promise.all([drawToday(world, TODAY), drawToday(world, TODAY)]);
  expect(inOrder(both.map(({ plans }) => plans[0]?.isNew))).toEqual([false, true]);
  expect(world.waiting.size).toBe(3);
  expect(world.audit.records).toHaveLength(5);
});

it('keeps and records a plan also when nobody has opted in', async () => {
  const world = new FakeWorld();
  world.services = [];
  const { plans } = await drawToday(world, TODAY);
  expect(plans).toEqual([
    { name: '2026-03-02-UTC', date: '2026-03-02', zone: 'UTC', isNew: true, experiments: [], notPlanned: {} },
  ]);
  expect(world.audit.records).toMatchObject([
    {
      chain: 'plan/2026-03-02-UTC',
      kind: 'plan-drawn',
      actor: 'planner schedule',
      facts: { seed: 'capuchin', date: '2026-03-02', zone: 'UTC', planned: 0, notPlanned: {}, refused: 0, parts: 0 },
    },
  ]);
  expect(world.told).toEqual(world.audit.records);
  const log = [...world.log];
  expect((await drawToday(world, TODAY)).plans).toMatchObject([{ isNew: false }]);
  expect(world.log).toEqual(log);
});

/** Each zone with a moment, and the dates that have a plan then: its own, and the next when its midnight is within 90 minutes. */
const MOMENTS: readonly (readonly [zone: string, now: string, dates: readonly string[]])[] = [
  ['Pacific/Auckland', '2026-03-02T11:30:00Z', ['2026-03-03']],
  ['Pacific/Auckland', '2026-03-02T09:29:59Z', ['2026-03-02']],
  ['Pacific/Auckland', '2026-03-02T09:30:00Z', ['2026-03-02', '2026-03-03']],
  ['Asia/Tokyo', '2026-03-02T14:59:59Z', ['2026-03-02', '2026-03-03']],
  ['Asia/Tokyo', '2026-03-02T15:00:00Z', ['2026-03-03']],
  ['Pacific/Honolulu', '2026-03-03T08:00:00Z', ['2026-03-02']],
  ['Pacific/Honolulu', '2026-03-03T09:59:59Z', ['2026-03-02', '2026-03-03']],
  ['Pacific/Honolulu', '2026-03-03T10:00:00Z', ['2026-03-03']],
  // The night in which London's clock leaps from one to two, and the one in which it shows the hour after one twice.
  ['Europe/London', '2026-03-28T22:30:00Z', ['2026-03-28', '2026-03-29']],
  ['Europe/London', '2026-10-24T22:30:00Z', ['2026-10-24', '2026-10-25']],
];

it.each(MOMENTS)('in %s at %s the plan is of %j, and nothing of it lies in the past', async (zone, now, dates) => {
  const world = new FakeWorld({ window: { hours: '00:00-24:00', days: 'mon-sun', zone } });
  world.services = Array.from({ length: 30 }, (_, n) => tagged(`s${n}`));
  world.nowMs = Date.parse(now);
  const { plans } = await drawToday(world, TODAY);
  expect(plans.map(({ date }) => date)).toEqual(dates);
  for (const { date, experiments } of plans) {
    for (const { at } of experiments) {
      expect(Date.parse(at)).toBeGreaterThanOrEqual(world.nowMs);
      const local = new Intl.DateTimeFormat('sv', { timeZone: zone }).format(new Date(at));
      expect(local, at).toBe(date);
    }
  }
  // Those whose day is nearly over were drawn for what is left of it.
  expect(plans.flatMap(({ experiments }) => experiments).length).toBeGreaterThan(0);
  const toCome = plans.flatMap(({ experiments }) => experiments.filter(({ at }) => Date.parse(at) > world.nowMs));
  expect(world.waiting.size).toBe(toCome.length);
});

it('plans each date of each zone once, whichever hours the planner runs at, and leaves none out', async () => {
  const zones = ['Pacific/Auckland', 'Asia/Tokyo', 'UTC', 'Pacific/Honolulu'];
  const world = new FakeWorld();
  world.services = zones.map((zone, n) =>
    tagged(`s${n}`, { 'chaos:zone': zone, 'chaos:days': 'mon-sun', 'chaos:mean-days': '30' }),
  );
  world.nowMs = Date.parse('2026-03-27T00:20:00Z');
  const seen: string[] = [];
  for (let hour = 0; hour < 96; hour++) {
    const { plans } = await drawToday(world, TODAY);
    for (const { name, isNew } of plans) if (isNew) seen.push(name);
    world.nowMs += HOUR_MS;
  }
  expect(new Set(seen).size).toBe(seen.length);
  const drawn = world.audit.records.filter(({ kind }) => kind === 'plan-drawn').map(({ chain }) => chain);
  expect(inOrder(drawn)).toEqual(inOrder(seen.map((name) => `plan/${name}`)));
  for (const zone of zones) {
    const dates = seen.filter((name) => name.endsWith(zone.replace('/', '-'))).map((name) => name.slice(0, 10));
    const days = dates.map((date) => Date.parse(date) / 86_400_000);
    expect(days).toEqual(days.map((_, n) => (days[0] ?? 0) + n));
    expect(days.length).toBeGreaterThanOrEqual(4);
  }
});

it("counts an evening's experiment that is still to come as the last one when the next day is planned", async () => {
  const evening = { hours: '23:00-23:59', days: 'mon-sun', zone: 'UTC' };
  const draw = async (nowMs: number, minDays: number) => {
    const world = new FakeWorld({ window: evening, profiles: { default: { meanDays: minDays, minDays } } });
    world.services = [tagged('cart')];
    await drawToday(world, TODAY);
    expect(world.waiting.size).toBe(1);
    world.nowMs = nowMs;
    return { world, plans: (await drawToday(world, TODAY)).plans };
  };
  const ahead = Date.parse('2026-03-02T22:45:00Z');
  const { world, plans } = await draw(ahead, 2);
  expect(plans).toMatchObject([
    { date: '2026-03-02', isNew: false },
    { date: '2026-03-03', isNew: true, experiments: [], notPlanned: { spacing: 1 } },
  ]);
  expect(listed(world).at(-1)).toMatchObject({
    because: 'spacing',
    detail: expect.stringContaining('started at 2026-03-02T23:'),
  });
  expect((await draw(ahead, 1)).plans[1]?.experiments).toHaveLength(1);
});

it('does not count an experiment that was cancelled when the next day is planned', async () => {
  const world = new FakeWorld({
    window: { hours: '23:00-23:59', days: 'mon-sun', zone: 'UTC' },
    profiles: { default: { meanDays: 2, minDays: 2 } },
  });
  world.services = [tagged('cart')];
  const { plans } = await drawToday(world, TODAY);
  await cancel(world, cancelOf(plans[0]?.experiments[0]?.experiment ?? ''));
  world.nowMs = Date.parse('2026-03-02T22:45:00Z');
  expect((await drawToday(world, TODAY)).plans[1]?.experiments).toHaveLength(1);
});

it('keeps within the account’s ceilings over all zones together, and with what was started already', async () => {
  const world = new FakeWorld({ budgets: { maxInFlight: 1, maxPerHour: 100, maxPerDay: 5 } });
  world.services = ['UTC', 'Europe/London', 'Africa/Abidjan'].flatMap((zone, z) =>
    Array.from({ length: 3 }, (_, n) => tagged(`s${z}${n}`, { 'chaos:zone': zone })),
  );
  const starts = [{ experiment: 'by-hand', atMs: Date.parse('2026-03-02T05:00:00Z') }];
  await world.state.write('account', 'this', { slots: [], starts }, undefined);
  const { plans } = await drawToday(world, TODAY);
  expect(plans.map(({ zone }) => zone)).toEqual(['UTC', 'Europe/London', 'Africa/Abidjan']);
  expect(plans.map(({ experiments }) => experiments.length)).toEqual([3, 1, 0]);
  expect(plans.map(({ notPlanned }) => notPlanned)).toEqual([{}, { ceiling: 2 }, { ceiling: 3 }]);
  expect(world.waiting.size).toBe(4);
  const left = listed(world).filter((one) => 'because' in one);
  expect(left).toHaveLength(5);
  for (const one of left) expect(one).toMatchObject({ because: 'ceiling', chance: 1 });
});

it('says once, in the plan of the config’s zone, what cannot be read or is left out', async () => {
  const world = new FakeWorld({
    window: { hours: '09:00-17:00', days: 'mon-fri', zone: 'Europe/London' },
    exceptions: [{ service: 'vip-*' }],
    enabled: { accounts: ['123456789012'] },
  });
  world.services = [
    tagged('cart'),
    tagged('tokyo', { 'chaos:zone': 'Asia/Tokyo' }),
    tagged('odd', { 'chaos:zone': 'Europe/Lundon' }),
    tagged('vip-1', { 'chaos:zone': 'Asia/Tokyo' }),
    { ...tagged('away'), serviceArn: 'arn:aws:ecs:eu-west-1:999999999999:service/shop/away' },
  ];
  world.hosts = [taggedHosts('workers', { 'chaos:faults': 'stop-task' })];
  world.unread = [{ resource: 'arn:aws:ecs:eu-west-1:123456789012:cluster/broken', because: 'AccessDenied: no' }];
  const answer = await drawToday(world, TODAY);
  expect(answer.unread).toEqual(world.unread);
  expect(answer.problems).toMatchObject([{ group: 'shop/odd', tag: 'chaos:zone', value: 'Europe/Lundon' }]);
  const drawn = world.audit.records.filter(({ kind }) => kind === 'plan-drawn');
  expect(drawn.map(({ chain, facts }) => [chain, facts.refused, facts.unread, facts.notPlanned])).toEqual([
    // Tokyo's date began first.
    ['plan/2026-03-02-Asia-Tokyo', 0, [], {}],
    ['plan/2026-03-02-Europe-London', 1, world.unread, { 'no-fault-applies': 1, excepted: 1, 'not-enabled': 1 }],
  ]);
  const reasons = listed(world).map((one) => [one.group, 'because' in one ? one.because : 'planned']);
  expect(new Map(reasons as [string, string][])).toEqual(
    new Map([
      ['shop/cart', 'planned'],
      ['shop/tokyo', 'planned'],
      ['shop/odd', 'tag-unparsable'],
      ['shop/vip-1', 'excepted'],
      ['shop/away', 'not-enabled'],
      ['workers', 'no-fault-applies'],
    ]),
  );
  expect(reasons).toHaveLength(6);
});

it('notes when it first met a group with a maximum, and makes the group certain so many work days later', async () => {
  const world = new FakeWorld();
  world.services = [
    tagged('rare', { 'chaos:mean-days': '3', 'chaos:max-days': '3' }),
    tagged('plain', { 'chaos:mean-days': '1000' }),
  ];
  const metMs = world.nowMs;
  const drawn: string[][] = [];
  for (let day = 0; day < 4; day++) {
    const { plans } = await drawToday(world, TODAY);
    drawn.push(plans.flatMap(({ experiments }) => experiments.map(({ group }) => group)));
    expect(world.state.body('group', 'shop/rare')).toEqual({ group: 'shop/rare', knownSinceMs: metMs });
    expect(world.state.body('group', 'shop/plain')).toBeUndefined();
    world.nowMs += 24 * HOUR_MS;
  }
  expect(world.state.items.get('group/shop/rare')?.version).toBe(1);
  // With mean and maximum the same nothing is left to chance. The day on which it was met does not count.
  expect(drawn).toEqual([[], [], [], ['shop/rare']]);
});
