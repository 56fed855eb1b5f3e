/** How fast calls may come: AWS's own two figures of a throttle bucket. */
export interface BucketRate {
  /** Tokens in a full bucket, so the most calls at one moment. */
  readonly burst: number;
  /** Tokens that come back each second. */
  readonly perSecond: number;
}

/** What was in a bucket at one moment. */
export interface BucketLevel {
  readonly tokens: number;
  /** Milliseconds of any clock that never goes back. */
  readonly atMs: number;
}

/** A bucket that nobody has drawn from for long enough. */
export function fullBucket(rate: BucketRate, nowMs: number): BucketLevel {
  return { tokens: rate.burst, atMs: nowMs };
}

/**
 * Draws one token for one call. A refused call draws nothing, so that hammering does not put off the moment at which
 * the next call is let in. A clock that stands still or goes back brings no tokens.
 */
export function takeToken(
  level: BucketLevel,
  rate: BucketRate,
  nowMs: number,
): { readonly taken: boolean; readonly level: BucketLevel } {
  const atMs = Math.max(level.atMs, nowMs);
  const tokens = Math.min(rate.burst, level.tokens + ((atMs - level.atMs) / 1_000) * rate.perSecond);
  return tokens >= 1 ? { taken: true, level: { tokens: tokens - 1, atMs } } : { taken: false, level: { tokens, atMs } };
}
