import { ContainerInstances } from '../../../lib/aws/container-instances.ts';
import { ScalingGroups } from '../../../lib/aws/scaling-groups.ts';
import type { HostDrainer } from '../../../lib/faults/drain-host.ts';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import type { ServedService } from '../../../lib/rehearsal/cloud/operation.ts';
import { targetGroupOperations } from '../../../lib/rehearsal/cloud/target-groups.ts';
import type { ClusterState, ServiceState, TargetState, TaskState } from '../../../lib/rehearsal/fleet/model.ts';
import { serveCloud } from '../../aws/serve-cloud.ts';
import { ACCOUNT, FakeFleet, REGION } from '../../rehearsal/cloud/fake-fleet.ts';

const HEX = '0123456789abcdef';

/** A fleet of plain data that obeys what faults do to it, at once. */
class ObedientFleet extends FakeFleet {
  readonly cluster: ClusterState = this.addCluster('shop');
  readonly targets = new Map<string, TargetState[]>();
  readonly #addresses = new Map<string, { host: string; port: number }>();
  /** Whether targets that were deregistered are forgotten at once, rather than shown as draining. */
  drainsAtOnce: boolean = true;

  /** A service behind a load balancer of its own, with healthy registered tasks. */
  addBalanced(
    name: string,
    tasks: number,
    more: Partial<ServiceState> & { readonly host?: string } = {},
  ): ServiceState {
    const { host, ...state } = more;
    const arn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/shop-${name}/${HEX}`;
    const targetGroup = { arn, containerPort: 80, healthCheckPath: '/' };
    this.targets.set(arn, []);
    const service = this.addService(this.cluster, name, { desired: tasks, targetGroup, ...state });
    for (let n = 0; n < tasks; n += 1) this.addRegistered(service, host);
    return service;
  }

  addRegistered(service: ServiceState, containerInstanceArn?: string): TaskState {
    const task = this.addTask(service, containerInstanceArn === undefined ? {} : { containerInstanceArn });
    const address = { host: '127.0.0.1', port: 4000 + this.#addresses.size };
    this.#addresses.set(task.arn, address);
    const target = { id: address.host, port: address.port, availabilityZone: `${REGION}a`, state: 'healthy' as const };
    this.targets.get(service.targetGroup?.arn ?? '')?.push(target);
    return task;
  }

  addContainerHost(): { instanceId: string; arn: string } {
    const arn = `${this.cluster.arn.replace(':cluster/', ':container-instance/')}/${String(this.hosts.length).padStart(32, 'a')}`;
    const { instanceId } = this.addHost(null, { containerInstance: { arn, clusterArn: this.cluster.arn } });
    return { instanceId, arn };
  }

  setDesired(serviceArn: string, desired: number): ServiceState {
    const service = this.changeService(serviceArn, (before) => ({ ...before, desired }));
    const running = this.tasks(service.clusterArn).filter(
      ({ serviceName, lastStatus }) => serviceName === service.name && lastStatus === 'RUNNING',
    );
    for (const { arn } of running.slice(desired)) this.removeTask(arn);
    for (let n = running.length; n < desired; n += 1) this.addRegistered(service);
    return service;
  }

  setContainerInstanceStatus(arn: string, status: 'ACTIVE' | 'DRAINING', agentConnected = true): void {
    for (const [index, host] of this.hosts.entries()) {
      const { containerInstance } = host;
      if (containerInstance?.arn !== arn) continue;
      this.hosts[index] = { ...host, containerInstance: { ...containerInstance, status, agentConnected } };
    }
  }

  addressOf(taskArn: string) {
    return this.#addresses.get(taskArn);
  }

  targetHealth(arn: string): readonly TargetState[] | undefined {
    return this.targets.get(arn);
  }

  registerTarget(arn: string, { id, port }: { readonly id: string; readonly port: number }): boolean {
    const task = [...this.#addresses].find(([, address]) => address.host === id && address.port === port)?.[0];
    const known = this.targets.get(arn);
    if (known === undefined || !this.tasks(this.cluster.arn).some((one) => one.arn === task)) return false;
    const others = known.filter((one) => one.port !== port);
    this.targets.set(arn, [...others, { id, port, availabilityZone: `${REGION}a`, state: 'initial' }]);
    return true;
  }

  deregisterTarget(arn: string, { port }: { readonly id: string; readonly port: number }): void {
    const known = this.targets.get(arn) ?? [];
    const left = known.filter((one) => one.port !== port);
    const leaving = known.filter((one) => one.port === port).map((one) => ({ ...one, state: 'draining' as const }));
    this.targets.set(arn, this.drainsAtOnce ? left : [...left, ...leaving]);
  }
}

/** The fleet behind the local cloud, with the adapters of this process pointed at it; they must be made after this. */
export async function serveObedientFleet(
  change: (services: { ECS: ServedService; LoadBalancing: ServedService }) => {
    ECS: ServedService;
    LoadBalancing: ServedService;
  } = (services) => services,
) {
  const fleet = new ObedientFleet();
  const services = change({ ECS: ecsOperations(fleet), LoadBalancing: targetGroupOperations(fleet) });
  const cloud = await serveCloud({ services: { ...services, AutoScaling: autoScalingOperations(fleet) }, buckets: {} });
  return { fleet, cloud };
}

/** What acts are told. */
export function actContext(experiment = 'shop-cart-1', notAfterMs = Date.now() + 60_000) {
  return {
    experiment,
    reason: 'to learn',
    notAfterMs,
    untilMs: notAfterMs + 60_000,
    alarms: [],
    installTools: false,
    now: Date.now,
  };
}

export const prepareContext = { experiment: 'shop-cart-1', reason: 'to learn', minRemaining: 1, now: Date.now };

/** What `drain-host` needs, of both services. */
export function hostDrainer(): HostDrainer {
  const [instances, groups] = [new ContainerInstances(), new ScalingGroups()];
  return {
    containerInstance: (...call) => instances.containerInstance(...call),
    drain: (...call) => instances.drain(...call),
    activate: (...call) => instances.activate(...call),
    member: (...call) => groups.member(...call),
  };
}
