import type {
  AutoScalingGroupState,
  ClusterState,
  FleetState,
  HostState,
  ServiceMessage,
  ServiceState,
  StopCode,
  Tags,
  TaskState,
} from '../../../lib/rehearsal/fleet/model.ts';

export const REGION = 'eu-west-1';
export const ACCOUNT = '123456789012';
const CREATED = new Date('2026-03-02T08:00:00.250Z');

/** A fleet of plain data that tests change as they like. */
export class FakeFleet implements FleetState {
  readonly clusters: ClusterState[] = [];
  readonly #services: ServiceState[] = [];
  #tasks: TaskState[] = [];
  readonly autoScalingGroups: AutoScalingGroupState[] = [];
  readonly hosts: HostState[] = [];
  /** By service name, newest first. */
  readonly logs = new Map<string, readonly ServiceMessage[]>();

  addCluster(name: string, tags: Tags = {}): ClusterState {
    const cluster = { name, arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/${name}`, tags };
    this.clusters.push(cluster);
    return cluster;
  }

  addService(cluster: ClusterState, name: string, more: Partial<ServiceState> = {}): ServiceState {
    const service: ServiceState = {
      name,
      arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/${cluster.name}/${name}`,
      clusterArn: cluster.arn,
      tags: {},
      propagateTags: 'NONE',
      desired: 1,
      launchType: 'FARGATE',
      createdAt: CREATED,
      loadBalancer: `app/${cluster.name}-${name}/0123456789abcdef`,
      taskDefinitionArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/${name}:1`,
      ...more,
    };
    this.#services.push(service);
    return service;
  }

  changeService(arn: string, edit: (service: ServiceState) => ServiceState): ServiceState {
    const index = this.#services.findIndex((service) => service.arn === arn);
    const service = this.#services[index];
    if (service === undefined) throw new Error(`No service ${arn}.`);
    const changed = edit(service);
    this.#services[index] = changed;
    return changed;
  }

  removeService(arn: string): void {
    this.#services.splice(
      this.#services.findIndex((service) => service.arn === arn),
      1,
    );
  }

  addTask(service: ServiceState, more: Partial<TaskState> = {}): TaskState {
    const id = this.#tasks.length.toString(16).padStart(32, '0');
    const task: TaskState = {
      id,
      arn: `${service.clusterArn.replace(':cluster/', ':task/')}/${id}`,
      clusterArn: service.clusterArn,
      serviceName: service.name,
      taskDefinitionArn: service.taskDefinitionArn,
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      healthStatus: 'HEALTHY',
      tags: service.propagateTags === 'SERVICE' ? service.tags : {},
      createdAt: CREATED,
      startedAt: new Date(CREATED.getTime() + 1_500),
      launchType: service.launchType,
      availabilityZone: `${REGION}a`,
      ...more,
    };
    this.#tasks.push(task);
    return task;
  }

  addAutoScalingGroup(name: string, more: Partial<AutoScalingGroupState> = {}): AutoScalingGroupState {
    const id = this.autoScalingGroups.length.toString(16).padStart(12, '0');
    const arn = `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:00000000-0000-4000-8000-${id}`;
    const group: AutoScalingGroupState = {
      name,
      arn: `${arn}:autoScalingGroupName/${name}`,
      tags: [],
      min: 0,
      max: 10,
      desired: 1,
      ...more,
    };
    this.autoScalingGroups.push(group);
    return group;
  }

  /** A host launched by a group, with the tags that the group gives to new hosts; or one that stands alone. */
  addHost(group: AutoScalingGroupState | null, more: Partial<HostState> = {}): HostState {
    const instanceId = `i-${this.hosts.length.toString(16).padStart(17, '0')}`;
    const propagated = (group?.tags ?? []).filter(({ propagateAtLaunch }) => propagateAtLaunch);
    const host: HostState = {
      instanceId,
      arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${instanceId}`,
      autoScalingGroup: group?.name ?? null,
      availabilityZone: `${REGION}a`,
      lifecycleState: 'InService',
      healthStatus: 'Healthy',
      protectedFromScaleIn: false,
      ...more,
      tags: {
        ...Object.fromEntries(propagated.map(({ key, value }) => [key, value])),
        ...(group === null ? {} : { 'aws:autoscaling:groupName': group.name }),
        ...more.tags,
      },
    };
    this.hosts.push(host);
    return host;
  }

  services(clusterArn: string): readonly ServiceState[] {
    return this.#services.filter((service) => service.clusterArn === clusterArn);
  }

  tasks(clusterArn: string): readonly TaskState[] {
    return this.#tasks.filter((task) => task.clusterArn === clusterArn);
  }

  messages(_clusterArn: string, serviceName: string): readonly ServiceMessage[] {
    return this.logs.get(serviceName) ?? [];
  }

  stopTask(taskArn: string, reason: string, stopCode: StopCode): TaskState {
    return this.change(taskArn, (task) =>
      task.desiredStatus === 'STOPPED'
        ? task
        : {
            ...task,
            lastStatus: 'DEACTIVATING',
            desiredStatus: 'STOPPED',
            tags: {},
            stoppedReason: reason,
            stopCode,
            stoppingAt: new Date(CREATED.getTime() + 60_000),
          },
    );
  }

  change(taskArn: string, edit: (task: TaskState) => TaskState): TaskState {
    const index = this.#tasks.findIndex((task) => task.arn === taskArn);
    const task = this.#tasks[index];
    if (task === undefined) throw new Error(`No task ${taskArn}.`);
    const changed = edit(task);
    this.#tasks = this.#tasks.with(index, changed);
    return changed;
  }

  removeTask(taskArn: string): void {
    this.#tasks = this.#tasks.filter((task) => task.arn !== taskArn);
  }
}
