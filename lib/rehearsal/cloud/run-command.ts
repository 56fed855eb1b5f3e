import * as z from 'zod';
import { type AlarmState, type CommandHost, type CommandRun, CommandRuns, type Invocation } from './command-runs.ts';
import { type CommandDocument, type ProvisionedDocument, renderDocument } from './documents.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { toCommand, toInvocationItem, toInvocationOutput } from './run-command-shapes.ts';
import { servedOperations } from './served-operations.ts';

export type { AlarmState, CommandHost, CommandJob } from './command-runs.ts';

const limits = servedOperations.SSM.operations;

/** How long an invocation that was just made is not found yet. */
const VISIBLE_AFTER_MS = 200;
/** How often the alarm of a running command is looked at. */
const ALARM_POLL_MS = 500;

export interface RunCommandOptions {
  /** By default none. */
  readonly documents?: readonly ProvisionedDocument[];
  /** The managed nodes; by default none. Asked at every call. */
  readonly instanceIds?: () => readonly string[];
  /** What runs the scripts. Without one there must be no nodes. */
  readonly host?: CommandHost;
  /** By default no alarm is known; then a command with an alarm does not run, unless it ignores that. */
  readonly alarmState?: AlarmState;
  readonly onDefect?: (sentence: string, cause: unknown) => void;
  readonly now?: () => Date;
  /** 200 ms by default, as an invocation is not found right after SendCommand in AWS either. */
  readonly visibleAfterMs?: number;
  /** 500 ms by default. */
  readonly alarmPollMs?: number;
}

/** SSM's Run Command, and a look at it from the rehearsal itself. */
export interface RunCommands {
  readonly operations: ServedService;
  /** All commands, newest first. */
  list(): readonly CommandRun[];
  /** Cancels what runs, and waits until it has ended. */
  close(): Promise<void>;
}

const commandId = z.guid({ error: 'is no command id' });
const instanceId = z.string().regex(/^(i|mi)-[0-9a-f]{8}([0-9a-f]{9})?$/, { error: 'is no instance id' });

const sendCommandInput = z.strictObject({
  DocumentName: z.string().regex(/^[\w.:/-]+$/, { error: 'is no name of a document' }),
  InstanceIds: z.array(instanceId).min(1).max(limits.SendCommand.atMost),
  Parameters: z.record(z.string(), z.array(z.string())).default({}),
  Comment: z.string().max(100).default(''),
  TimeoutSeconds: z.int().min(30).max(2_592_000).default(3_600),
  AlarmConfiguration: z
    .strictObject({
      Alarms: z.tuple([z.strictObject({ Name: z.string().min(1).max(255) })]),
      IgnorePollAlarmFailure: z.boolean().default(false),
    })
    .optional(),
});

/**
 * SendCommand, GetCommandInvocation, ListCommandInvocations and CancelCommand. Scripts really run, on the host that is given.
 * Targets, concurrency, error limits and outputs to S3 are not served.
 */
export function runCommands(options: RunCommandOptions = {}): RunCommands {
  const now = options.now ?? (() => new Date());
  const runs = new CommandRuns({
    host: options.host ?? { run: () => Promise.reject(new Error('there is no host to run commands on')) },
    alarmState: options.alarmState ?? (() => undefined),
    alarmPollMs: options.alarmPollMs ?? ALARM_POLL_MS,
    now,
    onDefect: options.onDefect ?? (() => undefined),
  });
  const visibleAfterMs = options.visibleAfterMs ?? VISIBLE_AFTER_MS;
  const isVisible = ({ requestedAt }: CommandRun): boolean => now().getTime() - requestedAt.getTime() >= visibleAfterMs;
  return {
    operations: {
      SendCommand: sendCommand(runs, options),
      GetCommandInvocation: getCommandInvocation(runs, isVisible),
      ListCommandInvocations: listCommandInvocations(runs, isVisible),
      CancelCommand: cancelCommand(runs),
    },
    list: () => runs.list(),
    close: () => runs.close(),
  };
}

