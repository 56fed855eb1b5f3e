import * as z from 'zod';
import type { ClusterState, FleetState, HostState, Tags, TaskState } from '../fleet/model.ts';
import { arnIn, assertAtMost, assertSome, getCluster, invalid, pageSize, readToken, split } from './ecs-lookup.ts';
import { finderIn, sortedByArn } from './fleet-lists.ts';
import { type ServedService, serve } from './operation.ts';
import { createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.ECS.operations;
const text = z.string().min(1);

/** A container host as ECS knows it. */
interface ContainerInstance {
  readonly arn: string;
  readonly host: HostState;
}

/** ECS on the container hosts of a fleet. */
export function containerInstanceOperations(fleet: FleetState): ServedService {
  return {
    DescribeContainerInstances: describe(fleet),
    ListContainerInstances: list(fleet),
    UpdateContainerInstancesState: update(fleet),
  };
}

function describe(fleet: FleetState) {
  return serve({
    input: z.strictObject({
      cluster: text.optional(),
      containerInstances: z.array(text),
      include: z.array(z.enum(['TAGS', 'CONTAINER_INSTANCE_HEALTH'])).optional(),
    }),
    answer: (input) => {
      const cluster = getCluster(fleet, input.cluster);
      assertSome(input.containerInstances, 'Container instances');
      assertAtMost(input.containerInstances, limits.DescribeContainerInstances.atMost, 'containerInstances');
      return split(input.containerInstances, finderIn(instancesOf(fleet, cluster)), {
        found: 'containerInstances',
        show: (instance) =>
          toContainerInstance(instance, fleet.tasks(cluster.arn), input.include?.includes('TAGS') ?? false),
        arnOf: (name) => arnIn(cluster, 'container-instance', name),
      });
    },
  });
}

function list(fleet: FleetState) {
  const pager = createPager();
  return serve({
    input: z.strictObject({
      cluster: text.optional(),
      // Of the cluster query language, only the one question that Capuchin asks.
      filter: z
        .string()
        .regex(/^ec2InstanceId == '[^']*'$/)
        .optional(),
      status: z.enum(['ACTIVE', 'DRAINING', 'REGISTERING', 'DEREGISTERING', 'REGISTRATION_FAILED']).optional(),
      maxResults: z.int().optional(),
      nextToken: z.string().optional(),
    }),
    answer: (input) => {
      const cluster = getCluster(fleet, input.cluster);
      const size = pageSize(input.maxResults, limits.ListContainerInstances.page);
      const scope = `ListContainerInstances ${cluster.arn} ${input.status ?? ''} ${input.filter ?? ''}`;
      const [, instanceId] = /'([^']*)'/.exec(input.filter ?? '') ?? [];
      const cursor = readToken(pager, scope, input.nextToken);
      const isWanted = (instance: ContainerInstance) =>
        (input.status === undefined || statusOf(instance) === input.status) &&
        (instanceId === undefined || instance.host.instanceId === instanceId);
      const arnOf = ({ arn }: ContainerInstance): string => arn;
      const instances = itemsAfter(sortedByArn(instancesOf(fleet, cluster)), arnOf, cursor);
      const { items, next } = takePage(instances, isWanted, arnOf, size);
      return {
        containerInstanceArns: items.map(arnOf),
        nextToken: next === null ? undefined : pager.token(scope, next),
      };
    },
  });
}

/** What is unknown is a failure of its own while the others go through, as in all calls of ECS that take a list. */
function update(fleet: FleetState) {
  return serve({
    input: z.strictObject({
      cluster: text.optional(),
      containerInstances: z.array(text),
      status: z.enum(['ACTIVE', 'DRAINING', 'REGISTERING', 'DEREGISTERING', 'REGISTRATION_FAILED']),
    }),
    answer: (input) => {
      const cluster = getCluster(fleet, input.cluster);
      const { status, containerInstances: names } = input;
      assertSome(names, 'Container instances');
      assertAtMost(names, limits.UpdateContainerInstancesState.atMost, 'containerInstances');
      if (status !== 'ACTIVE' && status !== 'DRAINING') throw invalid('Status can only be set to ACTIVE or DRAINING.');
      const containerInstances: object[] = [];
      const failures: object[] = [];
      for (const name of new Set(names)) {
        const found = finderIn(instancesOf(fleet, cluster))(name);
        if (found === undefined) {
          failures.push({ arn: arnIn(cluster, 'container-instance', name), reason: 'MISSING' });
          continue;
        }
        if (fleet.setContainerInstanceStatus === undefined) throw new Error('this fleet cannot drain its hosts');
        fleet.setContainerInstanceStatus(found.arn, status);
        const now = finderIn(instancesOf(fleet, cluster))(found.arn) ?? found;
        containerInstances.push(toContainerInstance(now, fleet.tasks(cluster.arn), true));
      }
      return { containerInstances, failures };
    },
  });
}

const statusOf = ({ host }: ContainerInstance): string => host.containerInstance?.status ?? 'ACTIVE';

function instancesOf({ hosts = [] }: FleetState, cluster: ClusterState): readonly ContainerInstance[] {
  return hosts.flatMap((host) => {
    const { containerInstance } = host;
    return containerInstance?.clusterArn === cluster.arn ? [{ arn: containerInstance.arn, host }] : [];
  });
}

/** The tags of a container instance are its own, not the EC2 instance's: none, unless the agent is told to propagate them. */
const NO_TAGS: Tags = {};

function toContainerInstance({ arn, host }: ContainerInstance, tasks: readonly TaskState[], withTags: boolean): object {
  const mine = tasks.filter(({ containerInstanceArn }) => containerInstanceArn === arn);
  const count = (...statuses: readonly string[]): number =>
    mine.filter(({ lastStatus }) => statuses.includes(lastStatus)).length;
  return {
    containerInstanceArn: arn,
    ec2InstanceId: host.instanceId,
    status: statusOf({ arn, host }),
    agentConnected: host.containerInstance?.agentConnected ?? true,
    runningTasksCount: count('RUNNING'),
    pendingTasksCount: count('PROVISIONING', 'PENDING', 'ACTIVATING'),
    attributes: [
      { name: 'ecs.availability-zone', value: host.availabilityZone },
      { name: 'ecs.os-type', value: 'linux' },
    ],
    tags: withTags ? Object.entries(NO_TAGS).map(([key, value]) => ({ key, value })) : [],
  };
}
