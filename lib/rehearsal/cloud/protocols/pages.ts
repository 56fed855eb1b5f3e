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

/**
 * The page after a cursor (an item's key), by the order of keys. Items that appear or vanish between two pages move no other
 * item from one page to another.
 */
export function pageAfter<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  cursor: string | null,
  size: number,
): Page<Item> {
  const sorted = [...items].sort((a, b) => compareText(keyOf(a), keyOf(b)));
  const rest = cursor === null ? sorted : sorted.filter((item) => compareText(keyOf(item), cursor) > 0);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return { items: page, next: last !== undefined && rest.length > size ? keyOf(last) : null };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
