import { randomUUID } from 'node:crypto';
import { type MetricAlarmInput, metricsOfAlarm } from './alarm-definition.ts';
import { alarmTime } from './alarm-evaluation.ts';
import type { Alarm, AlarmStateRecord, AlarmTransition } from './alarms.ts';
import type { EventBuses } from './events.ts';
import type { Notice } from './topics.ts';

type AlarmEvent = Parameters<EventBuses['put']>[0];

/**
 * The event of a state change, as
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html documents it.
 */
export function stateChangeEvent({ alarm, before }: AlarmTransition): AlarmEvent {
  return {
    source: 'aws.cloudwatch',
    detailType: 'CloudWatch Alarm State Change',
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.input.AlarmName,
      configuration: configurationOf(alarm),
      previousState: stateOf(before),
      state: stateOf(alarm.state),
    },
  };
}

function configurationOf({ kind, input }: Alarm): object {
  const description = input.AlarmDescription === undefined ? {} : { description: input.AlarmDescription };
  if (kind === 'composite') return { ...description, alarmRule: input.AlarmRule };
  return { ...description, metrics: metricsOfAlarm(input, randomUUID()) };
}

function stateOf({ value, reason, reasonData, at }: AlarmStateRecord): object {
  return { reason, ...(reasonData === undefined ? {} : { reasonData }), timestamp: alarmTime(at), value };
}

/** The topics that a state change goes to: none while the alarm's actions are off. */
export function topicsToTell({ input, state }: Alarm): readonly string[] {
  if (!input.ActionsEnabled) return [];
  const { OKActions, AlarmActions, InsufficientDataActions } = input;
  return { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions }[state.value];
}

/** What a topic is told: the members of CloudWatch's own notification, from memory and published examples. */
export function stateChangeNotice({ alarm, before }: AlarmTransition): Pick<Notice, 'subject' | 'message'> {
  const { input, state, arn, kind } = alarm;
  const [, , , region = '', account = ''] = arn.split(':');
  const message = {
    AlarmName: input.AlarmName,
    AlarmDescription: input.AlarmDescription ?? null,
    AWSAccountId: account,
    AlarmConfigurationUpdatedTimestamp: alarmTime(alarm.configuredAt),
    NewStateValue: state.value,
    NewStateReason: state.reason,
    StateChangeTime: alarmTime(state.at),
    Region: region,
    AlarmArn: arn,
    OldStateValue: before.value,
    OKActions: input.OKActions,
    AlarmActions: input.AlarmActions,
    InsufficientDataActions: input.InsufficientDataActions,
    ...(kind === 'composite' ? { AlarmRule: input.AlarmRule } : { Trigger: triggerOf(input) }),
  };
  // The subject's limit is SNS's own; CloudWatch shortens a long name.
  const subject = `${state.value}: "${input.AlarmName}" in ${region}`.slice(0, 100);
  return { subject, message: JSON.stringify(message) };
}

function triggerOf(input: MetricAlarmInput): object {
  const { MetricName, Namespace, Statistic, ExtendedStatistic, Dimensions, Period, Metrics } = input;
  const { EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold, TreatMissingData } = input;
  const judged = { EvaluationPeriods, DatapointsToAlarm, ComparisonOperator, Threshold, TreatMissingData };
  if (Metrics !== undefined) return { Metrics, ...judged };
  const statistic =
    Statistic === undefined
      ? { StatisticType: 'ExtendedStatistic', ExtendedStatistic }
      : { StatisticType: 'Statistic', Statistic: Statistic.toUpperCase() };
  const dimensions = Dimensions.map(({ Name, Value }) => ({ name: Name, value: Value }));
  return { MetricName, Namespace, ...statistic, Unit: null, Dimensions: dimensions, Period, ...judged };
}
