import type {
  InstanceState,
  InstanceStatus,
  Machines,
  NetworkInterfaceState,
  SecurityGroupState,
  VolumeAttachment,
  VolumeState,
} from '../fleet/machines-model.ts';
import { tagSet } from './ec2-lookup.ts';

/** EC2's answers under the names that they have on the wire. */

/** Codes of states (API reference of InstanceState). */
const STATE_CODES: Readonly<Record<InstanceStatus, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** A state with its code. */
export function toState(status: InstanceStatus): object {
  return { code: STATE_CODES[status], name: status };
}

/** An instance with its volumes and network interfaces. A terminated one has none any more. */
export function toInstance(instance: InstanceState, { disks, network }: Machines): object {
  const { instanceId, vpcId, subnetId, status, operator } = instance;
  const interfaces = network.interfaces.filter((one) => one.instanceId === instanceId);
  const [first] = interfaces.toSorted((a, b) => a.deviceIndex - b.deviceIndex);
  const volumes = disks.volumes.filter(({ attachment }) => attachment?.instanceId === instanceId);
  const root = volumes.find(({ isRoot }) => isRoot);
  return {
    instanceId,
    instanceState: toState(status),
    reason: instance.transitionReason,
    launchTime: instance.launchedAt,
    placement: { availabilityZone: instance.availabilityZone, tenancy: 'default' },
    ...(status === 'terminated' ? {} : { vpcId, subnetId }),
    ...(first === undefined
      ? {}
      : { privateIpAddress: first.privateIpAddress, groupSet: toGroups(first, network.groups) }),
    ...(instance.stateReason === undefined ? {} : { stateReason: instance.stateReason }),
    ...(instance.isSpot ? { instanceLifecycle: 'spot' } : {}),
    ...(operator === undefined ? {} : { operator: { managed: true, principal: operator } }),
    rootDeviceType: instance.rootDevice,
    ...(root?.attachment === undefined ? {} : { rootDeviceName: root.attachment.device }),
    blockDeviceMapping: volumes.map(({ volumeId, attachment }) => ({
      deviceName: attachment?.device,
      ebs: {
        volumeId,
        status: attachment?.state === 'busy' ? 'detaching' : attachment?.state,
        attachTime: attachment?.attachedAt,
        deleteOnTermination: attachment?.deleteOnTermination,
      },
    })),
    networkInterfaceSet: interfaces.map((one) => toInterface(one, network.groups)),
    tagSet: tagSet(instance.tags),
  };
}

/** A network interface with its groups in their order. */
export function toInterface(state: NetworkInterfaceState, groups: readonly SecurityGroupState[]): object {
  return {
    networkInterfaceId: state.networkInterfaceId,
    subnetId: state.subnetId,
    vpcId: state.vpcId,
    availabilityZone: state.availabilityZone,
    privateIpAddress: state.privateIpAddress,
    requesterManaged: state.requesterManaged,
    status: 'in-use',
    groupSet: toGroups(state, groups),
    attachment: { instanceId: state.instanceId, deviceIndex: state.deviceIndex, status: 'attached' },
  };
}

function toGroups(state: NetworkInterfaceState, groups: readonly SecurityGroupState[]): readonly object[] {
  return state.groups.map((groupId) => ({
    groupId,
    groupName: groups.find((group) => group.groupId === groupId)?.name ?? '',
  }));
}

/** A security group with its rules. */
export function toSecurityGroup({ ingress, egress, ...group }: SecurityGroupState): object {
  const rules = (list: SecurityGroupState['ingress']): readonly object[] =>
    list.map(({ protocol, cidr }) => ({ ipProtocol: protocol, ipRanges: [{ cidrIp: cidr }] }));
  return {
    groupId: group.groupId,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: group.vpcId,
    ipPermissions: rules(ingress),
    ipPermissionsEgress: rules(egress),
    tagSet: tagSet(group.tags),
  };
}

/** A volume with its attachment. */
export function toVolume({ volumeId, availabilityZone, status, attachment }: VolumeState): object {
  const attachmentSet = attachment === undefined ? [] : [toAttachment(volumeId, attachment)];
  return { volumeId, availabilityZone, status, attachmentSet };
}

/** An attachment as DescribeVolumes, AttachVolume and DetachVolume show it. */
export function toAttachment(volumeId: string, attachment: VolumeAttachment): object {
  const { instanceId, device, state, deleteOnTermination, attachedAt } = attachment;
  return { volumeId, instanceId, device, status: state, attachTime: attachedAt, deleteOnTermination };
}
