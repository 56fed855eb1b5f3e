import fc from 'fast-check';
import { follow } from '../../lib/audit/chain.ts';
import { type AuditRecord, type Entry, RECORD_KINDS, type RecordKind } from '../../lib/audit/record.ts';

export const NOON_MS = Date.parse('2026-11-23T12:00:00Z');

export function anEntry(key: string, changes: Partial<Entry> = {}): Entry {
  return { key, kind: 'planned', actor: 'ada', reason: 'to learn', facts: { fault: 'stop-task' }, ...changes };
}

/** A chain of entries, a second apart. */
export function aChain(chain: string, entries: readonly Entry[], startMs = NOON_MS): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const [index, entry] of entries.entries()) {
    records.push(follow(chain, records.at(-1), entry, startMs + index * 1000));
  }
  return records;
}

const kinds = Object.keys(RECORD_KINDS) as RecordKind[];

export const anyEntry: fc.Arbitrary<Omit<Entry, 'key'>> = fc.record(
  {
    kind: fc.constantFrom(...kinds),
    actor: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    reason: fc.string({ unit: 'binary', maxLength: 8 }),
    group: fc.constantFrom('shop/checkout', 'front'),
    resource: fc.constantFrom('arn:a', 'arn:b'),
    facts: fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
  },
  { requiredKeys: ['kind', 'actor', 'reason', 'facts'], noNullPrototype: true },
);

/** One to three chains of one to six records, side by side in time. */
export const anyChains: fc.Arbitrary<AuditRecord[][]> = fc
  .array(fc.array(anyEntry, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
  .map((chains) =>
    chains.map((entries, chain) =>
      aChain(
        `experiment-${chain}`,
        entries.map((entry, index) => ({ ...entry, key: `run/${index}` })),
        NOON_MS + chain * 500,
      ),
    ),
  );
