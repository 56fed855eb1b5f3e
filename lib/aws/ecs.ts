import {
  type Cluster,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  type Task as EcsTask,
  GetTaskProtectionCommand,
  ListServicesCommand,
  ListTasksCommand,
  type Service,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import type { LiveService } from '../core/guards/guard.ts';
import type { ServiceEvent } from '../core/health.ts';
import type { TaggedService, Tags } from '../core/tagged.ts';
import type { Candidate } from '../core/target.ts';
import type { TaskStopper } from '../faults/stop-task.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { refusedBy } from './one-try.ts';

/** A service as it is now: its tags for the group, its counts for the guards. */
export interface ServiceNow {
  readonly tagged: TaggedService;
  readonly live: LiveService;
  /** What ECS says about it, newest first, a hundred at most. */
  readonly events: readonly ServiceEvent[];
}

/** A service by its cluster's name (or ARN) and its own. */
export interface ServiceName {
  readonly cluster: string;
  readonly service: string;
}

/** ECS's limits: services and tasks per describing call, ids per protection call. */
const SERVICES_PER_CALL = 10;
const TASKS_PER_CALL = 100;

/** Reads services and tasks, and stops tasks. One instance a process. */
export class Ecs implements TaskStopper {
  readonly #client = new ECSClient(CLIENT_OPTIONS);

  /**
   * Services with their tags and their clusters', in two calls side by side for up to ten services of a cluster; without tags it is
   * one. Missing services are left out.
   */
  async services(wanted: readonly ServiceName[], { withTags = true } = {}): Promise<ServiceNow[]> {
    const clusters = [...new Set(wanted.map(({ cluster }) => cluster))];
    const [clusterTags, services] = await Promise.all([
      withTags ? this.clusterTags(clusters) : new Map<string, Tags>(),
      Promise.all(
        clusters.flatMap((cluster) =>
          chunks(
            wanted.filter((one) => one.cluster === cluster).map(({ service }) => service),
            SERVICES_PER_CALL,
          ).map((names) =>
            this.#client.send(
              new DescribeServicesCommand({ cluster, services: names, ...(withTags ? { include: ['TAGS'] } : {}) }),
            ),
          ),
        ),
      ),
    ]);
    return services
      .flatMap((answer) => answer.services ?? [])
      .filter(({ status }) => status === 'ACTIVE')
      .map((service) => serviceNow(service, clusterTags));
  }

  /** Tags by cluster ARN. */
  async clusterTags(clusters: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
    const answers = await Promise.all(
      chunks(clusters, 100).map((some) =>
        this.#client.send(new DescribeClustersCommand({ clusters: [...some], include: ['TAGS'] })),
      ),
    );
    const found = answers.flatMap((answer) => answer.clusters ?? []);
    return new Map(found.map((cluster: Cluster) => [cluster.clusterArn ?? '', tagsOf(cluster.tags)]));
  }

  /** ARNs of every service of a cluster. */
  async serviceArns(clusterArn: string): Promise<string[]> {
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new ListServicesCommand({ cluster: clusterArn, maxResults: 100, nextToken }),
      );
      arns.push(...(answer.serviceArns ?? []));
      nextToken = answer.nextToken;
    } while (nextToken);
    return arns;
  }

  /**
   * Tasks of services, with tags. Tasks that are wanted to run come with their scale-in protection; with `stoppedToo`, those that
   * stopped within the last hour come as well, which is as long as ECS remembers them.
   */
  async tasks(
    services: readonly ServiceName[],
    { stoppedToo }: { readonly stoppedToo: boolean },
  ): Promise<Candidate[]> {
    const each = await Promise.all(
      services.map(async (service) => {
        const wanted = stoppedToo ? (['RUNNING', 'STOPPED'] as const) : (['RUNNING'] as const);
        const arns = (await Promise.all(wanted.map((status) => this.#taskArns(service, status)))).flat();
        return this.#describe(service, arns, !stoppedToo);
      }),
    );
    return each.flat();
  }

  async #taskArns({ cluster, service }: ServiceName, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<string[]> {
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#client.send(
        new ListTasksCommand({ cluster, serviceName: service, desiredStatus, maxResults: TASKS_PER_CALL, nextToken }),
      );
      arns.push(...(answer.taskArns ?? []));
      nextToken = answer.nextToken;
    } while (nextToken);
    return arns;
  }

  async #describe(
    { cluster, service }: ServiceName,
    arns: readonly string[],
    withProtection: boolean,
  ): Promise<Candidate[]> {
    const parts = await Promise.all(
      chunks(arns, TASKS_PER_CALL).map(async (tasks) => {
        const [described, protection] = await Promise.all([
          this.#client.send(new DescribeTasksCommand({ cluster, tasks: [...tasks], include: ['TAGS'] })),
          withProtection ? this.#client.send(new GetTaskProtectionCommand({ cluster, tasks: [...tasks] })) : undefined,
        ]);
        const guarded = new Set(
          (protection?.protectedTasks ?? []).filter((one) => one.protectionEnabled).map(({ taskArn }) => taskArn),
        );
        return (described.tasks ?? []).map((task) => taskOf(task, `${cluster}/${service}`, guarded.has(task.taskArn)));
      }),
    );
    return parts.flat();
  }

  async stopTask(clusterArn: string, taskArn: string, reason: string): ReturnType<TaskStopper['stopTask']> {
    try {
      const { task } = await this.#client.send(new StopTaskCommand({ cluster: clusterArn, task: taskArn, reason }));
      return { lastStatus: task?.lastStatus ?? 'unknown' };
    } catch (error) {
      return refusedBy(error);
    }
  }

  async describeTask(clusterArn: string, taskArn: string): ReturnType<TaskStopper['describeTask']> {
    const { tasks } = await this.#client.send(new DescribeTasksCommand({ cluster: clusterArn, tasks: [taskArn] }));
    const task = tasks?.[0];
    if (task === undefined) return undefined;
    return {
      lastStatus: task.lastStatus ?? 'unknown',
      desiredStatus: task.desiredStatus ?? 'unknown',
      ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
      ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
    };
  }
}

