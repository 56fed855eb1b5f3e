import { type Draw, drawDistinct } from './draw.ts';
import type { Reach, Scope } from './fault-choice.ts';
import type { FaultTarget } from './fault-target.ts';
import { isHosts, nameOf, type Tagged } from './tagged.ts';

/**
 * A task as ECS describes it, or a container host in the same words, with what the choice and the recovery depend on. Times are
 * milliseconds since the epoch.
 */
export interface Candidate {
  readonly kind: 'task' | 'host';
  /** ARN of the task, or id of the instance. */
  readonly resource: string;
  /** The member of the group that it belongs to: `cluster/service`, or the name of the hosts. */
  readonly member: string;
  /** Empty for a host, whose cluster only the faults that need it look up. */
  readonly clusterArn: string;
  /** Auto Scaling group of a host. */
  readonly scalingGroup?: string;
  /** Availability Zone. */
  readonly zone?: string;
  /** Of a task on a container host. */
  readonly containerInstanceArn?: string;
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly healthStatus: string;
  readonly launchType: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly isProtected: boolean;
  /** A host that its Auto Scaling group has set aside. */
  readonly isStandby?: boolean;
  readonly createdAtMs?: number;
  readonly startedAtMs?: number;
  readonly stoppingAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
}

/** Why a task or a host cannot be a target; a closed list. */
export type Ineligibility =
  | 'not-running'
  | 'stopping'
  | 'standby'
  | 'unhealthy'
  | 'protected'
  | 'too-young'
  | 'under-experiment'
  | 'tag-not-propagated'
  | 'managed-instance'
  | 'out-of-reach'
  | 'zone-unknown';

export interface EligibilityRules {
  /** Key of the opt-in tag, which IAM demands on the task or host itself. */
  readonly optInTag: string;
  readonly minimumAgeSeconds: number;
  /** Where the fault works; undefined: everywhere. */
  readonly reach?: readonly Reach[];
  /** Targets of other experiments in flight. */
  readonly claimed?: ReadonlySet<string>;
  readonly nowMs: number;
}

/** Why it may not be acted on, or nothing when it may. The first reason of DESIGN 3's list is given. */
export function ineligibility(task: Candidate, rules: EligibilityRules): Ineligibility | undefined {
  if (task.desiredStatus !== 'RUNNING') return 'stopping';
  if (task.isStandby) return 'standby';
  if (task.lastStatus !== 'RUNNING' || task.startedAtMs === undefined) return 'not-running';
  if (task.healthStatus === 'UNHEALTHY') return 'unhealthy';
  if (task.isProtected) return 'protected';
  if (task.launchType === 'MANAGED_INSTANCES') return 'managed-instance';
  if (
    task.kind === 'task' &&
    rules.reach !== undefined &&
    !rules.reach.some((one) => one.toUpperCase() === task.launchType)
  )
    return 'out-of-reach';
  if (rules.nowMs - task.startedAtMs < rules.minimumAgeSeconds * 1000) return 'too-young';
  if (rules.claimed?.has(task.resource)) return 'under-experiment';
  if (task.tags[rules.optInTag] !== 'true') return 'tag-not-propagated';
  return undefined;
}

/** What an act on it hurts. */
export function targetOf(one: Candidate): FaultTarget {
  const { kind, resource, clusterArn, member, zone, containerInstanceArn, scalingGroup } = one;
  if (kind === 'host')
    return { kind, resource, zone: zone ?? '', ...(scalingGroup === undefined ? {} : { scalingGroup }) };
  return {
    ...{ kind, resource, clusterArn, service: member },
    ...(zone === undefined ? {} : { zone }),
    ...(containerInstanceArn === undefined ? {} : { containerInstanceArn }),
  };
}

