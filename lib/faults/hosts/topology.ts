/** Ways to cut a network of members in order, each but `none` as Mizaru (2015) named it; see `forbiddenTo`. */
export const TOPOLOGIES = ['none', 'split', 'ring', 'bridge', 'single-bridge'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

/** The fewest members of which a topology cuts any two. */
export const LEAST_MEMBERS: Readonly<Record<Topology, number>> = {
  none: 0,
  split: 3,
  ring: 4,
  bridge: 3,
  'single-bridge': 3,
};

/**
 * Which of `count` members, numbered from 0, the one with the number `own` may not talk with. Every pair is forbidden from both of its ends.
 * The first half and, of an odd number, the one in the middle, and of an even number one more, are the majority: ⌊count / 2⌋ + 1.
 *
 * - `split`: the majority and the rest see themselves alone.
 * - `bridge`: so do they, but the last of the majority sees everybody.
 * - `single-bridge`: so do they, but the last of the majority and the first of the rest see each other.
 * - `ring`: each sees the one before and the one after it, the first and the last being neighbours.
 *
 * The host works it out by itself (`forbidden_members` in network-partition.sh); this is what that is held to.
 */
export function forbiddenTo(topology: Topology, count: number, own: number): readonly number[] {
  const majority = Math.floor(count / 2) + 1;
  const bridge = majority - 1;
  const areSeparate = (one: number, other: number): boolean => one < majority !== other < majority;
  const isForbidden = (other: number): boolean => {
    const [low, high] = own < other ? [own, other] : [other, own];
    switch (topology) {
      case 'none':
        return false;
      case 'split':
        return areSeparate(low, high);
      case 'bridge':
        return areSeparate(low, high) && low !== bridge;
      case 'single-bridge':
        return areSeparate(low, high) && !(low === bridge && high === majority);
      case 'ring':
        return high - low !== 1 && high - low !== count - 1;
    }
  };
  return Array.from({ length: count }, (_, other) => other).filter((other) => other !== own && isForbidden(other));
}
