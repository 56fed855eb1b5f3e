import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it, describe as suite } from 'vitest';
import * as z from 'zod';
import { writeDigests } from '../../functions/sweep/digest.ts';
import { describe } from '../../lib/audit/describe.ts';
import { detailTypeOf } from '../../lib/audit/event-types.ts';
import { EXPLAINED_BY, eventsPage, recordSchemaText, SCHEMA_FILE } from '../../lib/audit/events-page.ts';
import { type AuditRecord, RECORD_KINDS, type RecordKind } from '../../lib/audit/record.ts';
import { aChain, anEntry, anyChains } from '../audit/examples.ts';
import { FakeTable } from '../audit/fake-table.ts';

const docs = path.join(import.meta.dirname, '..', '..', 'docs');
const page = readFileSync(path.join(docs, 'events.md'), 'utf8');
const schemaFile = readFileSync(path.join(docs, SCHEMA_FILE), 'utf8');
const kinds = Object.keys(RECORD_KINDS) as RecordKind[];

it('the page of the events and the schema of a record are what "npm run docs" writes', () => {
  expect(page).toBe(eventsPage());
  expect(schemaFile).toBe(recordSchemaText());
});

suite('the schema file', () => {
  // Read back from the file: what it says is held against records, not what it was made from.
  const schema = z.fromJSONSchema(JSON.parse(schemaFile));
  const isValid = (record: unknown): boolean => schema.safeParse(JSON.parse(JSON.stringify(record))).success;

  it('fits every record of every kind, whatever is said in it', async () => {
    for (const kind of kinds) expect(aChain('experiment', [anEntry('key', { kind })]).every(isValid), kind).toBe(true);
    fc.assert(
      fc.property(anyChains, (chains) => {
        expect(chains.flat().filter((record) => !isValid(record))).toEqual([]);
      }),
    );
    const table = new FakeTable();
    table.grow('shop-1', '2026-11-20T10:00:00Z', 3, { group: 'shop/cart', resource: 'arn:aws:ecs:task/1' });
    await writeDigests({ audit: table, now: () => Date.parse('2026-11-22T00:20:00Z') });
    expect(table.items).toHaveLength(5);
    expect(table.items.every(({ record }) => isValid(record))).toBe(true);
  });

  const [record] = aChain('experiment', [anEntry('key', { group: 'shop/cart', resource: 'arn:a' })]);
  it.each<[string, object]>([
    ['another version', { version: 2 }],
    ['a kind that nobody knows', { kind: 'exploded' }],
    ['a negative number', { sequence: -1 }],
    ['a number that is not whole', { sequence: 0.5 }],
    ['a hash that is too short', { hash: 'abc' }],
    ['a link in capitals', { previous: 'A'.repeat(64) }],
    ['an instant with another zone', { at: '2026-11-23T12:00:00+01:00' }],
    ['a day without an hour', { at: '2026-11-23' }],
    ['nobody', { actor: '' }],
    ['no chain', { chain: '' }],
    ['a group that is no text', { group: 5 }],
    ['facts that are a list', { facts: [] }],
    ['a member too many', { note: 'x' }],
  ])('refuses %s', (_, change) => {
    expect(isValid(record)).toBe(true);
    expect(isValid({ ...record, ...change })).toBe(false);
  });

  it('refuses a record that lacks anything but what it is about', () => {
    const lacking = Object.keys(record ?? {}).filter((name) => isValid({ ...record, [name]: undefined }));
    expect(lacking).toEqual(['group', 'resource']);
  });
});

suite('the page', () => {
  it('has each kind once, with the detail type that the bus gives it', () => {
    const rows = [...page.matchAll(/^\| `(Capuchin [^`]+)` +\| `([^`]+)` +\|/gm)].map(([, type, kind]) => [kind, type]);
    expect(rows).toEqual(kinds.map((kind) => [kind, detailTypeOf(kind)]));
    expect(new Set(rows.map(([, type]) => type)).size).toBe(kinds.length);
    expect(detailTypeOf('undo-failed')).toBe('Capuchin Undo Failed');
    for (const [, type = ''] of rows) expect(type).toMatch(/^Capuchin( [A-Z][a-z]+)+$/);
  });

  it.each(kinds)('names every fact by which a record "%s" is put into words', (kind) => {
    const read = new Set<string>();
    const facts = new Proxy({} as Record<string, unknown>, {
      get: (_, name) => {
        if (typeof name === 'string') read.add(name);
        // A list: what reads several facts goes on to the next.
        return [];
      },
    });
    const [said] = aChain('experiment', [anEntry('key', { kind, resource: 'arn:a' })]);
    describe({ ...(said as AuditRecord), facts });
    expect(EXPLAINED_BY[kind]).toEqual(expect.arrayContaining([...read]));
  });
});
