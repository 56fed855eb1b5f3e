import type { MetricAlarmRule } from './alarm-definition.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** A state with CloudWatch's words and figures for it. */
export interface AlarmFinding {
  readonly value: AlarmState;
  readonly reason: string;
  /** JSON. */
  readonly reasonData: string;
}

/** One period of an alarm's evaluation range; `value` is null where the metric has no data. */
export interface PeriodValue {
  /** Epoch seconds of the period's beginning. */
  readonly start: number;
  readonly value: number | null;
}

/**
 * CloudWatch looks at more periods than `EvaluationPeriods`, so that a few missing ones can be made up for; how many more
 * depends on period and resolution, and its examples have two.
 */
const EXTRA_PERIODS = 2;

/** How many periods an evaluation needs, newest first. */
export function evaluationRange({ evaluationPeriods }: MetricAlarmRule): number {
  return evaluationPeriods + EXTRA_PERIODS;
}

/**
 * The state that a metric alarm's data mean, or null when the present one stays. Follows CloudWatch's tables of how missing data
 * are treated (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
 *
 * @param periods the evaluation range, newest first
 * @param before the present state, for the reason's words
 */
export function evaluateMetricAlarm(
  rule: MetricAlarmRule,
  periods: readonly PeriodValue[],
  before: AlarmState,
  now: Date,
): AlarmFinding | null {
  const value = decide(rule, periods);
  if (value === null) return null;
  const known = knownOf(periods).slice(0, rule.evaluationPeriods);
  return { value, reason: reasonOf(rule, value, known, before), reasonData: reasonDataOf(rule, known, now) };
}

interface KnownPeriod {
  readonly start: number;
  readonly value: number;
  /** 1 for the newest period. */
  readonly age: number;
}

function knownOf(periods: readonly PeriodValue[]): readonly KnownPeriod[] {
  return periods.flatMap(({ start, value }, index) => (value === null ? [] : [{ start, value, age: index + 1 }]));
}

function decide(rule: MetricAlarmRule, periods: readonly PeriodValue[]): AlarmState | null {
  const { evaluationPeriods, datapointsToAlarm, missing } = rule;
  const known = knownOf(periods).slice(0, evaluationPeriods);
  const breaching = known.filter(({ value }) => breaches(rule, value));
  const lacking = evaluationPeriods - known.length;
  const counted = breaching.length + (missing === 'breaching' ? lacking : 0);
  if (counted >= datapointsToAlarm) return 'ALARM';
  if (lacking === 0 || missing === 'breaching' || missing === 'notBreaching') return 'OK';
  if (breaching.length < known.length) return 'OK';
  if (missing === 'ignore') return null;
  // Nothing but breaching points, too few of them: old enough ones are believed, a fresh one might be an outlier.
  const oldest = known.at(-1);
  return oldest !== undefined && oldest.age >= datapointsToAlarm ? 'ALARM' : 'INSUFFICIENT_DATA';
}

function breaches({ comparison, threshold }: MetricAlarmRule, value: number): boolean {
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
}

const COMPARISONS = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
} as const;

/** CloudWatch's own sentences, as its documentation and its notifications show them. */
function reasonOf(rule: MetricAlarmRule, value: AlarmState, known: readonly KnownPeriod[], before: AlarmState): string {
  const { evaluationPeriods, datapointsToAlarm, missing, threshold } = rule;
  const lacking = evaluationPeriods - known.length;
  if (value === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${many(lacking, 'datapoint was', 'datapoints were')} unknown.`;
  const treatment = missing === 'breaching' ? 'Breaching' : 'NonBreaching';
  const filled = `${many(lacking, 'missing datapoint was', 'missing datapoints were')} treated as [${treatment}]`;
  if (known.length === 0) {
    const periods = many(evaluationPeriods, 'period', 'periods');
    return `Threshold Crossed: no datapoints were received for ${periods} and ${filled}.`;
  }
  const told =
    value === 'ALARM'
      ? known.filter((point) => breaches(rule, point.value))
      : known.filter((point) => !breaches(rule, point.value));
  const shown = told.map((point) => `${decimal(point.value)} (${moment(point.start)})`).join(', ');
  const were = told.length === 1 ? 'was' : 'were';
  const comparison = `${value === 'ALARM' ? '' : 'not '}${COMPARISONS[rule.comparison]}`;
  const least = value === 'ALARM' ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const points = `${told.length} out of the last ${evaluationPeriods} datapoints [${shown}]`;
  const also = lacking > 0 && (missing === 'breaching' || missing === 'notBreaching') ? ` and ${filled}` : '';
  return (
    `Threshold Crossed: ${points} ${were} ${comparison} the threshold (${decimal(threshold)})${also} ` +
    `(minimum ${many(least, 'datapoint', 'datapoints')} for ${before} -> ${value} transition).`
  );
}

function reasonDataOf(rule: MetricAlarmRule, known: readonly KnownPeriod[], now: Date): string {
  const oldest = known.at(-1);
  return JSON.stringify({
    version: '1.0',
    queryDate: alarmTime(now),
    ...(oldest === undefined ? {} : { startDate: alarmTime(new Date(oldest.start * 1_000)) }),
    ...(rule.statistic === null ? {} : { statistic: rule.statistic }),
    period: rule.periodSeconds,
    recentDatapoints: known.map(({ value }) => value).reverse(),
    threshold: rule.threshold,
  });
}

function many(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** Numbers as CloudWatch writes them: `50.0`. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `02/10/19 16:59:00`: day, month, year. */
function moment(second: number): string {
  const [date = '', time = ''] = new Date(second * 1_000).toISOString().slice(2, 19).split('T');
  return `${date.split('-').reverse().join('/')} ${time}`;
}

/** A moment as alarms write it: `2019-10-02T17:04:40.989+0000`. */
export function alarmTime(at: Date): string {
  return at.toISOString().replace('Z', '+0000');
}
