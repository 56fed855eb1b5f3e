import { HostDisks } from './host-disks.ts';
import { HostNetwork } from './host-network.ts';
import { launchedMachine } from './machine-launch.ts';
import {
  hostState,
  MACHINE_TIMINGS,
  type Machine,
  type MachineTimings,
  machineAt,
  rebooting,
  severed,
  starting,
  stopping,
  terminating,
} from './machine-life.ts';
import type { InstanceAttributes, InstanceState, Machines } from './machines-model.ts';
import type { AutoScalingGroupState, HostState } from './model.ts';
import { availabilityZone, type FleetPlace, instanceId } from './names.ts';
import { type GroupAct, groupActs, SCALING_PROCESSES } from './scaling-group.ts';

/** How long EC2 shows an instance after it is terminated (API reference of TerminateInstances). */
const TERMINATED_KEPT_MS = 3_600_000;

/** Something that happens to a host, for what runs on it. */
export type HostEvent =
  /** It loses all its processes at once. */
  | { readonly kind: 'down'; readonly host: HostState; readonly why: 'terminated' | 'stopped' | 'rebooted' }
  /** Its network is cut off, or open again. */
  | { readonly kind: 'severed'; readonly host: HostState; readonly isSevered: boolean };

export interface HostParkOptions {
  readonly place: FleetPlace;
  /** The group as it is declared; its hosts begin running and in service. */
  readonly group: AutoScalingGroupState;
  /** How many hosts there are at first, those in Standby too. */
  readonly hosts: number;
  /** Of them, how many are in Standby, and how many of the others are protected from scale-in. */
  readonly standby?: number;
  readonly protectedFromScaleIn?: number;
  /** EBS volumes of each host besides its root. */
  readonly dataVolumes?: number;
  readonly timings?: Partial<MachineTimings>;
  /** Default: the system's clock. */
  readonly now?: () => Date;
  readonly onEvent?: (event: HostEvent) => void;
  /** Whether no task is left on a container instance; true by default. */
  readonly isDrained?: (containerInstanceArn: string) => boolean;
}

/** The container hosts of a fleet as EC2 instances of one Auto Scaling group. Time passes for them at each `look`. */
export class HostPark implements Machines {
  readonly disks: HostDisks;
  readonly network: HostNetwork;
  readonly #options: HostParkOptions;
  readonly #timings: MachineTimings;
  readonly #now: () => Date;
  readonly #machines = new Map<string, Machine>();
  #group: AutoScalingGroupState;
  #launches = 0;

