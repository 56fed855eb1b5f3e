import type { ExperimentOrder } from '../experiment.ts';
import type { Group, TagProblem } from '../group.ts';
import type { ProbeAnswer, ServiceStability } from '../probe.ts';
import type { Known, Refusal, RefusalCode } from '../refusal.ts';
import type { TargetChoice } from '../target.ts';

/** What `lever` says when it is read. */
export interface LeverState {
  readonly engaged: boolean;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

/** The group as its tags describe it at this moment. */
export interface LiveGroup {
  /** Undefined when it is not opted in any more, or cannot be read. */
  readonly group: Group | undefined;
  readonly problems: readonly TagProblem[];
  /** `cluster/service` of those in the order that exist and still belong to the group. */
  readonly present: readonly string[];
}

export interface LiveService extends ServiceStability {
  readonly schedulingStrategy: string;
}

/** Everything that guards look at, read once. What could not be read is `known: false`. */
export interface Situation {
  readonly nowMs: number;
  readonly order: ExperimentOrder;
  readonly lateAfterSeconds: number;
  readonly lever: Known<LeverState>;
  readonly group: Known<LiveGroup>;
  readonly services: Known<readonly LiveService[]>;
  readonly steadyState: Known<readonly ProbeAnswer[]>;
  readonly choice: Known<TargetChoice>;
  /** How many targets are wanted. */
  readonly wanted: number;
}

/** A question that must be answered yes before acting. */
export interface Guard {
  readonly name: string;
  /** The question, whose yes lets the experiment go on. */
  readonly question: string;
  readonly codes: readonly RefusalCode[];
  check(situation: Situation): readonly Refusal[];
}

/** The refusal for a question without an answer. */
export function cannotTell(code: RefusalCode, because: string): readonly Refusal[] {
  return [{ code, because: `cannot tell: ${because}`, facts: { cannotTell: because } }];
}
