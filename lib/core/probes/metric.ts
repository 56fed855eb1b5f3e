import * as z from 'zod';
import { answersOf, commonFields, type Phase, type ProbeAnswer, timeoutSeconds } from './question.ts';

const metricStat = z.strictObject({
  namespace: z.string().min(1),
  metric: z.string().min(1),
  dimensions: z.record(z.string(), z.string()).default({}),
  statistic: z.string().regex(/^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?)$/),
});

export const COMPARATORS = ['<', '<=', '>', '>='] as const;

const fields = z.strictObject({
  type: z.literal('metric'),
  name: z.string().min(1),
  /** Metrics by the id that the expression uses. `{cluster}` and `{service}` in a dimension stand for the group's. */
  metrics: z.record(z.string().regex(/^[a-z][a-zA-Z0-9_]*$/), metricStat).refine((all) => Object.keys(all).length > 0, {
    message: 'name at least one metric',
  }),
  /** CloudWatch metric math; default: the only metric. */
  expression: z.string().min(1).optional(),
  comparator: z.enum(COMPARATORS),
  threshold: z.number(),
  periodSeconds: z
    .union([z.literal([1, 5, 10, 30]), z.int().multipleOf(60).positive()])
    .default(60)
    .describe('Length of one period, in seconds: 1, 5, 10, 30 or a multiple of 60, as CloudWatch has them.'),
  /** Seconds after the end of a period until its data are all there. */
  delaySeconds: z.int().min(0).max(900).default(60),
  ...commonFields('before', 'during', 'after'),
  timeoutSeconds,
});

/** A CloudWatch metric, or an expression over several, compared with a threshold in every period. */
export const metricSchema = fields.refine(
  (probe) => probe.expression !== undefined || Object.keys(probe.metrics).length < 2,
  { message: 'with several metrics, write an expression over them', path: ['expression'] },
);

export type MetricProbe = z.output<typeof metricSchema>;

/** One period's value of a metric probe. */
export interface Datapoint {
  /** Start of the period, milliseconds since the epoch. */
  readonly atMs: number;
  readonly value: number;
}

function within(value: number, comparator: MetricProbe['comparator'], threshold: number): boolean {
  switch (comparator) {
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
  }
}

/**
 * Judges a metric probe over every whole period that has data between two moments, so that no spike hides between two looks.
 * No period with data is `unknown`.
 *
 * @param span periods that start at or after `fromMs` and end at or before `untilMs` (the publisher's delay taken off already).
 */
export function judgeMetric(
  probe: MetricProbe,
  phase: Phase,
  points: readonly Datapoint[],
  span: { readonly fromMs: number; readonly untilMs: number },
): ProbeAnswer {
  const { holds, violated, unknown } = answersOf(probe, phase);
  const periodMs = probe.periodSeconds * 1000;
  // A value that is no number was not measured; compared with anything it would look like a violation.
  const whole = points.filter(
    ({ atMs, value }) => atMs >= span.fromMs && atMs + periodMs <= span.untilMs && !Number.isNaN(value),
  );
  const tolerance = `${probe.comparator} ${probe.threshold}`;
  if (whole.length === 0) return unknown(`no data in any whole period of ${probe.periodSeconds} s`);
  const bad = whole.filter(({ value }) => !within(value, probe.comparator, probe.threshold));
  const worst = (bad.length > 0 ? bad : whole).reduce((a, b) => (isWorse(b.value, a.value, probe.comparator) ? b : a));
  const value = formatNumber(worst.value);
  if (bad.length === 0) return holds(`${tolerance} in ${whole.length} of ${whole.length} periods, worst ${value}`);
  const at = new Date(worst.atMs).toISOString();
  return violated(`${value} at ${at}, not ${tolerance} (${bad.length} of ${whole.length} periods)`);
}

function isWorse(value: number, than: number, comparator: MetricProbe['comparator']): boolean {
  return comparator === '<' || comparator === '<=' ? value > than : value < than;
}

function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
