import { describe, expect, it } from 'vitest';
import { cancel } from '../../../functions/plan/cancel.ts';
import { drawToday } from '../../../functions/plan/draw-plan.ts';
import type { Closures } from '../../../lib/core/closures.ts';
import type { ConfigInput } from '../../../lib/core/config.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { Refusal, RefusalCode } from '../../../lib/core/refusal.ts';
import { FakeWorld as PlannersWorld } from '../plan/fake-world.ts';
import { cancelOf, TODAY } from '../plan/requests.ts';
import { tagged } from '../tagged.ts';
import { execute, useDurableExecutions } from './durable.ts';
import { FakeWorld, orderFor, START_MS } from './fake-world.ts';

useDurableExecutions();

interface Case {
  readonly when: string;
  readonly codes: readonly RefusalCode[];
  readonly facts: object;
  readonly because?: string;
  readonly config?: ConfigInput;
  readonly closures?: Partial<Closures>;
  readonly order?: Partial<ExperimentOrder>;
  readonly arrange?: (world: FakeWorld) => void;
}

const HOUR_MS = 3_600_000;
const FREEZE = { fromDate: '2026-03-01', toDate: '2026-03-03', name: 'release week' };
const CALENDARS = { changeCalendars: ['changes', 'arn:aws:ssm:eu-west-1:999999999999:document/group-wide'] };

function tags(world: FakeWorld, more: Record<string, string>): void {
  world.cart.tags = { ...world.cart.tags, ...more };
}

