import { expect, it } from 'vitest';
import { cancel } from '../../../functions/plan/cancel.ts';
import { drawToday, drawWithin } from '../../../functions/plan/draw-plan.ts';
import { listPlans } from '../../../functions/plan/list.ts';
import { restore } from '../../../functions/plan/restore.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { inOrder } from '../in-order.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';
import { cancelOf, listOf, RESTORE, TODAY, within } from './requests.ts';

/** A world with four planned experiments, in the order in which they are due. */
async function planned() {
  const world = new FakeWorld();
  world.services.push(tagged('pay'));
  const { plans } = await drawToday(world, TODAY);
  const [a, b, c, d] = plans[0]?.experiments ?? [];
  if (!(a && b && c && d)) throw new Error('four experiments were wanted');
  return { world, a, b, c, d };
}

it('makes the lost schedules again as they were; not what was cancelled, not what was due, nothing twice', async () => {
  const { world, a, b, c, d } = await planned();
  const orders = structuredClone(new Map(world.waiting));
  await cancel(world, cancelOf(b.experiment));
  world.waiting.clear();
  const kept = orders.get(d.experiment) ?? expect.fail('no schedule');
  world.waiting.set(d.experiment, kept);
  world.nowMs = Date.parse(a.at);
  const asked = world.asked;
  const answer = await restore(world, RESTORE);
  expect(answer).toEqual({ restored: [{ experiment: c.experiment, group: c.group, at: c.at }], waiting: 1 });
  expect(world.asked - asked).toBe(1);
  expect(world.waiting).toEqual(new Map([d, c].map(({ experiment }) => [experiment, orders.get(experiment)])));
  expect(world.audit.records.filter(({ kind }) => kind === 'restored')).toMatchObject([
    {
      chain: c.experiment,
      actor: 'Ann',
      reason: 'a test',
      group: c.group,
      facts: { plan: '2026-03-02-UTC', at: c.at, fault: 'stop-task' },
    },
  ]);
  expect(world.told.at(-1)).toMatchObject({ kind: 'restored', chain: c.experiment });
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('asked again, finds nothing lost and does nothing', async () => {
  const { world } = await planned();
  world.waiting.clear();
  expect((await restore(world, RESTORE)).restored).toHaveLength(4);
  const log = [...world.log];
  expect(await restore(world, RESTORE)).toEqual({ restored: [], waiting: 4 });
  expect(world.log).toEqual(log);
});

it('records before it schedules, and a record that fails means no schedule', async () => {
  const { world, a } = await planned();
  world.waiting.delete(a.experiment);
  const from = world.log.length;
  await restore(world, RESTORE);
  expect(world.log.slice(from)).toEqual(['record restored', `schedule ${a.experiment}`]);
  world.waiting.delete(a.experiment);
  world.nowMs += 1_000;
  world.audit.beforePut = () => {
    throw new Error('the audit table is away');
  };
  await expect(restore(world, RESTORE)).rejects.toThrow('the audit table is away');
  expect(world.waiting.has(a.experiment)).toBe(false);
});

it('by two people at once makes one schedule each', async () => {
  const { world } = await planned();
  world.waiting.clear();
  const from = world.log.length;
  await Promise.all([restore(world, RESTORE), restore(world, RESTORE)]);
  expect(world.log.slice(from).filter((line) => line.startsWith('schedule '))).toHaveLength(4);
  expect(world.waiting.size).toBe(4);
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('finishes the plan of a planner that crashed before it had scheduled anything', async () => {
  const world = new FakeWorld();
  world.beforeSchedule = () => {
    throw new Error('killed');
  };
  await expect(drawToday(world, TODAY)).rejects.toThrow('killed');
  world.beforeSchedule = () => undefined;
  expect((await restore(world, RESTORE)).restored).toHaveLength(3);
  await drawToday(world, TODAY);
  expect(world.waiting.size).toBe(3);
  expect(world.log.filter((line) => line.startsWith('schedule '))).toHaveLength(3);
});

it('the list says where each experiment stands: waiting, lost, cancelled or due', async () => {
  const { world, a, b, c, d } = await planned();
  await cancel(world, cancelOf(b.experiment));
  world.waiting.delete(c.experiment);
  world.nowMs = Date.parse(a.at);
  const log = [...world.log];
  const { plans } = await listPlans(world, listOf());
  expect(plans).toEqual([
    {
      name: '2026-03-02-UTC',
      date: '2026-03-02',
      zone: 'UTC',
      experiments: [
        [a, 'due'],
        [b, 'cancelled'],
        [c, 'schedule-lost'],
        [d, 'waiting'],
      ].map(([one, status]) => {
        const { experiment, group, fault, at, zone } = one as typeof a;
        return { experiment, group, fault, at, zone, status };
      }),
    },
  ]);
  expect(world.log).toEqual(log);
  // Whoever cancelled it before it was due, cancelled it.
  world.nowMs = Date.parse(b.at) + 1;
  const later = (await listPlans(world, listOf())).plans[0]?.experiments.map(({ status }) => status) ?? [];
  expect(inOrder(later.slice(0, 2))).toEqual(['cancelled', 'due']);
});

it('the list goes back as many days as it was asked to, and shows everything that is still to come', async () => {
  const world = new FakeWorld();
  for (let day = 0; day < 5; day++) {
    await drawToday(world, TODAY);
    world.nowMs += 86_400_000;
  }
  const datesOf = async (days: number) => (await listPlans(world, listOf({ days }))).plans.map(({ date }) => date);
  // It is Saturday, six o'clock.
  expect(await datesOf(1)).toEqual(['2026-03-06']);
  expect(await datesOf(2)).toEqual(['2026-03-05', '2026-03-06']);
  expect(await datesOf(8)).toEqual(['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06']);
  await drawWithin(world, within({ name: 'game-day', seconds: 60, skip: ['window'] }));
  const { plans } = await listPlans(world, listOf({ days: 1 }));
  expect(plans.map(({ name }) => name)).toEqual(['2026-03-06-UTC', 'game-day']);
  expect(plans[1]).not.toHaveProperty('date');
});
