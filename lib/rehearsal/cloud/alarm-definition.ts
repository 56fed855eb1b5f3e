import * as z from 'zod';
import {
  dimensionList,
  invalidRequest,
  type MetricDataQueryInput,
  metricDataQuery,
  toDimensions,
  toQuery,
} from './metric-data-query.ts';
import type { MetricQuery } from './metric-queries.ts';
import { KEPT_SECONDS, readStatistic } from './metric-store.ts';

const topicAction = z.string().regex(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]{1,256}$/, {
  error: 'is no SNS topic, and the local cloud performs no other action of an alarm',
});

/** Most actions for one state. Source: CloudWatch API reference, PutMetricAlarm. */
const actions = z.array(topicAction).max(5).default([]);

/** What every alarm says about itself and its actions. */
export const commonAlarmInput = {
  AlarmName: z.string().min(1).max(255),
  AlarmDescription: z.string().max(1_024).optional(),
  ActionsEnabled: z.boolean().default(true),
  OKActions: actions,
  AlarmActions: actions,
  InsufficientDataActions: actions,
};

/** `AlarmName` stands apart: a template may leave it out. */
export const metricAlarmProperties = {
  ...commonAlarmInput,
  Namespace: z.string().min(1).max(255).optional(),
  MetricName: z.string().min(1).max(255).optional(),
  Dimensions: dimensionList.max(30).default([]),
  Statistic: z.enum(['Average', 'Minimum', 'Maximum', 'Sum', 'SampleCount']).optional(),
  ExtendedStatistic: z
    .string()
    .refine((stat) => readStatistic(stat) !== null, { error: 'is no statistic that is served' })
    .optional(),
  // SDK documentation of PutMetricAlarm.
  Period: z
    .int()
    .refine((period) => [10, 20, 30].includes(period) || (period >= 60 && period % 60 === 0), {
      error: 'must be 10, 20, 30 or a multiple of 60',
    })
    .optional(),
  Metrics: z.array(metricDataQuery).min(1).max(20).optional(),
  EvaluationPeriods: z.int().min(1),
  DatapointsToAlarm: z.int().min(1).optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(
    ['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold'],
    { error: 'is no comparison with a fixed threshold, and the local cloud has no other' },
  ),
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).default('missing'),
  EvaluateLowSampleCountPercentile: z.literal('evaluate').optional(),
};

/** What `PutMetricAlarm` takes: alarms with a fixed threshold on a metric or on metric math. */
export const metricAlarmInput = z.strictObject(metricAlarmProperties);
export type MetricAlarmInput = z.output<typeof metricAlarmInput>;

/** What decides a metric alarm's state. */
export interface MetricAlarmRule {
  readonly queries: readonly MetricQuery[];
  readonly periodSeconds: number;
  /** N: how many of the most recent data points count. */
  readonly evaluationPeriods: number;
  /** M: how many of them must breach the threshold. */
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: MetricAlarmInput['ComparisonOperator'];
  readonly missing: MetricAlarmInput['TreatMissingData'];
  /** As the state's reason names it; null for metric math. */
  readonly statistic: string | null;
}

/**
 * Reads a metric alarm.
 * @throws AwsError ValidationError for parameters that do not fit each other, and for an alarm that looks further back than the
 * local cloud keeps its metrics.
 */
export function readMetricAlarm(input: MetricAlarmInput): MetricAlarmRule {
  const { EvaluationPeriods: evaluationPeriods, DatapointsToAlarm = evaluationPeriods } = input;
  if (DatapointsToAlarm > evaluationPeriods) {
    throw invalidRequest('DatapointsToAlarm must be less than or equal to EvaluationPeriods.');
  }
  const queries = queriesOf(input).map(toQuery);
  const periods = new Set(queries.flatMap((query) => ('periodSeconds' in query ? [query.periodSeconds] : [])));
  const [periodSeconds] = periods;
  if (periodSeconds === undefined || periods.size > 1) {
    throw invalidRequest('The metrics of an alarm must have one and the same Period.');
  }
  if (queries.filter(({ returned }) => returned).length !== 1) {
    throw invalidRequest('Exactly one element of the metrics list should return data.');
  }
  if (periodSeconds * evaluationPeriods > KEPT_SECONDS) {
    throw invalidRequest(
      `The local cloud keeps metrics for ${KEPT_SECONDS} seconds: Period times EvaluationPeriods must not be more.`,
    );
  }
  return {
    queries,
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm: DatapointsToAlarm,
    threshold: input.Threshold,
    comparison: input.ComparisonOperator,
    missing: input.TreatMissingData,
    statistic: input.Statistic ?? input.ExtendedStatistic ?? null,
  };
}

/** An alarm's metrics as queries: its own list, or its one metric. */
function queriesOf(input: MetricAlarmInput): readonly MetricDataQueryInput[] {
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Period, Metrics } = input;
  const single = [Namespace, MetricName, Statistic, ExtendedStatistic, Period].filter((given) => given !== undefined);
  if (Metrics !== undefined) {
    if (single.length === 0 && Dimensions.length === 0) return Metrics;
    throw invalidRequest(
      'An alarm on Metrics has no Namespace, MetricName, Dimensions, Statistic or Period of its own.',
    );
  }
  if (Statistic !== undefined && ExtendedStatistic !== undefined) {
    throw invalidRequest('An alarm has either a Statistic or an ExtendedStatistic.');
  }
  const Stat = Statistic ?? ExtendedStatistic;
  if (Namespace === undefined || MetricName === undefined || Stat === undefined || Period === undefined) {
    throw invalidRequest('An alarm needs Metrics, or Namespace, MetricName, Period and a statistic.');
  }
  return [{ Id: 'm1', MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat } }];
}

/** The alarm's metrics as the events about it show them. */
export function metricsOfAlarm(input: MetricAlarmInput, singleId: string): readonly object[] {
  return queriesOf(input).map(({ Id, MetricStat, Expression, Label, ReturnData = true }) => ({
    id: input.Metrics === undefined ? singleId : Id,
    ...(Expression === undefined ? {} : { expression: Expression }),
    ...(Label === undefined ? {} : { label: Label }),
    ...(MetricStat === undefined
      ? {}
      : {
          metricStat: {
            metric: {
              namespace: MetricStat.Metric.Namespace,
              name: MetricStat.Metric.MetricName,
              dimensions: toDimensions(MetricStat.Metric.Dimensions ?? []),
            },
            period: MetricStat.Period,
            stat: MetricStat.Stat,
          },
        }),
    returnData: ReturnData,
  }));
}
