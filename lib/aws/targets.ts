import {
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type LoadBalancer,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import {
  DeregisterTargetsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Registration, TargetRegistrar } from '../faults/deregister-target.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';
import { chunks, lastPart } from './ecs.ts';
import { ONE_TRY, type Refused, refusedBy } from './one-try.ts';

const SERVICES_PER_CALL = 10;
const TASKS_PER_CALL = 100;

/** States of a target that gets requests, or will (TargetHealth in ELB's API reference). */
const REGISTERED: ReadonlySet<string> = new Set([
  'initial',
  'healthy',
  'unhealthy',
  'unhealthy.draining',
  'unavailable',
]);

/** Where tasks are registered with load balancers, and taking them out. One instance a process. */
export class Targets implements TargetRegistrar {
  readonly #ecs = new ECSClient(CLIENT_OPTIONS);
  readonly #once = new ElasticLoadBalancingV2Client(ONE_TRY);
  readonly #client = new ElasticLoadBalancingV2Client(CLIENT_OPTIONS);

  async tasksOn(clusterArn: string, containerInstance: string): Promise<string[]> {
    const arns: string[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await this.#ecs.send(
        new ListTasksCommand({ cluster: clusterArn, containerInstance, maxResults: TASKS_PER_CALL, nextToken }),
      );
      arns.push(...(answer.taskArns ?? []));
      nextToken = answer.nextToken;
    } while (nextToken);
    return arns;
  }

  async registrations(clusterArn: string, taskArns: readonly string[]): Promise<Registration[]> {
    const tasks = await this.#running(clusterArn, taskArns);
    const [services, hosts] = await Promise.all([this.#services(clusterArn, tasks), this.#hosts(clusterArn, tasks)]);
    const candidates = tasks.flatMap((task) => {
      const service = services.get(serviceOf(task) ?? '');
      const instanceId = hosts.get(task.containerInstanceArn ?? '');
      return service === undefined ? [] : addressesOf(task, service, instanceId);
    });
    const found = await Promise.all(candidates.map((candidate) => this.#registered(candidate)));
    return found.flatMap((one) => one ?? []);
  }

  async targetState({ targetGroupArn, id, port }: Registration): Promise<string> {
    try {
      const { TargetHealthDescriptions: [found] = [] } = await this.#client.send(
        new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn, Targets: [{ Id: id, Port: port }] }),
      );
      const { State = 'unknown', Reason } = found?.TargetHealth ?? {};
      if (REGISTERED.has(State)) return 'registered';
      if (State === 'draining') return 'draining';
      // A group that no rule names shows all of its targets as unused, the registered ones too.
      if (State === 'unused') return Reason === 'Target.NotRegistered' ? 'not registered' : 'registered';
      throw new Error(`ELB shows ${id}:${port} as ${State}`);
    } catch (error) {
      if (awsErrorOf(error)?.name === 'TargetGroupNotFoundException') return 'no group';
      throw error;
    }
  }

  async deregister(registration: Registration): Promise<Refused> {
    try {
      await this.#once.send(new DeregisterTargetsCommand(targetOf(registration)));
      return {};
    } catch (error) {
      return refusedBy(error);
    }
  }

  async register(registration: Registration): Promise<void> {
    await this.#client.send(new RegisterTargetsCommand(targetOf(registration)));
  }

  async runningTasks(clusterArn: string, taskArns: readonly string[]): Promise<string[]> {
    return (await this.#running(clusterArn, taskArns)).flatMap(({ taskArn }) => taskArn ?? []);
  }

  /** Those that run and are to go on running. What ECS could not describe is an error, unless the task is gone. */
  async #running(cluster: string, arns: readonly string[]): Promise<Task[]> {
    const answers = await Promise.all(
      chunks(arns, TASKS_PER_CALL).map((tasks) => this.#ecs.send(new DescribeTasksCommand({ cluster, tasks }))),
    );
    const odd = answers.flatMap(({ failures = [] }) => failures).find(({ reason }) => reason !== 'MISSING');
    if (odd !== undefined) throw new Error(`ECS did not describe ${odd.arn}: ${odd.reason}`);
    const tasks = answers.flatMap((answer) => answer.tasks ?? []);
    return tasks.filter(({ lastStatus, desiredStatus }) => lastStatus === 'RUNNING' && desiredStatus === 'RUNNING');
  }

  async #services(cluster: string, tasks: readonly Task[]): Promise<Map<string, Service>> {
    const names = [...new Set(tasks.flatMap((task) => serviceOf(task) ?? []))];
    const answers = await Promise.all(
      chunks(names, SERVICES_PER_CALL).map((services) =>
        this.#ecs.send(new DescribeServicesCommand({ cluster, services })),
      ),
    );
    const services = answers.flatMap((answer) => answer.services ?? []);
    return new Map(services.map((service) => [service.serviceName ?? lastPart(service.serviceArn ?? ''), service]));
  }

  async #hosts(cluster: string, tasks: readonly Task[]): Promise<Map<string, string | undefined>> {
    const arns = [...new Set(tasks.flatMap(({ containerInstanceArn }) => containerInstanceArn ?? []))];
    const answers = await Promise.all(
      chunks(arns, TASKS_PER_CALL).map((containerInstances) =>
        this.#ecs.send(new DescribeContainerInstancesCommand({ cluster, containerInstances })),
      ),
    );
    const hosts = answers.flatMap((answer) => answer.containerInstances ?? []);
    return new Map(hosts.map(({ containerInstanceArn = '', ec2InstanceId }) => [containerInstanceArn, ec2InstanceId]));
  }

  /** The registration as ELB has it; undefined when the address is not registered there, or drains already. */
  async #registered({ taskArn, targetGroupArn, addresses, port }: Candidate): Promise<Registration | undefined> {
    const [{ TargetGroups: [group] = [] }, { TargetHealthDescriptions: all = [] }] = await Promise.all([
      this.#client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [targetGroupArn] })),
      this.#client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn })),
    ]);
    const isMeant = (target?: { Id?: string | undefined; Port?: number | undefined }): boolean =>
      addresses.includes(target?.Id ?? '') && target?.Port === port;
    const found = all.find(({ Target, TargetHealth }) => isMeant(Target) && REGISTERED.has(TargetHealth?.State ?? ''));
    if (found?.Target?.Id === undefined) return undefined;
    const others = all.filter(({ Target, TargetHealth }) => !isMeant(Target) && TargetHealth?.State === 'healthy');
    const { AvailabilityZone: zone } = found.Target;
    return {
      taskArn,
      targetGroupArn,
      id: found.Target.Id,
      port,
      // Only groups of addresses take a zone (TargetDescription in ELB's API reference).
      ...(group?.TargetType === 'ip' && zone !== undefined ? { availabilityZone: zone } : {}),
      othersHealthy: others.map(({ Target }) => `${Target?.Id}:${Target?.Port}`),
    };
  }
}

