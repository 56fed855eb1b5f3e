/*
 * Path patterns of listener rules: `*` stands for any text, `?` for one character (RuleCondition in ELB's API reference).
 */

/** Whether every path that the narrow pattern matches is matched by the wide one. May say no where it is so, never yes where it is not. */
export function covers(wide: string, narrow: string): boolean {
  return walk(wide, narrow, (at, of) => of !== '*' && (at === '?' || (of !== '?' && at === of)), false);
}

/** Whether some path is matched by both patterns. */
export function overlap(one: string, other: string): boolean {
  return walk(one, other, (a, b) => a === '?' || b === '?' || a === b, true);
}

/** Steps through both patterns at once. @param bothWays whether `*` of the second one stands for any text as well. */
function walk(one: string, other: string, fits: (a: string, b: string) => boolean, bothWays: boolean): boolean {
  const known = new Map<number, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = i * (other.length + 1) + j;
    const before = known.get(key);
    if (before !== undefined) return before;
    const [a, b] = [one[i], other[j]];
    let answer: boolean;
    if (a === undefined && b === undefined) answer = true;
    else if (a === '*') answer = from(i + 1, j) || (b !== undefined && from(i, j + 1));
    else if (bothWays && b === '*') answer = from(i, j + 1) || (a !== undefined && from(i + 1, j));
    else answer = a !== undefined && b !== undefined && fits(a, b) && from(i + 1, j + 1);
    known.set(key, answer);
    return answer;
  };
  return from(0, 0);
}

/** The pattern that matches what both do; undefined when nothing does. @throws RangeError when it is no one pattern. */
export function both(one: string, other: string): string | undefined {
  if (covers(one, other)) return other;
  if (covers(other, one)) return one;
  if (!overlap(one, other)) return undefined;
  throw new RangeError(`the paths ${one} and ${other} overlap, and no pattern says where`);
}
