import {
  type DayHeads,
  DIGEST_CHAIN,
  daysDue,
  digestEntries,
  digestFactsSchema,
  type Head,
} from '../../lib/audit/digest.ts';
import { type AuditRecord, UnreadableRecord } from '../../lib/audit/record.ts';
import { type RecordPlaces, type RecordStore, Trail } from '../../lib/audit/trail.ts';
import { daysLater } from '../../lib/audit/utc-day.ts';
import { sideBySide } from '../side-by-side.ts';

/** How many chains are read at once. */
const AT_ONCE = 20;

/** Everything outside that writing digests touches. */
export interface DigestWorld {
  readonly audit: RecordStore & RecordPlaces;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Writes the digest of every day that is over and has none. Each is written once, however many sweeps do it at once: by its key in the
 * chain. A day that cannot be written throws; those before it stand, and the next sweep goes on from there.
 *
 * @returns the records of these digests, to be told: who keeps a digest's hash elsewhere can prove later what the table was. Two sweeps at
 * once answer the same records.
 */
export async function writeDigests({ audit, now }: DigestWorld): Promise<AuditRecord[]> {
  const head = await audit.readLast(DIGEST_CHAIN);
  const lastDay = await dayOfLast(audit, head);
  const { days, notCovered } = daysDue(lastDay, now());
  const trail = new Trail(audit, DIGEST_CHAIN, now, head);
  const written: AuditRecord[] = [];
  let isFirst = lastDay === undefined;
  let before = notCovered;
  for (const day of days) {
    const found = await headsOf(audit, day);
    // The first digest of a deployment is that of its first day with records.
    if (isFirst && found.isEmpty) continue;
    // When the oldest day that is looked at has records, those before it may have some too.
    if (isFirst && day === days[0]) before = { to: daysLater(day, -1) };
    written.push(...(await writeOne(trail, { ...found, notCovered: before })));
    isFirst = false;
    before = undefined;
  }
  return written;
}

async function writeOne(trail: Trail, heads: DayHeads): Promise<AuditRecord[]> {
  const { parts, close } = digestEntries(heads);
  const records: AuditRecord[] = [];
  for (const part of parts) records.push(await trail.append(part));
  records.push(await trail.append(close(records.map(({ hash }) => hash))));
  return records;
}

/** The day of the last digest that was closed: a crash may have left parts of one behind it. */
async function dayOfLast(audit: RecordStore, head: AuditRecord | undefined): Promise<string | undefined> {
  const closed = (record: AuditRecord): string | undefined => digestFactsSchema.safeParse(record.facts).data?.day;
  if (head === undefined) return undefined;
  return closed(head) ?? (await audit.readChain(DIGEST_CHAIN)).flatMap((one) => closed(one) ?? []).at(-1);
}

/** Which chains have records of a day, by the index, and where they ended that day, by the table itself. */
async function headsOf(audit: DigestWorld['audit'], day: string): Promise<DayHeads & { readonly isEmpty: boolean }> {
  const firsts = new Map<string, number>();
  for (const { chain, sequence } of await audit.readDayPlaces(day))
    firsts.set(chain, Math.min(sequence, firsts.get(chain) ?? sequence));
  firsts.delete(DIGEST_CHAIN);
  const unreadable: string[] = [];
  let records = 0;
  const found = await sideBySide([...firsts], AT_ONCE, async ([chain, first]): Promise<Head[]> => {
    const last = await lastOf(audit, chain, day).catch((error: unknown) => {
      // Somebody put something into the table that is no record. The other chains have their digest all the same.
      if (!(error instanceof UnreadableRecord)) throw error;
      unreadable.push(chain);
      return undefined;
    });
    if (last === undefined) return [];
    records += last.sequence - first + 1;
    return [{ chain, sequence: last.sequence, hash: last.hash }];
  });
  return { day, records, heads: found.flat(), unreadable, isEmpty: firsts.size === 0 };
}

/** The last record of a chain as of the end of a day. A chain that went on is walked back: its records are in the order of time. */
async function lastOf(audit: RecordStore, chain: string, day: string): Promise<AuditRecord | undefined> {
  let record = await audit.readLast(chain);
  for (let sequence = record?.sequence ?? 0; record === undefined || record.at.slice(0, 10) > day; ) {
    if (--sequence < 0) return undefined;
    record = await audit.read(chain, sequence);
  }
  return record.at.startsWith(day) ? record : undefined;
}
