import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimGroupFor, claimPlaceFor, holdsClaims, readClaims, release } from '../../functions/experiment/claims.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import type { AccountState, GroupState } from '../../lib/core/claim.ts';
import type { StateStore } from '../../lib/core/state-store.ts';
import { startSeparateTables } from '../aws/start-separate-tables.ts';
import { pointClientsAt, type StackTables } from '../aws/start-stack-tables.ts';
import { aConfig } from '../core/examples.ts';
import { inOrder } from './in-order.ts';
import { MemoryState } from './memory-stores.ts';

const NOW_MS = Date.parse('2026-03-02T10:00:00Z');
const { budgets, window } = aConfig();

async function ask(state: StateStore, group: string, name: string, most = budgets): Promise<string> {
  const request = {
    experiment: `experiment-${name}`,
    group,
    owner: `owner-${name}`,
    nowMs: NOW_MS,
    untilMs: NOW_MS + 60_000,
    targets: [`task of ${group}`],
  };
  const read = await readClaims(state, group);
  const inGroup = await claimGroupFor(state, read, request, undefined);
  if (inGroup) return inGroup.code;
  const inAccount = await claimPlaceFor(state, read, request, { budgets: most, window });
  if (inAccount) await release(state, request, false);
  return inAccount?.code ?? 'granted';
}

async function atOnce(
  state: StateStore,
  count: number,
  groupOf: (n: number) => string,
  most = budgets,
): Promise<Record<string, number>> {
  const answers = await Promise.all(Array.from({ length: count }, (_, n) => ask(state, groupOf(n), String(n), most)));
  return Object.fromEntries([...Map.groupBy(answers, (answer) => answer)].map(([answer, all]) => [answer, all.length]));
}

let tables: StackTables;
beforeAll(async () => {
  tables = await startSeparateTables();
  pointClientsAt(tables.endpoint);
});
afterAll(() => tables.close());

// Callers share one client here; more of them at once would only wait for its sockets.
describe.each([
  ['memory', 200],
  ['the real table', 60],
] as const)('claims at once in %s: %i', (where, count) => {
  const store = (): StateStore => (where === 'memory' ? new MemoryState() : new StateTable(tables.state));

  it('of one group: exactly one is granted', async () => {
    const state = store();
    expect(await atOnce(state, count, () => 'shop/cart')).toEqual({ granted: 1, 'group-in-flight': count - 1 });
    const { group, account } = await readClaims(state, 'shop/cart');
    expect(account?.body.slots.map(({ owner }) => owner)).toEqual([group?.body.inFlight?.owner]);
    const { experiment = '', owner = '' } = group?.body.inFlight ?? {};
    await release(state, { group: 'shop/cart', experiment, owner }, false);
    expect((await readClaims(state, 'shop/cart')).account?.body).toEqual({ slots: [], starts: [] });
  });

  it('of as many groups: one is granted by the budget, and every other group is given back', async () => {
    const state = store();
    expect(await atOnce(state, count, (n) => `many/${n}`)).toEqual({ granted: 1, 'account-in-flight': count - 1 });
    const groups = await state.list<GroupState>('group');
    const held = [...groups].filter(([name, { inFlight }]) => name.startsWith('many/') && inFlight !== undefined);
    expect(held).toHaveLength(1);
  });
});

it('a budget of several is used up exactly, however many ask at once', async () => {
  const state = new MemoryState();
  const answers = await atOnce(state, 200, (n) => `many/${n}`, { maxInFlight: 7, maxPerHour: 100, maxPerDay: 100 });
  expect(answers).toEqual({ granted: 7, 'account-in-flight': 200 - 7 });
  expect(state.body<AccountState>('account', 'this')?.slots).toHaveLength(7);
});

it('the same owner may ask again and gets the claim it has, without a second start', async () => {
  const state = new MemoryState();
  expect(await ask(state, 'shop/cart', 'a')).toBe('granted');
  const before = structuredClone([...state.items]);
  expect(await ask(state, 'shop/cart', 'a')).toBe('granted');
  expect([...state.items]).toEqual(before);
  expect(holdsClaims(await readClaims(state, 'shop/cart'), 'owner-a')).toBe(true);
  expect(holdsClaims(await readClaims(state, 'shop/cart'), 'owner-b')).toBe(false);
});

it('an uncontended claim costs two writes and no read beyond the one before it', async () => {
  const state = new MemoryState();
  const read = await readClaims(state, 'shop/cart');
  let reads = 0;
  const counting: StateStore = {
    list: (...list) => state.list(...list),
    write: (...write) => state.write(...write),
    read: (kind, name) => {
      reads++;
      return state.read(kind, name);
    },
  };
  const request = {
    experiment: 'e',
    group: 'shop/cart',
    owner: 'o',
    nowMs: NOW_MS,
    untilMs: NOW_MS + 1,
    targets: ['t'],
  };
  expect(await claimGroupFor(counting, read, request, undefined)).toBeUndefined();
  expect(await claimPlaceFor(counting, read, request, { budgets, window })).toBeUndefined();
  expect([...state.items.keys()]).toEqual(['group/shop/cart', 'account/this']);
  expect(reads).toBe(0);
});

it('whatever is claimed and released, in whatever order: never two in flight in a group, never more than the budget', async () => {
  const steps = fc.array(
    fc.record({ group: fc.nat(2), name: fc.nat(5), releases: fc.boolean(), acted: fc.boolean() }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const state = new MemoryState();
      const most = { maxInFlight: 2, maxPerHour: 1000, maxPerDay: 1000 };
      await Promise.all(
        all.map(async ({ group, name, releases, acted }, n) => {
          const mine = { group: `g/${group}`, experiment: `experiment-${name}-${n}`, owner: `owner-${name}-${n}` };
          const answer = await ask(state, mine.group, `${name}-${n}`, most);
          const account = state.body<AccountState>('account', 'this');
          expect(account?.slots.length ?? 0).toBeLessThanOrEqual(2);
          if (answer === 'granted' && releases) await release(state, mine, acted);
        }),
      );
      const groups = await state.list<GroupState>('group');
      const inFlight = [...groups.values()].flatMap((one) => one.inFlight?.owner ?? []);
      const slots = state.body<AccountState>('account', 'this')?.slots.map(({ owner }) => owner) ?? [];
      expect(inOrder([...inFlight])).toEqual(inOrder([...slots]));
    }),
    { numRuns: 100 },
  );
});