/** Who could be hit, who could not and why, and who was drawn. */
export interface TargetChoice {
  /** Sorted by ARN, so that a position means the same to everyone who replays the draw. */
  readonly candidates: readonly string[];
  readonly ineligible: readonly { readonly target: string; readonly because: Ineligibility }[];
  readonly picked: readonly FaultTarget[];
  /** Index of each picked task among the candidates. */
  readonly positions: readonly number[];
  readonly draws: readonly Draw[];
  /** A whole service or Auto Scaling group was chosen, and not some of its tasks or hosts. */
  readonly isWhole?: true;
  /** A zone was chosen, and with it all of its candidates. */
  readonly zone?: ZoneChoice;
}

/** Which zone, among which. */
export interface ZoneChoice {
  /** Undefined when there is none, or when the one that was asked for holds no candidate. */
  readonly name?: string;
  /** The zone was asked for by its name, and not drawn. */
  readonly asked?: string;
  /** Zones that hold candidates, sorted by name, with the indexes of these among the candidates. */
  readonly among: readonly { readonly name: string; readonly positions: readonly number[] }[];
}

/** What a fault acts on that takes a member of the group as a whole; undefined for a scope that takes tasks or hosts. */
export function wholesFor(scope: Scope, members: readonly Tagged[]): FaultTarget[] | undefined {
  if (scope === 'service') {
    return members.flatMap((one): FaultTarget[] =>
      isHosts(one)
        ? []
        : [{ kind: 'service', resource: one.serviceArn, clusterArn: one.clusterArn, service: nameOf(one) }],
    );
  }
  if (scope !== 'scaling-group') return undefined;
  return members.flatMap((one): FaultTarget[] =>
    isHosts(one) && one.kind === 'auto-scaling-group'
      ? [{ kind: 'scaling-group', resource: one.arn, name: one.name }]
      : [],
  );
}

/** Chooses one whole member of the group, uniformly among those that are under no other experiment. */
export function chooseWholes(
  all: readonly FaultTarget[],
  { claimed }: Pick<EligibilityRules, 'claimed'>,
  seed: string,
  label: string,
): TargetChoice {
  const sorted = [...all].sort((a, b) => (a.resource < b.resource ? -1 : 1));
  const candidates = sorted.filter(({ resource }) => !claimed?.has(resource));
  const taken = sorted.filter(({ resource }) => claimed?.has(resource));
  const { picked, draws } = drawDistinct(seed, label, candidates.length, 1);
  return {
    candidates: candidates.map(({ resource }) => resource),
    ineligible: taken.map(({ resource }) => ({ target: resource, because: 'under-experiment' })),
    picked: picked.flatMap((index) => candidates[index] ?? []),
    positions: picked,
    draws,
    isWhole: true,
  };
}

/** Who may be hit, in the order of the resources, and who may not and why. */
export function judge(
  all: readonly Candidate[],
  why: (one: Candidate) => Ineligibility | undefined,
): { candidates: Candidate[]; ineligible: TargetChoice['ineligible'] } {
  // What was listed twice is still one target.
  const distinct = new Map(all.map((one) => [one.resource, one]));
  const sorted = [...distinct.values()].sort((a, b) => (a.resource < b.resource ? -1 : 1));
  const judged = sorted.map((one) => ({ one, because: why(one) }));
  return {
    candidates: judged.filter(({ because }) => because === undefined).map(({ one }) => one),
    ineligible: judged.flatMap(({ one, because }) => (because ? [{ target: one.resource, because }] : [])),
  };
}

/** Chooses `count` distinct targets uniformly among the eligible. Fewer when there are fewer. */
export function chooseTargets(
  all: readonly Candidate[],
  rules: EligibilityRules,
  seed: string,
  label: string,
  count: number,
): TargetChoice {
  const { candidates, ineligible } = judge(all, (one) => ineligibility(one, rules));
  const { picked, draws } = drawDistinct(seed, label, candidates.length, count);
  return {
    candidates: candidates.map(({ resource }) => resource),
    ineligible,
    picked: picked.flatMap((index) => candidates[index] ?? []).map(targetOf),
    positions: picked,
    draws,
  };
}
