import { DeleteItemCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDigests } from '../../functions/sweep/digest.ts';
import { follow } from '../../lib/audit/chain.ts';
import { DIGEST_CHAIN } from '../../lib/audit/digest.ts';
import { type AuditRecord, UnreadableRecord } from '../../lib/audit/record.ts';
import { verifyTable } from '../../lib/audit/verify-table.ts';
import { AuditTable } from '../../lib/aws/audit-table.ts';
import { anEntry } from '../audit/examples.ts';
import { type StartedAuditTable, startAuditTable } from './start-audit-table.ts';

let started: StartedAuditTable;
let audit: AuditTable;
let direct: DynamoDBClient;
beforeAll(async () => {
  started = await startAuditTable();
  audit = new AuditTable(started.table);
  direct = new DynamoDBClient({});
  for (let n = 0; n < 12; n++) await grow(`shop-${n}`, '2026-11-20T10:00:00Z', 2);
  await grow('shop-0', '2026-11-21T10:00:00Z', 1);
  // More than a page of the index.
  for (let n = 0; n < 25; n++) await grow('large', '2026-11-22T10:00:00Z', 1, 'x'.repeat(60_000));
  for (const day of ['21', '22', '23'])
    await writeDigests({ audit, now: () => Date.parse(`2026-11-${day}T00:20:00Z`) });
});
afterAll(async () => {
  direct.destroy();
  await started.close();
});

/** Grows a chain at an instant. */
async function grow(chain: string, at: string, count: number, reason = 'test'): Promise<void> {
  let last = await audit.readLast(chain);
  for (let n = 0; n < count; n++) {
    const entry = anEntry(`${at}/${n}`, { group: 'shop/cart', resource: `task-${chain}`, reason });
    last = follow(chain, last, entry, Date.parse(at));
    await audit.putIfAbsent(last);
  }
}

const verify = () =>
  verifyTable(audit, { from: '2026-11-20', to: '2026-11-23', nowMs: Date.parse('2026-11-23T09:00:00Z') });
const keyOf = (chain: string, sequence: number) => ({ chain: { S: chain }, sequence: { N: String(sequence) } });

/** Changes one attribute of an item, as nobody but an administrator can. */
const change = (chain: string, sequence: number, name: string, value: string) =>
  direct.send(
    new UpdateItemCommand({
      TableName: started.table,
      Key: keyOf(chain, sequence),
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': { S: value } },
    }),
  );

describe('the audit table with digests', () => {
  it('verifies as long as nobody changed it', async () => {
    const { findings, notes, ...rest } = await verify();
    expect({ findings, notes }).toEqual({ findings: [], notes: [] });
    expect(rest).toMatchObject({ chains: 14, records: 25 + 25 + 3, digests: 3 });
    const [first] = await audit.readChain(DIGEST_CHAIN);
    expect(first?.facts).toMatchObject({ day: '2026-11-20', chains: 12, records: 24 });
  });

  it('gives the places of a day over all pages of its index, without what stands there', async () => {
    const places = await audit.readDayPlaces('2026-11-22');
    expect(places.filter(({ chain }) => chain === 'large')).toEqual(
      Array.from({ length: 25 }, (_, sequence) => ({ chain: 'large', sequence })),
    );
    // The digest of the day before was written that day.
    expect(places.filter(({ chain }) => chain !== 'large')).toEqual([{ chain: DIGEST_CHAIN, sequence: 1 }]);
    expect(await audit.readDayPlaces('2026-11-19')).toEqual([]);
  });

  it('gives the records of a group since a day', async () => {
    const since = await audit.readGroup('shop/cart', 1000, '2026-11-21');
    expect(since.map(({ chain }) => chain)).toEqual(['shop-0', ...Array(25).fill('large')]);
    expect(await audit.readGroup('shop/cart', 2, '2026-11-21')).toEqual(since.slice(-2));
    expect(await audit.readGroup('shop/cart', 1000, '2026-11-23')).toEqual([]);
  });

  it.each([
    ['day', '2020-01-01'],
    ['group', 'somebody/else'],
    ['resource', 'task-of-another'],
    ['order', '2020-01-01T00:00:00.000Z#shop-3#000001'],
  ])('has a finding when an item is filed under another %s, by which a question would miss it', async (name, value) => {
    const before = (await audit.inspectChain('shop-3'))[1]?.record as AuditRecord;
    await change('shop-3', 1, name, value);
    expect((await verify()).findings).toEqual([
      { chain: 'shop-3', sequence: 1, problem: `it is filed in the table under another ${name} than it says itself` },
    ]);
    const own = {
      day: '2026-11-20',
      group: before.group,
      resource: before.resource,
      order: `${before.at}#shop-3#000001`,
    };
    await change('shop-3', 1, name, own[name as keyof typeof own] ?? '');
    expect((await verify()).findings).toEqual([]);
  });

  it('has a finding when a text was changed, or is no record at all, and goes on with the others', async () => {
    const [, before] = await audit.inspectChain('shop-4');
    await change('shop-4', 1, 'record', JSON.stringify({ ...(before?.record as AuditRecord), actor: 'nobody' }));
    await change('shop-5', 1, 'record', 'gone');
    await change('shop-6', 1, 'record', '{"kind":"started"}');
    expect((await verify()).findings.map(({ chain, problem }) => [chain, problem])).toEqual([
      ['shop-4', 'its content does not fit its hash: it was changed'],
      ['shop-5', 'what stands there is not JSON'],
      ['shop-5', expect.stringContaining('it is not there')],
      ['shop-6', 'it is not an audit record: version Invalid input: expected 1'],
      ['shop-6', expect.stringContaining('it is not there')],
    ]);
    await expect(audit.readChain('shop-5')).rejects.toThrow(UnreadableRecord);
    await expect(audit.readChain('shop-6')).rejects.toThrow('what stands as number 1 of shop-6 is not an audit record');
  });

  it('has a finding for an end that was cut off, and for a chain that was removed', async () => {
    for (const [chain, sequence] of [
      ['shop-0', 2],
      ['shop-1', 0],
      ['shop-1', 1],
    ] as const)
      await direct.send(new DeleteItemCommand({ TableName: started.table, Key: keyOf(chain, sequence) }));
    const problems = (await verify()).findings
      .filter(({ chain }) => chain === 'shop-0' || chain === 'shop-1')
      .map(({ chain, sequence, problem }) => `${chain} #${sequence}: ${problem}`);
    expect(problems).toEqual([
      'shop-0 #2: the digest of 2026-11-21 names this record, and it is not there: it was removed',
      'shop-1 #1: the digest of 2026-11-20 names the chain, and nothing of it is there: it was removed',
    ]);
  });
});
