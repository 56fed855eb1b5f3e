import * as z from 'zod';
import type { FaultTarget } from '../../core/fault-target.ts';
import type {
  ActContext,
  Confirmation,
  FaultContext,
  FaultPermission,
  Injection,
  OneShotFault,
  Preparation,
  ReversibleFault,
  UndoData,
  Undoing,
} from '../contract.ts';
import type { HostCommand, HostCommands, PrefixLists, ServiceAddresses } from '../host-commands.ts';
import type { TaskStopper } from '../stop-task.ts';
import { UNDO_DOCUMENT } from './documents.ts';
import { confirmation, planAnswerSchema, statusAnswerSchema, undoAnswerSchema } from './host-answers.ts';
import type { HostParameter, HostParameters, ParsedParameters } from './parameters.ts';
import { text, wholeNumber } from './parameters.ts';

/** What every fault on container hosts needs of AWS: commands, and a look at a target whose host is out of reach. */
export type HostPort = HostCommands & Pick<TaskStopper, 'describeTask'> & ServiceAddresses & PrefixLists;

/** What differs from one fault on container hosts to the next. */
export interface HostFaultDeclaration<Parameters extends HostParameters> {
  /** Of the fault, of its script (`<name>.sh` in this folder) and of its acting document. */
  readonly name: string;
  readonly summary: string;
  readonly scopes: readonly ('container' | 'host')[];
  /** Besides an SSM agent, Docker, flock and timeout. */
  readonly prerequisites?: readonly string[];
  /** Besides the duration and, for a container, its name. */
  readonly parameters: Parameters;
  /** Files of this folder that its script shares with some others, in order. */
  readonly shares?: readonly string[];
  /** What `resolve` may ask AWS, besides what every fault on a host needs. */
  readonly permissions?: readonly FaultPermission[];
  /** Why these parameters do not go together; undefined when they do. */
  readonly contradiction?: (parameters: ParsedParameters<Parameters>) => string | undefined;
  /** Seconds that it lasts unless told otherwise; `one-shot` is over as soon as it is done. */
  readonly lasts: number | 'one-shot';
  /** Whether the task may run on after it, as after a container's that its restart policy starts again. */
  readonly targetMayStay?: true;
  /** Longest duration in seconds; an hour by default. */
  readonly longest?: number;
  /** Parameters whose value is worked out before the act, from what the host cannot know; they are stored with what the undo needs. */
  readonly resolve?: (
    port: HostPort,
    parameters: ParsedParameters<Parameters>,
  ) => Promise<Readonly<Record<string, string>>>;
  /** What `resolve` gives, as the document takes it. */
  readonly resolved?: Readonly<Record<string, { readonly description: string; readonly allowedPattern: string }>>;
  /** What a person runs on the host, as root, when the undo cannot be confirmed. `where` is the task's ARN, or `the host`. */
  readonly byHand: (where: string) => string;
}

/** What the documents of a host fault are made from. */
export interface HostScript {
  readonly name: string;
  readonly shares: readonly string[];
  /** What a person runs on the host, as root, when the undo cannot be confirmed. */
  readonly byHand: (where: string) => string;
  /** What its act takes besides what every act takes. */
  readonly parameters: Readonly<Record<string, { readonly description: string; readonly allowedPattern: string }>>;
}

/** A fault that is over as soon as its script is done. */
export type OneShotHostFault = OneShotFault<HostPort> & { readonly script: HostScript };
/** A fault that its host takes away again by itself. */
export type ReversibleHostFault = ReversibleFault<HostPort> & { readonly script: HostScript };
/** A fault whose act is a script on a container host. */
export type HostFault = OneShotHostFault | ReversibleHostFault;

/** The least that Run Command takes (API reference of SendCommand, TimeoutSeconds). The act has `notAfter` on the host besides. */
const DELIVER_WITHIN_SECONDS = 30;
const HOUR_SECONDS = 3600;

const CONTAINER = text('name of one container of the task; * for all', '[*]|[A-Za-z0-9_-]{1,255}', '*');

const PREREQUISITES = [
  'the target is an EC2 container host that carries the opt-in tag, or a task on one',
  'the host has SSM Agent 3.3.2746.0 or later and may use Systems Manager (AmazonSSMManagedInstanceCore)',
  'the host has Docker, flock (util-linux) and timeout (coreutils)',
];

