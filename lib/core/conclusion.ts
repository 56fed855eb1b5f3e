import type { ProbeAnswer } from './probe.ts';
import type { Ending, Limits, Progress } from './progress.ts';
import { verdictOf } from './verdict.ts';

/**
 * The verdict of an experiment as it stands, and what it rests on.
 *
 * @param broken promises that no probe watches.
 * @param unknown questions without an answer that are no probe's.
 */
export function conclude(
  progress: Progress,
  { recoveryLimitSeconds }: Pick<Limits, 'recoveryLimitSeconds'>,
  broken: readonly string[] = [],
  unknown: readonly string[] = [],
): Ending {
  const { targets, remarks, stop } = progress;
  const confirmed = targets.filter(({ effect }) => effect === 'took-effect').length;
  const say = ({ probe, phase, because }: ProbeAnswer): string => `${probe} (${phase}): ${because}`;
  const violated = remarks.filter(({ answer }) => answer === 'violated').map(say);
  const late = lateSeconds(progress);
  const slow = late > recoveryLimitSeconds ? [`recovery took ${late} s, more than ${recoveryLimitSeconds} s`] : [];
  const verdict = verdictOf({
    ...(stop?.kind === 'aborted' ? { aborted: stop.because } : {}),
    targets: targets.length,
    confirmed,
    broken: [...violated, ...slow, ...broken, ...(stop?.kind === 'spiral' ? [stop.because] : [])],
    unknown: [
      ...remarks.filter(({ answer }) => answer === 'unknown').map(say),
      ...(stop?.kind === 'blind' ? [stop.because] : []),
      ...unknown,
    ],
  });
  return { ...verdict, tookEffect: confirmed === targets.length };
}

/** How long recovery took: from the strike, or from the undo when the fault could be taken away. */
function lateSeconds({ recoverySeconds = 0, recoveredAtMs, undoneAtMs }: Progress): number {
  if (undoneAtMs === undefined || recoveredAtMs === undefined) return recoverySeconds;
  return Math.max(0, (recoveredAtMs - undoneAtMs) / 1000);
}
