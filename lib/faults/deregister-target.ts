import * as z from 'zod';
import type { FaultTarget } from '../core/fault-target.ts';
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

/** A task's place in a target group. */
export interface Registration {
  readonly taskArn: string;
  readonly targetGroupArn: string;
  /** IP address, or instance id. */
  readonly id: string;
  readonly port: number;
  /** Where the target group knows one. */
  readonly availabilityZone?: string | undefined;
  /** Healthy targets of the group besides this one, as `id:port`. */
  readonly othersHealthy?: readonly string[];
}

/** What `deregister-target` needs of ECS and Elastic Load Balancing. */
export interface TargetRegistrar {
  /** ARNs of the tasks on a container instance. */
  tasksOn(clusterArn: string, containerInstanceArn: string): Promise<readonly string[]>;
  /** Where the running ones among some tasks are registered, draining ones left out. */
  registrations(clusterArn: string, taskArns: readonly string[]): Promise<readonly Registration[]>;
  /** How a target stands: `registered`, `draining`, `not registered`, or `no group`. */
  targetState(registration: Registration): Promise<string>;
  /** Those of the tasks that run and are to go on running. */
  runningTasks(clusterArn: string, taskArns: readonly string[]): Promise<readonly string[]>;
  /** Deregisters it, at most once. `refused` when ELB said no; throws when nobody can tell. */
  deregister(
    registration: Registration,
  ): Promise<{ readonly refused?: { readonly code: string; readonly message: string } }>;
  /** Registers exactly this again; may be called again. */
  register(registration: Registration): Promise<void>;
}

const parameterSchema = z.strictObject({
  durationSeconds: z.int().min(10).max(3_600).default(120).describe('how long it gets no requests, in seconds'),
});

const undoSchema = z.strictObject({
  clusterArn: z.string().min(1),
  registrations: z
    .array(
      z.strictObject({
        taskArn: z.string().min(1),
        targetGroupArn: z.string().min(1),
        id: z.string().min(1),
        port: z.int(),
        availabilityZone: z.string().optional(),
      }),
    )
    .min(1),
});

/*
 * ECS registers a task with its target groups once, when it starts, and deregisters it when it stops. That it does not register one again
 * that another hand has deregistered is from memory; so is that it leaves the task running, since no health check of the load balancer
 * finds it unhealthy any more. Should ECS replace the task instead, the undo finds it gone and says so.
 */
