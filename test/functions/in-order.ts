/** Texts (or answers of yes and no) in an order that does not depend on who came first. */
export function inOrder<Item extends string | boolean | undefined>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (String(a) < String(b) ? -1 : 1));
}
