import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type AuditRecord, auditRecordSchema, UnreadableRecord } from '../audit/record.ts';
import type { Place, RecordPlaces, RecordQueries, RecordStore, StoredRecord } from '../audit/trail.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** Index names, shared with the stack. Each sorts by `order`, which is time, chain and sequence. */
export const AUDIT_INDEXES = { day: 'by-day', group: 'by-group', resource: 'by-resource' } as const;

/** A table that is only ever added to and read. */
export class AuditTable implements RecordStore, RecordQueries, RecordPlaces {
  readonly #client = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_OPTIONS), {
    marshallOptions: { removeUndefinedValues: true },
  });
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  async putIfAbsent(record: AuditRecord): Promise<'put' | 'taken'> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: { ...placeOf(record), record: JSON.stringify(record) },
          ConditionExpression: 'attribute_not_exists(chain)',
        }),
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

  async readDayPlaces(day: string): Promise<Place[]> {
    const { ExpressionAttributeNames, ...rest } = keyed('day', day);
    const items = await this.#queryItems({
      IndexName: AUDIT_INDEXES.day,
      KeyConditionExpression: '#key = :key',
      ...rest,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, '#chain': 'chain', '#sequence': 'sequence' },
      ProjectionExpression: '#chain, #sequence',
    });
    return items.map(({ chain, sequence }) => ({ chain: String(chain), sequence: Number(sequence) }));
  }

  /** A chain as it stands in the table, whatever somebody may have done to it. */
  async inspectChain(chain: string): Promise<StoredRecord[]> {
    const items = await this.#queryItems({
      KeyConditionExpression: '#key = :key',
      ...keyed('chain', chain),
      ConsistentRead: true,
    });
    return items.map(storedOf);
  }

  async readGroup(group: string, limit: number, fromDay?: string): Promise<AuditRecord[]> {
    const { ExpressionAttributeNames, ExpressionAttributeValues } = keyed('group', group);
    const since = fromDay === undefined ? undefined : { ':from': fromDay };
    const input = {
      IndexName: AUDIT_INDEXES.group,
      KeyConditionExpression: since === undefined ? '#key = :key' : '#key = :key AND #order >= :from',
      ExpressionAttributeNames: { ...ExpressionAttributeNames, ...(since === undefined ? {} : { '#order': 'order' }) },
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ...since },
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

  async #query(input: Omit<QueryCommandInput, 'TableName'>, limit?: number): Promise<AuditRecord[]> {
    return (await this.#queryItems(input, limit)).map(recordOf);
  }

  async #queryItems(
    input: Omit<QueryCommandInput, 'TableName'>,
    limit = Number.POSITIVE_INFINITY,
  ): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(new QueryCommand({ TableName: this.#table, ...input, ExclusiveStartKey }));
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey && items.length < limit);
    return items.slice(0, limit);
  }
}

/** What keys and indexes need of a record. The record itself is kept as one text: a number or an empty list that a table re-shapes would
 * break its hash. */
function placeOf({ chain, sequence, at, group, resource }: AuditRecord): Record<string, unknown> {
  const order = `${at}#${chain}#${String(sequence).padStart(6, '0')}`;
  return { chain, sequence, day: at.slice(0, 10), order, group, resource };
}

function keyed(
  name: string,
  value: string,
): Pick<QueryCommandInput, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> {
  return { ExpressionAttributeNames: { '#key': name }, ExpressionAttributeValues: { ':key': value } };
}

function recordOf(item: Record<string, unknown>): AuditRecord {
  const parsed = auditRecordSchema.safeParse(jsonOf(item));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UnreadableRecord(
    `what stands as number ${item.sequence} of ${item.chain} is not an audit record (${issue?.path.join('.')} ${issue?.message}); "capuchin audit verify" shows everything that is wrong`,
    { cause: parsed.error },
  );
}

function storedOf(item: Record<string, unknown>): StoredRecord {
  const record = jsonOf(item);
  const parsed = auditRecordSchema.safeParse(record);
  const place = parsed.success ? Object.entries(placeOf(parsed.data)) : [];
  const misfiled = place.filter(([name, value]) => item[name] !== value).map(([name]) => name);
  return { chain: String(item.chain), sequence: Number(item.sequence), record, misfiled };
}

/** Undefined when it is not JSON: the caller says so, and where. */
function jsonOf(item: Record<string, unknown>): unknown {
  try {
    return JSON.parse(String(item.record));
  } catch {
    return undefined;
  }
}
