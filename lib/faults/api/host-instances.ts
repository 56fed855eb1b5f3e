import * as z from 'zod';
import type { Injection, Preparation, PrepareContext } from '../contract.ts';
import { canBeOurs } from './act-window.ts';

/** An EC2 instance as it is now. Moments are milliseconds since the epoch. */
export interface InstanceNow {
  readonly instanceId: string;
  /** EC2's `pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`. */
  readonly state: string;
  /** Why it came into a state other than running, in EC2's code and words. */
  readonly stateReason?: { readonly code: string; readonly message: string };
  /** When that was, as far as EC2 says it. */
  readonly changedAtMs?: number;
  readonly isSpot: boolean;
  /** `ebs` or `instance-store`. */
  readonly rootDeviceType: string;
  readonly rootDeviceName?: string;
  /** The service that manages it in the account's stead, such as ECS for Managed Instances. */
  readonly operator?: string;
}

/** An instance as its Auto Scaling group has it. */
export interface GroupMember {
  readonly scalingGroup: string;
  /** Auto Scaling's word, such as `InService` or `Terminating:Wait`. */
  readonly lifecycleState: string;
  readonly protectedFromScaleIn: boolean;
}

/** What every fault on a host needs of EC2 and Auto Scaling: looks. An error means that nobody can tell. */
export interface HostInstances {
  /** Undefined when EC2 does not know the instance (any more). */
  instance(instanceId: string): Promise<InstanceNow | undefined>;
  /** Undefined when the instance is in no group. */
  member(instanceId: string): Promise<GroupMember | undefined>;
}

/** AWS's no to an act. */
export interface Refusal {
  readonly refused: { readonly code: string; readonly message: string };
}

/** EC2's code for what an API call asked for, whoever made the call (API reference of StateReason). It does not tell which user. */
const USER_ASKED = 'Client.UserInitiatedShutdown';

/** Whether a call brought the instance into its state, in the time in which this experiment's may have come. */
export function mayBeOurs({ stateReason, changedAtMs }: InstanceNow, preparedAtMs: number): boolean {
  return stateReason?.code === USER_ASKED && canBeOurs(preparedAtMs, changedAtMs);
}

/** EC2's reason for a state, in brackets. */
export function reasonOf({ stateReason }: InstanceNow): string {
  return stateReason === undefined ? '' : ` (${stateReason.message})`;
}

/** Whether the instance is gone, or irrevocably going. */
export function isGone(instance: InstanceNow | undefined): boolean {
  return instance === undefined || instance.state === 'terminated' || instance.state === 'shutting-down';
}

/** Why no fault may act on the instance: it does not run, somebody has taken it out of service, or a service of AWS manages it. */
export async function unfitness(port: HostInstances, instanceId: string): Promise<string | undefined> {
  const [instance, member] = await Promise.all([port.instance(instanceId), port.member(instanceId)]);
  if (instance === undefined) return 'EC2 does not know the instance';
  if (instance.operator !== undefined) return `the instance is managed by ${instance.operator}`;
  if (instance.state !== 'running') return `the instance is ${instance.state}, not running`;
  if (member !== undefined && member.lifecycleState !== 'InService') {
    return `the instance is ${member.lifecycleState} in its group ${member.scalingGroup}, not InService`;
  }
  return undefined;
}

/** What a one-shot fault on a host stores. */
export const hostUndo = z.strictObject({ instanceId: z.string().min(1), preparedAtMs: z.number() });

/** Whether a host is fit, as a preparation that stores only when it was asked. */
export async function prepareHost(
  port: HostInstances,
  instanceId: string,
  { now }: Pick<PrepareContext, 'now'>,
): Promise<Preparation> {
  const preparedAtMs = now();
  const because = await unfitness(port, instanceId);
  return because === undefined ? { ready: true, undo: { instanceId, preparedAtMs } } : { ready: false, because };
}

/** An act that was not done. */
export function failed(code: string, message: string): Extract<Injection, { outcome: 'failed' }> {
  return { outcome: 'failed', facts: { code, message } };
}

/** What the looks of {@link HostInstances} may ask. */
export const LOOKING = {
  actions: ['ec2:DescribeInstances', 'autoscaling:DescribeAutoScalingInstances'],
  on: 'any',
  use: 'looking',
} as const;
