import * as z from 'zod';
import { MetricMathError } from './metric-math-syntax.ts';
import { evaluateRequest, type MetricQuery, type QueryResult, readExpression } from './metric-queries.ts';
import { type MetricStore, readStatistic } from './metric-store.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, type Pager } from './protocols/pages.ts';
import { timestamp } from './protocols/timestamp.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.CloudWatch.operations.GetMetricData;

/** Periods below a minute that CloudWatch has for high-resolution metrics. */
const SHORT_PERIODS = [1, 5, 10, 20, 30];

const periodSeconds = z
  .int()
  .refine((period) => SHORT_PERIODS.includes(period) || (period >= 60 && period % 60 === 0), {
    error: 'must be 1, 5, 10, 20, 30 or a multiple of 60',
  });

const metricStat = z.strictObject({
  Metric: z.strictObject({
    Namespace: z.string().min(1),
    MetricName: z.string().min(1),
    Dimensions: z.array(z.strictObject({ Name: z.string().min(1), Value: z.string().min(1) })).optional(),
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

const query = z.strictObject({
  Id: z
    .string()
    .regex(/^[a-z][a-zA-Z0-9_]*$/, { error: 'must begin with a small letter, then letters, digits or _' })
    .max(255),
  MetricStat: metricStat.optional(),
  Expression: expression.optional(),
  Label: z.string().optional(),
  ReturnData: z.boolean().optional(),
});

const input = z.strictObject({
  MetricDataQueries: z.array(query),
  StartTime: timestamp,
  EndTime: timestamp,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
  MaxDatapoints: z.int().optional(),
  NextToken: z.string().optional(),
});

type Input = z.output<typeof input>;

/** CloudWatch on the rehearsal's own metrics. */
export function cloudWatchOperations(store: MetricStore): ServedService {
  const pager = createPager();
  return {
    GetMetricData: serve({
      input,
      answer: (asked) => {
        assertRequest(asked);
        const queries = asked.MetricDataQueries.map(toQuery);
        const results = evaluateAll(queries, asked, store);
        return pageOf(results, asked, pager);
      },
    }),
  };
}

function assertRequest({ MetricDataQueries, StartTime, EndTime, MaxDatapoints }: Input): void {
  if (MetricDataQueries.length === 0 || MetricDataQueries.length > limits.atMost) {
    throw invalid(`MetricDataQueries must have between 1 and ${limits.atMost} members.`);
  }
  const ids = MetricDataQueries.map(({ Id }) => Id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid(`The id "${twice}" is used by more than one query.`);
  if (StartTime >= EndTime) throw invalid('The parameter StartTime must be less than the parameter EndTime.');
  const { least, most } = limits.page;
  if (MaxDatapoints !== undefined && (MaxDatapoints < least || MaxDatapoints > most)) {
    throw invalid(`MaxDatapoints must be between ${least} and ${most}.`);
  }
}

function toQuery({
  Id,
  MetricStat,
  Expression,
  Label,
  ReturnData = true,
}: Input['MetricDataQueries'][number]): MetricQuery {
  const base = { id: Id, label: Label ?? MetricStat?.Metric.MetricName ?? Id, returned: ReturnData };
  if (Expression !== undefined && MetricStat === undefined) return { ...base, expression: Expression };
  const statistic = MetricStat === undefined ? null : readStatistic(MetricStat.Stat);
  if (MetricStat === undefined || statistic === null || Expression !== undefined) {
    throw invalid(`The query "${Id}" must have either a MetricStat or an Expression.`);
  }
  const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric;
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  const metric = { namespace: Namespace, metric: MetricName, dimensions };
  return { ...base, metric, statistic, periodSeconds: MetricStat.Period };
}

function evaluateAll(
  queries: readonly MetricQuery[],
  { StartTime, EndTime }: Input,
  store: MetricStore,
): readonly QueryResult[] {
  try {
    return evaluateRequest(queries, StartTime, EndTime, store);
  } catch (error) {
    if (error instanceof MetricMathError) throw invalid(error.message, error);
    throw error;
  }
}

/**
 * Cuts the results into pages of data points, query after query. The cursor is the last point that was given, so that points
 * which arrive between two pages do not move the others.
 */
function pageOf(results: readonly QueryResult[], asked: Input, pager: Pager): object {
  const { ScanBy = 'TimestampDescending', MaxDatapoints = limits.page.unasked } = asked;
  const sign = ScanBy === 'TimestampAscending' ? 1 : -1;
  const scope = `GetMetricData ${JSON.stringify({ ...asked, NextToken: undefined, MaxDatapoints: undefined })}`;
  const [fromQuery, afterTime] = readCursor(pager, scope, asked.NextToken);
  let left = MaxDatapoints;
  let next: string | undefined;
  const shown: object[] = [];
  for (const [index, { id, label, points }] of results.entries()) {
    if (index < fromQuery || next !== undefined) continue;
    const given = [...points]
      .sort(([a], [b]) => sign * (a - b))
      .filter(([time]) => index > fromQuery || afterTime === null || sign * (time - afterTime) > 0);
    const page = given.slice(0, left);
    left -= page.length;
    const last = page.at(-1);
    const isCut = page.length < given.length;
    if (isCut) next = pager.token(scope, last === undefined ? `${index}` : `${index} ${last[0]}`);
    if (isCut && last === undefined) continue;
    shown.push({
      Id: id,
      Label: label,
      Timestamps: page.map(([time]) => new Date(time * 1_000)),
      Values: page.map(([, value]) => value),
      StatusCode: isCut ? 'PartialData' : 'Complete',
    });
  }
  return { MetricDataResults: shown, NextToken: next, Messages: [] };
}

function readCursor(
  pager: Pager,
  scope: string,
  token: string | undefined,
): readonly [query: number, time: number | null] {
  if (token === undefined) return [0, null];
  const cursor = pager.cursor(scope, token);
  if (cursor === null) throw new AwsError('InvalidNextToken', 'The NextToken is not one of this request.');
  const [query, time] = cursor.split(' ');
  return [Number(query), time === undefined ? null : Number(time)];
}

function invalid(message: string, cause?: unknown): AwsError {
  const error = new AwsError('ValidationError', message);
  if (cause !== undefined) error.cause = cause;
  return error;
}