const PERMISSIONS: readonly FaultPermission[] = [
  { actions: ['ssm:SendCommand'], on: 'commands', use: 'acting' },
  {
    actions: ['ssm:GetCommandInvocation', 'ecs:DescribeContainerInstances', 'ec2:DescribeInstances'],
    on: 'any',
    use: 'looking',
  },
  { actions: ['ecs:DescribeTasks'], on: 'tasks', use: 'looking' },
];

const undoSchema = z.strictObject({
  instanceId: z.string().min(1),
  /** The task's ARN, or the word `host`. */
  target: z.string().min(1),
  resolved: z.record(z.string(), z.string()),
});
type HostUndo = z.output<typeof undoSchema>;

/** A fault on container hosts, made of its declaration; the rest is the same for all of them. */
export function hostFault<const Parameters extends HostParameters>(
  declaration: HostFaultDeclaration<Parameters> & { readonly lasts: number },
): ReversibleHostFault;
export function hostFault<const Parameters extends HostParameters>(
  declaration: HostFaultDeclaration<Parameters> & { readonly lasts: 'one-shot' },
): OneShotHostFault;
export function hostFault<const Parameters extends HostParameters>(
  declaration: HostFaultDeclaration<Parameters>,
): HostFault {
  const { name, summary, scopes, prerequisites = [], lasts, byHand } = declaration;
  const own: HostParameters = {
    ...(scopes.includes('container') ? { container: CONTAINER } : {}),
    ...declaration.parameters,
  };
  const parameters = schemaOf(declaration, own);
  const parse = (given: object): Record<string, unknown> => parameters.parse(given) as Record<string, unknown>;
  const shared = {
    name,
    summary,
    scopes,
    reach: ['ec2'] as const,
    parameters,
    prerequisites: [...PREREQUISITES, ...prerequisites],
    ...(declaration.targetMayStay ? { targetMayStay: true as const } : {}),
    permissions: [...PERMISSIONS, ...(declaration.permissions ?? [])],
    script: {
      name,
      shares: declaration.shares ?? [],
      byHand,
      parameters: { ...declared(own), ...declaration.resolved },
    },

    async prepare(port: HostPort, target: FaultTarget, given: object): Promise<Preparation> {
      const found = await hostOf(port, target);
      if ('because' in found) return { ready: false, ...found };
      const resolved = (await declaration.resolve?.(port, parse(given) as ParsedParameters<Parameters>)) ?? {};
      return { ready: true, undo: { ...found, resolved } };
    },

    async plan(
      port: HostPort,
      target: FaultTarget,
      given: object,
      undo: UndoData,
      context: ActContext,
    ): Promise<string[]> {
      const sent = acting(name, own, parse(given), undoSchema.parse(undo), context, 'plan');
      const { code, because, would } = planAnswerSchema.parse(await port.runCommand(sent));
      return code === 'planned' ? would : [`${target.resource}: refused: ${code}: ${because}`];
    },

    async inject(
      port: HostPort,
      _target: FaultTarget,
      given: object,
      undo: UndoData,
      context: ActContext,
    ): Promise<Injection> {
      const host = undoSchema.parse(undo);
      const command = acting(name, own, parse(given), host, context, 'apply');
      const sent = await port.sendCommand({ ...command, alarms: context.alarms });
      return 'refused' in sent
        ? { outcome: 'failed', facts: sent.refused }
        : { outcome: 'accepted', facts: { commandId: sent.commandId, instanceId: host.instanceId } };
    },

    async confirm(port: HostPort, _target: FaultTarget, undo: UndoData, context: FaultContext): Promise<Confirmation> {
      return confirmation(statusAnswerSchema.parse(await port.runCommand(looking(undo, context, 'status'))));
    },
  };
  if (lasts === 'one-shot') return { ...shared, kind: 'one-shot' };
  return {
    ...shared,
    kind: 'reversible',
    undoing: `by the host itself at the deadline, or earlier by the document ${UNDO_DOCUMENT.name}`,
    durationSeconds: (given) => Number(parse(given).durationSeconds),
    undo: async (port, target, undo, context) => await takeBack(port, target, looking(undo, context, 'undo')),
    byHand(_target, undo) {
      const { instanceId, target } = undoSchema.parse(undo);
      return `On instance ${instanceId}, as root: ${byHand(target === 'host' ? 'the host' : target)}`;
    },
  };
}

