import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cancel } from '../../../functions/plan/cancel.ts';
import { drawToday } from '../../../functions/plan/draw-plan.ts';
import type { KeptPlan } from '../../../functions/plan/kept-plans.ts';
import { restore } from '../../../functions/plan/restore.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { inOrder } from '../in-order.ts';
import { tagged } from '../tagged.ts';
import { FakeWorld } from './fake-world.ts';
import { type Mishap, through, withMishap } from './ports.ts';
import { answered, cancelOf, RESTORE, TODAY } from './requests.ts';

const PLAN = '2026-03-02-UTC';

function planOf(world: FakeWorld, name = PLAN): KeptPlan {
  return world.state.body<KeptPlan>('plan', name) ?? expect.fail(`no plan ${name}`);
}

/** Three groups that are drawn on this day, one of another day that has a maximum, and one whose tag cannot be read. */
function aWorld(): FakeWorld {
  const world = new FakeWorld();
  world.services.push(tagged('rare', { 'chaos:days': 'sun', 'chaos:max-days': '5' }));
  world.services.push(tagged('odd', { 'chaos:days': 'someday' }));
  return world;
}

/** What must be so once a plan was drawn, whatever happened on the way. */
function expectOnce(world: FakeWorld, place: string, wanted: KeptPlan): void {
  const plan = planOf(world);
  expect(plan.experiments, place).toEqual(wanted.experiments);
  expect(plan.isScheduled, place).toBe(true);
  expect(inOrder([...world.waiting.keys()]), place).toEqual(
    inOrder(wanted.experiments.map(({ experiment }) => experiment)),
  );
  const made = world.log.filter((line) => line.startsWith('schedule '));
  expect(made, `${place}: a schedule was made twice`).toHaveLength(3);
  const kinds = world.audit.records.map(({ kind }) => kind);
  expect(inOrder(kinds), place).toEqual(['plan-drawn', 'plan-part', 'planned', 'planned', 'planned']);
  expect(verifyChains(world.audit.records), place).toEqual([]);
  const groups = world.audit.records.find(({ kind }) => kind === 'plan-part')?.facts.groups as { group: string }[];
  expect(inOrder(groups.map(({ group }) => group)), place).toEqual([
    'shop/cart',
    'shop/mail',
    'shop/odd',
    'shop/rare',
    'shop/web',
  ]);
  expect(world.state.body('group', 'shop/rare'), place).toEqual({ group: 'shop/rare', knownSinceMs: world.nowMs });
}

async function undisturbed(): Promise<{ calls: string[]; plan: KeptPlan }> {
  const world = aWorld();
  const { calls } = await withMishap(world, (outside) => drawToday(outside, TODAY));
  expect(planOf(world).experiments).toHaveLength(3);
  return { calls, plan: planOf(world) };
}

describe.each<Mishap>(['dies-before', 'dies-after', 'fails', 'answer-lost'])('when a call of the planner %s', (how) => {
  it('whichever it is, the next run comes to the same plan, with nothing twice and nothing lost', async () => {
    const { calls, plan } = await undisturbed();
    expect(calls.filter((name) => name === 'schedules.create')).toHaveLength(3);
    for (const [call, name] of calls.entries()) {
      const place = `call ${call} (${name}) ${how}`;
      const world = aWorld();
      const { outcome } = await withMishap(world, (outside) => drawToday(outside, TODAY), { call, how });
      if (name !== 'herald.tell') expect(outcome, place).toBe(how.startsWith('dies') ? 'died' : 'failed');
      const again = await withMishap(world, (outside) => drawToday(outside, TODAY));
      expect(again.outcome, place).toBe('done');
      expectOnce(world, place, plan);
      // Nothing is left to be made up.
      const log = [...world.log];
      await drawToday(world, TODAY);
      expect(world.log, place).toEqual(log);
    }
  });
});

