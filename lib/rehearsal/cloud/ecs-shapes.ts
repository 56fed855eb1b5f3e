import { deploymentId } from '../fleet/deployment-id.ts';
import type {
  ClusterState,
  FleetState,
  ServiceMessage,
  ServiceState,
  Tags,
  TaskState,
  TaskStatus,
} from '../fleet/model.ts';
import { DEPLOYMENT_DEFAULTS } from '../fleet/service-pace.ts';

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
    deploymentConfiguration: {
      minimumHealthyPercent: service.minimumHealthyPercent ?? DEPLOYMENT_DEFAULTS.minimumHealthyPercent,
      maximumPercent: service.maximumPercent ?? DEPLOYMENT_DEFAULTS.maximumPercent,
    },
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

/** What a task is shown with. */
interface TaskSurroundings {
  readonly service: ServiceState | undefined;
  readonly address: { readonly host: string; readonly port: number } | undefined;
}

/** A task as `DescribeTasks` and `StopTask` show it, with its one container, which bears the service's name. */
export function toTask(task: TaskState, { service, address }: TaskSurroundings, withTags: boolean): object {
  return {
    taskArn: task.arn,
    clusterArn: task.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    group: `service:${task.serviceName}`,
    startedBy: service === undefined ? undefined : deploymentId(service.arn),
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
        ...networkOf(service, address),
      },
    ],
    tags: withTags ? toTagList(task.tags) : [],
  };
}

/**
 * The tasks of a rehearsal share one address, so each listens on a port of its own; it is shown as dynamic port mapping shows it.
 */
function networkOf(service: ServiceState | undefined, address: TaskSurroundings['address']): object {
  if (address === undefined || service?.targetGroup === undefined) return {};
  const { containerPort } = service.targetGroup;
  return {
    networkInterfaces: [{ privateIpv4Address: address.host }],
    networkBindings: [{ bindIP: address.host, containerPort, hostPort: address.port, protocol: 'tcp' }],
  };
}

function containerStatus(status: TaskStatus): string {
  if (PENDING.includes(status)) return 'PENDING';
  return status === 'DEPROVISIONING' || status === 'STOPPED' ? 'STOPPED' : 'RUNNING';
}
