import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { outsideWindow } from './api/act-window.ts';
import {
  type HostInstances,
  hostUndo,
  isGone,
  LOOKING,
  mayBeOurs,
  prepareHost,
  type Refusal,
} from './api/host-instances.ts';
import type { Confirmation, Injection, OneShotFault, Preparation } from './contract.ts';

/** What `retire-host` needs of AWS. */
export interface HostRetirer extends HostInstances {
  /** Terminates one member through its group, which keeps its desired capacity; at most once. Throws when nobody can tell. */
  retire(instanceId: string): Promise<Partial<Refusal>>;
}

export const retireHost: OneShotFault<HostRetirer> = {
  name: 'retire-host',
  summary: 'Has an Auto Scaling group terminate one of its hosts in order: its hooks run, and it launches another.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: z.strictObject({}),
  kind: 'one-shot',
  prerequisites: [
    'the host is InService in an Auto Scaling group that carries the opt-in tag',
    'the host is not protected from scale-in',
  ],
  permissions: [
    { actions: ['autoscaling:TerminateInstanceInAutoScalingGroup'], on: 'scaling-groups', use: 'acting' },
    LOOKING,
  ],

  async prepare(port, target, _parameters, context): Promise<Preparation> {
    const { resource } = targetOfKind(target, 'host');
    const because = await unfitMember(port, resource);
    return because === undefined ? prepareHost(port, resource, context) : { ready: false, because };
  },

  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { instanceId, preparedAtMs } = hostUndo.parse(undo);
    const late = outsideWindow(preparedAtMs, context);
    if (late) return late;
    const { refused } = await port.retire(instanceId);
    return refused ? { outcome: 'failed', facts: refused } : { outcome: 'accepted', facts: {} };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { instanceId, preparedAtMs } = hostUndo.parse(undo);
    // The member first: one that leaves its group between the looks is gone by the second.
    const member = await port.member(instanceId);
    if (member?.lifecycleState.startsWith('Terminat')) {
      return { effect: 'took-effect', because: `the host is ${member.lifecycleState} in ${member.scalingGroup}` };
    }
    const instance = await port.instance(instanceId);
    const state = instance?.state ?? 'unknown to EC2';
    if (isGone(instance)) {
      return instance === undefined || mayBeOurs(instance, preparedAtMs)
        ? { effect: 'took-effect', because: `the host has left its group and is ${state}` }
        : { effect: 'failed', because: `by another hand: it is ${state} (${instance.stateReason?.message ?? ''})` };
    }
    if (member === undefined) return { effect: 'failed', because: `the host is in no group, and is ${state}` };
    return { effect: 'pending', because: `the host is ${member.lifecycleState} in ${member.scalingGroup}` };
  },
};

/** Protection from scale-in does not protect from this call: it is the owner's word that the host is needed, and kept here. */
async function unfitMember(port: HostInstances, instanceId: string): Promise<string | undefined> {
  const member = await port.member(instanceId);
  if (member === undefined) return 'the instance is in no Auto Scaling group';
  return member.protectedFromScaleIn ? 'the instance is protected from scale-in' : undefined;
}
