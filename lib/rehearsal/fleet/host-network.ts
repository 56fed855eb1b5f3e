import type { Network, NetworkInterfaceState, SecurityGroupState } from './machines-model.ts';
import { ec2Id, type FleetPlace } from './names.ts';

/** The tag by which `isolate-host` finds the group without rules. */
const QUARANTINE_TAG = { 'capuchin:quarantine': 'true' };

const EVERYTHING = { protocol: '-1', cidr: '0.0.0.0/0' };

/** The one network of a rehearsal. */
export function vpcId(place: FleetPlace): string {
  return ec2Id(place, 'vpc', 'hosts');
}

/** The subnet of a zone. */
export function subnetId(place: FleetPlace, zone: string): string {
  return ec2Id(place, 'subnet', zone);
}

/** The network interfaces of a fleet's hosts, and its security groups: the hosts' own, and one without any rule. */
export class HostNetwork implements Network {
  readonly #place: FleetPlace;
  /** Told of each host whose groups may let other things through than before. */
  readonly #changed: (instanceId: string) => void;
  readonly #interfaces = new Map<string, NetworkInterfaceState>();
  readonly #groups = new Map<string, SecurityGroupState>();

  constructor(place: FleetPlace, changed: (instanceId: string) => void) {
    this.#place = place;
    this.#changed = changed;
    const [hosts, quarantine] = [ec2Id(place, 'sg', 'hosts'), ec2Id(place, 'sg', 'quarantine')];
    const common = { vpcId: vpcId(place) };
    this.#groups.set(hosts, {
      ...{ ...common, groupId: hosts, name: `${place.cluster}-hosts`, description: 'Container hosts', tags: {} },
      ...{ ingress: [EVERYTHING], egress: [EVERYTHING] },
    });
    this.#groups.set(quarantine, {
      ...{ ...common, groupId: quarantine, name: `${place.cluster}-quarantine`, description: 'No traffic' },
      ...{ tags: QUARANTINE_TAG, ingress: [], egress: [] },
    });
  }

  get interfaces(): readonly NetworkInterfaceState[] {
    return [...this.#interfaces.values()];
  }

  get groups(): readonly SecurityGroupState[] {
    return [...this.#groups.values()];
  }

  /** A new host's one interface. Addresses count up from 10.0.0.10. */
  add({ instanceId, zone, launch }: { instanceId: string; zone: string; launch: number }): void {
    const host = launch + 9;
    this.putInterface({
      networkInterfaceId: ec2Id(this.#place, 'eni', instanceId),
      instanceId,
      deviceIndex: 0,
      availabilityZone: zone,
      vpcId: vpcId(this.#place),
      subnetId: subnetId(this.#place, zone),
      privateIpAddress: `10.0.${Math.floor(host / 256)}.${host % 256}`,
      groups: [ec2Id(this.#place, 'sg', 'hosts')],
      requesterManaged: false,
    });
  }

  setGroups(networkInterfaceId: string, groups: readonly string[]): void {
    const found = this.#interfaces.get(networkInterfaceId);
    if (found === undefined) throw new Error(`there is no network interface ${networkInterfaceId} in this fleet`);
    this.putInterface({ ...found, groups });
  }

  /** Adds an interface, or changes one. */
  putInterface(state: NetworkInterfaceState): void {
    this.#interfaces.set(state.networkInterfaceId, state);
    this.#changed(state.instanceId);
  }

  removeInterface(networkInterfaceId: string): void {
    this.#interfaces.delete(networkInterfaceId);
  }

  /** Adds a security group, or changes one. */
  putGroup(group: SecurityGroupState): void {
    this.#groups.set(group.groupId, group);
    for (const { instanceId } of this.interfaces) this.#changed(instanceId);
  }

  removeGroup(groupId: string): void {
    this.#groups.delete(groupId);
  }

  /** Whether nothing may come in to a host by any of its interfaces. */
  isSevered(instanceId: string): boolean {
    const groups = this.interfaces.filter((one) => one.instanceId === instanceId).flatMap((one) => one.groups);
    return groups.every((id) => (this.#groups.get(id)?.ingress ?? []).length === 0);
  }

  hostIsGone(instanceId: string): void {
    for (const one of this.interfaces) {
      if (one.instanceId === instanceId) this.#interfaces.delete(one.networkInterfaceId);
    }
  }
}
