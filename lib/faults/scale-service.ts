import * as z from 'zod';
import { type FaultTarget, targetOfKind } from '../core/fault-target.ts';
import { remainingRequired } from '../core/min-remaining.ts';
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

/** What `scale-service` needs of ECS. */
export interface ServiceScaler {
  /** A service's counts; undefined when ECS does not know the service (any more). */
  serviceCounts(
    clusterArn: string,
    serviceArn: string,
  ): Promise<
    | {
        readonly status: string;
        readonly desired: number;
        readonly running: number;
        readonly deploying: boolean;
        readonly schedulingStrategy: string;
      }
    | undefined
  >;
  /** Sets the desired count, at most once. `refused` when ECS said no; throws when nobody can tell. */
  scale(
    clusterArn: string,
    serviceArn: string,
    desired: number,
  ): Promise<{ readonly refused?: { readonly code: string; readonly message: string } }>;
  /** Sets the desired count; may be called again. Throws when it was not set, or nobody can tell. */
  restoreDesired(clusterArn: string, serviceArn: string, desired: number): Promise<void>;
}

/** Scaling up costs money and may drain a cluster's room: not beyond so many times the former count. */
const MOST_TIMES = 2;

const parameterSchema = z.strictObject({
  to: z
    .number()
    .min(0)
    .max(5_000)
    .refine((value) => value < 1 || Number.isInteger(value), {
      message: 'write a whole number of tasks, or a fraction of the desired count below 1 such as 0.5',
    })
    .default(0.5)
    .describe(
      'how many tasks the service is to desire: a whole number (at most twice as many as before), or a fraction of the desired count below 1, rounded up',
    ),
  durationSeconds: z.int().min(30).max(14_400).default(300).describe('how long it stays at that count, in seconds'),
});

const undoSchema = z.strictObject({
  clusterArn: z.string().min(1),
  serviceArn: z.string().min(1),
  former: z.int().min(0),
  to: z.int().min(0),
});

export const scaleService: ReversibleFault<ServiceScaler> = {
  name: 'scale-service',
  summary:
    'Changes how many tasks a service desires, as a wrong hand or a faulty autoscaler would, and restores the count.',
  scopes: ['service'],
  reach: ['fargate', 'ec2', 'external'],
  parameters: parameterSchema,
  kind: 'reversible',
  prerequisites: [
    'the service carries the opt-in tag itself, schedules replicas and is not being deployed',
    'Application Auto Scaling, where the service has it, may set the count again at any time: then it is left as it was set',
  ],
  permissions: [
    { actions: ['ecs:UpdateService'], on: 'services', use: 'acting' },
    { actions: ['ecs:DescribeServices'], on: 'services', use: 'looking' },
    { actions: ['ecs:UpdateService'], on: 'services', use: 'undoing' },
  ],

  undoing: 'sets the former desired count again, unless somebody else has set another one meanwhile',

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target, parameters, { minRemaining }): Promise<Preparation> {
    const { clusterArn, resource: serviceArn } = targetOfKind(target, 'service');
    const service = await port.serviceCounts(clusterArn, serviceArn);
    if (service === undefined) return { ready: false, because: 'ECS does not know the service' };
    const { status, desired, deploying, schedulingStrategy } = service;
    if (status !== 'ACTIVE') return { ready: false, because: `the service is ${status}, not ACTIVE` };
    if (schedulingStrategy !== 'REPLICA') {
      return { ready: false, because: `a service of strategy ${schedulingStrategy} has no desired count of its own` };
    }
    if (deploying) return { ready: false, because: 'the service is being deployed' };
    // A fraction is rounded as fractions of `min-remaining` are: half of 3 is 2.
    const to = remainingRequired(parameterSchema.parse(parameters).to, desired);
    if (to === desired) return { ready: false, because: `the service desires ${desired} tasks already` };
    if (to > desired * MOST_TIMES) {
      return { ready: false, because: `${to} tasks would be more than ${MOST_TIMES} times the desired ${desired}` };
    }
    const required = remainingRequired(minRemaining, desired);
    if (to < required) return { ready: false, because: `${to} tasks would stay, ${required} of ${desired} must` };
    return { ready: true, undo: { clusterArn, serviceArn, former: desired, to } };
  },

  async plan(_port, _target, _parameters, undo) {
    const { serviceArn, former, to } = undoSchema.parse(undo);
    return [`set the desired count of ${serviceArn} from ${former} to ${to}`];
  },

  // ECS has no fence against a call that arrives late, and none against a count that changes between the look and the call.
  async inject(port, _target, _parameters, undo, context: ActContext): Promise<Injection> {
    const { clusterArn, serviceArn, former, to } = undoSchema.parse(undo);
    const late = tooLate(context);
    if (late) return late;
    const { refused } = await port.scale(clusterArn, serviceArn, to);
    return refused ? { outcome: 'failed', facts: refused } : { outcome: 'accepted', facts: { former, to } };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { clusterArn, serviceArn, former, to } = undoSchema.parse(undo);
    const service = await port.serviceCounts(clusterArn, serviceArn);
    if (service === undefined) return { effect: 'failed', because: 'ECS does not know the service any more' };
    const { desired, running } = service;
    if (desired === former) return { effect: 'pending', because: `the service desires ${desired} tasks` };
    if (desired !== to) return { effect: 'failed', because: `another hand has set the desired count to ${desired}` };
    const because = `the service desires ${desired} tasks and runs ${running}`;
    return { effect: running === to ? 'took-effect' : 'pending', because };
  },

  async undo(port, _target, undo): Promise<Undoing> {
    const { clusterArn, serviceArn, former, to } = undoSchema.parse(undo);
    const before = await port.serviceCounts(clusterArn, serviceArn);
    const gone = goneOrLeft(before, former, to);
    if (gone || before === undefined) return gone ?? { undone: false, because: 'nobody knows' };
    await port.restoreDesired(clusterArn, serviceArn, former);
    const after = await port.serviceCounts(clusterArn, serviceArn);
    return goneOrLeft(after, former, to) ?? { undone: false, because: `the service still desires ${to} tasks` };
  },

  byHand(_target: FaultTarget, undo: UndoData): string {
    const { clusterArn, serviceArn, former, to } = undoSchema.parse(undo);
    return (
      `If the service still desires ${to} tasks, set it back to ${former}: ` +
      `aws ecs update-service --cluster ${clusterArn} --service ${serviceArn} --desired-count ${former}`
    );
  },
};

/** Why there is nothing to restore (any more); undefined when the count is still the one that the experiment set. */
function goneOrLeft(
  service: { readonly status: string; readonly desired: number } | undefined,
  former: number,
  to: number,
): Undoing | undefined {
  if (service === undefined || service.status !== 'ACTIVE') {
    return { undone: true, because: `gone: the service is ${service?.status ?? 'not known to ECS any more'}` };
  }
  const { desired } = service;
  if (desired === former) return { undone: true, because: `the service desires ${former} tasks, as before` };
  if (desired === to) return undefined;
  const because = `left at ${desired} tasks: somebody else set it since the experiment had set ${to} in place of ${former}`;
  return { undone: true, because };
}