function sendCommand(runs: CommandRuns, { documents = [], instanceIds = () => [] }: RunCommandOptions) {
  const contents = new Map<string, CommandDocument>(documents.map(({ name, content }) => [name, content]));
  return serve({
    input: sendCommandInput,
    answer: (input, { accountId }) => {
      const { DocumentName: name, InstanceIds: ids, AlarmConfiguration: alarms } = input;
      const content = contents.get(documentName(name));
      if (content === undefined) throw new AwsError('InvalidDocument', `Document with name ${name} does not exist.`);
      const known = instanceIds();
      const unknown = ids.filter((id) => !known.includes(id));
      if (unknown.length > 0) {
        const message = `Instances [[${unknown.join(', ')}]] not in a valid state for account ${accountId}`;
        throw new AwsError('InvalidInstanceId', message);
      }
      if (new Set(ids).size < ids.length) throw new AwsError('DuplicateInstanceId', 'InstanceIds has a duplicate.');
      const rendered = renderDocument(content, input.Parameters);
      if ('invalid' in rendered) throw new AwsError('InvalidParameters', rendered.invalid);
      const alarm = alarms && { name: alarms.Alarms[0].Name, ignorePollFailure: alarms.IgnorePollAlarmFailure };
      const run = runs.start(
        {
          documentName: documentName(name),
          rendered,
          parameters: input.Parameters,
          comment: input.Comment,
          deliveryTimeoutSeconds: input.TimeoutSeconds,
          alarm: alarm ?? null,
        },
        ids,
      );
      return { Command: toCommand(run) };
    },
  });
}

function getCommandInvocation(runs: CommandRuns, isVisible: (run: CommandRun) => boolean) {
  return serve({
    input: z.strictObject({ CommandId: commandId, InstanceId: instanceId, PluginName: z.string().min(4).optional() }),
    answer: (input) => {
      const run = runs.find(input.CommandId);
      const invocation = run?.invocations.find((each) => each.instanceId === input.InstanceId);
      if (run === undefined || invocation === undefined || !isVisible(run)) {
        throw new AwsError(
          'InvocationDoesNotExist',
          'The command ID and managed node ID you specified did not match any invocations.',
        );
      }
      if (input.PluginName !== undefined && input.PluginName !== run.rendered.step) {
        throw new AwsError('InvalidPluginName', `The plugin name ${input.PluginName} isn't valid.`);
      }
      return toInvocationOutput(run, invocation);
    },
  });
}

function listCommandInvocations(runs: CommandRuns, isVisible: (run: CommandRun) => boolean) {
  const pager = createPager();
  const { page } = limits.ListCommandInvocations;
  return serve({
    input: z.strictObject({
      CommandId: commandId.optional(),
      InstanceId: instanceId.optional(),
      Details: z.boolean().default(false),
      MaxResults: z.int().min(page.least).max(page.most).default(page.unasked),
      NextToken: z.string().optional(),
    }),
    answer: (input) => {
      const { CommandId, InstanceId, Details, MaxResults, NextToken } = input;
      if (input.CommandId !== undefined && runs.find(input.CommandId) === undefined) throw noCommand();
      const scope = `ListCommandInvocations ${CommandId ?? ''} ${InstanceId ?? ''} ${Details}`;
      const cursor = NextToken === undefined ? null : pager.cursor(scope, NextToken);
      if (NextToken !== undefined && cursor === null) {
        throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
      }
      const all = runs.list().flatMap((run) => run.invocations.map((invocation) => ({ run, invocation })));
      const isWanted = ({ run, invocation }: Listed): boolean =>
        isVisible(run) &&
        (CommandId === undefined || run.commandId === CommandId) &&
        (InstanceId === undefined || invocation.instanceId === InstanceId);
      const keyed = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const { items, next } = takePage(itemsAfter(keyed, keyOf, cursor), isWanted, keyOf, MaxResults);
      return {
        CommandInvocations: items.map(({ run, invocation }) => toInvocationItem(run, invocation, Details)),
        NextToken: next === null ? undefined : pager.token(scope, next),
      };
    },
  });
}

interface Listed {
  readonly run: CommandRun;
  readonly invocation: Invocation;
}

function keyOf({ run, invocation }: Listed): string {
  return `${run.commandId} ${invocation.instanceId}`;
}

function cancelCommand(runs: CommandRuns) {
  return serve({
    input: z.strictObject({
      CommandId: commandId,
      InstanceIds: z.array(instanceId).max(limits.CancelCommand.atMost).optional(),
    }),
    answer: ({ CommandId, InstanceIds }) => {
      const run = runs.find(CommandId);
      if (run === undefined) throw noCommand();
      const unknown = InstanceIds?.find((id) => !run.invocations.some((each) => each.instanceId === id));
      if (unknown !== undefined) throw new AwsError('InvalidInstanceId', `The command was not sent to ${unknown}.`);
      runs.cancel(CommandId, InstanceIds);
      return {};
    },
  });
}

function noCommand(): AwsError {
  return new AwsError('InvalidCommandId', 'The command ID is not valid. Verify the ID and try again.');
}

/** The name in a document's ARN, or the name itself. */
function documentName(nameOrArn: string): string {
  return /:document\/([\w.-]+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
}
