import type { Finding } from './chain.ts';
import { DIGEST_CHAIN, digestFactsSchema, digestPartSchema, type Head, settledAtMs } from './digest.ts';
import { type AuditRecord, auditRecordSchema } from './record.ts';
import { daysLater } from './utc-day.ts';

/** A whole digest, its parts put together. */
export interface Digest {
  readonly day: string;
  /** When it was written, and its record in its chain. */
  readonly at: string;
  readonly sequence: number;
  readonly hash: string;
  readonly heads: readonly Head[];
  readonly unreadable: readonly string[];
  /** First and last of the days before it that it says have none; `from` is missing when these are all. */
  readonly notCovered: { readonly from?: string | undefined; readonly to: string } | undefined;
}

/** Reads the chain of the digests: every digest in order, and what is wrong among them besides what the chain itself shows. */
export function readDigests(records: readonly unknown[]): { digests: Digest[]; findings: Finding[] } {
  const digests: Digest[] = [];
  const findings: Finding[] = [];
  const parts = new Map<string, readonly Head[]>();
  const sorted = records
    .flatMap((one) => auditRecordSchema.safeParse(one).data ?? [])
    .sort((a, b) => a.sequence - b.sequence);
  for (const record of sorted) {
    const found = (problem: string): void => {
      findings.push({ chain: DIGEST_CHAIN, sequence: record.sequence, problem });
    };
    const part = digestPartSchema.safeParse(record.facts);
    if (part.success) {
      parts.set(record.hash, part.data.heads);
      continue;
    }
    const digest = digestOf(record, parts, found);
    if (digest === undefined) continue;
    followsOn(digest, digests.at(-1), found);
    digests.push(digest);
  }
  return { digests, findings };
}

function digestOf(
  record: AuditRecord,
  parts: ReadonlyMap<string, readonly Head[]>,
  found: (problem: string) => void,
): Digest | undefined {
  const parsed = digestFactsSchema.safeParse(record.facts);
  if (!parsed.success || record.kind !== 'digest') {
    found('it is not a digest');
    return undefined;
  }
  const { day, chains, heads: last, unreadable = [], notCovered } = parsed.data;
  const missing = parsed.data.parts.filter((hash) => !parts.has(hash));
  if (missing.length > 0) found(`the digest of ${day} has ${missing.length} parts that are not there`);
  const heads = [...parsed.data.parts.flatMap((hash) => parts.get(hash) ?? []), ...last];
  if (missing.length === 0 && heads.length !== chains)
    found(`the digest of ${day} counts ${chains} chains and names ${heads.length}`);
  const { at, sequence, hash } = record;
  return { day, at, sequence, hash, heads, unreadable, notCovered };
}

/** Each digest is of the day after the one before it, unless it says itself which days have none. */
function followsOn(
  { day, at, notCovered }: Digest,
  before: Digest | undefined,
  found: (problem: string) => void,
): void {
  if (Date.parse(at) < settledAtMs(day)) found(`the digest of ${day} was written before its day was over`);
  if (before === undefined) return;
  const next = daysLater(before.day, 1);
  if (day < next) found(`the digest of ${day} comes after that of ${before.day}`);
  else if (day > next && !(notCovered?.from === next && notCovered.to === daysLater(day, -1)))
    found(`the digests of ${next} to ${daysLater(day, -1)} are missing before that of ${day}`);
}
