/**
 * What a rehearsal's fleet looks like to the local cloud: ECS's own words for ECS's own things.
 * The fleet (processes, scheduler, load balancer) fills these; the local cloud only reads them, and asks for stops.
 */

/** Where a task is in its life. The order is ECS's (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html). */
export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export type StopCode =
  | 'TaskFailedToStart'
  | 'EssentialContainerExited'
  | 'UserInitiated'
  | 'ServiceSchedulerInitiated'
  | 'SpotInterruption'
  | 'TerminationNotice'
  | 'InfrastructureHealth';

export type Tags = Readonly<Record<string, string>>;

export interface ClusterState {
  readonly name: string;
  readonly arn: string;
  readonly tags: Tags;
}

export interface ServiceState {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly tags: Tags;
  readonly propagateTags: 'SERVICE' | 'NONE';
  readonly desired: number;
  readonly createdAt: Date;
  /** Name of the load balancer's dimension value in CloudWatch, `app/<cluster>-<service>/<16 hex>`. */
  readonly loadBalancer: string;
  readonly taskDefinitionArn: string;
}

export interface TaskState {
  /** 32 hex characters. */
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly serviceName: string;
  readonly taskDefinitionArn: string;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  /** What the load balancer's and the container's health check say together. */
  readonly healthStatus: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
  /** Empty unless the service propagates its tags; emptied by a stop, as ECS does. */
  readonly tags: Tags;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly stoppingAt?: Date;
  readonly stoppedAt?: Date;
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  readonly exitCode?: number;
  readonly availabilityZone: string;
}

/**
 * Where a host is in its life inside an Auto Scaling group; the steps of lifecycle hooks are left out
 * (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html).
 */
export type HostLifecycle =
  | 'Pending'
  | 'InService'
  | 'EnteringStandby'
  | 'Standby'
  | 'Detaching'
  | 'Detached'
  | 'Terminating'
  | 'Terminated';

/** A container host: an EC2 instance. */
export interface HostState {
  /** `i-` and 17 hex characters. */
  readonly instanceId: string;
  readonly arn: string;
  /** A host of an Auto Scaling group also carries `aws:autoscaling:groupName`, as in AWS. */
  readonly tags: Tags;
  /** Name of its Auto Scaling group; null when it stands alone. */
  readonly autoScalingGroup: string | null;
  readonly availabilityZone: string;
  /** Says something only of a host in a group. */
  readonly lifecycleState: HostLifecycle;
  /** What the group last heard of the host's health. */
  readonly healthStatus: 'Healthy' | 'Unhealthy';
  readonly protectedFromScaleIn: boolean;
}

export interface AutoScalingTag {
  readonly key: string;
  readonly value: string;
  /** Whether hosts that are launched later get the tag too. */
  readonly propagateAtLaunch: boolean;
}

export interface AutoScalingGroupState {
  readonly name: string;
  readonly arn: string;
  readonly tags: readonly AutoScalingTag[];
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

/**
 * The fleet as the local cloud sees it. Every method answers from memory, at once. An array that is frozen
 * (`Object.freeze`) is sorted and indexed once for as long as the fleet gives the same one; others every time.
 */
export interface FleetState {
  readonly clusters: readonly ClusterState[];
  /** None by default. */
  readonly autoScalingGroups?: readonly AutoScalingGroupState[];
  /** None by default. */
  readonly hosts?: readonly HostState[];
  services(clusterArn: string): readonly ServiceState[];
  /** Running and pending tasks, and stopped ones for an hour. */
  tasks(clusterArn: string): readonly TaskState[];
  /** Those of one service, by the service's name. A large fleet gives it so that nobody sifts a whole cluster. */
  tasksOf?(clusterArn: string, serviceName: string): readonly TaskState[];
  /** One task by its id or ARN. A large fleet gives it, for the same reason. */
  task?(clusterArn: string, idOrArn: string): TaskState | undefined;
  /**
   * Begins to stop a task, as `StopTask` does: its desired status is STOPPED from now on, its tags are gone, it leaves the load
   * balancer, gets SIGTERM, and SIGKILL after the stop time-out. Answers the task as it is right after.
   * Stopping a task that is already stopping or stopped changes nothing and answers it as it is.
   */
  stopTask(taskArn: string, reason: string, stopCode: StopCode): TaskState;
}

/** One metric's raw samples at one moment, as a publisher has them. */
export interface MetricDatum {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly values: readonly number[];
}

/** Where metrics go: CloudWatch's side of the local cloud. */
export interface MetricSink {
  put(datum: MetricDatum): void;
}

/** One second of one service's life, for the plots. Latencies are null in a second without an answer. */
export interface SecondSample {
  /** Start of the second, ISO 8601 in UTC. */
  readonly at: string;
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly runningTasks: number;
  readonly healthyTasks: number;
}
