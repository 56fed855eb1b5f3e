import type * as z from 'zod';
import type { FaultKind } from '../core/fault-choice.ts';
import type { FaultTarget } from '../core/fault-target.ts';

/** Kinds of resources that IAM statements of faults name. */
export type PermissionResource =
  | 'tasks'
  | 'services'
  | 'container-instances'
  | 'instances'
  | 'scaling-groups'
  | 'volumes'
  | 'network-interfaces'
  | 'security-groups'
  | 'target-groups'
  /** Those of Capuchin's making, by their name. */
  | 'own-target-groups'
  | 'listeners'
  /** Capuchin's own documents, on container hosts. */
  | 'commands'
  | 'any';

/** One IAM statement that a fault needs, before ARNs are known. */
export interface FaultPermission {
  readonly actions: readonly string[];
  readonly on: PermissionResource;
  /**
   * `acting` is bound to resources that carry the opt-in tag themselves. `looking` changes nothing. `undoing` is bound to the tag for the
   * experiment; whoever cleans up after it may undo whatever has become of the tag meanwhile.
   */
  readonly use: 'acting' | 'looking' | 'undoing';
  /** Where the opt-in tag of the resource cannot be asked for: why not, and the IAM conditions that bind it instead. */
  readonly instead?: {
    readonly because: string;
    readonly conditions: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  };
}

/** What a fault is told besides its target. */
export interface FaultContext {
  readonly experiment: string;
  readonly reason: string;
}

/** What an act is told as well. Moments are milliseconds since the epoch. */
export interface ActContext extends FaultContext {
  /** The moment; asked right before a call that acts. */
  now(): number;
  /** From then on the act must not begin any more, however late its call arrives. */
  readonly notAfterMs: number;
  /** From then on the target heals by itself, whoever is still there; the same as `notAfterMs` where nothing lasts. */
  readonly untilMs: number;
  /** Stop conditions; a platform that can watch one by itself is given the first. */
  readonly alarms: readonly string[];
  /** Whether a tool that a host lacks may be installed there. */
  readonly installTools: boolean;
}

/** What a fault is told when it is asked whether a target is fit for it. */
export interface PrepareContext extends FaultContext {
  /** The moment, in milliseconds since the epoch. */
  now(): number;
  /** How many targets of the group must stay: a whole number, or a fraction of desired below 1 (see `remainingRequired`). */
  readonly minRemaining: number;
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
interface FaultDeclaration<Port> extends FaultKind {
  readonly summary: string;
  /** Closed object with units, ranges and defaults. */
  readonly parameters: z.ZodType<object>;
  readonly prerequisites: readonly string[];
  readonly permissions: readonly FaultPermission[];
  /** Whether what it has hit may run on as if nothing had happened, for AWS: nothing leaves the group then, and nothing comes in its stead. */
  readonly targetMayStay?: true;
  /** Whether it must be told the cluster and container instance of a host. */
  readonly needsCluster?: true;
  /** Reads what acting, looking and undoing will need. An error means that it cannot be told, which is a no. */
  prepare(port: Port, target: FaultTarget, parameters: object, context: PrepareContext): Promise<Preparation>;
  /** Says what `inject` would do, a line each, and changes nothing. A fault without it says it by its name alone. */
  plan?(port: Port, target: FaultTarget, parameters: object, undo: UndoData, context: ActContext): Promise<string[]>;
  /** Acts on one target. An error that leaves the outcome unknown is thrown; a no is an answer. */
  inject(port: Port, target: FaultTarget, parameters: object, undo: UndoData, context: ActContext): Promise<Injection>;
  /** Looks whether the fault took effect, by the target's own state and never by the acting call's answer. */
  confirm(port: Port, target: FaultTarget, undo: UndoData, context: FaultContext): Promise<Confirmation>;
}

/**
 * A fault that cannot be taken back: what died is replaced, not revived.
 *
 * @typeParam Port the narrow part of AWS that it needs.
 */
export interface OneShotFault<Port> extends FaultDeclaration<Port> {
  readonly kind: 'one-shot';
}

/** A fault with a duration, which is taken away exactly. */
export interface ReversibleFault<Port> extends FaultDeclaration<Port> {
  readonly kind: 'reversible';
  /** How it is taken away again: a sentence for people. */
  readonly undoing: string;
  /** How long it lasts with these parameters. */
  durationSeconds(parameters: object): number;
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
