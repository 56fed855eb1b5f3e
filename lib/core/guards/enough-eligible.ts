import { cannotTell, type Guard } from './guard.ts';

export const enoughEligible: Guard = {
  name: 'enough-eligible',
  question: 'Are there as many eligible targets as wanted?',
  codes: ['too-few-eligible'],
  check({ choice, wanted }) {
    if (!choice.known) return cannotTell('too-few-eligible', choice.because);
    const { candidates, ineligible } = choice.value;
    if (candidates.length >= wanted) return [];
    const counts: Record<string, number> = {};
    for (const { because } of ineligible) counts[because] = (counts[because] ?? 0) + 1;
    const why = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`);
    const reasons = why.length > 0 ? ` (${why.join(', ')})` : '';
    const mend = counts['tag-not-propagated']
      ? '; let the service propagate its tags to its tasks, or the Auto Scaling group to its instances'
      : '';
    const because = `${candidates.length} eligible of ${wanted} wanted${reasons}${mend}`;
    return [{ code: 'too-few-eligible', because, facts: { eligible: candidates.length, wanted, ineligible: counts } }];
  },
};
