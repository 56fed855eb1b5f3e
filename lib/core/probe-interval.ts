import type { Probe } from './probe.ts';

/**
 * The probes that are due at a look: those without an interval of their own at every look; the others when a new interval has begun since
 * the look before. Intervals are counted from the act, so that a look that comes late moves none of them.
 *
 * @param lookedMs when it was looked last; undefined at the first look, at which every probe is due.
 */
export function dueProbes(
  probes: readonly Probe[],
  fromMs: number,
  lookedMs: number | undefined,
  nowMs: number,
): readonly Probe[] {
  return probes.filter(({ intervalSeconds }) => {
    if (intervalSeconds === undefined || lookedMs === undefined) return true;
    const intervalMs = intervalSeconds * 1000;
    return Math.floor((nowMs - fromMs) / intervalMs) > Math.floor((lookedMs - fromMs) / intervalMs);
  });
}
