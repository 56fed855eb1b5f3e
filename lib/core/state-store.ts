/** Kinds of state that are not history: what is reserved, what was planned, which of it was cancelled, and what is in flight. */
export type StateKind = 'group' | 'account' | 'plan' | 'cancelled' | 'running';

/** One state item with the version that a change must name. */
export interface Versioned<Body> {
  readonly body: Body;
  readonly version: number;
}

/**
 * Small items that change by compare-and-set: whoever read an older version cannot overwrite a newer one.
 * Single-item conditional writes only, no transactions.
 */
export interface StateStore {
  read<Body>(kind: StateKind, name: string): Promise<Versioned<Body> | undefined>;
  /** All items of a kind, by name. */
  list<Body>(kind: StateKind): Promise<ReadonlyMap<string, Body>>;
  /**
   * @param expected the version that was read; undefined when there was no item.
   * @param expiresAtSeconds epoch seconds after which the item may be dropped.
   * @returns false when somebody else changed the item first.
   */
  write<Body extends object>(
    kind: StateKind,
    name: string,
    body: Body,
    expected: number | undefined,
    expiresAtSeconds?: number,
  ): Promise<boolean>;
}
