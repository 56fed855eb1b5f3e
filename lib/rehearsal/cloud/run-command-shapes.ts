import { type CommandRun, type Invocation, isOver } from './command-runs.ts';

/** Characters of output that GetCommandInvocation gives (its API reference). */
const STDOUT_SHOWN = 24_000;
const STDERR_SHOWN = 8_000;
/** Characters of a plugin's output that ListCommandInvocations gives with details. */
const OUTPUT_SHOWN = 2_500;

/** A command as SendCommand answers it. */
export function toCommand(run: CommandRun): object {
  const { commandId, documentName, comment, parameters, requestedAt, deliveryTimeoutSeconds, invocations, alarm } = run;
  const running = run.rendered.executionTimeoutMs / 1000;
  return {
    CommandId: commandId,
    DocumentName: documentName,
    DocumentVersion: '$DEFAULT',
    Comment: comment,
    ExpiresAfter: new Date(requestedAt.getTime() + (deliveryTimeoutSeconds + running) * 1000),
    Parameters: parameters,
    InstanceIds: invocations.map(({ instanceId }) => instanceId),
    Targets: [],
    RequestedDateTime: requestedAt,
    Status: 'Pending',
    StatusDetails: 'Pending',
    TargetCount: invocations.length,
    CompletedCount: invocations.filter(isOver).length,
    ErrorCount: 0,
    DeliveryTimedOutCount: 0,
    TimeoutSeconds: deliveryTimeoutSeconds,
    ...(alarm === null
      ? {}
      : {
          AlarmConfiguration: {
            Alarms: [{ Name: alarm.name }],
            IgnorePollAlarmFailure: alarm.ignorePollFailure,
          },
        }),
    TriggeredAlarms: triggered(run),
  };
}

/** One invocation as GetCommandInvocation answers it. */
export function toInvocationOutput(run: CommandRun, invocation: Invocation): object {
  const { startedAt, endedAt, stdout, stderr, status, statusDetails, responseCode, instanceId } = invocation;
  return {
    CommandId: run.commandId,
    InstanceId: instanceId,
    Comment: run.comment,
    DocumentName: run.documentName,
    DocumentVersion: '$DEFAULT',
    PluginName: run.rendered.step,
    ResponseCode: responseCode,
    ExecutionStartDateTime: startedAt?.toISOString() ?? '',
    ExecutionElapsedTime: startedAt && endedAt ? `PT${(endedAt.getTime() - startedAt.getTime()) / 1000}S` : '',
    ExecutionEndDateTime: endedAt?.toISOString() ?? '',
    Status: status,
    StatusDetails: statusDetails,
    StandardOutputContent: stdout.slice(0, STDOUT_SHOWN),
    StandardOutputUrl: '',
    StandardErrorContent: stderr.slice(0, STDERR_SHOWN),
    StandardErrorUrl: '',
  };
}

/** One invocation as ListCommandInvocations lists it. */
export function toInvocationItem(run: CommandRun, invocation: Invocation, withDetails: boolean): object {
  const { instanceId, status, statusDetails, responseCode, startedAt, endedAt, stdout } = invocation;
  const plugin = {
    Name: run.rendered.step,
    Status: status,
    StatusDetails: statusDetails,
    ResponseCode: responseCode,
    ResponseStartDateTime: startedAt ?? undefined,
    ResponseFinishDateTime: endedAt ?? undefined,
    Output: stdout.slice(0, OUTPUT_SHOWN),
  };
  return {
    CommandId: run.commandId,
    InstanceId: instanceId,
    Comment: run.comment,
    DocumentName: run.documentName,
    DocumentVersion: '$DEFAULT',
    RequestedDateTime: run.requestedAt,
    Status: status,
    StatusDetails: statusDetails,
    CommandPlugins: withDetails ? [plugin] : [],
  };
}

function triggered({ triggeredAlarm }: CommandRun): readonly object[] {
  return triggeredAlarm === null ? [] : [{ Name: triggeredAlarm.name, State: triggeredAlarm.state }];
}
