import type { AuditRecord } from '../audit/record.ts';
import type { RecordQueries } from '../audit/trail.ts';

const DAY_MS = 86_400_000;

/** Records of the last days (UTC dates, today included), oldest first, read a few days at a time. */
export async function recentRecords(
  audit: Pick<RecordQueries, 'readDay'>,
  days: number,
  nowMs: number,
): Promise<AuditRecord[]> {
  const dates = Array.from({ length: days }, (_, back) =>
    new Date(nowMs - back * DAY_MS).toISOString().slice(0, 10),
  ).reverse();
  const records: AuditRecord[] = [];
  for (let first = 0; first < dates.length; first += 10) {
    const some = await Promise.all(dates.slice(first, first + 10).map((date) => audit.readDay(date)));
    records.push(...some.flat());
  }
  return records;
}
