import { expect } from 'vitest';
import { admit } from '../../../functions/experiment/admit.ts';
import { inject } from '../../../functions/experiment/inject.ts';
import type { ExperimentWorld } from '../../../functions/experiment/world.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { FakeWorld } from './fake-world.ts';
import { addGroup, pauseOrder, pausingWorld, sent } from './pausing.ts';

/** Ways in which several triggers can mean one act: one order delivered often, many orders for a group, and a budget of one. */
export const SHAPES = ['one order', 'one group', 'one budget'] as const;
export type Shape = (typeof SHAPES)[number];

/** A world whose clock stands still, so that nobody is late however many come. */
export function stillWorld(): FakeWorld {
  const world = pausingWorld({ budgets: { maxInFlight: 1, maxPerHour: 1, maxPerDay: 1 } });
  world.switches.read = async () => ({ lever: world.lever, leashed: world.leashed });
  return world;
}

/** What the n-th trigger of a round asks for. */
function orderOf(world: FakeWorld, shape: Shape, n: number): ExperimentOrder {
  if (shape === 'one order') return pauseOrder();
  if (shape === 'one group') return pauseOrder({ experiment: `cart-${n}` });
  const name = `s${n}`;
  if (!world.ecs.services_.some(({ service }) => service === name)) addGroup(world, name);
  return pauseOrder({ experiment: `${name}-1`, group: `shop/${name}`, services: [{ cluster: 'shop', service: name }] });
}

/**
 * Lets as many executions as there are orders begin at once; each that is admitted acts. Answers who was, by owner.
 *
 * @param worldOf the world as the n-th execution reaches it.
 */
export async function triggerAtOnce(
  worldOf: (n: number) => ExperimentWorld,
  orders: readonly ExperimentOrder[],
): Promise<{ readonly admitted: string[]; readonly refusedWith: Set<string> }> {
  const admitted: string[] = [];
  const refusedWith = new Set<string>();
  await Promise.all(
    orders.map(async (order, n) => {
      const world = worldOf(n);
      // As an execution's ARN, it is never another's.
      const owner = `${order.experiment}/${n}`;
      const admission = await admit(world, order, owner);
      if (admission.kind === 'admitted') {
        admitted.push(owner);
        for (const target of admission.running.targets) await inject(world, admission.running, target);
        return;
      }
      for (const code of admission.records.flatMap(codesOf)) refusedWith.add(code);
    }),
  );
  return { admitted, refusedWith };
}

function codesOf({ facts }: AuditRecord): string[] {
  return ((facts.refusals ?? []) as { code: string }[]).map(({ code }) => code);
}

/** The fractional part of the golden ratio: its multiples are spread evenly, and each run takes the same ones. */
const SPREAD = 0.618_033_988_75;

/** Triggers of a round: 2 to 200, as many rounds with a few as with many; the first has 200, the second 2. */
function sizeOf(round: number): number {
  const part = round === 0 ? 1 : ((round - 1) * SPREAD) % 1;
  return Math.round(2 * 100 ** part);
}

/** Lets the stores answer sooner or later, another way in each round, so that the triggers overtake each other. */
function jitter(world: FakeWorld, round: number): void {
  let calls = round * 7_919;
  const late = <Store extends object>(store: Store, ...names: (keyof Store)[]): void => {
    for (const name of names) {
      const method = store[name];
      if (typeof method !== 'function') continue;
      const through = async (...input: unknown[]): Promise<unknown> => {
        for (let turns = (calls++ * 2_654_435_761) % 7; turns > 0; turns--) await undefined;
        return method.apply(store, input) as unknown;
      };
      Object.assign(store, { [name]: through });
    }
  };
  late(world.state, 'read', 'write');
  late(world.audit, 'readChain', 'putIfAbsent');
}

/** Plays rounds of triggers over worlds in memory. In each there must be one act, on record before it, and nobody else's claim. */
export async function playRounds(rounds: number): Promise<{ sizes: Set<number>; winners: Set<string> }> {
  const sizes = new Set<number>();
  const winners = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const shape = SHAPES[round % SHAPES.length] ?? 'one order';
    const size = sizeOf(round);
    const place = `round ${round}: ${size} triggers, ${shape}`;
    const world = stillWorld();
    const orders = Array.from({ length: size }, (_, n) => orderOf(world, shape, n));
    jitter(world, round);
    const { admitted, refusedWith } = await triggerAtOnce(() => world, orders);
    expect(admitted, place).toHaveLength(1);
    const act = sent(world, 'apply');
    expect(act, place).toHaveLength(1);
    const started = world.audit.records.filter(({ kind }) => kind === 'started').map(({ resource }) => resource);
    expect(started, place).toEqual(act);
    expect(world.log.indexOf(`record started ${act[0]}`), place).toBeLessThan(world.log.indexOf(`apply ${act[0]}`));
    expect(world.audit.records, place).toHaveLength(size);
    expect(verifyChains(world.audit.records), place).toEqual([]);
    for (const code of refusedWith) expect(SECOND_CODES, place).toContain(code);
    const slots = world.claims.account?.slots.map(({ owner }) => owner);
    expect(slots, place).toEqual(admitted);
    sizes.add(size);
    winners.add(admitted[0]?.split('/')[1] ?? '');
  }
  return { sizes, winners };
}

/** Codes with which those are refused who came second. */
export const SECOND_CODES: ReadonlySet<string> = new Set([
  'already-done',
  'group-in-flight',
  'group-spacing',
  'account-in-flight',
  'account-hour',
  'account-day',
  'target-under-experiment',
  'too-few-eligible',
  'too-few-remaining',
]);
