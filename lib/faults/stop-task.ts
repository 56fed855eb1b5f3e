import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import type { Confirmation, FaultContext, Injection, OneShotFault, Preparation } from './contract.ts';

/** What `stop-task` needs of ECS. */
export interface TaskStopper {
  /** `refused` when ECS said no; throws when nobody can tell. */
  stopTask(
    clusterArn: string,
    taskArn: string,
    reason: string,
  ): Promise<{ refused?: { code: string; message: string }; lastStatus?: string }>;
  describeTask(
    clusterArn: string,
    taskArn: string,
  ): Promise<{ lastStatus: string; desiredStatus: string; stopCode?: string; stoppedReason?: string } | undefined>;
}

/** ECS keeps at most 1024 characters of a stop's reason (API reference of StopTask). */
const REASON_LIMIT = 1024;

/** The sentence that whoever looks at the dead task reads; its first words name the experiment. */
export function stopReason({ experiment, reason }: FaultContext): string {
  return `${signature(experiment)} ${reason}`.slice(0, REASON_LIMIT);
}

/** With the colon, so that no experiment passes for another whose name begins with its own. */
const signature = (experiment: string): string => `Capuchin experiment ${experiment}:`;

export const stopTask: OneShotFault<TaskStopper> = {
  name: 'stop-task',
  summary: 'Stops a task through ECS: SIGTERM, then SIGKILL after its stop time-out.',
  scopes: ['task'],
  reach: ['fargate', 'ec2', 'external'],
  parameters: z.strictObject({}),
  kind: 'one-shot',
  prerequisites: ['the task carries the opt-in tag (the service propagates its tags)'],
  permissions: [
    { actions: ['ecs:StopTask'], on: 'tasks', use: 'acting' },
    { actions: ['ecs:DescribeTasks'], on: 'tasks', use: 'looking' },
  ],

  async prepare(_port, target): Promise<Preparation> {
    return target.kind === 'task' ? { ready: true, undo: {} } : { ready: false, because: 'it is not a task' };
  },

  async inject(port, target, _parameters, _undo, context): Promise<Injection> {
    const { clusterArn, resource } = targetOfKind(target, 'task');
    const { refused, lastStatus } = await port.stopTask(clusterArn, resource, stopReason(context));
    return refused ? { outcome: 'failed', facts: refused } : { outcome: 'accepted', facts: { lastStatus } };
  },

  async confirm(port, target, _undo, context): Promise<Confirmation> {
    const { clusterArn, resource } = targetOfKind(target, 'task');
    const task = await port.describeTask(clusterArn, resource);
    if (task === undefined) return { effect: 'failed', because: 'ECS does not know the task any more' };
    if (task.lastStatus !== 'STOPPED') return { effect: 'pending', because: `the task is ${task.lastStatus}` };
    const { stopCode = 'none', stoppedReason = '' } = task;
    if (stopCode === 'UserInitiated' && stoppedReason.startsWith(signature(context.experiment))) {
      return { effect: 'took-effect', because: `STOPPED with ${stopCode}, in the name of this experiment` };
    }
    return { effect: 'failed', because: `the task stopped by another hand: ${stopCode} ${stoppedReason}`.trim() };
  },
};
