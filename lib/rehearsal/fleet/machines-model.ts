import type { HostState, Tags } from './model.ts';

/*
 * The EC2 side of a rehearsal's container hosts, in EC2's own words. The fleet says what happens to a machine; what EC2 refuses,
 * and with which error, is the local cloud's affair (`lib/rehearsal/cloud/ec2*.ts`).
 */

/** States of an instance (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html). */
export type InstanceStatus = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

/** An EC2 instance. Terminated ones stay visible for about an hour, as in EC2. */
export interface InstanceState {
  readonly instanceId: string;
  readonly arn: string;
  readonly tags: Tags;
  readonly availabilityZone: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly status: InstanceStatus;
  /** When it was launched, or last started. */
  readonly launchedAt: Date;
  /** EC2's words for the last change of state, empty for a running one. */
  readonly transitionReason: string;
  readonly stateReason?: { readonly code: string; readonly message: string };
  readonly isSpot: boolean;
  readonly rootDevice: 'ebs' | 'instance-store';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  /** The service principal of whoever manages it in the account's stead; see `Operator` in DescribeInstances. */
  readonly operator?: string;
}

/** An EBS volume. */
export interface VolumeState {
  readonly volumeId: string;
  readonly availabilityZone: string;
  readonly status: 'available' | 'in-use';
  readonly isRoot: boolean;
  readonly attachment?: VolumeAttachment;
}

export interface VolumeAttachment {
  readonly instanceId: string;
  readonly device: string;
  /** `busy`: detaching, but the guest still has it mounted. */
  readonly state: 'attaching' | 'attached' | 'detaching' | 'busy';
  readonly deleteOnTermination: boolean;
  readonly attachedAt: Date;
}

export interface NetworkInterfaceState {
  readonly networkInterfaceId: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly availabilityZone: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly privateIpAddress: string;
  /** Ids of security groups, in order. */
  readonly groups: readonly string[];
  /** Made by an AWS service, which alone may change it. */
  readonly requesterManaged: boolean;
}

/** One rule of a security group: a protocol (`-1` is every one) for a range of addresses. */
export interface GroupRule {
  readonly protocol: string;
  readonly cidr: string;
}

export interface SecurityGroupState {
  readonly groupId: string;
  readonly name: string;
  readonly description: string;
  readonly vpcId: string;
  readonly tags: Tags;
  readonly ingress: readonly GroupRule[];
  readonly egress: readonly GroupRule[];
}

/** The attributes of an instance that `ModifyInstanceAttribute` may change here. */
export type InstanceAttributes = Partial<Pick<InstanceState, 'disableApiTermination' | 'disableApiStop'>>;

/** EBS volumes. */
export interface Disks {
  readonly volumes: readonly VolumeState[];
  /** A volume that the guest has mounted stays `busy` unless it is forced. */
  detach(volumeId: string, force: boolean): void;
  /** A volume that is attached later is not deleted with its instance, unless that is set afterwards. */
  attach(volumeId: string, instanceId: string, device: string): void;
  setDeleteOnTermination(volumeId: string, deleteOnTermination: boolean): void;
}

/** Network interfaces and security groups. */
export interface Network {
  readonly interfaces: readonly NetworkInterfaceState[];
  readonly groups: readonly SecurityGroupState[];
  setGroups(networkInterfaceId: string, groups: readonly string[]): void;
}

/**
 * What lies below a fleet's container hosts. Acts take effect as EC2's do, over time; none of them checks whether EC2 would allow
 * it. Acting on something unknown is a defect of the caller and throws.
 */
export interface Machines {
  /** Terminated ones for an hour, too. */
  readonly instances: readonly InstanceState[];
  readonly disks: Disks;
  readonly network: Network;
  /** Status checks, as `DescribeInstanceStatus` shows them of a running instance. */
  statusOf(instanceId: string): 'ok' | 'initializing';
  terminate(instanceId: string): void;
  stop(instanceId: string): void;
  start(instanceId: string): void;
  reboot(instanceId: string): void;
  modify(instanceId: string, attributes: InstanceAttributes): void;
  /** The processes are suspended from now on; the reason is Auto Scaling's, with the moment. */
  suspend(group: string, processes: readonly string[]): void;
  resume(group: string, processes: readonly string[]): void;
  /** Begins to terminate a member in order: the group's termination hook runs first. Answers the host as it is right after. */
  retire(instanceId: string, decrementDesired: boolean): HostState;
}
