/** An act that has not begun so long after its time never will: whoever is late must not hurt what others think is at peace. */
export const ACT_WITHIN_MS = 30_000;

/** Whole seconds from the first act until the act of this index, when `count` acts are spread evenly over so many seconds. */
export function offsetSeconds(index: number, count: number, spreadSeconds: number): number {
  return count < 2 ? 0 : Math.floor((spreadSeconds * index) / (count - 1));
}

/** From then on the act of this index must not begin any more; milliseconds since the epoch. */
export function actNotAfterMs(startedAtMs: number, index: number, count: number, spreadSeconds: number): number {
  return startedAtMs + ACT_WITHIN_MS + offsetSeconds(index, count, spreadSeconds) * 1000;
}
