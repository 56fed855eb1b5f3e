import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import type { AccountState, GroupState } from '../../lib/core/claim.ts';
import { startSeparateTables } from '../aws/start-separate-tables.ts';
import { pointClientsAt, type StackTables } from '../aws/start-stack-tables.ts';
import { START_MS } from '../functions/experiment/fake-world.ts';
import { pauseOrder, sent } from '../functions/experiment/pausing.ts';
import { playRounds, SECOND_CODES, stillWorld, triggerAtOnce } from '../functions/experiment/triggers.ts';

let tables: StackTables;
beforeAll(async () => {
  tables = await startSeparateTables();
  pointClientsAt(tables.endpoint);
});
afterAll(() => tables.close());

it('1,000 rounds of 2 to 200 triggers at once are one act each', async () => {
  const { sizes, winners } = await playRounds(1_000);
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([2, 200]);
  // It is not always the first of them who wins.
  expect(winners.size).toBeGreaterThan(10);
}, 600_000);

it('20 rounds of 200 triggers at once over the real table are one act each', async () => {
  // Executions are processes of their own, and do not wait for each other's sockets; ten of them can share one's.
  const clients = Array.from({ length: 20 }, () => {
    return { audit: new AuditTable(tables.audit), state: new StateTable(tables.state) };
  });
  const { audit, state } = clients[0] ?? expect.fail('no clients');
  for (let round = 0; round < 20; round++) {
    // A day later the budget is whole again; and the claim of the round before has run out.
    const world = stillWorld();
    world.nowMs = START_MS + round * 86_400_000;
    const at = new Date(world.nowMs).toISOString();
    const orders = Array.from({ length: 200 }, (_, n) =>
      pauseOrder({ experiment: `cart-${round}-${n}`, at, skip: ['window', 'spacing'] }),
    );
    const { admitted, refusedWith } = await triggerAtOnce(
      (n) => Object.assign(Object.create(world), clients[n % clients.length]),
      orders,
    );
    const place = `round ${round}`;
    expect(admitted, place).toHaveLength(1);
    expect(sent(world, 'apply'), place).toHaveLength(1);
    for (const code of refusedWith) expect(SECOND_CODES, place).toContain(code);
    const [group, account, records] = await Promise.all([
      state.read<GroupState>('group', 'shop/cart'),
      state.read<AccountState>('account', 'this'),
      audit.readDay(at.slice(0, 10)),
    ]);
    expect(group?.body.inFlight?.owner, place).toBe(admitted[0]);
    expect(
      account?.body.slots.map(({ owner }) => owner),
      place,
    ).toEqual(admitted);
    expect(
      records.filter(({ kind }) => kind === 'started').map(({ resource }) => resource),
      place,
    ).toEqual(sent(world, 'apply'));
    expect(records, place).toHaveLength(200);
  }
}, 600_000);
