import * as z from 'zod';
import type { ClusterState, FleetState, ServiceState, TaskState } from '../fleet/model.ts';
import { containerInstanceOperations } from './container-instances.ts';
import {
  arnIn,
  assertAtMost,
  assertSome,
  findCluster,
  getCluster,
  invalid,
  pageSize,
  readToken,
  serviceFinder,
  split,
  taskFinder,
} from './ecs-lookup.ts';
import { countRunning, toCluster, toService, toTask } from './ecs-shapes.ts';
import { arnOf, sortedByArn } from './fleet-lists.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.ECS.operations;

/** Longest reason of a StopTask, in characters. */
const LONGEST_REASON = 1_024;

export interface EcsOptions {
  /** Which tasks are under scale-in protection; none by default. */
  readonly isProtected?: (task: TaskState) => boolean;
}

const include = z.array(z.literal('TAGS')).optional();
const text = z.string().min(1);
const paging = { maxResults: z.int().optional(), nextToken: z.string().optional() };

/** ECS on a rehearsal's fleet: reading, and StopTask. Names and ARNs are both accepted where ECS accepts both. */
export function ecsOperations(fleet: FleetState, options: EcsOptions = {}): ServedService {
  return {
    ...clusterAndServiceOperations(fleet),
    ...taskOperations(fleet, options),
    ...containerInstanceOperations(fleet),
  };
}

function clusterAndServiceOperations(fleet: FleetState): ServedService {
  const pager = createPager();
  const steady = new Set<string>();
  return {
    ListClusters: serve({
      input: z.strictObject(paging),
      answer: (input) => {
        const size = pageSize(input.maxResults, limits.ListClusters.page);
        const cursor = readToken(pager, 'ListClusters', input.nextToken);
        const clusters = itemsAfter(sortedByArn(fleet.clusters), arnOf, cursor);
        const { items, next } = takePage(clusters, () => true, arnOf, size);
        return {
          clusterArns: items.map(({ arn }) => arn),
          nextToken: next === null ? undefined : pager.token('ListClusters', next),
        };
      },
    }),
    DescribeClusters: serve({
      input: z.strictObject({ clusters: z.array(text).optional(), include }),
      answer: (input) => {
        const names = input.clusters ?? ['default'];
        assertAtMost(names, limits.DescribeClusters.atMost, 'clusters');
        return split(names, (name) => findCluster(fleet, name), {
          found: 'clusters',
          show: (cluster) => toCluster(cluster, fleet, input.include !== undefined),
          arnOf: (name) => name,
        });
      },
    }),
    ListServices: serve({
      input: z.strictObject({ cluster: text.optional(), ...paging }),
      answer: (input) => {
        const cluster = getCluster(fleet, input.cluster);
        const size = pageSize(input.maxResults, limits.ListServices.page);
        const scope = `ListServices ${cluster.arn}`;
        const cursor = readToken(pager, scope, input.nextToken);
        const services = itemsAfter(sortedByArn(fleet.services(cluster.arn)), arnOf, cursor);
        const { items, next } = takePage(services, () => true, arnOf, size);
        return {
          serviceArns: items.map((service) => service.arn),
          nextToken: next === null ? undefined : pager.token(scope, next),
        };
      },
    }),
    UpdateService: updateService(fleet, steady),
    DescribeServices: serve({
      input: z.strictObject({ cluster: text.optional(), services: z.array(text), include }),
      answer: (input) => {
        const cluster = getCluster(fleet, input.cluster);
        assertSome(input.services, 'Services');
        assertAtMost(input.services, limits.DescribeServices.atMost, 'services');
        return split(input.services, serviceFinder(fleet, cluster), {
          found: 'services',
          show: (service) => showService(fleet, service, steady, input.include !== undefined),
          arnOf: (name) => arnIn(cluster, 'service', name),
        });
      },
    }),
  };
}

function showService(fleet: FleetState, service: ServiceState, steady: Set<string>, withTags: boolean): object {
  const tasks = tasksOf(fleet, service);
  if (countRunning(tasks) >= service.desired) steady.add(service.arn);
  const messages = fleet.messages?.(service.clusterArn, service.name) ?? [];
  return toService(service, { tasks, messages, reachedSteadyState: steady.has(service.arn) }, withTags);
}

/**
 * Only the desired count: what else a service could be told would begin a deployment, which a rehearsal has not. The count alone begins
 * none (`desiredCount` in the API reference).
 */
function updateService(fleet: FleetState, steady: Set<string>) {
  return serve({
    input: z.strictObject({ cluster: text.optional(), service: text, desiredCount: z.int().optional() }),
    answer: (input) => {
      const cluster = getCluster(fleet, input.cluster);
      const service = serviceFinder(fleet, cluster)(input.service);
      if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.');
      const { desiredCount = service.desired } = input;
      if (desiredCount < 0) throw invalid('desiredCount cannot be negative.');
      if (fleet.setDesired === undefined) throw new Error('this fleet cannot change how many tasks a service desires');
      return { service: showService(fleet, fleet.setDesired(service.arn, desiredCount), steady, true) };
    },
  });
}

