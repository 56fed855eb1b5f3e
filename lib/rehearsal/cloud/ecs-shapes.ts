import { createHash } from 'node:crypto';
import type {
  ClusterState,
  FleetState,
  ServiceMessage,
  ServiceState,
  Tags,
  TaskState,
  TaskStatus,
} from '../fleet/model.ts';

/** ECS's lists of tags. */
function toTagList(tags: Tags): readonly { readonly key: string; readonly value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** A cluster as `DescribeClusters` shows it. */
export function toCluster(cluster: ClusterState, fleet: FleetState, withTags: boolean): object {
  const tasks = fleet.tasks(cluster.arn);
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: (fleet.hosts ?? []).filter(
      ({ containerInstance }) => containerInstance?.clusterArn === cluster.arn,
    ).length,
    runningTasksCount: countRunning(tasks),
    pendingTasksCount: countPending(tasks),
    activeServicesCount: fleet.services(cluster.arn).length,
    tags: withTags ? toTagList(cluster.tags) : [],
  };
}

/** What a service has done. */
interface ServiceCourse {
  readonly tasks: readonly TaskState[];
  /** Newest first. */
  readonly messages: readonly ServiceMessage[];
  /** ECS never takes a completed rollout back when a task dies later. */
  readonly reachedSteadyState: boolean;
}

/** A service with its one deployment. */
export function toService(
  service: ServiceState,
  { tasks, messages, reachedSteadyState }: ServiceCourse,
  withTags: boolean,
): object {
  const counts = {
    desiredCount: service.desired,
    runningCount: countRunning(tasks),
    pendingCount: countPending(tasks),
  };
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: 'ACTIVE',
    ...counts,
    launchType: service.launchType,
    taskDefinition: service.taskDefinitionArn,
    deployments: [
      {
        id: deploymentId(service.arn),
        status: 'PRIMARY',
        taskDefinition: service.taskDefinitionArn,
        ...counts,
        createdAt: service.createdAt,
        updatedAt: service.createdAt,
        launchType: service.launchType,
        rolloutState: reachedSteadyState ? 'COMPLETED' : 'IN_PROGRESS',
      },
    ],
    loadBalancers: toLoadBalancers(service),
    events: messages,
    createdAt: service.createdAt,
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    enableECSManagedTags: false,
    propagateTags: service.propagateTags,
    enableExecuteCommand: false,
    tags: withTags ? toTagList(service.tags) : [],
  };
}

/** Where the service's tasks are registered; its one container bears its name. */
function toLoadBalancers({ name, targetGroup }: ServiceState): readonly object[] {
  if (targetGroup === undefined) return [];
  return [{ targetGroupArn: targetGroup.arn, containerName: name, containerPort: targetGroup.containerPort }];
}

/** Running tasks as ECS counts them: by their last known status. */
export function countRunning(tasks: readonly TaskState[]): number {
  return tasks.filter((task) => task.lastStatus === 'RUNNING').length;
}

const PENDING: readonly TaskStatus[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];

function countPending(tasks: readonly TaskState[]): number {
  return tasks.filter((task) => PENDING.includes(task.lastStatus)).length;
}

/** A task as `DescribeTasks` and `StopTask` show it, with its one container, which bears the service's name. */
export function toTask(task: TaskState, serviceArn: string | undefined, withTags: boolean): object {
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: `service:${task.serviceName}`,
    startedBy: serviceArn === undefined ? undefined : deploymentId(serviceArn),
    launchType: task.launchType,
    containerInstanceArn: task.containerInstanceArn,
    availabilityZone: task.availabilityZone,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: task.healthStatus,
    createdAt: task.createdAt,
    startedAt: task.startedAt,
    stoppingAt: task.stoppingAt,
    stoppedAt: task.stoppedAt,
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    containers: [
      {
        taskArn: task.arn,
        name: task.serviceName,
        runtimeId: task.runtimeId,
        lastStatus: containerStatus(task.lastStatus),
        healthStatus: task.healthStatus,
        exitCode: task.exitCode,
      },
    ],
    tags: withTags ? toTagList(task.tags) : [],
  };
}

function containerStatus(status: TaskStatus): string {
  if (PENDING.includes(status)) return 'PENDING';
  return status === 'DEPROVISIONING' || status === 'STOPPED' ? 'STOPPED' : 'RUNNING';
}

/** ECS's id of a service deployment, `ecs-svc/` and 19 digits; here the same for the whole rehearsal. */
function deploymentId(serviceArn: string): string {
  const number = createHash('sha256').update(serviceArn).digest().readBigUInt64BE() % 10n ** 19n;
  return `ecs-svc/${number.toString().padStart(19, '0')}`;
}
