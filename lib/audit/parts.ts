/** The longest part in bytes of JSON: a record has to fit an event of the bus beside its envelope, and the limit is 256 KB. */
const LONGEST_PART = 100_000;

/** Cuts a list into parts that fit a record each; an empty list has none. */
export function inParts<Item>(items: readonly Item[]): Item[][] {
  const parts: Item[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    if (length + size > LONGEST_PART) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(item);
    length += size;
  }
  return parts;
}
