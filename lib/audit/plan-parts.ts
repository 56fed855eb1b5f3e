import { inParts } from './parts.ts';

/** One group of a plan: planned, or not and why. */
export type PlanEntry =
  | { readonly group: string; readonly experiment: string; readonly at: string; readonly fault: string }
  | { readonly group: string; readonly because: string; readonly detail: string; readonly chance?: number };

/** Cuts the list of a plan into parts that fit a record each; a plan without groups has none. */
export function planParts(entries: readonly PlanEntry[]): PlanEntry[][] {
  return inParts(entries);
}
