import type { Finding } from './chain.ts';
import { CATCH_UP_DAYS, DIGEST_CHAIN, lastSettledDay, settledAtMs } from './digest.ts';
import type { Digest } from './read-digests.ts';
import { daysLater } from './utc-day.ts';

const HOUR_MS = 3_600_000;

/** How long after a day has settled its digest may take: several sweeps, all of which may have failed for a while. */
const GRACE_MS = 2 * HOUR_MS;

/** A digest that is written so long after its day could have been made from records that somebody had changed before it. */
const LATE_MS = 24 * HOUR_MS;

/**
 * Which of the days asked for have a digest, or should have one.
 *
 * A day without a digest that should have one is a finding, not a note, although the cause may only be a sweep that does not run: whoever
 * cuts the end off the digests leaves exactly that picture, and a sweep that does not run leaves faults and claims behind, so somebody
 * must look in either case. It is one finding, however many days. Days of a deployment that is gone can be left out with `to`.
 *
 * @param digests all there are, in the order of their chain.
 * @param days those asked for that have records, in order.
 */
export function coverage(
  digests: readonly Digest[],
  days: readonly string[],
  { from, to, nowMs }: { readonly from: string; readonly to: string; readonly nowMs: number },
): { findings: Finding[]; notes: string[] } {
  const findings: Finding[] = [];
  const due = lastSettledDay(nowMs - GRACE_MS);
  const until = due < to ? due : to;
  const last = digests.at(-1);
  // Before the first digest only a day with records wants one; after it every day does, because an empty day is a statement too.
  const wants = last === undefined ? days[0] : daysLater(last.day, 1);
  const first = wants === undefined || wants < from ? from : wants;
  if (wants !== undefined && first <= until) {
    const range = first === until ? first : `${first} to ${until}`;
    const problem = `${range} should have a digest and has none: either nobody sweeps, or the end was cut off`;
    findings.push({ chain: DIGEST_CHAIN, sequence: last === undefined ? 0 : last.sequence + 1, problem });
  }
  return { findings, notes: [...uncovered(digests, days), ...late(digests, from, to)] };
}

/** Days with records that no digest covers, and rightly so. */
function uncovered(digests: readonly Digest[], days: readonly string[]): string[] {
  const [first] = digests;
  const before = first === undefined ? [] : days.filter((day) => day < first.day);
  const between = digests.slice(1).flatMap(({ notCovered }) => {
    return notCovered === undefined
      ? []
      : days
          .filter((day) => day >= (notCovered.from ?? '') && day <= notCovered.to)
          .slice(0, 1)
          .map(() => notCovered);
  });
  return [
    ...(before.length === 0
      ? []
      : [
          `${before.length} days with records lie before the first digest, that of ${first?.day}: no digest covers them.`,
        ]),
    ...between.map(
      ({ from, to }) => `No digest covers ${from} to ${to}: nobody swept for more than ${CATCH_UP_DAYS} days.`,
    ),
  ];
}

function late(digests: readonly Digest[], from: string, to: string): string[] {
  const written = digests.filter(
    ({ day, at }) => day >= from && day <= to && Date.parse(at) > settledAtMs(day) + LATE_MS,
  );
  const [first] = written;
  if (first === undefined) return [];
  const others = written.length === 1 ? '' : `, and ${written.length - 1} more as late`;
  return [
    `The digest of ${first.day} was written only at ${first.at}${others}: a change before that does not show in it.`,
  ];
}