  constructor(options: HostParkOptions) {
    this.#options = options;
    this.#timings = { ...MACHINE_TIMINGS, ...options.timings };
    this.#now = options.now ?? (() => new Date());
    this.#group = options.group;
    this.disks = new HostDisks(this.#timings, this.#now);
    this.network = new HostNetwork(options.place, (id) => this.#watchNetwork(id));
    const { standby = 0, protectedFromScaleIn = 0 } = options;
    for (let index = 0; index < options.hosts; index += 1) {
      const id = this.#launch(availabilityZone(options.place, index + 1));
      this.#put({
        ...machineAt(this.#machine(id), new Date(this.#now().getTime() + this.#timings.bootMs)),
        lifecycle: index < standby ? 'Standby' : 'InService',
        inServiceAtMs: this.#now().getTime(),
        protectedFromScaleIn: index >= standby && index < standby + protectedFromScaleIn,
      });
    }
  }

  /** What ECS, the tagging API and Auto Scaling know: hosts that are not terminated. */
  get hosts(): readonly HostState[] {
    return [...this.#machines.values()].filter(({ instance }) => instance.status !== 'terminated').map(hostState);
  }

  get group(): AutoScalingGroupState {
    return this.#group;
  }

  get instances(): readonly InstanceState[] {
    return [...this.#machines.values()].map(({ instance }) => instance);
  }

  /** Whether nothing comes through to a container instance. */
  isSevered(arn: string): boolean {
    return [...this.#machines.values()].some((one) => one.containerInstance.arn === arn && one.isSevered);
  }

  statusOf(id: string): 'ok' | 'initializing' {
    return this.#machine(id).isRebooting ? 'initializing' : 'ok';
  }

  /** Lets time pass: what is under way may be done, and the group does what its processes find. */
  look(): void {
    const now = this.#now();
    this.disks.look();
    for (const machine of this.#machines.values()) this.#pass(machine, now);
    const members = [...this.#machines.values()].filter(({ group }) => group === this.#group.name);
    const isDrained = ({ containerInstance }: Machine): boolean =>
      this.#options.isDrained?.(containerInstance.arn) ?? true;
    for (const act of groupActs(this.#group, members, { now, timings: this.#timings, isDrained })) this.#do(act);
  }

  terminate(id: string): void {
    this.#bringDown(id, terminating(this.#machine(id), this.#now(), this.#timings), 'terminated');
  }

  stop(id: string): void {
    this.#bringDown(id, stopping(this.#machine(id), this.#now(), this.#timings), 'stopped');
  }

  start(id: string): void {
    this.#put(starting(this.#machine(id), this.#now(), this.#timings));
  }

  reboot(id: string): void {
    this.#bringDown(id, rebooting(this.#machine(id), this.#now(), this.#timings), 'rebooted');
  }

  modify(id: string, attributes: InstanceAttributes): void {
    this.change(id, attributes);
  }

  /** Makes an instance another one than the fleet launches: a spot instance, say, or one that a service manages. */
  change(id: string, change: Partial<InstanceState>): void {
    const machine = this.#machine(id);
    this.#put({ ...machine, instance: { ...machine.instance, ...change } });
  }

  /** Changes how a member stands in its group, as a person may: Standby, protection from scale-in. */
  changeMember(id: string, change: Partial<Pick<Machine, 'lifecycle' | 'protectedFromScaleIn' | 'group'>>): void {
    this.#put({ ...this.#machine(id), ...change });
  }

  suspend(group: string, processes: readonly string[]): void {
    this.#assertGroup(group);
    const { suspended = [] } = this.#group;
    const reason = `User suspended at ${this.#now().toISOString().slice(0, 19)}Z`;
    const added = SCALING_PROCESSES.filter(
      (process) => processes.includes(process) && !suspended.some(({ name }) => name === process),
    );
    this.#group = { ...this.#group, suspended: [...suspended, ...added.map((name) => ({ name, reason }))] };
  }

  resume(group: string, processes: readonly string[]): void {
    this.#assertGroup(group);
    const suspended = (this.#group.suspended ?? []).filter(({ name }) => !processes.includes(name));
    this.#group = { ...this.#group, suspended };
  }

  retire(id: string, decrementDesired: boolean): HostState {
    const machine = this.#machine(id);
    if (decrementDesired) this.#group = { ...this.#group, desired: this.#group.desired - 1 };
    // ECS's managed draining is a termination hook: the container instance is DRAINING until its tasks have left.
    const containerInstance = { ...machine.containerInstance, status: 'DRAINING' as const };
    const hookUntilMs = this.#now().getTime() + this.#timings.hookMs;
    this.#put({ ...machine, containerInstance, lifecycle: 'Terminating:Wait', hookUntilMs });
    return hostState(this.#machine(id));
  }

  setContainerInstanceStatus(arn: string, status: 'ACTIVE' | 'DRAINING'): void {
    const machine = [...this.#machines.values()].find(({ containerInstance }) => containerInstance.arn === arn);
    if (machine === undefined) throw new Error(`there is no container instance ${arn} in this fleet`);
    this.#put({ ...machine, containerInstance: { ...machine.containerInstance, status } });
  }

  #launch(zone: string): string {
    this.#launches += 1;
    const { place, dataVolumes = 0 } = this.#options;
    const [launch, now] = [this.#launches, this.#now()];
    const id = instanceId(place, launch);
    this.#put(launchedMachine(place, this.#group, { launch, zone, now, bootMs: this.#timings.bootMs }));
    this.disks.add(place, { instanceId: id, zone, dataVolumes });
    this.network.add({ instanceId: id, zone, launch });
    return id;
  }

  #pass(machine: Machine, now: Date): void {
    const { instanceId: id, status } = machine.instance;
    const next = machineAt(machine, now);
    if (next !== machine) this.#put(next);
    if (next.instance.status !== 'terminated') return;
    if (status !== 'terminated') {
      this.disks.hostIsGone(id);
      this.network.hostIsGone(id);
    }
    if (now.getTime() - (next.downSinceMs ?? 0) > TERMINATED_KEPT_MS) this.#machines.delete(id);
  }

  #do(act: GroupAct): void {
    if (act.kind === 'launch') {
      this.#launch(act.zone);
      return;
    }
    const machine = this.#machine(act.instanceId);
    if (act.kind === 'mark-unhealthy') this.#put({ ...machine, isHealthy: false });
    if (act.kind === 'put-in-service')
      this.#put({ ...machine, lifecycle: 'InService', inServiceAtMs: this.#now().getTime() });
    if (act.kind === 'forget') this.#put({ ...machine, group: null, lifecycle: 'Terminated' });
    if (act.kind === 'proceed' || act.kind === 'replace') {
      const lifecycle = act.kind === 'proceed' ? 'Terminating:Proceed' : 'Terminating';
      this.#put({ ...machine, lifecycle });
      this.terminate(act.instanceId);
    }
  }

  #bringDown(id: string, next: Machine, why: 'terminated' | 'stopped' | 'rebooted'): void {
    const machine = this.#machine(id);
    if (next === machine) return;
    this.#put(next);
    const wasUp = machine.instance.status === 'running' || machine.instance.status === 'pending';
    if (wasUp) this.#options.onEvent?.({ kind: 'down', host: hostState(next), why });
  }

  #watchNetwork(id: string): void {
    const machine = this.#machines.get(id);
    const isSevered = this.network.isSevered(id);
    if (machine === undefined || machine.isSevered === isSevered) return;
    const next = severed(machine, isSevered);
    this.#put(next);
    this.#options.onEvent?.({ kind: 'severed', host: hostState(next), isSevered });
  }

  #machine(id: string): Machine {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw new Error(`there is no instance ${id} in this fleet`);
    return machine;
  }

  #put(machine: Machine): void {
    this.#machines.set(machine.instance.instanceId, machine);
  }

  #assertGroup(name: string): void {
    if (name !== this.#group.name) throw new Error(`there is no Auto Scaling group ${name} in this fleet`);
  }
}
