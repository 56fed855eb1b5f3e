/** A task of a service; a fault may act on it through ECS, or on its containers through its host. */
export interface TaskTarget {
  readonly kind: 'task';
  /** The task's ARN. */
  readonly resource: string;
  readonly clusterArn: string;
  /** `cluster/service`. */
  readonly service: string;
  /** Availability Zone, where ECS says it. */
  readonly zone?: string;
  /** Host of the task, when it has one that can be reached. */
  readonly containerInstanceArn?: string;
}

/** A container host. */
export interface HostTarget {
  readonly kind: 'host';
  /** `i-…`. */
  readonly resource: string;
  readonly zone: string;
  /** Name of its Auto Scaling group, when it has one. */
  readonly scalingGroup?: string;
  /** Cluster and container instance, when it has joined one. */
  readonly clusterArn?: string;
  readonly containerInstanceArn?: string;
}

/** A whole service. */
export interface ServiceTarget {
  readonly kind: 'service';
  /** The service's ARN. */
  readonly resource: string;
  readonly clusterArn: string;
  /** `cluster/service`. */
  readonly service: string;
}

/** A whole Auto Scaling group of container hosts. */
export interface ScalingGroupTarget {
  readonly kind: 'scaling-group';
  /** The group's ARN. */
  readonly resource: string;
  readonly name: string;
}

/** What one act hurts. */
export type FaultTarget = TaskTarget | HostTarget | ServiceTarget | ScalingGroupTarget;

/** The target, when it is of the kind that is asked for. @throws Error otherwise: the choice of targets and the fault's scopes do not fit. */
export function targetOfKind<Kind extends FaultTarget['kind']>(
  target: FaultTarget,
  kind: Kind,
): Extract<FaultTarget, { kind: Kind }> {
  if (target.kind !== kind) throw new Error(`${target.resource} is a ${target.kind}; this fault acts on a ${kind}`);
  return target as Extract<FaultTarget, { kind: Kind }>;
}
