import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { outsideWindow } from './api/act-window.ts';
import { type HostInstances, hostUndo, LOOKING, prepareHost, type Refusal } from './api/host-instances.ts';
import type { Confirmation, Injection, OneShotFault, Preparation } from './contract.ts';
import type { HostDrainer } from './drain-host.ts';
import { LOOKING_FOR_CLUSTERS } from './host-commands.ts';

/** What `reboot-host` needs of AWS. */
export interface HostRebooter extends HostInstances, Pick<HostDrainer, 'containerInstance'> {
  /** Reboots one instance, at most once; throws when nobody can tell. */
  reboot(instanceId: string): Promise<Partial<Refusal>>;
  /** The instance's own status check, such as `ok`, `initializing` or `impaired`; undefined when EC2 tells none. */
  statusCheck(instanceId: string): Promise<string | undefined>;
}

export const rebootHost: OneShotFault<HostRebooter> = {
  name: 'reboot-host',
  summary: 'Reboots a container host through EC2: its tasks die, and it comes back by itself.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: z.strictObject({}),
  kind: 'one-shot',
  prerequisites: [
    'the instance carries the opt-in tag (its group propagates its tags at launch)',
    'the instance runs and is not in Standby',
  ],
  needsCluster: true,
  targetMayStay: true,
  permissions: [
    { actions: ['ec2:RebootInstances'], on: 'instances', use: 'acting' },
    LOOKING,
    { actions: ['ec2:DescribeInstanceStatus'], on: 'any', use: 'looking' },
    LOOKING_FOR_CLUSTERS,
    { actions: ['ecs:DescribeContainerInstances'], on: 'container-instances', use: 'looking' },
  ],

  async prepare(port, target, _parameters, context): Promise<Preparation> {
    return prepareHost(port, targetOfKind(target, 'host').resource, context);
  },

  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { instanceId, preparedAtMs } = hostUndo.parse(undo);
    const late = outsideWindow(preparedAtMs, context);
    if (late) return late;
    const { refused } = await port.reboot(instanceId);
    return refused ? { outcome: 'failed', facts: refused } : { outcome: 'accepted', facts: {} };
  },

  /**
   * EC2 shows an instance as running all through a reboot, and keeps no record of one. What can be seen from outside is that the ECS
   * agent's connection drops, or that the status check is not `ok` for a while. Either is circumstantial: it does not say why. A
   * reboot that nobody happened to look at while it lasted is never confirmed.
   */
  async confirm(port, target): Promise<Confirmation> {
    const { resource, clusterArn, containerInstanceArn } = targetOfKind(target, 'host');
    const instance = await port.instance(resource);
    if (instance?.state !== 'running') {
      return { effect: 'failed', because: `the instance is ${instance?.state ?? 'unknown to EC2'}, not rebooting` };
    }
    if (clusterArn !== undefined && containerInstanceArn !== undefined) {
      const host = await port.containerInstance(clusterArn, containerInstanceArn);
      if (host !== undefined && !host.agentConnected) {
        return { effect: 'took-effect', because: 'the instance runs and its ECS agent has lost its connection' };
      }
    }
    const check = await port.statusCheck(resource);
    if (check !== undefined && check !== 'ok') {
      return { effect: 'took-effect', because: `the instance runs and its status check is ${check}` };
    }
    return { effect: 'pending', because: 'EC2 shows no reboots; agent and status check look as ever so far' };
  },
};
