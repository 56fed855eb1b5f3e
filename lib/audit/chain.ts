import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { type AuditRecord, auditRecordSchema, type Entry } from './record.ts';

const GENESIS = '0'.repeat(64);

/** JSON with sorted keys and without undefined members: one text for one value. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const { hash: _, ...content } = record as AuditRecord;
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

/** The record that follows `head` (or opens the chain) when `entry` is said at `nowMs`. Time never runs backwards in a chain. */
export function follow(chain: string, head: AuditRecord | undefined, entry: Entry, nowMs: number): AuditRecord {
  const atMs = Math.max(nowMs, head === undefined ? 0 : Date.parse(head.at));
  // Through JSON once, so that what is hashed is what a store gives back.
  const record = JSON.parse(
    JSON.stringify({
      version: 1,
      chain,
      sequence: head === undefined ? 0 : head.sequence + 1,
      previous: head?.hash ?? GENESIS,
      at: new Date(atMs).toISOString(),
      ...entry,
    }),
  ) as Omit<AuditRecord, 'hash'>;
  return { ...record, hash: hashOf(record) };
}

/** One thing that a verification found wrong, with the place. */
export interface Finding {
  readonly chain: string;
  readonly sequence: number;
  readonly problem: string;
}

/** Verifies records of any number of chains, whatever their order: form, hash, link, no gap, no double. */
export function verifyChains(records: readonly unknown[]): Finding[] {
  const findings: Finding[] = [];
  const chains = new Map<string, AuditRecord[]>();
  for (const [index, candidate] of records.entries()) {
    const parsed = auditRecordSchema.safeParse(candidate);
    if (!parsed.success) {
      const { chain, sequence } = Object(candidate) as { chain?: unknown; sequence?: unknown };
      findings.push({
        chain: typeof chain === 'string' ? chain : `record ${index + 1}`,
        sequence: typeof sequence === 'number' ? sequence : index,
        problem: notARecord(parsed.error),
      });
      continue;
    }
    // What was parsed may have lost a member; what was hashed is what stands there.
    const record = candidate as AuditRecord;
    chains.set(record.chain, [...(chains.get(record.chain) ?? []), record]);
  }
  for (const [chain, members] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    findings.push(
      ...verifyChain(
        chain,
        members.sort((a, b) => a.sequence - b.sequence),
      ),
    );
  }
  return findings;
}

/** What is wrong with something that does not have the form of a record: the first thing. */
export function notARecord({ issues: [first] }: z.ZodError): string {
  return `it is not an audit record: ${first?.path.join('.')} ${first?.message}`;
}

function verifyChain(chain: string, members: readonly AuditRecord[]): Finding[] {
  const findings: Finding[] = [];
  let previous: AuditRecord | undefined;
  for (const record of members) {
    const found = (problem: string): void => {
      findings.push({ chain, sequence: record.sequence, problem });
    };
    const expected = previous === undefined ? 0 : previous.sequence + 1;
    if (record.hash !== hashOf(record)) found('its content does not fit its hash: it was changed');
    if (record.sequence > expected) found(`record ${expected} is missing before it`);
    else if (record.sequence < expected) found('it stands twice');
    else if (record.previous !== (previous?.hash ?? GENESIS)) found('it does not follow the record before it');
    if (previous !== undefined && record.at < previous.at) found('it is older than the record before it');
    previous = record;
  }
  return findings;
}
