import * as z from 'zod';
import { commonAlarmInput, metricAlarmInput } from './alarm-definition.ts';
import type { Alarm, Alarms } from './alarms.ts';
import { invalidRequest } from './metric-data-query.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.CloudWatch.operations;

const alarmName = z.string().min(1).max(255);
const stateValue = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);

const describeInput = z.strictObject({
  AlarmNames: z.array(alarmName).optional(),
  AlarmNamePrefix: alarmName.optional(),
  AlarmTypes: z.array(z.enum(['MetricAlarm', 'CompositeAlarm'])).optional(),
  StateValue: stateValue.optional(),
  MaxRecords: z.int().optional(),
  NextToken: z.string().optional(),
});

type DescribeInput = z.output<typeof describeInput>;

/** The operations of CloudWatch's alarms. */
export function alarmOperations(alarms: Alarms): ServedService {
  return {
    PutMetricAlarm: serve({
      input: metricAlarmInput,
      answer: (input, caller) => {
        alarms.putMetric(input, caller);
        return {};
      },
    }),
    PutCompositeAlarm: serve({
      input: z.strictObject({ ...commonAlarmInput, AlarmRule: z.string().min(1).max(10_240) }),
      answer: (input, caller) => {
        alarms.putComposite(input, caller);
        return {};
      },
    }),
    DescribeAlarms: describeAlarms(alarms),
    SetAlarmState: serve({
      input: z.strictObject({
        AlarmName: alarmName,
        StateValue: stateValue,
        StateReason: z.string().max(1_023),
        StateReasonData: z.string().max(4_000).optional(),
      }),
      answer: ({ AlarmName, StateValue, StateReason, StateReasonData }) => {
        if (StateReasonData !== undefined) assertJson(StateReasonData);
        alarms.setState(AlarmName, { value: StateValue, reason: StateReason, reasonData: StateReasonData });
        return {};
      },
    }),
    DeleteAlarms: serve({
      input: z.strictObject({ AlarmNames: z.array(alarmName) }),
      answer: ({ AlarmNames }) => {
        assertAtMost(AlarmNames, limits.DeleteAlarms.atMost);
        alarms.delete(AlarmNames);
        return {};
      },
    }),
  };
}

function describeAlarms(alarms: Alarms) {
  const pager = createPager();
  return serve({
    input: describeInput,
    answer: (asked) => {
      const { AlarmNames, AlarmNamePrefix, MaxRecords, NextToken } = asked;
      if (AlarmNames !== undefined && AlarmNamePrefix !== undefined) {
        throw invalidRequest('AlarmNames and AlarmNamePrefix cannot be specified at the same time.');
      }
      assertAtMost(AlarmNames ?? [], limits.DescribeAlarms.atMost);
      const scope = `DescribeAlarms ${JSON.stringify({ ...asked, MaxRecords: undefined, NextToken: undefined })}`;
      const cursor = NextToken === undefined ? null : pager.cursor(scope, NextToken);
      if (NextToken !== undefined && cursor === null) {
        throw new AwsError('InvalidNextToken', 'The NextToken is not one of this request.');
      }
      const rest = itemsAfter(alarms.list(), nameOf, cursor);
      const { items, next } = takePage(rest, (alarm) => isWanted(alarm, asked), nameOf, pageSize(MaxRecords));
      return {
        MetricAlarms: items.flatMap((alarm) => (alarm.kind === 'metric' ? [described(alarm)] : [])),
        CompositeAlarms: items.flatMap((alarm) => (alarm.kind === 'composite' ? [described(alarm)] : [])),
        NextToken: next === null ? undefined : pager.token(scope, next),
      };
    },
  });
}

/** Without types only metric alarms are shown, as CloudWatch does it. */
function isWanted(alarm: Alarm, { AlarmNames, AlarmNamePrefix, AlarmTypes, StateValue }: DescribeInput): boolean {
  const name = nameOf(alarm);
  return (
    (AlarmTypes ?? ['MetricAlarm']).includes(alarm.kind === 'metric' ? 'MetricAlarm' : 'CompositeAlarm') &&
    (AlarmNames === undefined || AlarmNames.includes(name)) &&
    (AlarmNamePrefix === undefined || name.startsWith(AlarmNamePrefix)) &&
    (StateValue === undefined || StateValue === alarm.state.value)
  );
}

function nameOf(alarm: Alarm): string {
  return alarm.input.AlarmName;
}

function described(alarm: Alarm): object {
  return { ...alarm.input, ...stateMembers(alarm) };
}

function stateMembers({ arn, configuredAt, state }: Alarm): object {
  return {
    AlarmArn: arn,
    AlarmConfigurationUpdatedTimestamp: configuredAt,
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: state.at,
    StateTransitionedTimestamp: state.at,
  };
}

function pageSize(asked: number | undefined): number {
  const { least, most, unasked } = limits.DescribeAlarms.page;
  const size = asked ?? unasked;
  if (size < least || size > most) throw invalidRequest(`MaxRecords must be between ${least} and ${most}.`);
  return size;
}

function assertAtMost(names: readonly string[], atMost: number): void {
  if (names.length > atMost) throw invalidRequest(`AlarmNames must have at most ${atMost} members.`);
}

function assertJson(text: string): void {
  try {
    JSON.parse(text);
  } catch (cause) {
    const error = new AwsError('InvalidFormat', 'StateReasonData was not syntactically valid JSON.');
    error.cause = cause;
    throw error;
  }
}
