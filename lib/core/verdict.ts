/** What an experiment taught. */
export const VERDICTS = ['held', 'broken', 'inconclusive', 'aborted', 'refused', 'leashed'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What the verdict rests on, once nothing more is to be seen. */
export interface Evidence {
  /** Why it was ended early, if it was. */
  readonly aborted?: string;
  /** How many targets were acted on, and on how many the fault was confirmed. */
  readonly targets: number;
  readonly confirmed: number;
  /** One sentence for each thing that broke the hypothesis: a probe, no recovery, a spiral. */
  readonly broken: readonly string[];
  /** One sentence for each question that had no answer. */
  readonly unknown: readonly string[];
}

/**
 * The verdict, in this order: what was aborted taught nothing; a fault that was not confirmed proves nothing, whatever was seen;
 * one broken promise breaks the hypothesis; an unanswered question is never a pass.
 */
export function verdictOf(evidence: Evidence): { verdict: Verdict; because: string } {
  const { aborted, targets, confirmed, broken, unknown } = evidence;
  if (aborted !== undefined) return { verdict: 'aborted', because: aborted };
  if (confirmed === 0) {
    const seen = broken.length > 0 ? `, yet ${broken.join('; ')}` : '';
    // Who could not look cannot say that there was nothing to be seen.
    if (broken.length === 0 && unknown.length > 0)
      return { verdict: 'inconclusive', because: `the fault was not seen to take effect; ${unknown.join('; ')}` };
    return { verdict: 'inconclusive', because: `the fault did not take effect${seen}` };
  }
  if (broken.length > 0) return { verdict: 'broken', because: broken.join('; ') };
  if (confirmed < targets) {
    return { verdict: 'inconclusive', because: `the fault took effect on ${confirmed} of ${targets} targets` };
  }
  if (unknown.length > 0) return { verdict: 'inconclusive', because: unknown.join('; ') };
  return { verdict: 'held', because: 'the steady state held during and after the fault' };
}
