import { type ServiceKey, servedOperation } from './served-operations.ts';
import type { BucketKey, ThrottleBuckets } from './throttle-buckets.ts';
import { type BucketLevel, fullBucket, takeToken } from './token-bucket.ts';

/** Counts calls against their buckets. */
export interface Throttle {
  /** Whether the call may go on; draws its token if so. Each region of the one account has buckets of its own. */
  admits(service: ServiceKey, operation: string, region: string): boolean;
}

/** Buckets that are all full now. `nowMs` is a clock in milliseconds that never goes back. */
export function createThrottle(buckets: ThrottleBuckets, nowMs: () => number): Throttle {
  const levels = new Map<string, BucketLevel>();
  return {
    admits(service, operation, region) {
      const bucket: BucketKey | null = servedOperation(service, operation)?.bucket ?? null;
      const rate = bucket === null ? undefined : buckets[bucket];
      if (rate === undefined) return true;
      const key = `${region} ${bucket}`;
      const now = nowMs();
      const { taken, level } = takeToken(levels.get(key) ?? fullBucket(rate, now), rate, now);
      levels.set(key, level);
      return taken;
    },
  };
}
