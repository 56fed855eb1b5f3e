import type { IncomingMessage } from 'node:http';
import type { ConnectionFaults } from './connection-faults.ts';
import type { FleetEvent } from './fleet-event.ts';
import { changesOf } from './fleet-event.ts';
import type { ServiceDefinition } from './fleet-file.ts';
import type { TargetAddress } from './health-checks.ts';
import type { ProcessEvent, TaskProcesses } from './keeper.ts';
import { ListenerRules } from './listener-rules.ts';
import { type BalancerRoute, type LoadBalancer, startLoadBalancer } from './load-balancer.ts';
import { ServiceMeter } from './measure.ts';
import type { ServiceState, TargetState } from './model.ts';
import type { FleetPlace } from './names.ts';
import type { TaskHost } from './placement.ts';
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
  readonly connections: ConnectionFaults;
  /** Where tasks of launch type EC2 may be placed at this moment, in the order of turns. */
  readonly hosts: () => readonly TaskHost[];
  /** Whether nothing comes through to a container instance. */
  readonly isSevered: (containerInstanceArn: string) => boolean;
  readonly onEvent: (event: FleetEvent) => void;
  /** A defect, or a machine without ports: nothing that a service can get over. */
  readonly onDefect: (error: unknown) => void;
}

/** One service at work: feeds its pure scheduler with what happens, and does what the scheduler says. */
export class RunningService {
  readonly definition: ServiceDefinition;
  readonly rules: ListenerRules;
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
    const rules = rulesOf(state);
    // The balancer tells nothing before a target is registered, which only the service itself does.
    const service: { running?: RunningService } = {};
    const balancer = await startLoadBalancer(
      {
        healthPath: definition.health,
        route: (request) => routeBy(rules, request, state),
        hindrances: (task) => surroundings.connections.at(() => service.running?.placesOf(task) ?? []),
      },
      {
        checked: (task, { health, failuresInARow, found }) =>
          service.running?.apply({ kind: 'checked', task, health, failuresInARow, found }),
        ended: (outcome) => service.running?.meter.record(outcome),
      },
    );
    service.running = new RunningService(definition, state, surroundings, { balancer, rules });
    return service.running;
  }

  private constructor(
    definition: ServiceDefinition,
    state: ServiceState,
    surroundings: ServiceSurroundings,
    { balancer, rules }: { readonly balancer: LoadBalancer; readonly rules: ListenerRules },
  ) {
    this.definition = definition;
    this.rules = rules;
    this.#surroundings = surroundings;
    this.#balancer = balancer;
    this.#life = newService(state, surroundings.place, definition, surroundings.hosts());
    const { name: service, loadBalancer } = state;
    this.meter = new ServiceMeter({ cluster: surroundings.place.cluster, service, loadBalancer }, Date.now());
  }

  /** As it is now: how many tasks it desires may change. */
  get state(): ServiceState {
    return this.#life.service;
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

  /** Where faults may be that hinder the connections to a task: the task itself, and its host. */
  placesOf(task: string): readonly string[] {
    const { containerInstanceArn } = this.#life.tasks.find(({ state }) => state.id === task)?.state ?? {};
    return containerInstanceArn === undefined ? [task] : [task, containerInstanceArn];
  }

  /** Where a task listens, once its port is open. */
  addressOf(task: string): TargetAddress | undefined {
    return this.#addresses.get(task);
  }

  /** Registers the task that listens there with the load balancer; false when none does. */
  registerTarget({ id, port }: { readonly id: string; readonly port: number }): boolean {
    const found = [...this.#addresses].find(([, address]) => address.host === id && address.port === port);
    if (found === undefined) return false;
    this.#balancer.register({ id: found[0], ...found[1] });
    return true;
  }

  /** Takes a target out of the load balancer, which lets it answer what was sent. ECS does not register it again. */
  deregisterTarget({ id, port }: { readonly id: string; readonly port: number }): void {
    const target = this.#balancer.targets().find((one) => one.host === id && one.port === port);
    if (target !== undefined) this.#balancer.deregister(target.id).catch(this.#surroundings.onDefect);
  }

  /** Lets time pass: the scheduler looks at what there is, and at the hosts as they are now. */
  look(): void {
    this.apply({ kind: 'hosts', hosts: this.#surroundings.hosts() });
    this.apply({ kind: 'look' });
  }

  /** A host is down, and with it everything on it. */
  hostIsDown(containerInstanceArn: string, reason: string): void {
    for (const task of this.#on(containerInstanceArn)) this.apply({ kind: 'host-lost', task, reason });
  }

  /** A host is cut off from the load balancer, or open again. */
  sever(containerInstanceArn: string, isSevered: boolean): void {
    for (const task of this.#on(containerInstanceArn)) this.#balancer.sever(task, isSevered);
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
    if (act.kind === 'register' && address !== undefined) {
      this.#balancer.register({ id: task, ...address });
      const host = this.#life.tasks.find(({ state }) => state.id === task)?.state.containerInstanceArn;
      if (host !== undefined && this.#surroundings.isSevered(host)) this.#balancer.sever(task, true);
    }
    if (act.kind === 'deregister') {
      const drained = (): void => this.apply({ kind: 'drained', task });
      this.#balancer.deregister(task).then(drained).catch(this.#surroundings.onDefect);
    }
  }

  /** Ids of the tasks that are on a container instance. */
  #on(containerInstanceArn: string): string[] {
    return this.#life.tasks.flatMap(({ state }) =>
      state.containerInstanceArn === containerInstanceArn && state.lastStatus !== 'STOPPED' ? [state.id] : [],
    );
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

function rulesOf({ name, loadBalancer, targetGroup }: ServiceState): ListenerRules {
  if (targetGroup === undefined) throw new Error(`service ${name} has no target group to send requests to`);
  return new ListenerRules(
    targetGroup.arn.replace(/:targetgroup\/.*$/, `:loadbalancer/${loadBalancer}`),
    targetGroup.arn,
  );
}

/** The service's own target group has its tasks; any other that its rules may name is empty. */
function routeBy(rules: ListenerRules, request: IncomingMessage, { targetGroup }: ServiceState): BalancerRoute {
  const route = rules.route(request);
  if (route.to === 'group') return { to: route.targetGroupArn === targetGroup?.arn ? 'targets' : 'nobody' };
  const { statusCode, messageBody: body = '', contentType = 'text/plain; charset=utf-8' } = route.action;
  return { to: 'fixed-response', statusCode, body, contentType };
}
