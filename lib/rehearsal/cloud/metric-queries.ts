import { assertServedMath, evaluateMetricMath, type Series } from './metric-math.ts';
import { type MathNode, MetricMathError, parseMetricMath } from './metric-math-syntax.ts';
import type { MetricName, MetricStore, SecondRange, Statistic } from './metric-store.ts';

/** A query of GetMetricData: a metric's statistic, or an expression over other queries. */
export type MetricQuery = {
  readonly id: string;
  readonly label: string;
  /** Whether the caller wants to see it; the others only feed expressions. */
  readonly returned: boolean;
} & (
  | { readonly metric: MetricName; readonly statistic: Statistic; readonly periodSeconds: number }
  | { readonly expression: string }
);

export interface QueryResult {
  readonly id: string;
  readonly label: string;
  /** Values by the first second of their period. */
  readonly points: ReadonlyMap<number, number>;
}

/**
 * Reads an expression.
 * @throws MetricMathError that names what is not served.
 */
export function readExpression(expression: string): MathNode {
  const node = parseMetricMath(expression);
  assertServedMath(node);
  return node;
}

/**
 * Works out all queries and gives the ones that are wanted, in their order.
 * @throws MetricMathError for an unknown id, expressions that use each other in a circle, and whatever the expression itself has.
 */
export function evaluateRequest(
  queries: readonly MetricQuery[],
  start: Date,
  end: Date,
  store: MetricStore,
): readonly QueryResult[] {
  const byId = new Map(queries.map((query) => [query.id, query]));
  const done = new Map<string, Series>();
  const open = new Set<string>();
  const rangeOf = (periodSeconds: number) => secondRange(start, end, periodSeconds);

  const series = (id: string): Series => {
    const known = done.get(id);
    if (known !== undefined) return known;
    const query = byId.get(id);
    if (query === undefined) throw new MetricMathError(`the id ${id} is not one of the queries`);
    if (open.has(id)) throw new MetricMathError(`the expressions ${[...open].join(', ')} use each other in a circle`);
    open.add(id);
    const worked = 'expression' in query ? workOut(query.id, query.expression) : readMetric(query);
    open.delete(id);
    done.set(id, worked);
    return worked;
  };

  const workOut = (id: string, expression: string): Series => {
    try {
      return evaluateMetricMath(readExpression(expression), { rangeOf, series });
    } catch (error) {
      if (!(error instanceof MetricMathError) || error.cause !== undefined) throw error;
      throw new MetricMathError(`Error in expression '${id}': ${error.message}.`, { cause: error });
    }
  };

  const readMetric = ({ metric, statistic, periodSeconds }: Extract<MetricQuery, { metric: MetricName }>): Series => ({
    periodSeconds,
    points: store.datapoints(metric, statistic, periodSeconds, rangeOf(periodSeconds)),
  });

  return queries.filter(({ returned }) => returned).map(({ id, label }) => ({ id, label, points: series(id).points }));
}

/**
 * CloudWatch rounds the start down to a whole minute, or to the period where that is shorter; the end is not inside
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
 */
function secondRange(start: Date, end: Date, periodSeconds: number): SecondRange {
  const grain = Math.min(periodSeconds, 60);
  return { start: Math.floor(start.getTime() / 1_000 / grain) * grain, end: end.getTime() / 1_000 };
}
