import { compareText } from './protocols/pages.ts';

interface Resource {
  readonly arn: string;
}

/** The key of everything that is listed in pages. */
export const arnOf = ({ arn }: Resource): string => arn;

const sorted = new WeakMap<readonly Resource[], readonly Resource[]>();
const indexes = new WeakMap<readonly Resource[], ReadonlyMap<string, Resource>>();

/** A fleet's list in the order of its ARNs. Of a frozen list, which cannot change, the order is worked out once. */
export function sortedByArn<Item extends Resource>(items: readonly Item[]): readonly Item[] {
  const known = sorted.get(items) as readonly Item[] | undefined;
  if (known !== undefined) return known;
  const made = items.toSorted((a, b) => compareText(a.arn, b.arn));
  if (Object.isFrozen(items)) sorted.set(items, made);
  return made;
}

/**
 * Finds an item of a fleet's list by its ARN, or by the ARN's last part, which is a cluster's or service's name and a task's
 * id. Of a frozen list the index is made once.
 */
export function finderIn<Item extends Resource>(items: readonly Item[]): (nameOrArn: string) => Item | undefined {
  const known = indexes.get(items) as ReadonlyMap<string, Item> | undefined;
  if (known !== undefined) return (key) => known.get(key);
  if (!Object.isFrozen(items)) return (key) => items.find(({ arn }) => arn === key || lastPart(arn) === key);
  const made = new Map(items.flatMap((item) => [[item.arn, item] as const, [lastPart(item.arn), item] as const]));
  indexes.set(items, made);
  return (key) => made.get(key);
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
