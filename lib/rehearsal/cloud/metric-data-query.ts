import * as z from 'zod';
import { MetricMathError } from './metric-math-syntax.ts';
import { type MetricQuery, readExpression } from './metric-queries.ts';
import { readStatistic } from './metric-store.ts';
import { AwsError } from './operation.ts';

/** Periods below a minute that CloudWatch has for high-resolution metrics. */
const SHORT_PERIODS = [1, 5, 10, 20, 30];

const periodSeconds = z
  .int()
  .refine((period) => SHORT_PERIODS.includes(period) || (period >= 60 && period % 60 === 0), {
    error: 'must be 1, 5, 10, 20, 30 or a multiple of 60',
  });

/** CloudWatch's list of dimensions. */
export const dimensionList = z.array(z.strictObject({ Name: z.string().min(1), Value: z.string().min(1) }));

const metricStat = z.strictObject({
  Metric: z.strictObject({
    Namespace: z.string().min(1),
    MetricName: z.string().min(1),
    Dimensions: dimensionList.optional(),
  }),
  Period: periodSeconds,
  Stat: z.string().refine((stat) => readStatistic(stat) !== null, { error: 'is no statistic that is served' }),
});

// What the expression language lacks here is found at once, as a parameter that is not served.
const expression = z
  .string()
  .min(1)
  .max(2_048)
  .superRefine((text, context) => {
    try {
      readExpression(text);
    } catch (error) {
      if (!(error instanceof MetricMathError)) throw error;
      context.addIssue({ code: 'custom', message: `Error in expression "${text}": ${error.message}` });
    }
  });

/** A `MetricDataQuery` of GetMetricData and of alarms. */
export const metricDataQuery = z.strictObject({
  Id: z
    .string()
    .regex(/^[a-z][a-zA-Z0-9_]*$/, { error: 'must begin with a small letter, then letters, digits or _' })
    .max(255),
  MetricStat: metricStat.optional(),
  Expression: expression.optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().optional(),
});

export type MetricDataQueryInput = z.output<typeof metricDataQuery>;

/** @throws AwsError ValidationError for a query that is neither a metric nor an expression, or both. */
export function toQuery({ Id, MetricStat, Expression, Label, ReturnData = true }: MetricDataQueryInput): MetricQuery {
  const base = { id: Id, label: Label ?? MetricStat?.Metric.MetricName ?? Id, returned: ReturnData };
  if (Expression !== undefined && MetricStat === undefined) return { ...base, expression: Expression };
  const statistic = MetricStat === undefined ? null : readStatistic(MetricStat.Stat);
  if (MetricStat === undefined || statistic === null || Expression !== undefined) {
    throw invalidRequest(`The query "${Id}" must have either a MetricStat or an Expression.`);
  }
  const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric;
  const metric = { namespace: Namespace, metric: MetricName, dimensions: toDimensions(Dimensions) };
  return { ...base, metric, statistic, periodSeconds: MetricStat.Period };
}

/** Dimensions by name. */
export function toDimensions(list: z.output<typeof dimensionList>): Readonly<Record<string, string>> {
  return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
}

/** CloudWatch's error for parameters that are wrong or do not fit each other. */
export function invalidRequest(message: string, cause?: unknown): AwsError {
  const error = new AwsError('ValidationError', message);
  if (cause !== undefined) error.cause = cause;
  return error;
}
