import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { outsideWindow } from './api/act-window.ts';
import {
  failed,
  type HostInstances,
  isGone,
  LOOKING,
  mayBeOurs,
  type Refusal,
  reasonOf,
  unfitness,
} from './api/host-instances.ts';
import type { Confirmation, Injection, Preparation, ReversibleFault, Undoing } from './contract.ts';

/** What `stop-host` needs of AWS. */
export interface HostStopper extends HostInstances {
  /** Whether the instance is protected from being stopped through the API. */
  isStopProtected(instanceId: string): Promise<boolean>;
  /** Stops one instance, at most once. The state is the one it was in before; throws when nobody can tell. */
  stop(instanceId: string): Promise<Refusal | { readonly previousState: string }>;
  /** Starts one instance. `refused` when EC2 said no; throws when nobody can tell. May be called again. */
  start(instanceId: string): Promise<Partial<Refusal>>;
  /** Ids of the members of a group, whatever their lifecycle; none when there is no such group. */
  memberIds(scalingGroup: string): Promise<readonly string[]>;
}

const parameterSchema = z.strictObject({
  durationSeconds: z.int().min(60).max(14_400).default(600).describe('how long the host is stopped, in seconds'),
});

const undoSchema = z.strictObject({
  instanceId: z.string().min(1),
  preparedAtMs: z.number(),
  /** Its group and who was in it, to tell who has come in its stead. */
  group: z.strictObject({ name: z.string().min(1), members: z.array(z.string().min(1)) }).optional(),
});
type Undo = z.output<typeof undoSchema>;

export const stopHost: ReversibleFault<HostStopper> = {
  name: 'stop-host',
  summary: 'Stops a container host and starts it again; its Auto Scaling group may replace it first.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: parameterSchema,
  kind: 'reversible',
  undoing: 'Starts the instance, unless its group has replaced it or somebody else has stopped it.',
  prerequisites: [
    'the instance carries the opt-in tag (its group propagates its tags at launch)',
    'the instance boots from EBS, is no spot instance, and has no stop protection (disableApiStop)',
    'a role that may start an instance with encrypted volumes needs a grant for their KMS key',
  ],
  permissions: [
    { actions: ['ec2:StopInstances'], on: 'instances', use: 'acting' },
    LOOKING,
    { actions: ['ec2:DescribeInstanceAttribute'], on: 'instances', use: 'looking' },
    { actions: ['autoscaling:DescribeAutoScalingGroups'], on: 'any', use: 'looking' },
    { actions: ['ec2:StartInstances'], on: 'instances', use: 'undoing' },
  ],

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target, _parameters, context): Promise<Preparation> {
    const { resource: instanceId } = targetOfKind(target, 'host');
    const preparedAtMs = context.now();
    const because = (await unfitness(port, instanceId)) ?? (await unstoppable(port, instanceId));
    if (because !== undefined) return { ready: false, because };
    const name = (await port.member(instanceId))?.scalingGroup;
    const group = name === undefined ? {} : { group: { name, members: [...(await port.memberIds(name))] } };
    return { ready: true, undo: { instanceId, preparedAtMs, ...group } };
  },

  // EC2 has no fence against a call that arrives late: only this look at the clock keeps the act from coming after its undo.
  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { instanceId, preparedAtMs } = undoSchema.parse(undo);
    const late = outsideWindow(preparedAtMs, context);
    if (late) return late;
    const answer = await port.stop(instanceId);
    if ('refused' in answer) return { outcome: 'failed', facts: answer.refused };
    const { previousState } = answer;
    if (previousState !== 'running') return failed('already', `it was ${previousState}, not running`);
    return { outcome: 'accepted', facts: { previousState } };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { instanceId, preparedAtMs, group } = undoSchema.parse(undo);
    const instance = await port.instance(instanceId);
    if (instance === undefined) return { effect: 'failed', because: 'EC2 does not know the instance any more' };
    const because = `the instance is ${instance.state}${reasonOf(instance)}`;
    if (instance.state === 'running' || instance.state === 'pending') return { effect: 'pending', because };
    if (!mayBeOurs(instance, preparedAtMs)) return { effect: 'failed', because: `by another hand: ${because}` };
    if (!isGone(instance)) return { effect: 'took-effect', because };
    // Its group terminates what does not run. For EC2 that is one more call, and it does not tell whose.
    return group === undefined
      ? { effect: 'failed', because: `it was terminated, not stopped: ${because}` }
      : { effect: 'took-effect', because: `${because}: its group ${group.name} replaces it` };
  },

  /**
   * Starts the instance if a user stopped it in the minutes after the experiment had looked at it running. EC2 does not tell which user: a
   * stop by somebody else in just those minutes passes for ours.
   */
  async undo(port, _target, undo): Promise<Undoing> {
    const known = undoSchema.parse(undo);
    const before = await port.instance(known.instanceId);
    if (before?.state !== 'stopped') return outcome(port, known, before?.state);
    if (!mayBeOurs(before, known.preparedAtMs))
      return { undone: true, because: `left as it is: by another hand, it stopped${reasonOf(before)}` };
    const { refused } = await port.start(known.instanceId);
    if (refused) return { undone: false, because: `${refused.code}: ${refused.message}` };
    return outcome(port, known, (await port.instance(known.instanceId))?.state);
  },

  byHand(_target, undo): string {
    const { instanceId } = undoSchema.parse(undo);
    return `Start the instance unless its group has replaced it: aws ec2 start-instances --instance-ids ${instanceId}`;
  },
};

async function unstoppable(port: HostStopper, instanceId: string): Promise<string | undefined> {
  const instance = await port.instance(instanceId);
  if (instance?.rootDeviceType !== 'ebs') return 'the instance boots from an instance store, and cannot be stopped';
  if (instance.isSpot) return 'the instance is a spot instance, and may not come back when it is stopped';
  return (await port.isStopProtected(instanceId)) ? 'the instance is protected from being stopped' : undefined;
}

async function outcome(port: HostStopper, { group }: Undo, state: string | undefined): Promise<Undoing> {
  if (state === 'running') return { undone: true, because: 'the instance runs' };
  if (state !== undefined && state !== 'terminated' && state !== 'shutting-down') {
    return { undone: false, because: `the instance is ${state}` };
  }
  const gone = `gone: the instance is ${state ?? 'unknown to EC2'}`;
  if (group === undefined) return { undone: true, because: gone };
  const fresh = (await port.memberIds(group.name)).filter((id) => !group.members.includes(id));
  const instead = fresh.length === 0 ? 'has not replaced it yet' : `has launched ${fresh.join(', ')} since`;
  return { undone: true, because: `${gone}; its group ${group.name} ${instead}` };
}
