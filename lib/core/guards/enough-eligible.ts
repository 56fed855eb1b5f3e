import type { Refusal } from '../refusal.ts';
import type { TargetChoice } from '../target.ts';
import { MOST_IN_ZONE } from '../zone-choice.ts';
import { cannotTell, type Guard } from './guard.ts';

export const enoughEligible: Guard = {
  name: 'enough-eligible',
  question: 'Are there as many eligible targets as wanted?',
  codes: ['too-few-eligible', 'too-many-in-zone'],
  check({ choice, wanted }) {
    if (!choice.known) return cannotTell('too-few-eligible', choice.because);
    const { candidates, ineligible, zone } = choice.value;
    if (zone !== undefined && candidates.length > 0) return zoneRefusals(choice.value, zone);
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

/** A zone that was asked for and holds nobody, and one that holds more than an experiment may take. */
function zoneRefusals(
  { picked }: TargetChoice,
  { name, asked, among }: NonNullable<TargetChoice['zone']>,
): readonly Refusal[] {
  const zones = Object.fromEntries(among.map((one) => [one.name, one.positions.length]));
  if (name === undefined) {
    const listed = among.map((one) => `${one.name} (${one.positions.length})`).join(', ');
    const because = `no eligible target is in ${asked}; they are in ${listed}`;
    return [{ code: 'too-few-eligible', because, facts: { zone: asked, zones } }];
  }
  if (picked.length <= MOST_IN_ZONE) return [];
  const because = `${picked.length} eligible targets are in ${name}, an experiment takes at most ${MOST_IN_ZONE}; split the group`;
  return [{ code: 'too-many-in-zone', because, facts: { zone: name, zones } }];
}
