import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountState,
  type ClaimAnswer,
  claimAccount,
  claimGroup,
  EMPTY_ACCOUNT,
  type GroupState,
} from '../../lib/core/claim.ts';
import { FREE, request } from './claim-scenes.ts';

/** A compare-and-set item, as the state table keeps them. */
class Item<Body> {
  body: Body;
  version = 0;
  constructor(body: Body) {
    this.body = body;
  }
  write(body: Body, expected: number): boolean {
    if (this.version !== expected) return false;
    this.body = body;
    this.version++;
    return true;
  }
}

/**
 * Claimers that each read, decide and write, one step at a time, in an order that `next` chooses.
 *
 * @returns the owners to whom it was granted.
 */
function race<State>(
  item: Item<State>,
  owners: readonly string[],
  decide: (state: State, owner: string) => ClaimAnswer<State>,
  next: (left: number) => number,
): string[] {
  const winners: string[] = [];
  const claimers = owners.map((owner) => ({ owner, read: undefined as { body: State; version: number } | undefined }));
  while (claimers.length > 0) {
    const index = next(claimers.length) % claimers.length;
    const claimer = claimers[index];
    if (claimer === undefined) break;
    if (claimer.read === undefined) {
      claimer.read = { body: item.body, version: item.version };
      continue;
    }
    const answer = decide(claimer.read.body, claimer.owner);
    const { version } = claimer.read;
    claimer.read = undefined;
    if (answer.granted && answer.changed && !item.write(answer.state, version)) continue;
    if (answer.granted) winners.push(claimer.owner);
    claimers.splice(index, 1);
  }
  return winners;
}

describe('two hundred claims at once', () => {
  const owners = Array.from({ length: 200 }, (_, index) => `run ${index}`);
  /** Whose turn it is, from a seed; the same seed gives the same race. */
  const turns = (seed: number) => {
    let state = seed >>> 0;
    return (left: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * left);
    };
  };
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  it('of one group by executions of the same experiment are granted exactly once', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const item = new Item(FREE);
        const decide = (state: GroupState, owner: string) => claimGroup(state, request('a', { owner }), undefined);
        const winners = race(item, owners, decide, turns(seed));
        expect(winners).toEqual([item.body.inFlight?.owner]);
      }),
      { numRuns: 20 },
    );
  });

  it('of one group by experiments of their own are granted exactly once', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const item = new Item(FREE);
        const decide = (state: GroupState, owner: string) =>
          claimGroup(state, request(`of ${owner}`, { owner }), undefined);
        expect(race(item, owners, decide, turns(seed))).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  it('of the account on the same target are granted exactly once, whatever the budget', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const item = new Item(EMPTY_ACCOUNT);
        const wide = { maxInFlight: 999, maxPerHour: 999, maxPerDay: 999 };
        const decide = (state: AccountState, owner: string) =>
          claimAccount(state, request(`of ${owner}`, { owner, targets: ['shared', owner] }), wide, 'UTC');
        const winners = race(item, owners, decide, turns(seed));
        expect(winners).toEqual(item.body.slots.map(({ owner }) => owner));
        expect(winners).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  it('of the account are granted as often as the tightest budget allows', () => {
    const budget = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(seeds, budget, budget, budget, (seed, maxInFlight, maxPerHour, maxPerDay) => {
        const item = new Item(EMPTY_ACCOUNT);
        const budgets = { maxInFlight, maxPerHour, maxPerDay };
        const decide = (state: AccountState, owner: string) =>
          claimAccount(state, request(`of ${owner}`, { owner }), budgets, 'UTC');
        expect(race(item, owners, decide, turns(seed))).toHaveLength(Math.min(maxInFlight, maxPerHour, maxPerDay));
      }),
      { numRuns: 20 },
    );
  });
});
