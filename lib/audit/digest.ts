import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from './chain.ts';
import { inParts } from './parts.ts';
import type { Entry } from './record.ts';
import { daysBetween, daysLater, startOfDayMs, utcDay } from './utc-day.ts';

/** The chain of the digests. Its own hashes link day to day, so it is in no digest itself. */
export const DIGEST_CHAIN = 'digest';

/** How many days without a sweep are made up for; older ones stay without a digest, and the next digest says so. */
export const CATCH_UP_DAYS = 40;

/** After midnight UTC a day is left alone for so long: indexes lag, clocks differ, and a last put may be under way. */
const SETTLING_MS = 15 * 60_000;

const dateSchema = z.iso.date();
const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** Where a chain ended at the end of a day. */
const headSchema = z.strictObject({ chain: z.string().min(1), sequence: z.int().min(0), hash: hashSchema });
export type Head = z.output<typeof headSchema>;

/** What a digest says: every chain that grew on a day, with its end. */
export const digestFactsSchema = z.strictObject({
  day: dateSchema.describe('The day in UTC.'),
  chains: z.int().min(0).describe('How many chains have records of the day, besides the digests.'),
  records: z.int().min(0).describe('How many records of the day there were.'),
  parts: z
    .array(hashSchema)
    .describe('Hashes of the records that hold the first heads, when they are too many for one.'),
  heads: z.array(headSchema).describe('The last record of each chain as of the end of the day; those after the parts.'),
  unreadable: z.array(z.string()).optional().describe('Chains with something in the table that is not a record.'),
  notCovered: z
    .strictObject({ from: dateSchema.optional(), to: dateSchema })
    .optional()
    .describe('Days before this one that have no digest: nobody swept for so long. Without `from`: all days before.'),
});
export type DigestFacts = z.output<typeof digestFactsSchema>;

/** Heads of a digest that is yet to come in its chain. */
export const digestPartSchema = z.strictObject({
  day: dateSchema,
  part: z.int().min(1).describe('Counts from 1.'),
  chains: z.int().min(1).describe('How many heads are in this part.'),
  heads: z.array(headSchema),
});

/** Everything that a day's digest is made of. */
export interface DayHeads extends Pick<DigestFacts, 'day' | 'records' | 'unreadable' | 'notCovered'> {
  readonly heads: readonly Head[];
}

/** The last day that is over, and has had its time to settle. */
export function lastSettledDay(nowMs: number): string {
  return daysLater(utcDay(nowMs - SETTLING_MS), -1);
}

/** The first moment in milliseconds since the epoch at which a day may have its digest. */
export function settledAtMs(day: string): number {
  return startOfDayMs(daysLater(day, 1)) + SETTLING_MS;
}

/**
 * The days that want a digest now, oldest first.
 *
 * @param lastDay the last one that has a digest; undefined before the first.
 * @returns also the days that are too long ago for one.
 */
export function daysDue(
  lastDay: string | undefined,
  nowMs: number,
): { readonly days: readonly string[]; readonly notCovered?: DigestFacts['notCovered'] } {
  const last = lastSettledDay(nowMs);
  const oldest = daysLater(last, 1 - CATCH_UP_DAYS);
  if (lastDay === undefined) return { days: daysBetween(oldest, last) };
  const next = daysLater(lastDay, 1);
  if (next >= oldest) return { days: daysBetween(next, last) };
  return { days: daysBetween(oldest, last), notCovered: { from: next, to: daysLater(oldest, -1) } };
}

/** What the records of a digest are said by. */
const BY = { actor: 'sweep', reason: "the day's digest", kind: 'digest' } as const;

/**
 * The records of a digest, in the order in which they are to be written: the parts, then the one that closes it. A crash in between
 * leaves parts that no digest names, which mean nothing; the next sweep begins again. A part's key ends with the hash of what it says,
 * so that a sweep which comes later, or at the same time, and sees something else never mixes its parts with another's.
 *
 * @returns `close` makes the last entry out of the hashes that the parts' records were given.
 */
export function digestEntries({ day, records, heads, unreadable, notCovered }: DayHeads): {
  readonly parts: readonly Entry[];
  readonly close: (partHashes: readonly string[]) => Entry;
} {
  const sorted = [...heads].sort((a, b) => (a.chain < b.chain ? -1 : 1));
  const lists = inParts(sorted);
  const last = lists.pop() ?? [];
  const parts = lists.map((list, index): Entry => {
    const facts: z.output<typeof digestPartSchema> = { day, part: index + 1, chains: list.length, heads: list };
    const mark = createHash('sha256').update(canonicalJson(facts)).digest('hex').slice(0, 16);
    return { ...BY, key: `digest/${day}/part/${index + 1}/${mark}`, facts };
  });
  const close = (partHashes: readonly string[]): Entry => {
    const facts: DigestFacts = {
      day,
      chains: heads.length,
      records,
      parts: [...partHashes],
      heads: last,
      ...(unreadable === undefined || unreadable.length === 0
        ? {}
        : { unreadable: [...unreadable].sort((a, b) => (a < b ? -1 : 1)) }),
      ...(notCovered === undefined ? {} : { notCovered }),
    };
    return { ...BY, key: `digest/${day}`, facts };
  };
  return { parts, close };
}
