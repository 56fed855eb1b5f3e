import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, verifyChains } from '../../lib/audit/chain.ts';
import type { AuditRecord, Entry } from '../../lib/audit/record.ts';
import { Trail } from '../../lib/audit/trail.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { StateTable } from '../../lib/aws/state-table.ts';
import { pointClientsAt, type StackTables, startStackTables } from './start-stack-tables.ts';

let tables: StackTables;
beforeAll(async () => {
  tables = await startStackTables();
  pointClientsAt(tables.endpoint);
});
afterAll(() => tables.close());

const AT_MS = Date.parse('2026-03-02T10:00:00Z');
function entry(key: string, more: Partial<Entry> = {}): Entry {
  return { key, kind: 'requested', actor: 'Ann', reason: 'test', facts: {}, ...more };
}

/** Writes a chain of so many records with a step of time between them. */
async function writeChain(
  audit: AuditTable,
  chain: string,
  entries: readonly Entry[],
  stepMs = 1000,
): Promise<AuditRecord[]> {
  const written: AuditRecord[] = [];
  for (const [n, one] of entries.entries()) {
    const record = follow(chain, written.at(-1), one, AT_MS + n * stepMs);
    expect(await audit.putIfAbsent(record)).toBe('put');
    written.push(record);
  }
  return written;
}

