import { type Draw, drawDistinct } from './draw.ts';
import type { Reach } from './fault-choice.ts';

/** A task as ECS describes it, with what the choice depends on. Times are milliseconds since the epoch. */
export interface Task {
  readonly taskArn: string;
  /** `cluster/service`. */
  readonly service: string;
  readonly clusterArn: string;
  /** Of a task on a container host. */
  readonly containerInstanceArn?: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly healthStatus: string;
  readonly launchType: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly isProtected: boolean;
  readonly createdAtMs?: number;
  readonly startedAtMs?: number;
  readonly stoppingAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
}

/** Why a task cannot be a target; a closed list. */
export type Ineligibility =
  | 'not-running'
  | 'stopping'
  | 'unhealthy'
  | 'protected'
  | 'too-young'
  | 'under-experiment'
  | 'tag-not-propagated'
  | 'managed-instance'
  | 'out-of-reach';

export interface EligibilityRules {
  /** Key of the opt-in tag, which IAM demands on the task itself. */
  readonly optInTag: string;
  readonly minimumAgeSeconds: number;
  /** Where the fault works; undefined: everywhere. */
  readonly reach?: readonly Reach[];
  /** Targets of other experiments in flight. */
  readonly claimed?: ReadonlySet<string>;
  readonly nowMs: number;
}

/** Why this task may not be acted on, or nothing when it may. The first reason of DESIGN 3's list is given. */
export function ineligibility(task: Task, rules: EligibilityRules): Ineligibility | undefined {
  if (task.desiredStatus !== 'RUNNING') return 'stopping';
  if (task.lastStatus !== 'RUNNING' || task.startedAtMs === undefined) return 'not-running';
  if (task.healthStatus === 'UNHEALTHY') return 'unhealthy';
  if (task.isProtected) return 'protected';
  if (task.launchType === 'MANAGED_INSTANCES') return 'managed-instance';
  if (rules.reach !== undefined && !rules.reach.some((one) => one.toUpperCase() === task.launchType))
    return 'out-of-reach';
  if (rules.nowMs - task.startedAtMs < rules.minimumAgeSeconds * 1000) return 'too-young';
  if (rules.claimed?.has(task.taskArn)) return 'under-experiment';
  if (task.tags[rules.optInTag] !== 'true') return 'tag-not-propagated';
  return undefined;
}

/** Who could be hit, who could not and why, and who was drawn. */
export interface TargetChoice {
  /** Sorted by ARN, so that a position means the same to everyone who replays the draw. */
  readonly candidates: readonly string[];
  readonly ineligible: readonly { readonly task: string; readonly because: Ineligibility }[];
  readonly picked: readonly Task[];
  /** Index of each picked task among the candidates. */
  readonly positions: readonly number[];
  readonly draws: readonly Draw[];
}

/** Chooses `count` distinct targets uniformly among the eligible. Fewer when there are fewer. */
export function chooseTargets(
  tasks: readonly Task[],
  rules: EligibilityRules,
  seed: string,
  label: string,
  count: number,
): TargetChoice {
  // A task that was listed twice is still one target.
  const distinct = new Map(tasks.map((task) => [task.taskArn, task]));
  const sorted = [...distinct.values()].sort((a, b) => (a.taskArn < b.taskArn ? -1 : 1));
  const judged = sorted.map((task) => ({ task, because: ineligibility(task, rules) }));
  const candidates = judged.filter(({ because }) => because === undefined).map(({ task }) => task);
  const { picked, draws } = drawDistinct(seed, label, candidates.length, count);
  return {
    candidates: candidates.map((task) => task.taskArn),
    ineligible: judged.flatMap(({ task, because }) => (because ? [{ task: task.taskArn, because }] : [])),
    picked: picked.flatMap((index) => candidates[index] ?? []),
    positions: picked,
    draws,
  };
}