function serviceNow(service: Service, clusterTags: ReadonlyMap<string, Tags>): ServiceNow {
  const { serviceArn = '', serviceName = '', clusterArn = '', deployments = [], events = [] } = service;
  const cluster = lastPart(clusterArn);
  return {
    tagged: {
      serviceArn,
      service: serviceName,
      clusterArn,
      cluster,
      tags: tagsOf(service.tags),
      clusterTags: clusterTags.get(clusterArn) ?? {},
    },
    live: {
      service: `${cluster}/${serviceName}`,
      running: service.runningCount ?? 0,
      desired: service.desiredCount ?? 0,
      // Replacing a dead task does not reopen a finished deployment's rollout; a new deployment is a second entry or IN_PROGRESS.
      deploying: deployments.length !== 1 || deployments[0]?.rolloutState === 'IN_PROGRESS',
      schedulingStrategy: service.schedulingStrategy ?? 'REPLICA',
      targetGroups: targetGroupsOf(service),
    },
    events: events.map(({ createdAt, message = '' }) => ({ atMs: createdAt?.getTime() ?? 0, message })),
  };
}

/**
 * The target groups that a service registers its tasks with. Where ECS itself deploys blue and green there are two, of which only one has
 * the tasks at a time and the service does not say which: then none can be told.
 */
function targetGroupsOf({ loadBalancers = [] }: Service): string[] {
  return loadBalancers
    .filter(({ advancedConfiguration }) => advancedConfiguration?.alternateTargetGroupArn === undefined)
    .flatMap(({ targetGroupArn }) => targetGroupArn ?? []);
}

function taskOf(task: EcsTask, service: string, isProtected: boolean): Candidate {
  const times = {
    createdAtMs: task.createdAt?.getTime(),
    startedAtMs: task.startedAt?.getTime(),
    stoppingAtMs: task.stoppingAt?.getTime(),
    stoppedAtMs: task.stoppedAt?.getTime(),
  };
  return {
    kind: 'task',
    resource: task.taskArn ?? '',
    member: service,
    clusterArn: task.clusterArn ?? '',
    ...(task.availabilityZone === undefined ? {} : { zone: task.availabilityZone }),
    ...(task.containerInstanceArn === undefined ? {} : { containerInstanceArn: task.containerInstanceArn }),
    lastStatus: task.lastStatus ?? 'unknown',
    desiredStatus: task.desiredStatus ?? 'unknown',
    healthStatus: task.healthStatus ?? 'UNKNOWN',
    launchType: task.launchType ?? 'unknown',
    tags: tagsOf(task.tags),
    isProtected,
    ...(task.stopCode === undefined ? {} : { stopCode: task.stopCode }),
    ...(task.stoppedReason === undefined ? {} : { stoppedReason: task.stoppedReason }),
    ...Object.fromEntries(Object.entries(times).filter(([, at]) => at !== undefined)),
  };
}

function tagsOf(tags: readonly { key?: string; value?: string }[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ key = '', value = '' }) => [key, value]));
}

/** The name at the end of an ARN. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
