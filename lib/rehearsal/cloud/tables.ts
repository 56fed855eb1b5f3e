import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ProvisionedTable } from './provision.ts';

/** What is used of dynalite 4, which has no types of its own: a DynamoDB in memory, as an HTTP server. */
type Dynalite = (options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }) => Server;
const dynalite = createRequire(import.meta.url)('dynalite') as Dynalite;

/** The local cloud's DynamoDB: dynalite in this process, in memory, on a loopback port of its own. */
export interface Tables {
  /** Where DynamoDB requests go on to. */
  readonly endpoint: string;
  /** Makes a table and waits until it is active. */
  create(table: ProvisionedTable): Promise<void>;
  close(): Promise<void>;
}

/** Starts an empty DynamoDB; `close` ends it and everything in it. */
export async function startTables(region: string): Promise<Tables> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'PROVISIONER', secretAccessKey: 'rehearsal' },
  });
  return {
    endpoint,
    create: (table) => createTable(client, table),
    async close() {
      client.destroy();
      const closed = new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      });
      // Without this, `close` would wait for the keep-alive connections of clients that are still there.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function createTable(client: DynamoDBClient, { name, properties }: ProvisionedTable): Promise<void> {
  const orNone = <Index>(indexes: readonly Index[]): Index[] | undefined =>
    indexes.length > 0 ? [...indexes] : undefined;
  const index = ({ IndexName, KeySchema, Projection }: (typeof properties.GlobalSecondaryIndexes)[number]) => ({
    IndexName,
    KeySchema,
    Projection,
  });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: properties.AttributeDefinitions,
      KeySchema: properties.KeySchema,
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: orNone(properties.GlobalSecondaryIndexes.map(index)),
      LocalSecondaryIndexes: orNone(properties.LocalSecondaryIndexes.map(index)),
    }),
  );
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await delay(5);
  }
}
