import { HostPark } from '../../lib/rehearsal/fleet/host-park.ts';
import type { AutoScalingGroupState, ClusterState, HostState } from '../../lib/rehearsal/fleet/model.ts';
import { zonesOf } from '../../lib/rehearsal/fleet/names.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import type { VirtualClock } from './clock.ts';
import type { Try } from './front.ts';
import type { RunLog } from './run-log.ts';
import { HOSTS } from './scenarios.ts';

const PLACE = { accountId: ACCOUNT, region: REGION, seed: 'proof', cluster: 'shop' };
/** Its hosts have been there for so long. */
const AGE_MS = 3_600_000;

/** An Auto Scaling group of three container hosts on a clock of its own, which writes down whatever is done to them. */
export class ModelHostGroup {
  readonly clusters: readonly ClusterState[] = [];
  readonly machines: HostPark;
  readonly #severed = new Set<string>();

  constructor(clock: VirtualClock, log: RunLog) {
    let beforeMs = AGE_MS;
    this.machines = new HostPark({
      place: PLACE,
      group: {
        name: HOSTS,
        arn: `arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:0a1b:autoScalingGroupName/${HOSTS}`,
        tags: [{ key: 'chaos:opt-in', value: 'true', propagateAtLaunch: true }],
        ...{ min: 0, max: 5, desired: 3, zones: zonesOf(PLACE) },
      },
      hosts: 3,
      now: () => new Date(clock.now() - beforeMs),
      onEvent: (event) => {
        const { instanceId: target } = event.host;
        if (event.kind === 'down') log.add({ kind: 'act', act: 'stop', target, by: event.why });
        else if (event.isSevered) {
          this.#severed.add(target);
          log.add({ kind: 'act', act: 'freeze', target, by: 'EC2' });
        } else if (this.#severed.delete(target)) log.add({ kind: 'healed', target, by: 'undo' });
      },
    });
    beforeMs = 0;
    clock.onPassing(() => this.machines.look());
  }

  get hosts(): readonly HostState[] {
    return this.machines.hosts;
  }

  get autoScalingGroups(): readonly AutoScalingGroupState[] {
    return [this.machines.group];
  }

  services(): readonly [] {
    return [];
  }

  tasks(): readonly [] {
    return [];
  }

  stopTask(): never {
    throw new Error('the model has no tasks');
  }

  /** Hosts that are cut off. */
  frozen(): string[] {
    return [...this.#severed];
  }

  /** The host that a call acts on: it is terminated, or an interface of it is put into quarantine. */
  actedOn({ operation, body }: Try): string | undefined {
    const input = new URLSearchParams(body);
    if (operation === 'EC2.TerminateInstances') return input.get('InstanceId.1') ?? undefined;
    if (operation !== 'EC2.ModifyNetworkInterfaceAttribute') return undefined;
    const { interfaces, groups } = this.machines.network;
    const group = groups.find(({ groupId }) => groupId === input.get('SecurityGroupId.1'));
    if (group?.tags['capuchin:quarantine'] !== 'true') return undefined;
    return interfaces.find((one) => one.networkInterfaceId === input.get('NetworkInterfaceId'))?.instanceId;
  }
}
