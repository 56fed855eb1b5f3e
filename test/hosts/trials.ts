import { clockSkew } from '../../lib/faults/clock-skew.ts';
import { close } from './closeness.ts';
import type { Trial } from './experiment.ts';
import type { Guest } from './guest/index.ts';
import { LIFE_TRIALS, STRESS_TRIALS } from './life-trials.ts';
import { NETWORK_TRIALS } from './network-trials.ts';

/** Every fault that lasts and that leaves the host's clock alone. They can go on at the same time; those that keep the host busy end first. */
export const TRIALS: readonly Trial[] = [...STRESS_TRIALS, ...LIFE_TRIALS, ...NETWORK_TRIALS];

/** How far the guest's clock is before the machine's, in milliseconds, by the quickest of some answers. */
async function aheadMs(guest: Guest): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
  for (let tries = 0; tries < 5; tries++) {
    const askedMs = performance.now();
    const theirsMs = await guest.now();
    const tookMs = performance.now() - askedMs;
    if (tookMs < best.tookMs) best = { tookMs, aheadMs: theirsMs - (performance.timeOrigin + askedMs + tookMs / 2) };
  }
  return best.aheadMs;
}

/** Small, as the tests read the host's deadline by the clock that is off. */
const OFFSET_SECONDS = 0.5;
let atFirstMs: number | undefined;

/** The fault that everything on the host feels: it plays alone. */
export const CLOCK_TRIAL: Trial = {
  fault: clockSkew,
  standsForOthers: true,
  parameters: { offsetSeconds: OFFSET_SECONDS },
  target: 'host',
  isUnder: async ({ guest }) => {
    atFirstMs ??= await aheadMs(guest);
    return Math.abs((await aheadMs(guest)) - atFirstMs - OFFSET_SECONDS * 1000) < (OFFSET_SECONDS * 1000) / 2;
  },
  measure: async ({ guest }) =>
    close((await aheadMs(guest)) - (atFirstMs ?? Number.NaN), OFFSET_SECONDS * 1000, 'milliseconds'),
};
