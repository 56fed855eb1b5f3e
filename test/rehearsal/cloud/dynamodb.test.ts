import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished, vi } from 'vitest';
import { tablesAt } from '../../../lib/rehearsal/cloud/protocols/dynamodb.ts';
import { startCloud } from './local-cloud.ts';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: { readonly createTableMs: number }) => Server;

async function startDynalite(): Promise<string> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('the served operations pass through to the tables, with their conditions, errors and pages', async () => {
  const url = await startDynalite();
  const { client, defects, callLog } = await startCloud({ services: {}, tables: tablesAt(url) });
  const direct = new DynamoDBClient({
    endpoint: url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'A', secretAccessKey: 'b' },
  });
  onTestFinished(() => direct.destroy());
  await direct.send(
    new CreateTableCommand({
      TableName: 'audit',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
      ],
    }),
  );
  const tables = client(DynamoDBClient);
  const put = (sk: number) =>
    tables.send(
      new PutItemCommand({
        TableName: 'audit',
        Item: { pk: { S: 'é' }, sk: { N: `${sk}` }, blob: { B: new Uint8Array([1, 2, 3]) } },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  await vi.waitFor(() => put(0), { timeout: 10_000, interval: 20 });
  for (const sk of [1, 2]) await put(sk);
  await expect(put(1)).rejects.toThrow(ConditionalCheckFailedException);
  const { Item, $metadata } = await tables.send(
    new GetItemCommand({ TableName: 'audit', Key: { pk: { S: 'é' }, sk: { N: '1' } } }),
  );
  expect(Item?.blob).toEqual({ B: new Uint8Array([1, 2, 3]) });
  expect($metadata.requestId).toBeTruthy();

  const query = {
    TableName: 'audit',
    KeyConditionExpression: 'pk = :p',
    ExpressionAttributeValues: { ':p': { S: 'é' } },
    Limit: 2,
  };
  const first = await tables.send(new QueryCommand(query));
  const second = await tables.send(new QueryCommand({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }));
  expect([first.Items?.length, second.Items?.length]).toEqual([2, 1]);
  expect(defects).toEqual([]);
  expect(callLog.counts()).toMatchObject({ 'DynamoDB.GetItem': 1, 'DynamoDB.Query': 2 });

  await expect(tables.send(new ScanCommand({ TableName: 'audit' }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
  expect(defects).toEqual([expect.stringContaining('DynamoDB.Scan')]);
});

it('tables that do not answer are a defect, not a silence', async () => {
  const { client, defects } = await startCloud({ services: {}, tables: tablesAt('http://127.0.0.1:1') });
  const call = client(DynamoDBClient).send(new GetItemCommand({ TableName: 'audit', Key: { pk: { S: 'a' } } }));
  await expect(call).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
  expect(defects).toEqual([expect.stringContaining('The tables at http://127.0.0.1:1 do not answer')]);
});