describe('the audit table', () => {
  it('takes each place of a chain once, whoever comes first', async () => {
    const audit = new AuditTable(tables.audit);
    const first = follow('once', undefined, entry('a'), AT_MS);
    const rival = follow('once', undefined, entry('b'), AT_MS);
    expect(await audit.putIfAbsent(first)).toBe('put');
    expect(await audit.putIfAbsent(rival)).toBe('taken');
    expect(await audit.putIfAbsent(first)).toBe('taken');
    expect(await audit.read('once', 0)).toEqual(first);
    expect(await audit.read('once', 1)).toBeUndefined();
  });

  it('gives records back as they were hashed, whatever their facts are', async () => {
    const audit = new AuditTable(tables.audit);
    const facts = {
      none: [],
      nothing: null,
      empty: '',
      tiny: 1e-300,
      big: 2 ** 60,
      deep: { set: [1, [2]] },
      'ü/💥': '\u0000',
    };
    const written = await writeChain(audit, 'facts', [entry('a', { facts, group: 'g', resource: 'r' })]);
    const read = await audit.readChain('facts');
    expect(read).toEqual(written);
    expect(verifyChains(read)).toEqual([]);
  });

  it('gives a chain that is larger than a page, in order, and its last record', async () => {
    const audit = new AuditTable(tables.audit);
    const large = 'x'.repeat(60_000);
    const entries = Array.from({ length: 45 }, (_, n) => entry(`k${n}`, { facts: { n, large } }));
    const written = await writeChain(audit, 'long', entries);
    expect(await audit.readChain('long')).toEqual(written);
    expect(await audit.readLast('long')).toEqual(written.at(-1));
    expect(await audit.readChain('none')).toEqual([]);
    expect(await audit.readLast('none')).toBeUndefined();
  });

  it('answers by day, group and resource, oldest first', async () => {
    const audit = new AuditTable(tables.audit);
    const about = (n: number): Entry =>
      entry(`k${n}`, { group: n % 2 ? 'odd' : 'even', ...(n === 3 ? { resource: 'task-3' } : {}) });
    // Half an hour apart, over midnight.
    const one = await writeChain(
      audit,
      'q-1',
      Array.from({ length: 40 }, (_, n) => about(n)),
      1_800_000,
    );
    const two = await writeChain(audit, 'q-2', [entry('z', { group: 'odd', resource: 'task-3' })], 0);
    const byOrder = (a: AuditRecord, b: AuditRecord) => (`${a.at}#${a.chain}` < `${b.at}#${b.chain}` ? -1 : 1);
    expect(await audit.readDay('2026-03-03')).toEqual(one.filter(({ at }) => at.startsWith('2026-03-03')));
    expect(await audit.readDay('2026-03-04')).toEqual([]);
    const odd = [...one, ...two].filter(({ group }) => group === 'odd').sort(byOrder);
    expect(await audit.readGroup('odd', 1000)).toEqual(odd);
    expect(await audit.readGroup('odd', 5)).toEqual(odd.slice(-5));
    expect(await audit.readResource('task-3')).toEqual([
      ...two,
      ...one.filter(({ resource }) => resource === 'task-3'),
    ]);
    expect(await audit.readResource('task-9')).toEqual([]);
  });

  it('keeps one chain whole when several writers append to it at once', async () => {
    const trails = Array.from({ length: 5 }, () => new Trail(new AuditTable(tables.audit), 'shared', () => AT_MS));
    await Promise.all(
      trails.map(async (trail, t) => {
        for (let n = 0; n < 5; n++) await trail.append(entry(`${t}/${n}`));
      }),
    );
    const chain = await new AuditTable(tables.audit).readChain('shared');
    expect(new Set(chain.map(({ key }) => key)).size).toBe(25);
    expect(verifyChains(chain)).toEqual([]);
  });

  it('says what it met when an item is no record', async () => {
    const direct = new DynamoDBClient({});
    const Item = { chain: { S: 'forged' }, sequence: { N: '0' }, record: { S: '{"kind":"started"}' } };
    await direct.send(new PutItemCommand({ TableName: tables.audit, Item }));
    await expect(new AuditTable(tables.audit).readChain('forged')).rejects.toThrow(/version/);
    await direct.send(
      new DeleteItemCommand({ TableName: tables.audit, Key: { chain: { S: 'forged' }, sequence: { N: '0' } } }),
    );
    direct.destroy();
  });

  it('that does not exist is an error, never "taken"', async () => {
    const audit = new AuditTable('another-table');
    await expect(audit.putIfAbsent(follow('c', undefined, entry('a'), AT_MS))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('the state table', () => {
  it('changes an item only for who read its latest version', async () => {
    const state = new StateTable(tables.state);
    expect(await state.read('group', 'cas')).toBeUndefined();
    expect(await state.write('group', 'cas', { n: 1 }, undefined)).toBe(true);
    expect(await state.write('group', 'cas', { n: 9 }, undefined)).toBe(false);
    const read = await state.read<{ n: number }>('group', 'cas');
    expect(read?.body).toEqual({ n: 1 });
    expect(await state.write('group', 'cas', { n: 2 }, read?.version)).toBe(true);
    expect(await state.write('group', 'cas', { n: 3 }, read?.version)).toBe(false);
    expect((await state.read<{ n: number }>('group', 'cas'))?.body).toEqual({ n: 2 });
  });

  it('does not bring back an item that expired under its reader', async () => {
    const state = new StateTable(tables.state);
    await state.write('group', 'gone', { n: 1 }, undefined);
    const read = await state.read('group', 'gone');
    const direct = new DynamoDBClient({});
    await direct.send(
      new DeleteItemCommand({ TableName: tables.state, Key: { kind: { S: 'group' }, name: { S: 'gone' } } }),
    );
    direct.destroy();
    expect(await state.write('group', 'gone', { n: 2 }, read?.version)).toBe(false);
  });

  it('keeps kinds apart and lists one over all pages', async () => {
    const state = new StateTable(tables.state);
    const large = 'x'.repeat(60_000);
    for (let n = 0; n < 40; n++) await state.write('plan', `listed-${n}`, { n, large }, undefined);
    await state.write('account', 'listed-0', { n: -1 }, undefined);
    const plans = await state.list<{ n: number }>('plan');
    const listed = [...plans].filter(([name]) => name.startsWith('listed-'));
    expect(listed.map(([, { n }]) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('leaves out what is undefined, as JSON does', async () => {
    const state = new StateTable(tables.state);
    await state.write('group', 'sparse', { a: undefined, b: { c: undefined }, d: [] }, undefined);
    expect((await state.read('group', 'sparse'))?.body).toEqual({ b: {}, d: [] });
  });
});
