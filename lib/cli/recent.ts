import type { AuditRecord } from '../audit/record.ts';
import { tenAtOnce } from '../audit/ten-at-once.ts';
import type { RecordQueries } from '../audit/trail.ts';
import { daysBetween, daysLater, utcDay } from '../audit/utc-day.ts';
import { CommandFailed, EXIT } from './exit.ts';

/** Dates in UTC, both ends included. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/**
 * The days that somebody asked for.
 *
 * @param days how many, up to `to`, when there is no `from`.
 * @param to default: today.
 */
export function daysAsked(
  { days, from, to }: { readonly days: number; readonly from?: string | undefined; readonly to?: string | undefined },
  nowMs: number,
): DayRange {
  const last = to ?? utcDay(nowMs);
  const range = { from: from ?? daysLater(last, 1 - days), to: last };
  if (range.from > range.to) {
    const mend =
      to === undefined
        ? 'name an earlier day with --from'
        : 'name an earlier day with --from, or a later one with --to';
    throw new CommandFailed(`${range.from} lies after ${range.to}; ${mend}`, EXIT.usage);
  }
  return range;
}

/** Records of some days, oldest first. */
export async function recordsOf(audit: Pick<RecordQueries, 'readDay'>, { from, to }: DayRange): Promise<AuditRecord[]> {
  return (await tenAtOnce(daysBetween(from, to), (date) => audit.readDay(date))).flat();
}

/** Records of the last days (UTC dates, today included), oldest first. */
export function recentRecords(
  audit: Pick<RecordQueries, 'readDay'>,
  days: number,
  nowMs: number,
): Promise<AuditRecord[]> {
  return recordsOf(audit, daysAsked({ days }, nowMs));
}
