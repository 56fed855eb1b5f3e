import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type AuditRecord, auditRecordSchema } from '../audit/record.ts';
import type { RecordQueries, RecordStore } from '../audit/trail.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** Index names, shared with the stack. Each sorts by `order`, which is time, chain and sequence. */
export const AUDIT_INDEXES = { day: 'by-day', group: 'by-group', resource: 'by-resource' } as const;

/** A table that is only ever added to and read. */
export class AuditTable implements RecordStore, RecordQueries {
  readonly #client = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_OPTIONS), {
    marshallOptions: { removeUndefinedValues: true },
  });
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  async putIfAbsent(record: AuditRecord): Promise<'put' | 'taken'> {
    const order = `${record.at}#${record.chain}#${String(record.sequence).padStart(6, '0')}`;
    // The record itself is kept as one text: a number or an empty list that a table re-shapes would break its hash.
    const { chain, sequence, group, resource } = record;
    const item = {
      chain,
      sequence,
      day: record.at.slice(0, 10),
      order,
      group,
      resource,
      record: JSON.stringify(record),
    };
    try {
      await this.#client.send(
        new PutCommand({ TableName: this.#table, Item: item, ConditionExpression: 'attribute_not_exists(chain)' }),
      );
      return 'put';
    } catch (error) {
      if (awsErrorOf(error)?.name === 'ConditionalCheckFailedException') return 'taken';
      throw error;
    }
  }

  async read(chain: string, sequence: number): Promise<AuditRecord | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { chain, sequence }, ConsistentRead: true }),
    );
    return Item && recordOf(Item);
  }

  readChain(chain: string): Promise<AuditRecord[]> {
    return this.#query({ KeyConditionExpression: '#key = :key', ...keyed('chain', chain), ConsistentRead: true });
  }

  async readLast(chain: string): Promise<AuditRecord | undefined> {
    const [last] = await this.#query(
      {
        KeyConditionExpression: '#key = :key',
        ...keyed('chain', chain),
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: 1,
      },
      1,
    );
    return last;
  }

  readDay(day: string): Promise<AuditRecord[]> {
    return this.#query({ IndexName: AUDIT_INDEXES.day, KeyConditionExpression: '#key = :key', ...keyed('day', day) });
  }

  async readGroup(group: string, limit: number): Promise<AuditRecord[]> {
    const input = {
      IndexName: AUDIT_INDEXES.group,
      KeyConditionExpression: '#key = :key',
      ...keyed('group', group),
      ScanIndexForward: false,
    };
    return (await this.#query(input, limit)).reverse();
  }

  readResource(resource: string): Promise<AuditRecord[]> {
    return this.#query({
      IndexName: AUDIT_INDEXES.resource,
      KeyConditionExpression: '#key = :key',
      ...keyed('resource', resource),
    });
  }

  async #query(input: Omit<QueryCommandInput, 'TableName'>, limit = Number.POSITIVE_INFINITY): Promise<AuditRecord[]> {
    const records: AuditRecord[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(new QueryCommand({ TableName: this.#table, ...input, ExclusiveStartKey }));
      records.push(...(page.Items ?? []).map(recordOf));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey && records.length < limit);
    return records.slice(0, limit);
  }
}

function keyed(
  name: string,
  value: string,
): Pick<QueryCommandInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> {
  return { ExpressionAttributeNames: { '#key': name }, ExpressionAttributeValues: { ':key': value } };
}

function recordOf(item: Record<string, unknown>): AuditRecord {
  return auditRecordSchema.parse(JSON.parse(String(item.record)));
}
