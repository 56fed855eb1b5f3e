import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListTasks,
  type Task,
} from '@aws-sdk/client-ecs';
import type { ServiceAddresses } from '../faults/host-commands.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { chunks } from './ecs.ts';

/** ECS's limit of both describing calls. */
const PER_CALL = 100;

/** Under which addresses services' tasks are reached. One instance a process. */
export class TaskAddresses implements ServiceAddresses {
  readonly #ecs = new ECSClient(CLIENT_OPTIONS);
  readonly #ec2 = new EC2Client(CLIENT_OPTIONS);

  async addressesOf(cluster: string, service: string): ReturnType<ServiceAddresses['addressesOf']> {
    const addresses = new Set<string>();
    const hosts = new Set<string>();
    // A task that is only coming or going has no address that lasts.
    const tasks = (await this.#tasks(cluster, service)).filter(({ lastStatus }) => lastStatus === 'RUNNING');
    for (const task of tasks) {
      const own = ownAddresses(task);
      for (const address of own) addresses.add(address);
      if (own.length > 0) continue;
      if (task.containerInstanceArn === undefined) throw new Error(`${task.taskArn} has no address`);
      hosts.add(task.containerInstanceArn);
    }
    for (const address of await this.#hostAddresses(cluster, [...hosts])) addresses.add(address);
    return [...addresses];
  }

  async #tasks(cluster: string, serviceName: string): Promise<readonly Task[]> {
    const pages = paginateListTasks({ client: this.#ecs }, { cluster, serviceName, desiredStatus: 'RUNNING' });
    const tasks: Task[] = [];
    for await (const { taskArns = [] } of pages) {
      if (taskArns.length === 0) continue;
      const described = await this.#ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
      tasks.push(...(described.tasks ?? []));
    }
    return tasks;
  }

  /** Addresses of container instances' own interfaces. */
  async #hostAddresses(cluster: string, arns: readonly string[]): Promise<readonly string[]> {
    const each = chunks(arns, PER_CALL).map(async (some) => {
      const { containerInstances = [] } = await this.#ecs.send(
        new DescribeContainerInstancesCommand({ cluster, containerInstances: [...some] }),
      );
      const ids = containerInstances.flatMap(({ ec2InstanceId }) => ec2InstanceId ?? []);
      if (ids.length < some.length) throw new Error('ECS does not know every host of the service');
      const { Reservations = [] } = await this.#ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
      return Reservations.flatMap(({ Instances = [] }) => Instances).flatMap((instance) => [
        instance.PrivateIpAddress ?? [],
        ...(instance.NetworkInterfaces ?? []).flatMap(({ Ipv6Addresses = [] }) =>
          Ipv6Addresses.flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
        ),
      ]);
    });
    return (await Promise.all(each)).flat(2);
  }
}

function ownAddresses({ containers = [] }: Task): string[] {
  return containers
    .flatMap(({ networkInterfaces = [] }) => networkInterfaces)
    .flatMap(({ privateIpv4Address, ipv6Address }) => [privateIpv4Address ?? [], ipv6Address ?? []].flat());
}
