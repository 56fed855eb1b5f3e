/** Work days between two experiments of a group. */
export interface Spacing {
  readonly meanDays: number;
  /** Below 1 means what 1 means: a group is drawn at most once a day. */
  readonly minDays: number;
  /** After so many the next is certain; undefined: never certain. */
  readonly maxDays?: number | undefined;
}

/** The daily chance, or what does not fit together and in which of the three. */
export type ChanceAnswer =
  | { readonly ok: true; readonly chance: number }
  | { readonly ok: false; readonly at: 'minDays' | 'maxDays'; readonly problem: string };

/**
 * The chance with which a group that is past its spacing has to be drawn on each work day, so that the mean gap is exactly `meanDays`.
 *
 * A gap is least − 1 days of rest and then a number of tries. Without a maximum the tries are geometric with mean 1/p, hence
 * p = 1/(mean − least + 1). (Chaos Monkey 2.0 takes p = 1/mean and gets mean + least − 1.) With a maximum M the (M − least + 1)th try
 * is certain; with q = 1 − p the mean is least + q + q² + … + q^(M − least), which grows with q, so q is found by halving.
 */
export function chanceOf({ meanDays, minDays, maxDays }: Spacing): ChanceAnswer {
  const least = Math.max(minDays, 1);
  if (least > meanDays) {
    const problem = `the least spacing of ${minDays} days is above the mean of ${meanDays} days`;
    return { ok: false, at: 'minDays', problem };
  }
  if (maxDays === undefined) return { ok: true, chance: 1 / (meanDays - least + 1) };
  if (maxDays < meanDays) {
    return {
      ok: false,
      at: 'maxDays',
      problem: `the maximum of ${maxDays} days is below the mean of ${meanDays} days`,
    };
  }
  const tries = maxDays - least;
  let [low, high] = [0, 1];
  for (let halvings = 0; halvings < 60; halvings++) {
    const q = (low + high) / 2;
    if (least + powers(q, tries) < meanDays) low = q;
    else high = q;
  }
  return { ok: true, chance: 1 - high };
}

/** q + q² + … + q^n. */
function powers(q: number, n: number): number {
  return q === 1 ? n : (q * (1 - q ** n)) / (1 - q);
}
