import * as z from 'zod';
import { alarmOperations } from './alarm-operations.ts';
import { Alarms } from './alarms.ts';
import { invalidRequest, metricDataQuery, toQuery } from './metric-data-query.ts';
import { MetricMathError } from './metric-math-syntax.ts';
import { evaluateRequest, type MetricQuery, type QueryResult } from './metric-queries.ts';
import type { MetricStore } from './metric-store.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, type Pager } from './protocols/pages.ts';
import { timestamp } from './protocols/timestamp.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.CloudWatch.operations.GetMetricData;

const input = z.strictObject({
  MetricDataQueries: z.array(metricDataQuery),
  StartTime: timestamp,
  EndTime: timestamp,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
  MaxDatapoints: z.int().optional(),
  NextToken: z.string().optional(),
});

type Input = z.output<typeof input>;

/**
 * CloudWatch on the rehearsal's own metrics. `alarms` are the ones to serve; by default there are none yet, and those that are
 * made are never evaluated (see {@link Alarms}).
 */
export function cloudWatchOperations(
  store: MetricStore,
  alarms: Alarms = new Alarms({ metrics: store }),
): ServedService {
  const pager = createPager();
  return {
    ...alarmOperations(alarms),
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
    throw invalidRequest(`MetricDataQueries must have between 1 and ${limits.atMost} members.`);
  }
  const ids = MetricDataQueries.map(({ Id }) => Id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalidRequest(`The id "${twice}" is used by more than one query.`);
  if (StartTime >= EndTime) throw invalidRequest('The parameter StartTime must be less than the parameter EndTime.');
  const { least, most } = limits.page;
  if (MaxDatapoints !== undefined && (MaxDatapoints < least || MaxDatapoints > most)) {
    throw invalidRequest(`MaxDatapoints must be between ${least} and ${most}.`);
  }
}

function evaluateAll(
  queries: readonly MetricQuery[],
  { StartTime, EndTime }: Input,
  store: MetricStore,
): readonly QueryResult[] {
  try {
    return evaluateRequest(queries, StartTime, EndTime, store);
  } catch (error) {
    if (error instanceof MetricMathError) throw invalidRequest(error.message, error);
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