function schemaOf<Parameters extends HostParameters>(
  { lasts, longest = HOUR_SECONDS, contradiction }: HostFaultDeclaration<Parameters>,
  own: HostParameters,
): z.ZodType<object> {
  const duration =
    lasts === 'one-shot'
      ? {}
      : {
          durationSeconds: wholeNumber('how long it lasts, in seconds', { least: 1, most: longest, otherwise: lasts })
            .schema,
        };
  const shape = Object.fromEntries(Object.entries(own).map(([name, { schema }]) => [name, schema]));
  const schema = z.strictObject({ ...duration, ...shape });
  if (contradiction === undefined) return schema;
  return schema.check((payload) => {
    const message = contradiction(payload.value as unknown as ParsedParameters<Parameters>);
    if (message !== undefined) payload.issues.push({ code: 'custom', message, input: payload.value });
  });
}

const declared = (parameters: HostParameters): HostScript['parameters'] =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { schema, allowedPattern }]: [string, HostParameter]) => [
      name,
      { description: schema.description ?? name, allowedPattern },
    ]),
  );

/** The host of the target as it is now. */
async function hostOf(
  port: HostPort,
  target: FaultTarget,
): Promise<{ instanceId: string; target: string } | { because: string }> {
  if (target.kind !== 'task' && target.kind !== 'host') return { because: `a ${target.kind} is not on one host` };
  const { containerInstanceArn, clusterArn } = target;
  const instance = target.kind === 'host' ? target.resource : undefined;
  if (containerInstanceArn === undefined || clusterArn === undefined) {
    return instance === undefined
      ? { because: 'the task is not on a container host' }
      : { instanceId: instance, target: 'host' };
  }
  const host = await port.hostOf(clusterArn, containerInstanceArn);
  if (host === undefined) return { because: 'ECS does not know the container host' };
  if (!host.agentConnected) return { because: `the ECS agent of ${host.instanceId} is not connected` };
  return { instanceId: host.instanceId, target: instance === undefined ? target.resource : 'host' };
}

/** The command that acts, or says what it would do. */
function acting(
  name: string,
  own: HostParameters,
  parsed: Readonly<Record<string, unknown>>,
  { instanceId, target, resolved }: HostUndo,
  { experiment, notAfterMs, untilMs, installTools }: ActContext,
  action: 'apply' | 'plan',
): HostCommand {
  const wire = Object.entries(own).map(([one, { toWire }]): [string, string] => [one, toWire(parsed[one] as never)]);
  return {
    document: name,
    instanceId,
    parameters: {
      ...{ action, experiment, target },
      install: installTools ? 'yes' : 'no',
      // Rounded to the careful side: the act begins no later, and the undo comes no earlier than told.
      notAfter: String(Math.floor(notAfterMs / 1000)),
      until: String(Math.ceil(untilMs / 1000)),
      ...Object.fromEntries(wire),
      ...resolved,
    },
    comment: `Capuchin ${experiment}`,
    deliverWithinSeconds: DELIVER_WITHIN_SECONDS,
  };
}

/** A command that undoes or looks, by the document that can do nothing else. */
function looking(undo: UndoData, { experiment }: FaultContext, action: 'undo' | 'status'): HostCommand {
  const { instanceId, target } = undoSchema.parse(undo);
  return {
    document: UNDO_DOCUMENT.name,
    instanceId,
    parameters: { action, experiment, target },
    comment: `Capuchin ${experiment}`,
    deliverWithinSeconds: DELIVER_WITHIN_SECONDS,
  };
}

async function takeBack(port: HostPort, target: FaultTarget, command: HostCommand): Promise<Undoing> {
  let answer: z.output<typeof undoAnswerSchema>;
  try {
    answer = undoAnswerSchema.parse(await port.runCommand(command));
  } catch (error) {
    // A host that is gone answers nothing any more, and has taken the fault with it. Only AWS's own word for that will do.
    const gone = await whyGone(port, target, command.instanceId);
    if (gone === undefined) throw error;
    return { undone: true, because: `its host did not answer; ${gone}` };
  }
  // That agent hands on no parameters, so no act can have begun by it; the script has looked that no record says otherwise.
  const neverBegan = answer.code === 'agent-too-old' && answer.clean;
  return { undone: answer.undone || neverBegan, because: `${answer.code}: ${answer.because}` };
}

async function whyGone(port: HostPort, target: FaultTarget, instanceId: string): Promise<string | undefined> {
  if (target.kind === 'task') {
    const task = await port.describeTask(target.clusterArn, target.resource);
    return task === undefined || task.lastStatus === 'STOPPED'
      ? 'the task has stopped and its containers are gone'
      : undefined;
  }
  return (await port.isTerminated(instanceId)) ? 'the instance is terminated' : undefined;
}
