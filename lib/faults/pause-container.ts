import * as z from 'zod';
import type {
  Confirmation,
  FaultContext,
  Injection,
  Preparation,
  ReversibleFault,
  UndoData,
  Undoing,
} from './contract.ts';
import type { HostCommand, HostCommands } from './host-commands.ts';
import { undoingDocument } from './hosts/catalogue.ts';
import type { TaskStopper } from './stop-task.ts';

/** What `pause-container` needs of AWS: commands on hosts, and a look at the task when its host is out of reach. */
export type ContainerPauser = HostCommands & Pick<TaskStopper, 'describeTask'>;

const NAME = 'pause-container';
/** The least that Run Command takes (API reference of SendCommand, TimeoutSeconds). The act has `notAfter` on the host besides. */
const DELIVER_WITHIN_SECONDS = 30;

const parameterSchema = z.strictObject({
  durationSeconds: z.int().min(1).max(3600).default(60).describe('how long the containers are frozen, in seconds'),
  container: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,255}$/)
    .optional()
    .describe('name of one container of the task; default: all of them'),
});

const undoSchema = z.strictObject({
  instanceId: z.string().min(1),
  taskArn: z.string().min(1),
  container: z.string().min(1).optional(),
});

/** How a container is, in the host script's words. */
const containersSchema = z.array(z.object({ id: z.string(), state: z.string() }));
/** The host script's answers, as far as they are read; see `hosts/common.sh`. */
const undoAnswerSchema = z.object({
  code: z.string(),
  because: z.string().default(''),
  undone: z.boolean().default(false),
  clean: z.boolean().default(false),
});
const statusAnswerSchema = z.object({
  code: z.string(),
  because: z.string().default(''),
  ended: z.boolean().default(false),
  containers: containersSchema.default([]),
  apply: z.object({ code: z.string(), because: z.string().default('') }).optional(),
});
type StatusAnswer = z.output<typeof statusAnswerSchema>;

export const pauseContainer: ReversibleFault<ContainerPauser> = {
  name: NAME,
  summary:
    'Freezes a task’s containers through the engine of their host, as a long collection of garbage would, and thaws them.',
  scope: 'container',
  reach: ['ec2'],
  parameters: parameterSchema,
  kind: 'reversible',
  prerequisites: [
    'the task runs on an EC2 container host that carries the opt-in tag',
    'the host has SSM Agent 3.3.2746.0 or later and may use Systems Manager (AmazonSSMManagedInstanceCore)',
    'the host has Docker, flock (util-linux) and timeout (coreutils)',
  ],
  permissions: [
    { actions: ['ssm:SendCommand'], on: 'commands', optedInOnly: true },
    { actions: ['ssm:GetCommandInvocation', 'ecs:DescribeContainerInstances'], on: 'any', optedInOnly: false },
    { actions: ['ecs:DescribeTasks'], on: 'tasks', optedInOnly: false },
  ],

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target, parameters): Promise<Preparation> {
    const { container } = parameterSchema.parse(parameters);
    const { containerInstanceArn, clusterArn, resource: taskArn } = target;
    if (containerInstanceArn === undefined) return { ready: false, because: 'the task is not on a container host' };
    const host = await port.hostOf(clusterArn, containerInstanceArn);
    if (host === undefined) return { ready: false, because: 'ECS does not know the task’s container host' };
    if (!host.agentConnected) return { ready: false, because: `the ECS agent of ${host.instanceId} is not connected` };
    return { ready: true, undo: { instanceId: host.instanceId, taskArn, ...(container ? { container } : {}) } };
  },

  async inject(port, _target, _parameters, undo, context): Promise<Injection> {
    const { instanceId, container = '*' } = undoSchema.parse(undo);
    const { parameters: known, ...envelope } = command(undo, context, 'apply');
    const sent = await port.sendCommand({
      ...envelope,
      parameters: {
        ...known,
        container,
        // Rounded to the careful side: the act begins no later, and the undo comes no earlier than told.
        notAfter: String(Math.floor(context.notAfterMs / 1000)),
        until: String(Math.ceil(context.untilMs / 1000)),
      },
      alarms: context.alarms,
    });
    return 'refused' in sent
      ? { outcome: 'failed', facts: sent.refused }
      : { outcome: 'accepted', facts: { commandId: sent.commandId, instanceId } };
  },

  async confirm(port, _target, undo, context): Promise<Confirmation> {
    return confirmation(statusAnswerSchema.parse(await port.runCommand(command(undo, context, 'status'))));
  },

  async undo(port, target, undo, context): Promise<Undoing> {
    let answer: z.output<typeof undoAnswerSchema>;
    try {
      answer = undoAnswerSchema.parse(await port.runCommand(command(undo, context, 'undo')));
    } catch (error) {
      // A host that is gone answers nothing any more, and has taken the containers with it. Only ECS's word for that will do.
      const task = await port.describeTask(target.clusterArn, target.resource);
      if (task !== undefined && task.lastStatus !== 'STOPPED') throw error;
      return { undone: true, because: 'its host did not answer; the task has stopped and its containers are gone' };
    }
    // That agent hands on no parameters, so no act can have begun by it; the script has looked that no record says otherwise.
    const neverBegan = answer.code === 'agent-too-old' && answer.clean;
    return { undone: answer.undone || neverBegan, because: `${answer.code}: ${answer.because}` };
  },

  byHand(_target, undo): string {
    const { instanceId, taskArn, container } = undoSchema.parse(undo);
    const named = container ? ` --filter label=com.amazonaws.ecs.container-name=${container}` : '';
    return (
      `On instance ${instanceId}, as root, thaw what is still frozen of the task: ` +
      `docker ps -q --filter status=paused --filter label=com.amazonaws.ecs.task-arn=${taskArn}${named} | xargs -r docker unpause`
    );
  },
};

/** A command of this fault. What acts is one document, what undoes and looks is another. */
function command(undo: UndoData, { experiment }: FaultContext, action: 'apply' | 'undo' | 'status'): HostCommand {
  const { instanceId, taskArn } = undoSchema.parse(undo);
  return {
    document: action === 'apply' ? NAME : undoingDocument(NAME),
    instanceId,
    parameters: { action, experiment, taskArn },
    comment: `Capuchin ${experiment}`,
    deliverWithinSeconds: DELIVER_WITHIN_SECONDS,
  };
}

/** What the host's look says. The act's own answer alone never counts as an effect: it was given after a look, and is weighed with this one. */
function confirmation({ code, because, ended, containers, apply }: StatusAnswer): Confirmation {
  if (code === 'not-begun' || code === 'beginning') return { effect: 'pending', because };
  if (code !== 'known' || apply === undefined) return { effect: 'failed', because: `${code}: ${because}` };
  if (apply.code !== 'applied') return { effect: 'failed', because: `${apply.code}: ${apply.because}` };
  const count = (state: string): number => containers.filter((one) => one.state === state).length;
  if (count('paused') > 0) {
    return { effect: 'took-effect', because: `${count('paused')} of ${containers.length} containers are frozen` };
  }
  if (ended) return { effect: 'took-effect', because: 'they were seen frozen, and are thawed again' };
  if (count('gone') > 0) return { effect: 'took-effect', because: 'they were seen frozen, and are gone since' };
  if (count('unknown') > 0) return { effect: 'pending', because: 'the engine does not say how the containers are' };
  // The script itself saw them frozen. ECS thaws a container to stop it, when its task fails health checks.
  return { effect: 'took-effect', because: 'they were seen frozen, and another hand has thawed them since' };
}
