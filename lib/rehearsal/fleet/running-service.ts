import type { FleetEvent } from './fleet-event.ts';
import { changesOf } from './fleet-event.ts';
import type { ServiceDefinition } from './fleet-file.ts';
import type { TargetAddress } from './health-checks.ts';
import type { ProcessEvent, TaskProcesses } from './keeper.ts';
import { type LoadBalancer, startLoadBalancer } from './load-balancer.ts';
import { ServiceMeter } from './measure.ts';
import type { HostState, ServiceState, TargetState } from './model.ts';
import type { FleetPlace } from './names.ts';
import { type Ports, watchPort } from './port-watch.ts';
import { ServiceMessages } from './service-messages.ts';
import { newService, type ServiceAct, type ServiceEvent, type ServiceLife, serviceAfter } from './service-scheduler.ts';
import { targetState } from './target-states.ts';
import { taskEnvironment } from './task-environment.ts';
import { startTraffic, type Traffic } from './traffic.ts';

/** What a running service needs from its fleet. */
export interface ServiceSurroundings {
  readonly place: FleetPlace;
  readonly ports: Ports;
  readonly processes: TaskProcesses;
  /** Where tasks of launch type EC2 are placed, in turn. */
  readonly hosts: readonly HostState[];
  readonly onEvent: (event: FleetEvent) => void;
  /** A defect, or a machine without ports: nothing that a service can get over. */
  readonly onDefect: (error: unknown) => void;
}

/** One service at work: feeds its pure scheduler with what happens, and does what the scheduler says. */
export class RunningService {
  readonly definition: ServiceDefinition;
  readonly state: ServiceState;
  readonly meter: ServiceMeter;
  readonly messages = new ServiceMessages();
  readonly #surroundings: ServiceSurroundings;
  readonly #balancer: LoadBalancer;
  readonly #ports = new Map<string, number>();
  readonly #addresses = new Map<string, TargetAddress>();
  readonly #watches = new Map<string, { stop(): void }>();
  #life: ServiceLife;
  #traffic: Traffic | null = null;
  #closing: Promise<void> | null = null;

  /** Starts the service's load balancer; tasks come with the first look. */
  static async start(
    definition: ServiceDefinition,
    state: ServiceState,
    surroundings: ServiceSurroundings,
  ): Promise<RunningService> {
    // The balancer tells nothing before a target is registered, which only the service itself does.
    const service: { running?: RunningService } = {};
    const balancer = await startLoadBalancer(
      { healthPath: definition.health },
      {
        checked: (task, { health, failuresInARow, found }) =>
          service.running?.apply({ kind: 'checked', task, health, failuresInARow, found }),
        ended: (outcome) => service.running?.meter.record(outcome),
      },
    );
    service.running = new RunningService(definition, state, surroundings, balancer);
    return service.running;
  }

  private constructor(
    definition: ServiceDefinition,
    state: ServiceState,
    surroundings: ServiceSurroundings,
    balancer: LoadBalancer,
  ) {
    this.definition = definition;
    this.state = state;
    this.#surroundings = surroundings;
    this.#balancer = balancer;
    this.#life = newService(state, surroundings.place, definition, surroundings.hosts);
    const { name: service, loadBalancer } = state;
    this.meter = new ServiceMeter({ cluster: surroundings.place.cluster, service, loadBalancer }, Date.now());
  }

  get life(): ServiceLife {
    return this.#life;
  }

  /** Address of the load balancer. */
  get url(): string {
    return this.#balancer.url;
  }

  /** What the load balancer finds of the tasks at this moment. */
  get targets(): readonly TargetState[] {
    return this.#balancer.targets().map((target) => {
      const task = this.#life.tasks.find(({ state }) => state.id === target.id);
      return targetState(target, task?.state.availabilityZone ?? '');
    });
  }

  /** Lets something happen to the service, and does what follows from it. */
  apply(event: ServiceEvent): void {
    if (this.#closing !== null) return;
    const now = new Date();
    const before = this.#life;
    const step = serviceAfter(before, event, now);
    this.#life = step.life;
    this.messages.note(before, step.life, now);
    for (const act of step.acts) this.#do(act);
    for (const change of changesOf(before, step.life, now)) this.#surroundings.onEvent(change);
  }

  /** Takes what happened to a process, if it is one of this service's tasks. */
  processEvent(event: Exclude<ProcessEvent, { kind: 'lost' }>): void {
    const { task } = event;
    const port = this.#ports.get(task);
    if (port === undefined || this.#closing !== null) return;
    if (event.kind === 'started') {
      this.#watches.set(
        task,
        watchPort(port, (address) => this.#portOpen(task, address)),
      );
      this.apply({ kind: 'process-started', task });
      return;
    }
    this.#forget(task);
    if (event.kind === 'exited') this.apply({ ...event, kind: 'process-exited' });
    else this.apply({ kind: 'process-not-started', task, why: event.why });
  }

  /** Begins the traffic of the fleet file; once. */
  startTraffic(): void {
    const { requestsPerSecond, path } = this.definition.traffic;
    this.#traffic ??= startTraffic({ url: this.url + path, requestsPerSecond }, (endedAtMs) =>
      this.meter.record({ endedAtMs, answeredBy: 'load-balancer', failed: true, latencyMs: null, targetMs: null }),
    );
  }

  /** Ends the traffic and waits for the answers to what was sent. */
  async stopTraffic(): Promise<void> {
    await this.#traffic?.stop();
    this.#traffic = null;
  }

  /** Breaks everything off but the processes, which the fleet ends. */
  close(): Promise<void> {
    if (this.#closing === null) {
      this.#traffic?.abort();
      for (const watch of this.#watches.values()) watch.stop();
      this.#closing = this.#balancer.close();
    }
    return this.#closing;
  }

  #do(act: ServiceAct): void {
    const { task } = act;
    if (act.kind === 'start-process') this.#startProcess(task).catch(this.#surroundings.onDefect);
    if (act.kind === 'signal') this.#surroundings.processes.signal(task, act.signal);
    const address = this.#addresses.get(task);
    if (act.kind === 'register' && address !== undefined) this.#balancer.register({ id: task, ...address });
    if (act.kind === 'deregister') {
      const drained = (): void => this.apply({ kind: 'drained', task });
      this.#balancer.deregister(task).then(drained).catch(this.#surroundings.onDefect);
    }
  }

  async #startProcess(task: string): Promise<void> {
    const port = await this.#surroundings.ports.take();
    const life = this.#life.tasks.find(({ state }) => state.id === task);
    if (life?.state.desiredStatus !== 'RUNNING' || this.#closing !== null) {
      this.#surroundings.ports.giveBack(port);
      this.apply({ kind: 'process-not-started', task, why: 'it was stopped before its process was started' });
      return;
    }
    this.#ports.set(task, port);
    const { command, workingDirectory } = this.definition;
    const environment = taskEnvironment(this.definition, { id: task, port }, process.env, process.execPath);
    this.#surroundings.processes.start({ task, command, workingDirectory, environment });
  }

  #portOpen(task: string, address: TargetAddress): void {
    this.#addresses.set(task, address);
    this.apply({ kind: 'port-open', task });
  }

  #forget(task: string): void {
    const port = this.#ports.get(task);
    if (port !== undefined) this.#surroundings.ports.giveBack(port);
    this.#watches.get(task)?.stop();
    for (const known of [this.#ports, this.#watches, this.#addresses]) known.delete(task);
  }
}
