import { expect, it } from 'vitest';
import { cancel } from '../../../functions/plan/cancel.ts';
import { drawToday } from '../../../functions/plan/draw-plan.ts';
import type { NamedPlan } from '../../../functions/plan/request.ts';
import { planRequestSchema } from '../../../functions/plan/request.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { finalOf } from '../../../lib/audit/record.ts';
import { FakeWorld } from './fake-world.ts';
import { cancelOf, TODAY } from './requests.ts';

/** A world with today's plan of three experiments, and the first of them. */
async function planned(): Promise<{ world: FakeWorld; first: NamedPlan['experiments'][number]; others: string[] }> {
  const world = new FakeWorld();
  const { plans } = await drawToday(world, TODAY);
  const [first = expect.fail('nothing planned'), ...others] = plans[0]?.experiments ?? [];
  return { world, first, others: others.map(({ experiment }) => experiment) };
}

it('marks the experiment first, then takes its schedule away, then records who and why', async () => {
  const { world, first, others } = await planned();
  const from = world.log.length;
  const { experiment, group, at } = first;
  const answer = await cancel(world, cancelOf(experiment, { actor: 'Bob', reason: 'the fair is on' }));
  expect(answer).toEqual({ cancelled: true, experiment, group, at, recorded: true });
  expect(world.log.slice(from)).toEqual(['write cancelled', `unschedule ${experiment}`, 'record cancelled']);
  expect(new Set(world.waiting.keys())).toEqual(new Set(others));
  expect(world.state.body('cancelled', experiment)).toEqual({
    actor: 'Bob',
    reason: 'the fair is on',
    at: '2026-03-02T06:00:00.000Z',
  });
  // The mark outlives the plan that it is about.
  expect(world.state.items.get(`cancelled/${experiment}`)?.expiresAtSeconds).toBeGreaterThanOrEqual(
    world.state.items.get('plan/2026-03-02-UTC')?.expiresAtSeconds ?? Number.POSITIVE_INFINITY,
  );
  const chain = world.audit.records.filter((record) => record.chain === experiment);
  expect(chain).toMatchObject([
    { kind: 'planned' },
    { kind: 'cancelled', actor: 'Bob', reason: 'the fair is on', group, facts: { group, at, fault: 'stop-task' } },
  ]);
  expect(finalOf(chain)?.kind).toBe('cancelled');
  expect(world.told.at(-1)).toEqual(chain.at(-1));
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it('is not undone by a later run of the planner', async () => {
  const { world, first } = await planned();
  await cancel(world, cancelOf(first.experiment));
  world.nowMs += 3_600_000;
  await drawToday(world, TODAY);
  expect(world.waiting.has(first.experiment)).toBe(false);
});

it('is done once: whoever comes second changes nothing', async () => {
  const { world, first } = await planned();
  await cancel(world, cancelOf(first.experiment, { actor: 'Bob', reason: 'the fair is on' }));
  world.nowMs += 1_000;
  const records = structuredClone(world.audit.records);
  const items = structuredClone([...world.state.items]);
  expect(await cancel(world, cancelOf(first.experiment, { actor: 'Ann' }))).toMatchObject({
    cancelled: true,
    recorded: true,
  });
  expect(world.audit.records).toEqual(records);
  expect([...world.state.items]).toEqual(items);
  expect(world.waiting.size).toBe(2);
});

it('by two people at once is one cancellation of one of them', async () => {
  const { world, first } = await planned();
  const both = await Promise.all(
    ['Ann', 'Bob'].map((actor) => cancel(world, cancelOf(first.experiment, { actor, reason: `${actor} says so` }))),
  );
  expect(both).toMatchObject([{ cancelled: true }, { cancelled: true }]);
  expect(world.audit.records.filter(({ kind }) => kind === 'cancelled')).toHaveLength(1);
  expect(verifyChains(world.audit.records)).toEqual([]);
});

it.each(['read', 'written'])(
  'holds although the audit cannot be %s, and says that it is not recorded',
  async (what) => {
    const { world, first } = await planned();
    const fail = (): never => {
      throw new Error('the audit table is away');
    };
    if (what === 'read') world.audit.beforeRead = fail;
    else world.audit.beforePut = fail;
    expect(await cancel(world, cancelOf(first.experiment))).toMatchObject({ cancelled: true, recorded: false });
    expect(world.waiting.has(first.experiment)).toBe(false);
    expect(world.state.body('cancelled', first.experiment)).toBeDefined();
  },
);

it('fails loudly when the schedule cannot be taken away, and is marked all the same', async () => {
  const { world, first } = await planned();
  world.beforeDelete = () => {
    throw new Error('the scheduler is away');
  };
  await expect(cancel(world, cancelOf(first.experiment))).rejects.toThrow('the scheduler is away');
  expect(world.state.body('cancelled', first.experiment)).toBeDefined();
  // The second try ends what the first began.
  world.beforeDelete = () => undefined;
  expect(await cancel(world, cancelOf(first.experiment))).toMatchObject({ cancelled: true, recorded: true });
  expect(world.waiting.has(first.experiment)).toBe(false);
});

it('holds also when the schedule was deleted by hand before', async () => {
  const { world, first } = await planned();
  world.waiting.delete(first.experiment);
  expect(await cancel(world, cancelOf(first.experiment))).toMatchObject({ cancelled: true });
  expect(world.state.body('cancelled', first.experiment)).toBeDefined();
});

it('of an experiment that no plan has says so, and touches nothing', async () => {
  const { world } = await planned();
  const log = [...world.log];
  for (const experiment of ['nothing', '__proto__', 'constructor']) {
    expect(await cancel(world, cancelOf(experiment))).toEqual({
      cancelled: false,
      experiment,
      because: 'no plan of the last 8 days has such an experiment; "capuchin plan list" shows them',
    });
  }
  expect(world.log).toEqual(log);
});

it('comes too late from the very moment on at which the experiment is due', async () => {
  const { world, first } = await planned();
  const { experiment, at } = first;
  const log = [...world.log];
  world.nowMs = Date.parse(at);
  expect(await cancel(world, cancelOf(experiment))).toEqual({
    cancelled: false,
    experiment,
    because: `it was due at ${at}; "capuchin show ${experiment}" says what came of it`,
  });
  expect(world.log).toEqual(log);
  world.nowMs -= 1;
  expect(await cancel(world, cancelOf(experiment))).toMatchObject({ cancelled: true });
});

it.each([{ reason: ' ' }, { actor: '' }, { experiment: '' }, { experiment: 'x'.repeat(65) }, { all: true }])(
  'is asked for in full, by somebody and for a reason: not with %j',
  (wrong) => {
    const right = { version: 1, plan: 'cancel', actor: 'Ann', reason: 'because', experiment: 'x' };
    expect(planRequestSchema.safeParse(right).success).toBe(true);
    expect(planRequestSchema.safeParse({ ...right, ...wrong }).success).toBe(false);
  },
);