/** Where a task may be registered. */
interface Candidate {
  readonly taskArn: string;
  readonly targetGroupArn: string;
  /** Its own address, and its instance's. */
  readonly addresses: readonly string[];
  readonly port: number;
}

/** ECS names a service's tasks by their group, `service:<name>` (from memory; the API reference only says that a task has one). */
function serviceOf({ group }: Task): string | undefined {
  return group?.startsWith('service:') ? group.slice('service:'.length) : undefined;
}

/** Of each load balancer of the service: the container's port as the host maps it, or the port itself where nothing is mapped. */
function addressesOf(task: Task, service: Service, instanceId: string | undefined): Candidate[] {
  const { taskArn = '', containers = [] } = task;
  const inTaskSets = (service.taskSets ?? []).flatMap(({ loadBalancers = [] }) => loadBalancers);
  return [...(service.loadBalancers ?? []), ...inTaskSets].flatMap((balancer: LoadBalancer): Candidate[] => {
    const container = containers.find(({ name }) => name === balancer.containerName);
    const { networkInterfaces = [], networkBindings = [] } = container ?? {};
    const own = networkInterfaces.flatMap(({ privateIpv4Address, ipv6Address }) => [
      ...(privateIpv4Address ? [privateIpv4Address] : []),
      ...(ipv6Address ? [ipv6Address] : []),
    ]);
    const binding = networkBindings.find(({ containerPort }) => containerPort === balancer.containerPort);
    const port = binding?.hostPort ?? balancer.containerPort;
    const addresses = [...own, ...(instanceId === undefined ? [] : [instanceId])];
    if (port === undefined) return [];
    // While ECS itself deploys blue and green, the task is in one of two groups.
    const groups = [balancer.targetGroupArn, balancer.advancedConfiguration?.alternateTargetGroupArn];
    return groups.flatMap((targetGroupArn) => (targetGroupArn ? [{ taskArn, targetGroupArn, addresses, port }] : []));
  });
}

function targetOf({ targetGroupArn, id, port, availabilityZone }: Registration) {
  const zone = availabilityZone === undefined ? {} : { AvailabilityZone: availabilityZone };
  return { TargetGroupArn: targetGroupArn, Targets: [{ Id: id, Port: port, ...zone }] };
}
