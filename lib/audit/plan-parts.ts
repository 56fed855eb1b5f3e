/** One group of a plan: planned, or not and why. */
export type PlanEntry =
  | { readonly group: string; readonly experiment: string; readonly at: string; readonly fault: string }
  | { readonly group: string; readonly because: string; readonly detail: string; readonly chance?: number };

/** The longest part in bytes of JSON: a record has to fit an event of the bus beside its envelope, and the limit is 256 KB. */
const LONGEST_PART = 100_000;

/** Cuts the list of a plan into parts that fit a record each; a plan without groups has none. */
export function planParts(entries: readonly PlanEntry[]): PlanEntry[][] {
  const parts: PlanEntry[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (length + size > LONGEST_PART) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(entry);
    length += size;
  }
  return parts;
}
