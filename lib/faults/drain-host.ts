import * as z from 'zod';
import { type FaultTarget, targetOfKind } from '../core/fault-target.ts';
import type { GroupMember } from './api/host-instances.ts';
import { tooLate } from './api/too-late.ts';
import type {
  ActContext,
  Confirmation,
  Injection,
  Preparation,
  ReversibleFault,
  UndoData,
  Undoing,
} from './contract.ts';
import { LOOKING_FOR_CLUSTERS } from './host-commands.ts';

/** What `drain-host` needs of ECS, and of Auto Scaling. */
export interface HostDrainer {
  /** A container host as ECS knows it; undefined when ECS does not know it (any more). */
  containerInstance(
    clusterArn: string,
    containerInstanceArn: string,
  ): Promise<
    | {
        readonly instanceId: string | undefined;
        readonly status: string;
        readonly agentConnected: boolean;
        readonly runningTasks: number;
      }
    | undefined
  >;
  /** The host as a member of its Auto Scaling group; undefined when it is in none. */
  member(instanceId: string): Promise<GroupMember | undefined>;
  /** Lets it drain, at most once. `refused` when ECS said no; throws when nobody can tell. */
  drain(
    clusterArn: string,
    containerInstanceArn: string,
  ): Promise<{ readonly refused?: { readonly code: string; readonly message: string } }>;
  /** Lets it take tasks again. `refused` when ECS left it as it is; throws when nobody can tell. May be called again. */
  activate(
    clusterArn: string,
    containerInstanceArn: string,
  ): Promise<{ readonly refused?: { readonly code: string; readonly message: string } }>;
}

const parameterSchema = z.strictObject({
  durationSeconds: z.int().min(30).max(14_400).default(600).describe('how long the host drains, in seconds'),
});

const undoSchema = z.strictObject({
  instanceId: z.string().min(1),
  clusterArn: z.string().min(1),
  containerInstanceArn: z.string().min(1),
});

/** What a container instance is called that has left its cluster (`status` of ContainerInstance in ECS's API reference). */
const LEFT: ReadonlySet<string> = new Set(['INACTIVE', 'DEREGISTERING']);

export const drainHost: ReversibleFault<HostDrainer> = {
  name: 'drain-host',
  summary: 'Drains a container host: ECS places nothing there any more, and replaces its service tasks elsewhere.',
  scopes: ['host'],
  reach: ['ec2'],
  parameters: parameterSchema,
  kind: 'reversible',
  prerequisites: [
    'the host is an ACTIVE container instance of a cluster, with a connected ECS agent',
    'the container instance itself carries the opt-in tag: EC2’s tags reach it only with ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM=ec2_instance',
  ],
  needsCluster: true,
  permissions: [
    { actions: ['ecs:UpdateContainerInstancesState'], on: 'container-instances', use: 'acting' },
    { actions: ['ecs:DescribeContainerInstances'], on: 'container-instances', use: 'looking' },
    { actions: ['autoscaling:DescribeAutoScalingInstances'], on: 'any', use: 'looking' },
    LOOKING_FOR_CLUSTERS,
    { actions: ['ecs:UpdateContainerInstancesState'], on: 'container-instances', use: 'undoing' },
  ],

  undoing: 'sets the container instance ACTIVE again, if it is still DRAINING and its group is not terminating it',

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target): Promise<Preparation> {
    const { resource, clusterArn, containerInstanceArn } = targetOfKind(target, 'host');
    if (clusterArn === undefined || containerInstanceArn === undefined) {
      return { ready: false, because: 'the host has joined no cluster' };
    }
    const host = await port.containerInstance(clusterArn, containerInstanceArn);
    if (host === undefined) return { ready: false, because: 'ECS does not know the container instance' };
    const { instanceId, status, agentConnected } = host;
    if (instanceId !== resource)
      return { ready: false, because: `the container instance is ${instanceId ?? 'not on EC2'}` };
    if (status !== 'ACTIVE') return { ready: false, because: `the container instance is ${status}, not ACTIVE` };
    if (!agentConnected) return { ready: false, because: 'its ECS agent is not connected' };
    const { lifecycleState = 'InService' } = (await port.member(resource)) ?? {};
    if (lifecycleState !== 'InService')
      return { ready: false, because: `its Auto Scaling group has it ${lifecycleState}` };
    return { ready: true, undo: { instanceId: resource, clusterArn, containerInstanceArn } };
  },

  async plan(_port, _target, _parameters, undo) {
    const { containerInstanceArn } = undoSchema.parse(undo);
    return [`set ${containerInstanceArn} to DRAINING`];
  },

  // ECS has no fence against a call that arrives late: only this look at the clock keeps the act from coming after its undo.
  async inject(port, _target, _parameters, undo, context: ActContext): Promise<Injection> {
    const { clusterArn, containerInstanceArn } = undoSchema.parse(undo);
    const late = tooLate(context);
    if (late) return late;
    const { refused } = await port.drain(clusterArn, containerInstanceArn);
    return refused ? { outcome: 'failed', facts: refused } : { outcome: 'accepted', facts: { containerInstanceArn } };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { clusterArn, containerInstanceArn } = undoSchema.parse(undo);
    const host = await port.containerInstance(clusterArn, containerInstanceArn);
    if (host === undefined || LEFT.has(host.status)) {
      return { effect: 'failed', because: 'the container instance has left its cluster' };
    }
    if (host.status !== 'DRAINING') return { effect: 'pending', because: `the container instance is ${host.status}` };
    return { effect: 'took-effect', because: `DRAINING, with ${host.runningTasks} tasks running` };
  },

  async undo(port, _target, undo): Promise<Undoing> {
    const { instanceId, clusterArn, containerInstanceArn } = undoSchema.parse(undo);
    const look = async (): Promise<Undoing & { readonly isDraining?: boolean }> => {
      const host = await port.containerInstance(clusterArn, containerInstanceArn);
      if (host === undefined)
        return { undone: true, because: 'gone: ECS does not know the container instance any more' };
      const { status } = host;
      if (status === 'ACTIVE') return { undone: true, because: 'ACTIVE' };
      if (LEFT.has(status)) return { undone: true, because: `left as it is: it has become ${status}` };
      return { undone: false, because: `it is ${status}`, isDraining: status === 'DRAINING' };
    };
    const { isDraining = false, ...before } = await look();
    if (!isDraining) return before;
    // Draining is what its group would have ECS do with it by now, and new tasks there would die with it.
    const { lifecycleState = '' } = (await port.member(instanceId)) ?? {};
    if (lifecycleState.startsWith('Terminat')) {
      return { undone: true, because: `left DRAINING: its Auto Scaling group has it ${lifecycleState}` };
    }
    const { refused } = await port.activate(clusterArn, containerInstanceArn);
    const { isDraining: _, ...after } = await look();
    return refused && !after.undone ? { undone: false, because: `${refused.code}: ${refused.message}` } : after;
  },

  byHand(_target: FaultTarget, undo: UndoData): string {
    const { clusterArn, containerInstanceArn } = undoSchema.parse(undo);
    return (
      'Let the container instance take tasks again: aws ecs update-container-instances-state ' +
      `--cluster ${clusterArn} --container-instances ${containerInstanceArn} --status ACTIVE`
    );
  },
};
