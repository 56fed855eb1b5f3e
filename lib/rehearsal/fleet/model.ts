import type { ListenerRules } from './listener-rules.ts';
import type { Machines } from './machines-model.ts';

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

/** What a task runs on: Fargate, or a container host of the cluster. */
export type LaunchType = 'FARGATE' | 'EC2';

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
  /** How few and how many tasks there may be while some are replaced, in percent of desired; 100 and 200 by default. */
  readonly minimumHealthyPercent?: number;
  readonly maximumPercent?: number;
  readonly launchType: LaunchType;
  readonly createdAt: Date;
  /** Name of the load balancer's dimension value in CloudWatch, `app/<cluster>-<service>/<16 hex>`. */
  readonly loadBalancer: string;
  /** Where the load balancer has the service's tasks; none for a service without one. */
  readonly targetGroup?: TargetGroupState;
  readonly taskDefinitionArn: string;
}

export interface TargetGroupState {
  readonly arn: string;
  /** The port inside the container; each task listens on one of its own outside. */
  readonly containerPort: number;
  readonly healthCheckPath: string;
}

/** What a load balancer finds of one target, in its own words. */
export interface TargetState {
  /** IP address. */
  readonly id: string;
  readonly port: number;
  readonly availabilityZone: string;
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';
  /** Only a healthy target has none. */
  readonly reason?: TargetReason;
  readonly description?: string;
}

export type TargetReason =
  | 'Elb.RegistrationInProgress'
  | 'Elb.InitialHealthChecking'
  | 'Target.ResponseCodeMismatch'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.DeregistrationInProgress'
  | 'Target.NotRegistered';

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
  readonly launchType: LaunchType;
  /** The container host that the task is placed on; only a task of launch type EC2 has one. */
  readonly containerInstanceArn?: string;
  /** Under scale-in protection; not, by default. */
  readonly isProtected?: boolean;
  /** The container engine's id of the task's one container, 64 hex characters; only a task of launch type EC2 has one. */
  readonly runtimeId?: string;
}

/** One line of a service's own log, as `DescribeServices` shows it. */
export interface ServiceMessage {
  /** A UUID. */
  readonly id: string;
  readonly createdAt: Date;
  /** In ECS's words, such as `(service cart) has reached a steady state.`. */
  readonly message: string;
}

/**
 * Where a host is in its life inside an Auto Scaling group; the steps of launch hooks are left out
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
  | 'Terminating:Wait'
  | 'Terminating:Proceed'
  | 'Terminated';

/** What a host is to ECS. */
export interface ContainerInstanceState {
  readonly arn: string;
  readonly clusterArn: string;
  /** Default ACTIVE. Only an ACTIVE one with a connected agent is given tasks. */
  readonly status?: 'ACTIVE' | 'DRAINING';
  /** Default true. */
  readonly agentConnected?: boolean;
}

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
  /** When its group began to launch it, and when it was in service; unknown by default. */
  readonly launchedAt?: Date;
  readonly inServiceAt?: Date;
  /** What the host is to ECS; a host that no cluster knows has none. */
  readonly containerInstance?: ContainerInstanceState;
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
  /** Default: those of its hosts. */
  readonly zones?: readonly string[];
  /** None by default. */
  readonly suspended?: readonly SuspendedProcess[];
}

/** A process of an Auto Scaling group that does nothing until it is resumed. */
export interface SuspendedProcess {
  readonly name: string;
  readonly reason: string;
}

/**
 * The fleet as the local cloud sees it. Every method answers from memory, at once. An array that is frozen
 * (`Object.freeze`) is sorted and indexed once for as long as the fleet gives the same one; others every time.
 */
export interface FleetState {
  readonly clusters: readonly ClusterState[];
  /** None by default. */
  readonly autoScalingGroups?: readonly AutoScalingGroupState[];
  /** None by default. A host that is terminated is not among them any more. */
  readonly hosts?: readonly HostState[];
  /** The EC2 side of the hosts; a fleet of plain data may have none. */
  readonly machines?: Machines;
  services(clusterArn: string): readonly ServiceState[];
  /** Running and pending tasks, and stopped ones for an hour. */
  tasks(clusterArn: string): readonly TaskState[];
  /** Those of one service, by the service's name. A large fleet gives it so that nobody sifts a whole cluster. */
  tasksOf?(clusterArn: string, serviceName: string): readonly TaskState[];
  /** What a service's scheduler has told, newest first, 100 at the most; nothing by default. */
  messages?(clusterArn: string, serviceName: string): readonly ServiceMessage[];
  /** What the load balancer finds of a target group's targets; undefined for an unknown group, and by default. */
  targetHealth?(targetGroupArn: string): readonly TargetState[] | undefined;
  /** One task by its id or ARN. A large fleet gives it, for the same reason. */
  task?(clusterArn: string, idOrArn: string): TaskState | undefined;
  /**
   * Begins to stop a task, as `StopTask` does: its desired status is STOPPED from now on, its tags are gone, it leaves the load
   * balancer, gets SIGTERM, and SIGKILL after the stop time-out. Answers the task as it is right after.
   * Stopping a task that is already stopping or stopped changes nothing and answers it as it is.
   */
  stopTask(taskArn: string, reason: string, stopCode: StopCode): TaskState;
  /** Changes how many tasks a service desires; its scheduler starts and stops them at its next look. */
  setDesired?(serviceArn: string, desired: number): ServiceState;
  /** Puts a task under scale-in protection, or takes it off. */
  setProtected?(taskArn: string, isProtected: boolean): void;
  /** Where a task listens; undefined before its port is open, and by default. */
  addressOf?(taskArn: string): { readonly host: string; readonly port: number } | undefined;
  /**
   * Registers the task that listens there with its target group again, as `RegisterTargets` does. False when no task of the group's
   * service listens there.
   */
  registerTarget?(targetGroupArn: string, target: { readonly id: string; readonly port: number }): boolean;
  /** Takes a target out of the group; it drains. What is not registered stays so. */
  deregisterTarget?(targetGroupArn: string, target: { readonly id: string; readonly port: number }): void;
  /** The rules by which a service's load balancer sends requests; whoever changes them changes where requests go. */
  listenerRules?(serviceArn: string): ListenerRules | undefined;
  /** Sets what `UpdateContainerInstancesState` sets. The scheduler acts on it at its next look; see {@link HostState}. */
  setContainerInstanceStatus?(containerInstanceArn: string, status: 'ACTIVE' | 'DRAINING'): void;
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
