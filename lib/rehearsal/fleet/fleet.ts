import { ConnectionFaults } from './connection-faults.ts';
import { type ContainerEngine, containerEngine } from './container-engine.ts';
import { serviceStateOf } from './declared-states.ts';
import type { FleetEvent } from './fleet-event.ts';
import type { FleetDefinition } from './fleet-file.ts';
import { FleetHosts } from './fleet-hosts.ts';
import type { HostPark } from './host-park.ts';
import { type JobResult, type ProcessEvent, startKeeper, type TaskProcesses } from './keeper.ts';
import type { HostJob } from './keeper-messages.ts';
import type { ListenerRules } from './listener-rules.ts';
import type { RequestTotals } from './measure.ts';
import type {
  AutoScalingGroupState,
  ClusterState,
  FleetState,
  HostState,
  MetricSink,
  SecondSample,
  ServiceMessage,
  ServiceState,
  StopCode,
  TargetState,
  TaskState,
} from './model.ts';
import { clusterArn, type FleetPlace } from './names.ts';
import { Ports } from './port-watch.ts';
import { RunningService } from './running-service.ts';
import { counts, isComplete } from './service-scheduler.ts';
import { type FleetFailure, startFailure } from './start-failure.ts';

/** How often the service scheduler looks for tasks to replace, to give up or to kill. */
const LOOK_MS = 500;
/** How long programs have after SIGTERM when the fleet closes. */
const CLOSE_GRACE_MS = 2000;

export interface FleetOptions {
  readonly definition: FleetDefinition;
  /** What task ids and load balancer names are derived from. */
  readonly seed: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  readonly metrics: MetricSink;
  readonly onEvent?: (event: FleetEvent) => void;
  /** Default: real processes under a keeper. */
  readonly startProcesses?: (listen: (event: ProcessEvent) => void) => Promise<TaskProcesses>;
}

/** A running fleet. Everything it started is gone after `close`, and also after this process ends in any other way. */
export interface Fleet extends FleetState {
  readonly hosts: readonly HostState[];
  /** The container engines of the hosts. */
  readonly engine: ContainerEngine;
  /** What hinders the connections of the load balancers. */
  readonly connections: ConnectionFaults;
  /** How often a host has been down since the beginning. */
  timesDown(instanceId: string): number;
  /** Runs a program beside the tasks, see {@link TaskProcesses.run}. */
  runOnHost(job: HostJob, signal: AbortSignal): Promise<JobResult>;
  /** Resolves when every service runs what it desires, all healthy; rejects with `failure`'s sentence, or at `close`. */
  readonly ready: Promise<void>;
  /** Resolves when a program cannot start or the fleet's processes are lost; otherwise never. */
  readonly failure: Promise<FleetFailure>;
  /** Each load balancer's address by service name, such as `http://127.0.0.1:40001`. */
  endpoints(): Readonly<Record<string, string>>;
  /** Begins the traffic of the fleet file. Calling it again changes nothing. */
  startTraffic(): void;
  /** Ends the traffic, after the answers to what was sent have come (5 s at the most). */
  stopTraffic(): Promise<void>;
  /** Seconds of a service that are over, oldest first, an hour at most. */
  samples(clusterArn: string, serviceName: string): readonly SecondSample[];
  /** Requests of a service that ended between two moments (ISO 8601), by whole seconds that overlap them. */
  requestTotals(clusterArn: string, serviceName: string, fromIso: string, toIso: string): RequestTotals;
  /** Ends traffic and tasks (SIGTERM, SIGKILL after 2 s) and frees all ports. Safe to call again. */
  close(): Promise<void>;
}

