import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, vi } from 'vitest';
import { AUDIT_INDEXES } from '../../lib/aws/audit-table.ts';
import { startTables } from '../../lib/rehearsal/cloud/tables.ts';
import { REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { pointClientsAt } from './start-stack-tables.ts';

/** An audit table on this machine. */
export interface StartedAuditTable {
  readonly table: string;
  close(): Promise<void>;
}

/**
 * Makes an audit table with the keys and indexes of the stack's, without synthesizing the stack, which takes long; what it synthesizes
 * is the concern of `tables.test.ts`. Adapters that are made after this talk to it.
 */
export async function startAuditTable(): Promise<StartedAuditTable> {
  const tables = await startTables(REGION);
  pointClientsAt(tables.endpoint);
  const client = new DynamoDBClient({});
  const table = 'audit';
  const texts = [...Object.keys(AUDIT_INDEXES), 'chain', 'order'];
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'sequence', AttributeType: 'N' },
        ...texts.map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      ],
      KeySchema: [
        { AttributeName: 'chain', KeyType: 'HASH' },
        { AttributeName: 'sequence', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: Object.entries(AUDIT_INDEXES).map(([AttributeName, IndexName]) => ({
        IndexName,
        KeySchema: [
          { AttributeName, KeyType: 'HASH' as const },
          { AttributeName: 'order', KeyType: 'RANGE' as const },
        ],
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
  );
  await vi.waitFor(
    async () => {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
      expect(Table?.TableStatus).toBe('ACTIVE');
    },
    { timeout: 30_000, interval: 5 },
  );
  client.destroy();
  return { table, close: () => tables.close() };
}
