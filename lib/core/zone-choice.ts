import { draw } from './draw.ts';
import { type Candidate, type EligibilityRules, ineligibility, judge, type TargetChoice, targetOf } from './target.ts';

/** No experiment takes more of a zone than this: each target is an act, a record and a step of its own, within half a minute. */
export const MOST_IN_ZONE = 30;

/**
 * Chooses one Availability Zone and with it every eligible target that is there. Zones that hold one are equally likely, however many
 * they hold: a zone fails as a whole. A candidate whose zone nobody knows is not eligible.
 *
 * @param asked the zone that is wanted by its name, which is then not drawn.
 */
export function chooseZone(
  all: readonly Candidate[],
  rules: EligibilityRules,
  seed: string,
  label: string,
  asked?: string,
): TargetChoice {
  const { candidates, ineligible } = judge(
    all,
    (one) => ineligibility(one, rules) ?? ((one.zone ?? '') === '' ? 'zone-unknown' : undefined),
  );
  const names = [...new Set(candidates.flatMap(({ zone }) => zone ?? []))].sort((a, b) => (a < b ? -1 : 1));
  const among = names.map((name) => ({
    name,
    positions: candidates.flatMap(({ zone }, index) => (zone === name ? [index] : [])),
  }));
  const draws = asked === undefined && among.length > 0 ? [draw(seed, `${label}/zone`, among.length)] : [];
  const [drawn] = draws;
  const chosen = drawn === undefined ? among.find(({ name }) => name === asked) : among[drawn.picked];
  const positions = chosen?.positions ?? [];
  return {
    candidates: candidates.map(({ resource }) => resource),
    ineligible,
    picked: positions.flatMap((index) => candidates[index] ?? []).map(targetOf),
    positions,
    draws,
    zone: { among, ...(chosen ? { name: chosen.name } : {}), ...(asked === undefined ? {} : { asked }) },
  };
}
