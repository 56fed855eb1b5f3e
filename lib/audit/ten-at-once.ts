/** Does something with each item, ten at a time, so that a year of days or a thousand chains are not asked for at once; answers in order. */
export async function tenAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let first = 0; first < items.length; first += 10) {
    results.push(...(await Promise.all(items.slice(first, first + 10).map(work))));
  }
  return results;
}
