import type {
  ClusterState,
  FleetState,
  ServiceState,
  StopCode,
  TaskState,
} from '../../../lib/rehearsal/fleet/model.ts';

export interface PlainFleetSize {
  readonly clusters: number;
  /** In all clusters together, spread evenly. */
  readonly services: number;
  /** How many of the services carry `chaos:opt-in=true`, spread evenly. */
  readonly optedIn: number;
  readonly tasksPerService: number;
  readonly region?: string;
  readonly account?: string;
}

const CREATED = new Date('2026-03-02T08:00:00Z');
const OPTED_IN = Object.freeze({ 'chaos:opt-in': 'true', team: 'shop' });
const NOT_OPTED_IN = Object.freeze({ team: 'shop' });

/**
 * A large fleet of healthy plain data, for benchmarks and for tests of discovery. Services are made at once; tasks when they are
 * asked for, and only the last cluster's are kept, so that 100,000 of them cost next to nothing.
 */
export function plainFleet(size: PlainFleetSize): FleetState {
  return new PlainFleet(size);
}

class PlainFleet implements FleetState {
  readonly clusters: readonly ClusterState[];
  readonly #region: string;
  /** Region and account, as they stand in an ARN. */
  readonly #place: string;
  readonly #tasksPerService: number;
  /** All services; a task's id begins with its service's place in here. */
  readonly #services: readonly ServiceState[];
  readonly #ofCluster: ReadonlyMap<string, readonly ServiceState[]>;
  /** Places of services by ARN. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #stopped = new Map<string, TaskState>();
  #latest: { readonly clusterArn: string; readonly tasks: readonly TaskState[] } | undefined;

  constructor({
    clusters,
    services,
    optedIn,
    tasksPerService,
    region = 'eu-west-1',
    account = '123456789012',
  }: PlainFleetSize) {
    this.#region = region;
    this.#place = `${region}:${account}`;
    this.#tasksPerService = tasksPerService;
    this.clusters = Object.freeze(Array.from({ length: clusters }, (_, n) => this.#makeCluster(n)));
    this.#services = Array.from({ length: services }, (_, n) => {
      // Grows by one exactly `optedIn` times in all.
      const isOptedIn = Math.floor(((n + 1) * optedIn) / services) > Math.floor((n * optedIn) / services);
      return this.#makeService(n, Math.floor((n * clusters) / services), isOptedIn);
    });
    this.#places = new Map(this.#services.map(({ arn }, n) => [arn, n]));
    const grouped = Map.groupBy(this.#services, ({ clusterArn }) => clusterArn);
    this.#ofCluster = new Map([...grouped].map(([arn, list]) => [arn, Object.freeze(list)]));
  }

  services(clusterArn: string): readonly ServiceState[] {
    return this.#ofCluster.get(clusterArn) ?? [];
  }

  tasks(clusterArn: string): readonly TaskState[] {
    if (this.#latest?.clusterArn !== clusterArn) {
      const tasks = this.services(clusterArn).flatMap((service) => this.#makeTasks(service));
      this.#latest = { clusterArn, tasks: Object.freeze(tasks) };
    }
    return this.#latest.tasks;
  }

  tasksOf(clusterArn: string, serviceName: string): readonly TaskState[] {
    const place = this.#places.get(`${clusterArn.replace(':cluster/', ':service/')}/${serviceName}`);
    const service = place === undefined ? undefined : this.#services[place];
    return service === undefined ? [] : this.#makeTasks(service);
  }

  task(clusterArn: string, idOrArn: string): TaskState | undefined {
    const id = idOrArn.slice(idOrArn.lastIndexOf('/') + 1);
    const [place, n] = [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)];
    const service = this.#services[place];
    if (service?.clusterArn !== clusterArn || !(n < this.#tasksPerService)) return undefined;
    const task = this.#makeTask(service, place, n);
    return task.id === idOrArn || task.arn === idOrArn ? task : undefined;
  }

  stopTask(taskArn: string, stoppedReason: string, stopCode: StopCode): TaskState {
    const [head = '', cluster = ''] = taskArn.split('/');
    const task = this.task(`${head.replace(/:task$/, ':cluster')}/${cluster}`, taskArn);
    if (task === undefined) throw new Error(`There is no task ${taskArn} in this fleet.`);
    if (task.desiredStatus === 'STOPPED') return task;
    const ending = { lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppedReason, stopCode, tags: {} } as const;
    const stopped: TaskState = { ...task, ...ending, stoppingAt: CREATED, stoppedAt: CREATED };
    this.#stopped.set(taskArn, stopped);
    this.#latest = undefined;
    return stopped;
  }

  #makeCluster(n: number): ClusterState {
    const name = `cluster-${String(n).padStart(4, '0')}`;
    return { name, arn: `arn:aws:ecs:${this.#place}:cluster/${name}`, tags: {} };
  }

  #makeService(n: number, clusterAt: number, isOptedIn: boolean): ServiceState {
    const cluster = this.clusters[clusterAt];
    if (cluster === undefined) throw new Error('A fleet with services needs at least one cluster.');
    const name = `service-${String(n).padStart(6, '0')}`;
    return {
      name,
      arn: `${cluster.arn.replace(':cluster/', ':service/')}/${name}`,
      clusterArn: cluster.arn,
      tags: isOptedIn ? OPTED_IN : NOT_OPTED_IN,
      propagateTags: 'SERVICE',
      desired: this.#tasksPerService,
      launchType: 'FARGATE',
      createdAt: CREATED,
      loadBalancer: `app/${cluster.name}-${name}/0123456789abcdef`,
      taskDefinitionArn: `arn:aws:ecs:${this.#place}:task-definition/${name}:1`,
    };
  }

  #makeTasks(service: ServiceState): readonly TaskState[] {
    const place = this.#places.get(service.arn) ?? 0;
    return Array.from({ length: this.#tasksPerService }, (_, n) => this.#makeTask(service, place, n));
  }

  #makeTask(service: ServiceState, place: number, n: number): TaskState {
    const id = `${place.toString(16).padStart(8, '0')}${n.toString(16).padStart(24, '0')}`;
    const arn = `${service.clusterArn.replace(':cluster/', ':task/')}/${id}`;
    const stopped = this.#stopped.get(arn);
    if (stopped !== undefined) return stopped;
    return {
      id,
      arn,
      clusterArn: service.clusterArn,
      serviceName: service.name,
      taskDefinitionArn: service.taskDefinitionArn,
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      healthStatus: 'HEALTHY',
      tags: service.tags,
      createdAt: CREATED,
      startedAt: CREATED,
      launchType: 'FARGATE',
      availabilityZone: `${this.#region}${'abc'[n % 3]}`,
    };
  }
}
