import { DescribeTableCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { resourceProperties } from '../../../lib/rehearsal/cloud/resource-properties.ts';
import { startTables } from '../../../lib/rehearsal/cloud/tables.ts';

const properties = resourceProperties['AWS::DynamoDB::Table'].parse({
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'N' },
    { AttributeName: 'group', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-group',
      KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
});

it('makes a table with its indexes, active at once, and is gone after close', async () => {
  const tables = await startTables('eu-central-1');
  const client = new DynamoDBClient({
    endpoint: tables.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  await tables.create({ logicalId: 'Audit', name: 'audit', properties });
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'audit' }));
  expect(Table).toMatchObject({ TableStatus: 'ACTIVE' });
  expect(Table?.GlobalSecondaryIndexes).toEqual([expect.objectContaining({ IndexName: 'by-group' })]);

  const Item = { pk: { S: 'a' }, sk: { N: '1' }, group: { S: 'web' } };
  const put = new PutItemCommand({ TableName: 'audit', Item, ConditionExpression: 'attribute_not_exists(pk)' });
  await client.send(put);
  await expect(client.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const found = await client.send(
    new QueryCommand({
      TableName: 'audit',
      IndexName: 'by-group',
      KeyConditionExpression: '#g = :g',
      ExpressionAttributeNames: { '#g': 'group' },
      ExpressionAttributeValues: { ':g': { S: 'web' } },
    }),
  );
  expect(found.Items).toEqual([Item]);

  await tables.close();
  await expect(client.send(new DescribeTableCommand({ TableName: 'audit' }))).rejects.toThrow();
});