function taskOperations(fleet: FleetState, { isProtected = () => false }: EcsOptions): ServedService {
  return {
    ListTasks: listTasks(fleet),
    DescribeTasks: serve({
      input: z.strictObject({ cluster: text.optional(), tasks: z.array(text), include }),
      answer: (input) => {
        const cluster = getCluster(fleet, input.cluster);
        assertSome(input.tasks, 'Tasks');
        assertAtMost(input.tasks, limits.DescribeTasks.atMost, 'tasks');
        return split(input.tasks, taskFinder(fleet, cluster), {
          found: 'tasks',
          show: (task) => showTask(fleet, cluster, task, input.include !== undefined),
          arnOf: (name) => arnIn(cluster, 'task', name),
        });
      },
    }),
    StopTask: serve({
      input: z.strictObject({ cluster: text.optional(), task: text, reason: z.string().optional() }),
      answer: (input) => {
        const cluster = getCluster(fleet, input.cluster);
        const task = taskFinder(fleet, cluster)(input.task);
        if (task === undefined) throw invalid('The referenced task was not found.');
        const reason = input.reason ?? 'Task stopped by user';
        if (reason.length > LONGEST_REASON) throw invalid(`The reason has more than ${LONGEST_REASON} characters.`);
        return { task: showTask(fleet, cluster, fleet.stopTask(task.arn, reason, 'UserInitiated'), true) };
      },
    }),
    UpdateTaskProtection: serve({
      // Without an expiry: a rehearsal is over before the least of them.
      input: z.strictObject({ cluster: text, tasks: z.array(text), protectionEnabled: z.boolean() }),
      answer: (input) => {
        const cluster = getCluster(fleet, input.cluster);
        assertSome(input.tasks, 'Tasks');
        assertAtMost(input.tasks, limits.UpdateTaskProtection.atMost, 'tasks');
        if (fleet.setProtected === undefined) throw new Error('this fleet knows no scale-in protection');
        return split(input.tasks, taskFinder(fleet, cluster), {
          found: 'protectedTasks',
          show: ({ arn }) => {
            fleet.setProtected?.(arn, input.protectionEnabled);
            return { taskArn: arn, protectionEnabled: input.protectionEnabled };
          },
          arnOf: (name) => arnIn(cluster, 'task', name),
        });
      },
    }),
    GetTaskProtection: serve({
      input: z.strictObject({ cluster: text, tasks: z.array(text).optional() }),
      answer: (input) => {
        const cluster = getCluster(fleet, input.cluster);
        const names = input.tasks ?? [];
        assertAtMost(names, limits.GetTaskProtection.atMost, 'tasks');
        return split(names, taskFinder(fleet, cluster), {
          found: 'protectedTasks',
          show: (task) => ({ taskArn: task.arn, protectionEnabled: task.isProtected === true || isProtected(task) }),
          arnOf: (name) => arnIn(cluster, 'task', name),
        });
      },
    }),
  };
}

function listTasks(fleet: FleetState) {
  const pager = createPager();
  return serve({
    input: z.strictObject({
      cluster: text.optional(),
      serviceName: text.optional(),
      containerInstance: text.optional(),
      desiredStatus: z.enum(['RUNNING', 'PENDING', 'STOPPED']).optional(),
      ...paging,
    }),
    answer: (input) => {
      const cluster = getCluster(fleet, input.cluster);
      const size = pageSize(input.maxResults, limits.ListTasks.page);
      const service = input.serviceName === undefined ? undefined : serviceFinder(fleet, cluster)(input.serviceName);
      if (input.serviceName !== undefined && service === undefined) {
        throw new AwsError('ServiceNotFoundException', 'Service not found.');
      }
      const desired = input.desiredStatus ?? 'RUNNING';
      const tasks = service === undefined ? fleet.tasks(cluster.arn) : tasksOf(fleet, service);
      const { containerInstance: host } = input;
      const hostArn = host === undefined ? undefined : arnIn(cluster, 'container-instance', host);
      const scope = `ListTasks ${cluster.arn} ${service?.arn ?? ''} ${hostArn ?? ''} ${desired}`;
      const cursor = readToken(pager, scope, input.nextToken);
      const isWanted = ({ desiredStatus, containerInstanceArn }: TaskState) =>
        desiredStatus === desired && (hostArn === undefined || containerInstanceArn === hostArn);
      const { items, next } = takePage(itemsAfter(sortedByArn(tasks), arnOf, cursor), isWanted, arnOf, size);
      return {
        taskArns: items.map((task) => task.arn),
        nextToken: next === null ? undefined : pager.token(scope, next),
      };
    },
  });
}

function showTask(fleet: FleetState, cluster: ClusterState, task: TaskState, withTags: boolean): object {
  const surroundings = {
    service: serviceFinder(fleet, cluster)(task.serviceName),
    address: fleet.addressOf?.(task.arn),
  };
  return toTask(task, surroundings, withTags);
}

function tasksOf(fleet: FleetState, { clusterArn, name }: ServiceState): readonly TaskState[] {
  return fleet.tasksOf?.(clusterArn, name) ?? fleet.tasks(clusterArn).filter(({ serviceName }) => serviceName === name);
}