export const deregisterTarget: ReversibleFault<TargetRegistrar> = {
  name: 'deregister-target',
  summary:
    'Takes a task, or all tasks of a host, out of their load balancers while they go on running, and puts them back.',
  scopes: ['task', 'host'],
  reach: ['fargate', 'ec2', 'external'],
  parameters: parameterSchema,
  kind: 'reversible',
  prerequisites: [
    'the task’s service registers it with a target group, where another target is healthy',
    'the target group carries the opt-in tag',
  ],
  needsCluster: true,
  permissions: [
    { actions: ['elasticloadbalancing:DeregisterTargets'], on: 'target-groups', use: 'acting' },
    {
      actions: [
        'ecs:ListTasks',
        'ecs:DescribeTasks',
        'ecs:DescribeServices',
        'ecs:DescribeContainerInstances',
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeTargetHealth',
      ],
      on: 'any',
      use: 'looking',
    },
    LOOKING_FOR_CLUSTERS,
    { actions: ['elasticloadbalancing:RegisterTargets'], on: 'target-groups', use: 'undoing' },
  ],

  undoing: 'registers exactly the same targets again, those of tasks that still run',

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target): Promise<Preparation> {
    const place = await placeOf(port, target);
    if ('because' in place) return { ready: false, because: place.because };
    const { clusterArn, taskArns } = place;
    const found = await port.registrations(clusterArn, taskArns);
    if (found.length === 0) return { ready: false, because: 'no load balancer sends requests to it' };
    const leaving = new Set(found.map(keyOf));
    for (const { targetGroupArn, othersHealthy = [] } of found) {
      if (othersHealthy.some((other) => !leaving.has(`${targetGroupArn} ${other}`))) continue;
      return { ready: false, because: `no healthy target would be left in ${targetGroupArn}` };
    }
    return {
      ready: true,
      undo: { clusterArn, registrations: found.map(({ othersHealthy: _, ...registration }) => registration) },
    };
  },

  async plan(_port, _target, _parameters, undo) {
    return undoSchema
      .parse(undo)
      .registrations.map(({ targetGroupArn, id, port }) => `deregister ${id}:${port} from ${targetGroupArn}`);
  },

  // ELB has no fence against a call that arrives late: only this look at the clock keeps an act from coming after its undo.
  async inject(port, _target, _parameters, undo, context: ActContext): Promise<Injection> {
    const { registrations } = undoSchema.parse(undo);
    const done: string[] = [];
    for (const registration of registrations) {
      const no = tooLate(context)?.facts ?? (await port.deregister(registration)).refused;
      if (no !== undefined) {
        return { outcome: done.length === 0 ? 'failed' : 'accepted', facts: { ...no, deregistered: done } };
      }
      done.push(keyOf(registration));
    }
    return { outcome: 'accepted', facts: { deregistered: done } };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { clusterArn, registrations } = undoSchema.parse(undo);
    const taskArns = [...new Set(registrations.map(({ taskArn }) => taskArn))];
    const [running, states] = await Promise.all([
      port.runningTasks(clusterArn, taskArns),
      Promise.all(registrations.map((one) => port.targetState(one))),
    ]);
    // A stopping task leaves its load balancer as well: that is not this fault's doing.
    if (running.length === 0) return { effect: 'failed', because: 'the task has stopped' };
    const out = registrations.filter((one, index) => running.includes(one.taskArn) && isOut(states[index]));
    const of = `${out.length} of ${registrations.length} targets get no requests while their tasks run`;
    return { effect: out.length > 0 ? 'took-effect' : 'pending', because: of };
  },

  async undo(port, _target, undo): Promise<Undoing> {
    const { clusterArn, registrations } = undoSchema.parse(undo);
    const told = await Promise.all(registrations.map((one) => restore(port, clusterArn, one)));
    return { undone: told.every(({ undone }) => undone), because: told.map(({ because }) => because).join('; ') };
  },

  byHand(_target: FaultTarget, undo: UndoData): string {
    const { registrations } = undoSchema.parse(undo);
    const commands = registrations.map(({ targetGroupArn, id, port, availabilityZone: zone }) => {
      const named = `Id=${id},Port=${port}${zone === undefined ? '' : `,AvailabilityZone=${zone}`}`;
      return `aws elbv2 register-targets --target-group-arn ${targetGroupArn} --targets ${named}`;
    });
    return `Register what still runs: ${commands.join(' && ')}`;
  },
};

const isOut = (state: string | undefined): boolean => state === 'draining' || state === 'not registered';

const keyOf = ({ targetGroupArn, id, port }: Registration): string => `${targetGroupArn} ${id}:${port}`;

/** Which tasks are meant. */
async function placeOf(
  port: TargetRegistrar,
  target: FaultTarget,
): Promise<{ clusterArn: string; taskArns: readonly string[] } | { because: string }> {
  if (target.kind === 'task') return { clusterArn: target.clusterArn, taskArns: [target.resource] };
  if (target.kind !== 'host')
    throw new Error(`${target.resource} is a ${target.kind}; this fault acts on a task or host`);
  const { clusterArn, containerInstanceArn } = target;
  if (clusterArn === undefined || containerInstanceArn === undefined)
    return { because: 'the host has joined no cluster' };
  return { clusterArn, taskArns: await port.tasksOn(clusterArn, containerInstanceArn) };
}

/** Registers one target again, if its task still runs: the address of one that is gone may be another's by now. */
async function restore(port: TargetRegistrar, clusterArn: string, one: Registration): Promise<Undoing> {
  const name = keyOf(one);
  const state = await port.targetState(one);
  if (state === 'registered') return { undone: true, because: `${name} is registered` };
  if (state === 'no group') return { undone: true, because: `gone: there is no target group for ${name} any more` };
  const running = await port.runningTasks(clusterArn, [one.taskArn]);
  if (running.length === 0) return { undone: true, because: `gone: the task of ${name} has stopped` };
  await port.register(one);
  const after = await port.targetState(one);
  return {
    undone: after === 'registered',
    because: `${name} is ${after === 'registered' ? 'registered again' : after}`,
  };
}
