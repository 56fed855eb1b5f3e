import { createHmac, randomBytes } from 'node:crypto';

/** Pages of one local cloud: tokens of another process, another operation or other filters are foreign. */
export interface Pager {
  /** Makes the token of the page after `cursor`. */
  token(scope: string, cursor: string): string;
  /** The cursor in a token, or null when the token is foreign. */
  cursor(scope: string, token: string): string | null;
}

/** A pager with a key of its own. `scope` is the operation with everything that must stay the same from page to page. */
export function createPager(key: Uint8Array = randomBytes(32)): Pager {
  const seal = (scope: string, cursor: string) =>
    createHmac('sha256', key).update(`${scope.length}:${scope}${cursor}`).digest('base64url').slice(0, 22);
  return {
    token: (scope, cursor) => `${seal(scope, cursor)}${Buffer.from(cursor).toString('base64url')}`,
    cursor(scope, token) {
      const cursor = Buffer.from(token.slice(22), 'base64url').toString('utf8');
      return token === `${seal(scope, cursor)}${Buffer.from(cursor).toString('base64url')}` ? cursor : null;
    },
  };
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** The items after a cursor (an item's key; null is the start) of a list that is sorted by key. Found by halving, read one by one. */
export function* itemsAfter<Item>(
  sorted: readonly Item[],
  keyOf: (item: Item) => string,
  cursor: string | null,
): Generator<Item, undefined, undefined> {
  let low = 0;
  let high = cursor === null ? 0 : sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = sorted[middle];
    if (item !== undefined && compareText(keyOf(item), cursor ?? '') <= 0) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < sorted.length; index += 1) {
    const item = sorted[index];
    if (item !== undefined) yield item;
  }
}

/**
 * One page of the wanted ones among items in the order of their keys; reads no more of them than it needs. Items that appear or
 * vanish between two pages move no other item from one page to another.
 */
export function takePage<Item>(
  items: Iterable<Item>,
  isWanted: (item: Item) => boolean,
  keyOf: (item: Item) => string,
  size: number,
): Page<Item> {
  const page: Item[] = [];
  for (const item of items) {
    if (!isWanted(item)) continue;
    const last = page.at(-1);
    if (page.length === size && last !== undefined) return { items: page, next: keyOf(last) };
    page.push(item);
  }
  return { items: page, next: null };
}

/** The order of keys: by UTF-16 code units, so that it is the same everywhere. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
