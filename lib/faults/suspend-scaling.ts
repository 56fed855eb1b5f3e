import * as z from 'zod';
import { targetOfKind } from '../core/fault-target.ts';
import { canBeOurs, outsideWindow } from './api/act-window.ts';
import { failed, type Refusal } from './api/host-instances.ts';
import type { Confirmation, Injection, Preparation, ReversibleFault, Undoing } from './contract.ts';

/** A process of an Auto Scaling group that is suspended. */
export interface Suspension {
  readonly process: string;
  /** Auto Scaling's words, such as `User suspended at 2026-03-02T08:00:00Z`. */
  readonly reason: string;
}

/** What `suspend-scaling` needs of Auto Scaling. */
export interface ScalingSuspender {
  /** The suspended processes of a group; undefined when there is no such group, or it is being deleted. */
  suspensions(scalingGroup: string): Promise<readonly Suspension[] | undefined>;
  /** Suspends processes of one group, at most once; throws when nobody can tell. */
  suspend(scalingGroup: string, processes: readonly string[]): Promise<Partial<Refusal>>;
  /** Resumes them. `refused` when Auto Scaling said no; throws when nobody can tell. May be called again. */
  resume(scalingGroup: string, processes: readonly string[]): Promise<Partial<Refusal>>;
}

/** All that can be suspended (API reference of SuspendProcesses). */
const PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

const parameterSchema = z.strictObject({
  durationSeconds: z
    .int()
    .min(60)
    .max(14_400)
    .default(600)
    .describe('how long the processes are suspended, in seconds'),
  processes: z
    .string()
    .refine((text) => wordsOf(text).length > 0 && wordsOf(text).every(isProcess), {
      error: `write some of ${PROCESSES.join(' ')}, with spaces between`,
    })
    .default(PROCESSES.join(' '))
    .describe('processes of the group to suspend, with spaces between; default: all'),
});

const undoSchema = z.strictObject({
  scalingGroup: z.string().min(1),
  preparedAtMs: z.number(),
  /** Those that ran. */
  processes: z.array(z.enum(PROCESSES)).min(1),
});

export const suspendScaling: ReversibleFault<ScalingSuspender> = {
  name: 'suspend-scaling',
  summary: 'Suspends processes of an Auto Scaling group: nothing is launched, replaced or terminated meanwhile.',
  scopes: ['scaling-group'],
  reach: ['ec2'],
  parameters: parameterSchema,
  kind: 'reversible',
  undoing: 'Resumes the processes that the experiment suspended, and no others.',
  prerequisites: ['the Auto Scaling group itself carries the opt-in tag', 'one of the processes runs'],
  permissions: [
    { actions: ['autoscaling:SuspendProcesses'], on: 'scaling-groups', use: 'acting' },
    { actions: ['autoscaling:DescribeAutoScalingGroups'], on: 'any', use: 'looking' },
    { actions: ['autoscaling:ResumeProcesses'], on: 'scaling-groups', use: 'undoing' },
  ],

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target, parameters, context): Promise<Preparation> {
    const { name } = targetOfKind(target, 'scaling-group');
    const preparedAtMs = context.now();
    const asked = wordsOf(parameterSchema.parse(parameters).processes);
    const suspended = await port.suspensions(name);
    if (suspended === undefined) return { ready: false, because: 'there is no such Auto Scaling group any more' };
    const running = PROCESSES.filter((one) => asked.includes(one) && !suspended.some(({ process }) => process === one));
    if (running.length === 0) return { ready: false, because: `suspended already: ${asked.join(', ')}` };
    return { ready: true, undo: { scalingGroup: name, preparedAtMs, processes: running } };
  },

  // Auto Scaling has no fence against a call that arrives late: only this look at the clock keeps the act from coming after its undo.
  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { scalingGroup, preparedAtMs, processes } = undoSchema.parse(undo);
    const suspended = await port.suspensions(scalingGroup).catch((error: unknown) => ({ error }));
    // The act was not tried.
    if (suspended !== undefined && 'error' in suspended) return failed('cannot-tell', String(suspended.error));
    const taken = suspended?.find(({ process }) => isIn(processes, process));
    // What somebody else has suspended since the preparation is not ours to resume.
    if (taken !== undefined)
      return failed('changed-meanwhile', `${taken.process} is suspended by now: ${taken.reason}`);
    const late = outsideWindow(preparedAtMs, context);
    if (late) return late;
    const { refused } = await port.suspend(scalingGroup, processes);
    return refused ? { outcome: 'failed', facts: refused } : { outcome: 'accepted', facts: { processes } };
  },

  async confirm(port, _target, undo): Promise<Confirmation> {
    const { scalingGroup, processes } = undoSchema.parse(undo);
    const suspended = await port.suspensions(scalingGroup);
    if (suspended === undefined) return { effect: 'failed', because: 'the Auto Scaling group is gone' };
    const running = processes.filter((one) => !suspended.some(({ process }) => process === one));
    return running.length === 0
      ? { effect: 'took-effect', because: `suspended: ${processes.join(', ')}` }
      : { effect: 'pending', because: `these run: ${running.join(', ')}` };
  },

  async undo(port, _target, undo): Promise<Undoing> {
    const { scalingGroup, ...made } = undoSchema.parse(undo);
    const look = async () => parted(made, await port.suspensions(scalingGroup));
    const before = await look();
    if (before === undefined) return { undone: true, because: 'gone: there is no such Auto Scaling group any more' };
    if (before.ours.length === 0)
      return { undone: true, because: ['nothing of ours is suspended', ...before.left].join('; ') };
    const { refused } = await port.resume(scalingGroup, before.ours);
    if (refused) return { undone: false, because: `${refused.code}: ${refused.message}` };
    const after = await look();
    if (after !== undefined && after.ours.length > 0) {
      return { undone: false, because: `still suspended: ${after.ours.join(', ')}` };
    }
    return { undone: true, because: [`resumed: ${before.ours.join(', ')}`, ...before.left].join('; ') };
  },

  byHand(_target, undo): string {
    const { scalingGroup, processes } = undoSchema.parse(undo);
    return (
      'Resume what the experiment suspended: aws autoscaling resume-processes ' +
      `--auto-scaling-group-name '${scalingGroup}' --scaling-processes ${processes.join(' ')}`
    );
  },
};

/**
 * What is ours of the suspended processes: all of them ran at the preparation, and ours were suspended in the minutes after it. One with a
 * later moment was resumed and suspended again by somebody else; an administrative suspension is Auto Scaling's own.
 */
function parted(
  { processes, preparedAtMs }: Pick<z.output<typeof undoSchema>, 'processes' | 'preparedAtMs'>,
  suspended: readonly Suspension[] | undefined,
): { readonly ours: readonly string[]; readonly left: readonly string[] } | undefined {
  if (suspended === undefined) return undefined;
  const found = suspended.filter(({ process }) => isIn(processes, process));
  const isOurs = ({ reason }: Suspension): boolean =>
    !/administrative/i.test(reason) && canBeOurs(preparedAtMs, userMoment(reason));
  return {
    ours: found.filter(isOurs).map(({ process }) => process),
    left: found.filter((one) => !isOurs(one)).map(({ process, reason }) => `left ${process} as it is: ${reason}`),
  };
}

/** When a user suspended it, as far as the reason says so; its wording is from memory. */
function userMoment(reason: string): number | undefined {
  const [, text] = /^User suspended at (\S+)$/.exec(reason) ?? [];
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function wordsOf(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

const isProcess = (word: string): boolean => isIn(PROCESSES, word);

const isIn = (words: readonly string[], word: string): boolean => words.includes(word);
