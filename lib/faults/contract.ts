import type * as z from 'zod';
import type { FaultKind } from '../core/fault-choice.ts';

/** One IAM statement that a fault needs, before ARNs are known. */
export interface FaultPermission {
  readonly actions: readonly string[];
  /** Which resources, in the stack's words. */
  readonly on: 'tasks' | 'any';
  /** Acting calls are bound to resources that carry the opt-in tag; looking is not. */
  readonly optedInOnly: boolean;
}

/** What one target is to a fault. */
export interface FaultTarget {
  /** ARN or id, as the audit names it. */
  readonly resource: string;
  readonly clusterArn: string;
}

/** What a fault is told besides its target. */
export interface FaultContext {
  readonly experiment: string;
  readonly reason: string;
}

/** What the acting call answered for one target. */
export type Injection =
  | { readonly outcome: 'accepted'; readonly facts: Readonly<Record<string, unknown>> }
  /** AWS said no; nothing happened. */
  | { readonly outcome: 'failed'; readonly facts: Readonly<Record<string, unknown>> };

/** What a look at one target says about the fault. */
export interface Confirmation {
  readonly effect: 'pending' | 'took-effect' | 'failed';
  readonly because: string;
}

/**
 * One way to hurt a target; everything else about it (policy, CLI help, docs) is derived from this.
 *
 * @typeParam Port the narrow part of AWS that it needs.
 */
export interface Fault<Port> extends FaultKind {
  readonly summary: string;
  /** Closed object with units, ranges and defaults. */
  readonly parameters: z.ZodType<object>;
  /** One-shot faults have no undo. Reversible ones come with a later version of this contract. */
  readonly kind: 'one-shot';
  readonly prerequisites: readonly string[];
  readonly permissions: readonly FaultPermission[];
  /** Acts on one target. An error that leaves the outcome unknown is thrown; a no is an answer. */
  inject(port: Port, target: FaultTarget, parameters: object, context: FaultContext): Promise<Injection>;
  /** Looks whether the fault took effect, by the target's own state and never by the acting call's answer. */
  confirm(port: Port, target: FaultTarget, context: FaultContext): Promise<Confirmation>;
}