it('tells the bus every record of a plan, also of one that another run had to bring to its end', async () => {
  const { calls } = await undisturbed();
  for (const call of calls.keys()) {
    // Who dies between the last write and the bus has told nobody, and nobody knows.
    if (calls[call] === 'herald.tell') continue;
    const world = aWorld();
    await withMishap(world, (outside) => drawToday(outside, TODAY), { call, how: 'dies-before' });
    await drawToday(world, TODAY);
    expect(new Set(world.told), `call ${call} (${calls[call]})`).toEqual(new Set(world.audit.records));
  }
});

it('two planners at once make one plan, wherever the second comes in', async () => {
  const { calls, plan } = await undisturbed();
  for (const [call, name] of calls.entries()) {
    for (const when of ['before', 'after'] as const) {
      const place = `a second planner ${when} call ${call} (${name})`;
      const world = aWorld();
      let made = 0;
      const second = async () => {
        await drawToday(world, TODAY);
      };
      const outside = through(world, async (_, go) => {
        const isIt = made++ === call;
        if (isIt && when === 'before') await second();
        const answer = await go();
        if (isIt && when === 'after') await second();
        return answer;
      });
      const answer = await drawToday(outside, TODAY);
      expect(answer.plans[0]?.experiments, place).toEqual(answered(plan.experiments));
      expectOnce(world, place, plan);
    }
  }
});

it('two planners at once make one plan, however their calls fall together', async () => {
  const { plan } = await undisturbed();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (order) => {
      const world = aWorld();
      const planner = (name: string) => {
        const outside = through(world, async (call, go) => {
          await order.schedule(Promise.resolve(), `${name} ${call}`);
          return go();
        });
        return drawToday(outside, TODAY);
      };
      const both = await order.waitFor(Promise.all([planner('A'), planner('B')]));
      expect(both.map(({ plans }) => plans[0]?.experiments)).toEqual([
        answered(plan.experiments),
        answered(plan.experiments),
      ]);
      expect(inOrder(both.map(({ plans }) => plans[0]?.isNew))).toEqual([false, true]);
      expectOnce(world, 'interleaved', plan);
    }),
    { numRuns: 150 },
  );
});

it('two planners of two minds keep one plan: the second answers the first’s', async () => {
  const world = aWorld();
  let isFirst = true;
  const outside = through(world, async (call, go) => {
    if (call === 'state.write' && isFirst) {
      isFirst = false;
      // Between reading and keeping, another planner that sees a group more has kept its plan.
      world.services.push(tagged('new'));
      await drawToday(world, TODAY);
    }
    return go();
  });
  const { plans } = await drawToday(outside, TODAY);
  expect(plans[0]).toMatchObject({ isNew: false, experiments: answered(planOf(world).experiments) });
  expect(planOf(world).experiments).toHaveLength(4);
  expect(world.waiting.size).toBe(4);
  expect(world.audit.records.filter(({ kind }) => kind === 'plan-drawn')).toHaveLength(1);
});

it('who is cancelled while the plan is still being scheduled stays marked, whenever that happens', async () => {
  const { calls, plan } = await undisturbed();
  const experiment = plan.experiments[1]?.experiment ?? expect.fail('nothing planned');
  const kept = calls.indexOf('state.write', calls.indexOf('state.write') + 1);
  for (let call = kept + 1; call < calls.length; call++) {
    const world = aWorld();
    let made = 0;
    const outside = through(world, async (_, go) => {
      if (made++ === call) expect(await cancel(world, cancelOf(experiment))).toMatchObject({ cancelled: true });
      return go();
    });
    await drawToday(outside, TODAY);
    const place = `cancelled before call ${call} (${calls[call]})`;
    expect(world.state.body('cancelled', experiment), place).toMatchObject({ actor: 'Ann' });
    expect(verifyChains(world.audit.records), place).toEqual([]);
    expect(
      inOrder(world.audit.records.filter(({ chain }) => chain === experiment).map(({ kind }) => kind)),
      place,
    ).toEqual(['cancelled', 'planned']);
    // Its guard holds it back should it have got its schedule after all; nobody gives it another.
    world.waiting.delete(experiment);
    await restore(world, RESTORE);
    expect(world.waiting.has(experiment), place).toBe(false);
  }
});