/**
 * Starts a fleet: its load balancers and the first tasks of each service. Answers as soon as they are being launched; `ready`
 * and `failure` tell the rest. Rejects when the machine gives no ports or no process.
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const fleet = new LocalFleet(options);
  try {
    await fleet.start();
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}

class LocalFleet implements Fleet {
  readonly clusters: readonly ClusterState[];
  readonly #hosts: FleetHosts;
  readonly engine: ContainerEngine;
  readonly connections = new ConnectionFaults();
  readonly ready: Promise<void>;
  readonly failure: Promise<FleetFailure>;
  readonly #options: FleetOptions;
  readonly #place: FleetPlace;
  readonly #services: RunningService[] = [];
  readonly #startedAt = new Date();
  readonly #settled = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<FleetFailure>();
  #phase: 'starting' | 'started' = 'starting';
  #processes: TaskProcesses | null = null;
  #looks: NodeJS.Timeout | undefined;
  #seconds: NodeJS.Timeout | undefined;
  #closed: Promise<void> | null = null;

  constructor(options: FleetOptions) {
    const { definition, seed, accountId, region } = options;
    this.#options = options;
    this.#place = { accountId, region, seed, cluster: definition.cluster };
    const arn = clusterArn(this.#place);
    this.clusters = [{ name: definition.cluster, arn, tags: definition.clusterTags }];
    this.#hosts = new FleetHosts({
      ...{ definition, place: this.#place, services: () => this.#services },
      endHost: ({ instanceId, containerInstance }) => {
        this.#processes?.endHost(instanceId);
        if (containerInstance !== undefined) this.connections.clear(containerInstance.arn);
      },
    });
    const running = { tasks: () => this.tasks(arn), processes: () => this.#processes };
    this.engine = containerEngine({ clusterName: definition.cluster, hosts: () => this.hosts, ...running });
    this.ready = this.#settled.promise;
    this.failure = this.#failed.promise;
    // Whoever listens to `failure` alone must not be ended by a rejection that nobody handles.
    this.ready.catch(() => {});
  }

  async start(): Promise<void> {
    const processes = await (this.#options.startProcesses ?? startKeeper)((event) => this.#heard(event));
    this.#processes = processes;
    const surroundings = {
      place: this.#place,
      ports: new Ports(),
      processes,
      connections: this.connections,
      isSevered: (arn: string) => this.machines?.isSevered(arn) ?? false,
      onEvent: (event: FleetEvent) => this.#options.onEvent?.(event),
      onDefect: (error: unknown) =>
        this.#fail(`the fleet failed: ${error instanceof Error ? error.message : String(error)}`),
    };
    const { definition } = this.#options;
    for (const service of definition.services) {
      const state = serviceStateOf(service, this.#place, this.#startedAt);
      const around = { ...surroundings, hosts: () => this.#hosts.for(service) };
      this.#services.push(await RunningService.start(service, state, around));
    }
    this.#look();
    this.#looks = setInterval(() => this.#look(), LOOK_MS);
    this.#closeSecond();
  }

  get hosts(): readonly HostState[] {
    return this.#hosts.states;
  }

  get autoScalingGroups(): readonly AutoScalingGroupState[] {
    return this.machines === undefined ? [] : [this.machines.group];
  }

  timesDown(instanceId: string): number {
    return this.#hosts.timesDown(instanceId);
  }

  get machines(): HostPark | undefined {
    return this.#hosts.park;
  }

  setContainerInstanceStatus(containerInstanceArn: string, status: 'ACTIVE' | 'DRAINING'): void {
    this.machines?.setContainerInstanceStatus(containerInstanceArn, status);
  }

  services(cluster: string): readonly ServiceState[] {
    return this.#of(cluster).map(({ state }) => state);
  }

  tasks(cluster: string): readonly TaskState[] {
    return this.#of(cluster).flatMap(({ life }) => life.tasks.map(({ state }) => state));
  }

  messages(cluster: string, service: string): readonly ServiceMessage[] {
    return this.#service(cluster, service).messages.list;
  }

  targetHealth(targetGroupArn: string): readonly TargetState[] | undefined {
    return this.#behind(targetGroupArn)?.targets;
  }

  async runOnHost(job: HostJob, signal: AbortSignal): Promise<JobResult> {
    if (this.#processes === null) throw new Error('the fleet has not been started');
    return await this.#processes.run(job, signal);
  }

  stopTask(taskArn: string, reason: string, stopCode: StopCode): TaskState {
    for (const service of this.#services) {
      const task = service.life.tasks.find(({ state }) => state.arn === taskArn);
      if (task === undefined) continue;
      service.apply({ kind: 'stop-asked', task: task.state.id, reason, stopCode });
      return service.life.tasks.find(({ state }) => state.arn === taskArn)?.state ?? task.state;
    }
    throw new Error(`there is no task ${taskArn} in this fleet; ask for one that tasks() lists`);
  }

  setDesired(serviceArn: string, desired: number): ServiceState {
    const service = this.#serviceBy(serviceArn);
    service.apply({ kind: 'desired', count: desired });
    return service.state;
  }

  setProtected(taskArn: string, isProtected: boolean): void {
    const task = taskArn.slice(taskArn.lastIndexOf('/') + 1);
    for (const service of this.#services) service.apply({ kind: 'protection', task, isProtected });
  }

  addressOf(taskArn: string): { readonly host: string; readonly port: number } | undefined {
    const task = taskArn.slice(taskArn.lastIndexOf('/') + 1);
    return this.#services.map((service) => service.addressOf(task)).find((address) => address !== undefined);
  }

  registerTarget(targetGroupArn: string, target: { readonly id: string; readonly port: number }): boolean {
    return this.#behind(targetGroupArn)?.registerTarget(target) ?? false;
  }

  deregisterTarget(targetGroupArn: string, target: { readonly id: string; readonly port: number }): void {
    this.#behind(targetGroupArn)?.deregisterTarget(target);
  }

  listenerRules(serviceArn: string): ListenerRules | undefined {
    return this.#services.find(({ state }) => state.arn === serviceArn)?.rules;
  }

  endpoints(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#services.map(({ state, url }) => [state.name, url]));
  }

  startTraffic(): void {
    for (const service of this.#services) service.startTraffic();
  }

  async stopTraffic(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.stopTraffic()));
  }

  samples(cluster: string, service: string): readonly SecondSample[] {
    return [...this.#service(cluster, service).meter.samples];
  }

  requestTotals(cluster: string, service: string, fromIso: string, toIso: string): RequestTotals {
    return this.#service(cluster, service).meter.totals(Date.parse(fromIso), Date.parse(toIso));
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    clearInterval(this.#looks);
    clearTimeout(this.#seconds);
    this.#settled.reject(new Error('the fleet was closed before it was ready'));
    await Promise.all([...this.#services.map((service) => service.close()), this.#processes?.close(CLOSE_GRACE_MS)]);
  }

  #of(cluster: string): readonly RunningService[] {
    return cluster === this.clusters[0]?.arn ? this.#services : [];
  }

  #service(cluster: string, name: string): RunningService {
    const service = this.#of(cluster).find(({ state }) => state.name === name);
    if (service === undefined)
      throw new Error(`there is no service ${name} in ${cluster}; ask for one that services() lists`);
    return service;
  }

  #serviceBy(arn: string): RunningService {
    const service = this.#services.find(({ state }) => state.arn === arn);
    if (service === undefined) throw new Error(`there is no service ${arn}; ask for one that services() lists`);
    return service;
  }

  #behind(targetGroupArn: string): RunningService | undefined {
    return this.#services.find(({ state }) => state.targetGroup?.arn === targetGroupArn);
  }

  #heard(event: ProcessEvent): void {
    if (event.kind === 'lost') this.#fail(event.message);
    else for (const service of this.#services) service.processEvent(event);
  }

  #look(): void {
    this.machines?.look();
    for (const service of this.#services) service.look();
    if (this.#phase === 'started') return;
    if (this.#services.every(({ life }) => isComplete(life))) {
      this.#phase = 'started';
      this.#settled.resolve();
      return;
    }
    for (const { life, definition } of this.#services) {
      if (isComplete(life)) continue;
      const failure = startFailure(life, definition, this.#options.definition.file, this.#startedAt, new Date());
      if (failure !== null) this.#fail(failure.message, failure.blame);
    }
  }

  #fail(message: string, blame: FleetFailure['blame'] = 'program'): void {
    this.#phase = 'started';
    this.#failed.resolve({ message, blame });
    this.#settled.reject(new Error(message));
  }

  #closeSecond(): void {
    const now = Date.now();
    for (const { meter, life } of this.#services) {
      for (const { data } of meter.close(now, counts(life))) {
        for (const datum of data) this.#options.metrics.put(datum);
      }
    }
    this.#seconds = setTimeout(() => this.#closeSecond(), 1000 - (Date.now() % 1000) + 5);
  }
}
