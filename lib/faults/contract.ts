import type * as z from 'zod';
import type { FaultKind } from '../core/fault-choice.ts';

/** One IAM statement that a fault needs, before ARNs are known. */
export interface FaultPermission {
  readonly actions: readonly string[];
  /** Which resources, in the stack's words. `commands`: Capuchin's own documents, on container hosts. */
  readonly on: 'tasks' | 'commands' | 'any';
  /** Acting calls are bound to resources that carry the opt-in tag; looking is not. */
  readonly optedInOnly: boolean;
}

/** What one target is to a fault. */
export interface FaultTarget {
  /** ARN or id, as the audit names it. */
  readonly resource: string;
  readonly clusterArn: string;
  /** Host of the task, when it has one that can be reached. */
  readonly containerInstanceArn?: string;
}

/** What a fault is told besides its target. */
export interface FaultContext {
  readonly experiment: string;
  readonly reason: string;
}

/** What an act that will be taken away again is told as well. Moments are milliseconds since the epoch. */
export interface ActContext extends FaultContext {
  /** From then on the act must not begin any more, however late its call arrives. */
  readonly notAfterMs: number;
  /** From then on the target heals by itself, whoever is still there. */
  readonly untilMs: number;
  /** Stop conditions; a platform that can watch one by itself is given the first. */
  readonly alarms: readonly string[];
}

/** What was there before the act, and whatever else undoing needs: plain JSON, stored before the act. */
export type UndoData = Readonly<Record<string, unknown>>;

/** Whether a target is fit for the act. Asked before anything is recorded or hurt; changes nothing. */
export type Preparation =
  | { readonly ready: true; readonly undo: UndoData }
  | { readonly ready: false; readonly because: string };

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

/** Whether a target is as it was before. Only `undone: true` ends the undoing. */
export interface Undoing {
  readonly undone: boolean;
  readonly because: string;
}

/** What every fault declares; policies, CLI help and docs are derived from it. */
interface FaultDeclaration extends FaultKind {
  readonly summary: string;
  /** Closed object with units, ranges and defaults. */
  readonly parameters: z.ZodType<object>;
  readonly prerequisites: readonly string[];
  readonly permissions: readonly FaultPermission[];
}

/**
 * A fault that cannot be taken back: what died is replaced, not revived.
 *
 * @typeParam Port the narrow part of AWS that it needs.
 */
export interface OneShotFault<Port> extends FaultDeclaration {
  readonly kind: 'one-shot';
  /** Acts on one target. An error that leaves the outcome unknown is thrown; a no is an answer. */
  inject(port: Port, target: FaultTarget, parameters: object, context: FaultContext): Promise<Injection>;
  /** Looks whether the fault took effect, by the target's own state and never by the acting call's answer. */
  confirm(port: Port, target: FaultTarget, context: FaultContext): Promise<Confirmation>;
}

/** A fault with a duration, which is taken away exactly. */
export interface ReversibleFault<Port> extends FaultDeclaration {
  readonly kind: 'reversible';
  /** How long it lasts with these parameters. */
  durationSeconds(parameters: object): number;
  /** Reads what undoing will need. An error means that it cannot be told, which is a no. */
  prepare(port: Port, target: FaultTarget, parameters: object, context: FaultContext): Promise<Preparation>;
  inject(port: Port, target: FaultTarget, parameters: object, undo: UndoData, context: ActContext): Promise<Injection>;
  confirm(port: Port, target: FaultTarget, undo: UndoData, context: FaultContext): Promise<Confirmation>;
  /**
   * Restores what was there and looks whether it is restored. May be called at any time and any number of times, by several at once,
   * also when the act never happened or is still on its way: an act that arrives after it must not take effect any more.
   * It touches nothing that this experiment did not make. An error means that nobody knows; it will be called again.
   */
  undo(port: Port, target: FaultTarget, undo: UndoData, context: FaultContext): Promise<Undoing>;
  /** What a person does when the undo cannot be confirmed: one or two sentences with names to paste. */
  byHand(target: FaultTarget, undo: UndoData, context: FaultContext): string;
}

/** One way to hurt a target. */
export type Fault<Port> = OneShotFault<Port> | ReversibleFault<Port>;
