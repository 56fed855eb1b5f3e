import { type Finding, notARecord, verifyChains } from './chain.ts';
import { DIGEST_CHAIN } from './digest.ts';
import { coverage } from './digest-coverage.ts';
import { type Digest, readDigests } from './read-digests.ts';
import { type AuditRecord, auditRecordSchema } from './record.ts';
import { tenAtOnce } from './ten-at-once.ts';
import type { RecordPlaces, StoredRecord } from './trail.ts';
import { daysBetween } from './utc-day.ts';

/** What a verification reads. */
export interface TableReader extends RecordPlaces {
  /** A chain as it stands, from its start, whatever somebody may have done to it. */
  inspectChain(chain: string): Promise<readonly StoredRecord[]>;
}

export interface TableVerificationOptions {
  /** First and last date in UTC whose records and digests are verified. Chains that have records then are verified whole. */
  readonly from: string;
  readonly to: string;
  readonly nowMs: number;
  /** Hash of a digest that was kept elsewhere. */
  readonly digest?: string | undefined;
}

/** What a verification of the table says. */
export interface TableVerification {
  readonly chains: number;
  readonly records: number;
  /** Digests of the days asked for. */
  readonly digests: number;
  /** First and last day that have a digest, whatever days were asked for. */
  readonly digested: { readonly from: string; readonly to: string } | undefined;
  /** The last digest: keep its hash elsewhere, and nobody can cut the digests themselves unnoticed. */
  readonly lastDigest: Pick<Digest, 'day' | 'hash'> | undefined;
  readonly findings: readonly Finding[];
  /** What a reader should know although nothing is wrong, a sentence each. */
  readonly notes: readonly string[];
}

/** What a digest is held against: number, hash and day of each record of a chain. */
interface Outline extends Pick<AuditRecord, 'sequence' | 'hash'> {
  readonly day: string;
}

/**
 * Verifies the records of some days in the table: each chain that has any, whole, and each digest of these days against the chains as they
 * stand. Records after the last digest are protected by their chain alone.
 */
export async function verifyTable(audit: TableReader, options: TableVerificationOptions): Promise<TableVerification> {
  const ofDigests = await readWhole(audit, DIGEST_CHAIN);
  const { digests, findings } = readDigests(ofDigests.records);
  const asked = digests.filter(({ day }) => day >= options.from && day <= options.to);
  const places = await tenAtOnce(daysBetween(options.from, options.to), (day) => audit.readDayPlaces(day));
  const named = asked.flatMap(({ heads, unreadable }) => [...heads.map(({ chain }) => chain), ...unreadable]);
  const chains = new Set([...places.flat().map(({ chain }) => chain), ...named]);
  chains.delete(DIGEST_CHAIN);
  const outlines = new Map<string, readonly Outline[]>();
  const wrong: Finding[] = [...ofDigests.findings, ...findings];
  let records = ofDigests.records.length;
  await tenAtOnce([...chains], async (chain) => {
    const whole = await readWhole(audit, chain);
    records += whole.records.length;
    wrong.push(...whole.findings);
    outlines.set(chain, outlineOf(whole.records));
  });
  for (const digest of asked) wrong.push(...verifyDigest(digest, outlines));
  const covered = coverage(digests, daysWithRecords(outlines, options), options);
  const pinned = options.digest === undefined ? [] : verifyPin(ofDigests.records, options.digest);
  const [first, last] = [digests[0], digests.at(-1)];
  return {
    chains: outlines.size + (ofDigests.records.length > 0 ? 1 : 0),
    records,
    digests: asked.length,
    digested: first && last && { from: first.day, to: last.day },
    lastDigest: last && { day: last.day, hash: last.hash },
    findings: [...wrong, ...covered.findings, ...pinned].sort(byPlace),
    notes: covered.notes,
  };
}

/** Whether a digest that was kept elsewhere is among the records. Everything before it is then what it was. */
export function verifyPin(records: readonly unknown[], hash: string): Finding[] {
  const found = records.some((one) => {
    const record = auditRecordSchema.safeParse(one).data;
    return record?.chain === DIGEST_CHAIN && record.hash === hash;
  });
  const problem = `no digest has the hash ${hash}: it was changed or cut off`;
  return found ? [] : [{ chain: DIGEST_CHAIN, sequence: records.length, problem }];
}

async function readWhole(audit: TableReader, chain: string): Promise<{ records: unknown[]; findings: Finding[] }> {
  const records: unknown[] = [];
  const findings: Finding[] = [];
  for (const { sequence, record, misfiled } of await audit.inspectChain(chain)) {
    const found = (problem: string): void => {
      findings.push({ chain, sequence, problem });
    };
    const parsed = auditRecordSchema.safeParse(record);
    if (record === undefined) found('what stands there is not JSON');
    else if (!parsed.success) found(notARecord(parsed.error));
    else records.push(record);
    if (misfiled.length > 0) found(`it is filed in the table under another ${misfiled.join(', ')} than it says itself`);
  }
  return { records, findings: [...findings, ...verifyChains(records)] };
}

function outlineOf(records: readonly unknown[]): Outline[] {
  return records
    .flatMap((one) => auditRecordSchema.safeParse(one).data ?? [])
    .map(({ sequence, hash, at }) => ({ sequence, hash, day: at.slice(0, 10) }));
}

/** Holds one digest against the chains as they stand. */
function verifyDigest(digest: Digest, chains: ReadonlyMap<string, readonly Outline[]>): Finding[] {
  const { day, heads, unreadable } = digest;
  const findings: Finding[] = [];
  const named = new Map(heads.map((head) => [head.chain, head]));
  for (const { chain, sequence, hash } of heads) {
    const members = chains.get(chain) ?? [];
    const found = (problem: string): void => {
      findings.push({ chain, sequence, problem });
    };
    const at = members.find((one) => one.sequence === sequence);
    if (members.length === 0) found(`the digest of ${day} names the chain, and nothing of it is there: it was removed`);
    else if (at === undefined) found(`the digest of ${day} names this record, and it is not there: it was removed`);
    else if (at.hash !== hash) found(`the digest of ${day} has another hash of it: it was changed`);
  }
  for (const chain of unreadable) {
    const problem = `the digest of ${day} found something in the chain that was no record`;
    findings.push({ chain, sequence: 0, problem });
  }
  for (const [chain, members] of chains) {
    if (unreadable.includes(chain)) continue;
    const end = named.get(chain)?.sequence ?? -1;
    const late = members.find((one) => one.day === day && one.sequence > end);
    if (late === undefined) continue;
    const problem = `it is of ${day}, and the digest of that day does not know it: it was added later`;
    findings.push({ chain, sequence: late.sequence, problem });
  }
  return findings;
}

function daysWithRecords(
  chains: ReadonlyMap<string, readonly Outline[]>,
  { from, to }: TableVerificationOptions,
): string[] {
  const days = new Set([...chains.values()].flatMap((members) => members.map(({ day }) => day)));
  return [...days].filter((day) => day >= from && day <= to).sort((a, b) => (a < b ? -1 : 1));
}

function byPlace(a: Finding, b: Finding): number {
  return a.chain === b.chain ? a.sequence - b.sequence : a.chain < b.chain ? -1 : 1;
}
