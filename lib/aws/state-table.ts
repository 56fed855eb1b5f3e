import { gunzipSync, gzipSync } from 'node:zlib';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { StateKind, StateStore, Versioned } from '../core/state-store.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** DynamoDB keeps at most 400 KB an item; a plan of a thousand groups is more. Bodies above this length of JSON are packed. */
const LONGEST_PLAIN_BODY = 100_000;

/** State items with a version each; a change names the version that it replaces. */
export class StateTable implements StateStore {
  readonly #client = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_OPTIONS), {
    marshallOptions: { removeUndefinedValues: true },
  });
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  async read<Body>(kind: StateKind, name: string): Promise<Versioned<Body> | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { kind, name }, ConsistentRead: true }),
    );
    return Item && { body: bodyOf<Body>(Item), version: Number(Item.version) };
  }

  async list<Body>(kind: StateKind): Promise<ReadonlyMap<string, Body>> {
    const found = new Map<string, Body>();
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          KeyConditionExpression: '#kind = :kind',
          ExpressionAttributeNames: { '#kind': 'kind' },
          ExpressionAttributeValues: { ':kind': kind },
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      );
      for (const item of page.Items ?? []) found.set(String(item.name), bodyOf<Body>(item));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return found;
  }

  async write<Body extends object>(
    kind: StateKind,
    name: string,
    body: Body,
    expected: number | undefined,
    expiresAtSeconds?: number,
  ): Promise<boolean> {
    const condition =
      expected === undefined
        ? { ConditionExpression: 'attribute_not_exists(kind)' }
        : { ConditionExpression: 'version = :expected', ExpressionAttributeValues: { ':expected': expected } };
    const Item = { kind, name, version: (expected ?? 0) + 1, ...contentOf(body), expiresAt: expiresAtSeconds };
    try {
      await this.#client.send(new PutCommand({ TableName: this.#table, Item, ...condition }));
      return true;
    } catch (error) {
      if (awsErrorOf(error)?.name === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }
}

/** The attributes that hold a body: plain, so that people can read it, or packed. */
function contentOf(body: object): { body: object } | { packed: Uint8Array } {
  const text = JSON.stringify(body);
  return text.length <= LONGEST_PLAIN_BODY ? { body } : { packed: gzipSync(text) };
}

function bodyOf<Body>({ body, packed }: Record<string, unknown>): Body {
  return (packed instanceof Uint8Array ? JSON.parse(gunzipSync(packed).toString()) : body) as Body;
}