/** Everything that can have changed between plan and act. */
const CASES: readonly Case[] = [
  {
    when: 'after its group’s window was moved',
    codes: ['outside-window'],
    facts: { at: '2026-03-02T10:00:00.000Z', zone: 'UTC', closed: 'outside-hours' },
    arrange: (world) => tags(world, { 'chaos:hours': '12:00-17:00' }),
  },
  {
    when: 'at the very minute at which the window closes',
    codes: ['outside-window'],
    facts: { closed: 'outside-hours' },
    arrange: (world) => tags(world, { 'chaos:hours': '09:00-10:00' }),
  },
  {
    when: 'on a day that is no day of the window any more',
    codes: ['outside-window'],
    facts: { closed: 'not-a-window-day' },
    arrange: (world) => tags(world, { 'chaos:days': 'tue-sun' }),
  },
  {
    when: 'after its group changed zone',
    codes: ['zone-changed'],
    facts: { planned: 'UTC', zone: 'Europe/London' },
    because: 'it was planned in UTC, and the group is in Europe/London now',
    order: { zone: 'UTC' },
    arrange: (world) => tags(world, { 'chaos:zone': 'Europe/London' }),
  },
  {
    when: 'on a holiday',
    codes: ['holiday'],
    facts: { name: 'St Sim’s Day' },
    config: { holidays: ['GB-ENG'] },
    closures: { holidays: { 'GB-ENG': [{ date: '2026-03-02', name: 'St Sim’s Day' }] } },
  },
  {
    when: 'when its holidays are not known any more',
    codes: ['calendar-unknown'],
    facts: { closed: 'calendar-unknown' },
    config: { holidays: ['GB-ENG'] },
    closures: { holidays: { 'GB-ENG': [] }, knownUntil: '2026-03-01' },
  },
  {
    when: 'during a freeze',
    codes: ['freeze'],
    facts: { name: 'release week' },
    because: 'the freeze "release week" is on; it cannot be skipped',
    closures: { freezes: [FREEZE] },
  },
  {
    when: 'while a Change Calendar is closed',
    codes: ['change-calendar-closed'],
    facts: { calendar: 'changes', nextChange: '2026-03-02T12:00:00Z' },
    because: 'the Change Calendar changes is closed until 2026-03-02T12:00:00Z',
    config: CALENDARS,
    arrange: (world) => {
      world.calendarState = (calendar) => ({
        calendar,
        isOpen: calendar !== 'changes',
        ...(calendar === 'changes' ? { nextChange: '2026-03-02T12:00:00Z' } : {}),
      });
    },
  },
  {
    when: 'while a Change Calendar cannot be read',
    codes: ['change-calendar-closed'],
    facts: { cannotTell: 'Error: no such document' },
    config: CALENDARS,
    arrange: (world) => {
      world.calendarState = (calendar) => {
        if (calendar !== 'changes') throw new Error('no such document');
        return { calendar, isOpen: true };
      };
    },
  },
  {
    when: 'after the config excepted its service',
    codes: ['excepted'],
    facts: { resource: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/cart' },
    because: 'the config excepts cluster=shop service=c* (the fair)',
    config: { exceptions: [{ cluster: 'shop', service: 'c*', reason: 'the fair' }] },
  },
  {
    when: 'after its region was taken out of the config',
    codes: ['not-enabled'],
    facts: { resource: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/cart' },
    because: 'region eu-west-1 is not enabled in the config',
    config: { enabled: { regions: ['us-east-1'] } },
  },
  {
    when: 'in an account that is not enabled',
    codes: ['not-enabled'],
    facts: {},
    because: 'account 123456789012 is not enabled in the config',
    config: { enabled: { accounts: ['999999999999'] } },
  },
  {
    when: 'after its group shrank to one',
    codes: ['too-few-eligible', 'too-few-remaining'],
    facts: { eligible: 1, wanted: 2 },
    order: { targets: 2 },
    arrange: (world) => {
      world.cart.desired = 1;
      world.cart.lives.splice(1);
    },
  },
  {
    when: 'on the only task of a group of one',
    codes: ['too-few-remaining'],
    facts: { remaining: 0, required: 1, desired: 1 },
    order: { targets: 0.5 },
    arrange: (world) => {
      world.cart.desired = 1;
      world.cart.lives.splice(1);
    },
  },
  {
    when: 'for a fraction that leaves too few',
    codes: ['too-few-remaining'],
    facts: { wanted: 2, remaining: 1, required: 2, desired: 3 },
    order: { targets: 0.9 },
    arrange: (world) => tags(world, { 'chaos:min-remaining': '2' }),
  },
];

function refusalsOf(world: FakeWorld): Refusal[] {
  return world.record('refused').facts.refusals as Refusal[];
}

describe('a planned experiment that fires', () => {
  it.each(CASES)('$when is refused with $codes, touches nothing and reserves nothing', async (one) => {
    const world = new FakeWorld(one.config, one.closures);
    one.arrange?.(world);
    const { end } = await execute(world, orderFor(one.order));
    expect(end?.verdict).toBe('refused');
    const refusals = refusalsOf(world);
    expect(refusals.map(({ code }) => code)).toEqual(one.codes);
    expect(refusals[0]?.facts).toMatchObject(one.facts);
    if (one.because !== undefined) expect(refusals[0]?.because).toBe(one.because);
    expect(world.kinds()).toEqual(['refused']);
    expect(world.stops).toEqual([]);
    expect(world.claims).toEqual({ group: undefined, account: undefined });
  });

  it('in the zone in which it was planned, in its window and with every Change Calendar open, is done', async () => {
    const world = new FakeWorld(CALENDARS, { freezes: [{ ...FREEZE, fromDate: '2026-03-03' }] });
    const { end } = await execute(world, orderFor({ zone: 'UTC' }));
    expect(end?.verdict).toBe('held');
    expect(world.stops).toHaveLength(1);
  });

  it('although it was cancelled is refused, as well as when nobody can tell whether it was', async () => {
    const by = { actor: 'Ann', reason: 'the fair is on', at: '2026-03-02T08:00:00.000Z' };
    const world = new FakeWorld();
    await world.state.write('cancelled', 'cart-1', by, undefined);
    const { end } = await execute(world, orderFor());
    expect(end).toMatchObject({
      verdict: 'refused',
      because: 'Ann cancelled it at 2026-03-02T08:00:00.000Z: the fair is on',
    });
    expect(refusalsOf(world)).toEqual([{ code: 'cancelled', because: end?.because, facts: by }]);
    expect(world.stops).toEqual([]);

    const blind = new FakeWorld();
    const read = blind.state.read.bind(blind.state);
    blind.state.read = (kind, name) =>
      kind === 'cancelled' ? Promise.reject(new Error('the state table is throttled')) : read(kind, name);
    expect((await execute(blind, orderFor())).end?.verdict).toBe('refused');
    expect(refusalsOf(blind)).toMatchObject([
      { code: 'cancelled', facts: { cannotTell: 'Error: the state table is throttled' } },
    ]);
    expect(blind.stops).toEqual([]);
  });

  it('is the one that the planner made: cancelled there, it is refused here; the others are done', async () => {
    const planners = new PlannersWorld();
    planners.services = [tagged('cart'), tagged('web')];
    const { plans } = await drawToday(planners, TODAY);
    const [first, second] = plans[0]?.experiments ?? [];
    if (!(first && second)) throw new Error('two experiments were wanted');
    const orders = structuredClone(planners.waiting);
    await cancel(planners, cancelOf(first.experiment));
    for (const [planned, verdict] of [
      [first, 'refused'],
      [second, 'held'],
    ] as const) {
      const world = new FakeWorld();
      world.addService('web', 3);
      // What the two functions share is the state table.
      const mark = planners.state.body<object>('cancelled', planned.experiment);
      if (mark) await world.state.write('cancelled', planned.experiment, mark, undefined);
      world.nowMs = Date.parse(planned.at);
      const { end } = await execute(world, orders.get(planned.experiment));
      expect(end, end?.because).toMatchObject({ experiment: planned.experiment, verdict });
    }
  });

  it('when everything is in its way says all of it at once', async () => {
    const world = new FakeWorld({ ...CALENDARS, exceptions: [{ service: 'cart' }] }, { freezes: [FREEZE] });
    world.addService('web', 2, { 'chaos:opt-in': 'true', 'chaos:group': 'both', 'chaos:hours': '12:00-13:00' });
    world.calendarState = (calendar) => ({ calendar, isOpen: false });
    const services = ['cart', 'web'].map((service) => ({ cluster: 'shop', service }));
    await execute(world, orderFor({ group: 'both', services, at: new Date(START_MS - HOUR_MS).toISOString() }));
    expect(refusalsOf(world).map(({ code }) => code)).toEqual([
      'excepted',
      'late',
      'freeze',
      'change-calendar-closed',
      'change-calendar-closed',
    ]);
  });
});

describe('a request that skips the window', () => {
  const skipping = orderFor({ skip: ['window'], zone: 'Asia/Tokyo' });

  it.each<Pick<Case, 'when' | 'config' | 'closures' | 'arrange'>>([
    { when: 'outside the hours', arrange: (world) => tags(world, { 'chaos:hours': '12:00-17:00' }) },
    { when: 'on another day', arrange: (world) => tags(world, { 'chaos:days': 'sun' }) },
    {
      when: 'on a holiday',
      config: { holidays: ['GB'] },
      closures: { holidays: { GB: [{ date: '2026-03-02', name: 'a holiday' }] } },
    },
  ])('is done $when, and the record says that it was skipped', async ({ config, closures, arrange }) => {
    const world = new FakeWorld(config, closures);
    arrange?.(world);
    const { end } = await execute(world, skipping);
    expect(end?.verdict).toBe('held');
    expect(world.record('started')).toMatchObject({ actor: 'test', facts: { skip: ['window'] } });
  });

  it('skips neither freeze nor Change Calendar nor spacing', async () => {
    const frozen = new FakeWorld({}, { freezes: [FREEZE] });
    await execute(frozen, skipping);
    expect(refusalsOf(frozen).map(({ code }) => code)).toEqual(['freeze']);

    const closed = new FakeWorld(CALENDARS);
    closed.calendarState = (calendar) => ({ calendar, isOpen: false });
    await execute(closed, skipping);
    expect(refusalsOf(closed).map(({ code }) => code)).toEqual(['change-calendar-closed', 'change-calendar-closed']);

    const early = new FakeWorld();
    const last = { group: 'shop/cart', lastExperiment: 'x', lastStartedMs: START_MS - HOUR_MS };
    await early.state.write('group', 'shop/cart', last, undefined);
    await execute(early, skipping);
    expect(refusalsOf(early).map(({ code }) => code)).toEqual(['group-spacing']);
    expect([...frozen.stops, ...closed.stops, ...early.stops]).toEqual([]);
  });
});

it.each([
  [0.5, 2],
  [0.25, 1],
  [0.1, 1],
  [0.75, 3],
])('a fraction of %d of four tasks is %d, never none', async (targets, count) => {
  const world = new FakeWorld();
  world.addService('wide', 4);
  const wide = { experiment: 'wide-1', group: 'shop/wide', services: [{ cluster: 'shop', service: 'wide' }] };
  const { end } = await execute(world, orderFor({ ...wide, targets }));
  expect(end?.verdict).toBe('held');
  expect(world.stops).toHaveLength(count);
});
