import type { AuditRecord } from './record.ts';

/** Namespace of every metric. */
export const METRIC_NAMESPACE = 'Capuchin';

/**
 * Every metric of Capuchin, with its unit and what it counts. One dimension only, the stack (`service`), and for `Refused` its code as
 * well: CloudWatch takes a price for each combination of name and dimensions in each hour in which one is sent, and groups may be
 * thousands. Group and experiment stand beside the metric in its log line, where Logs Insights can group by them for nothing more; the
 * trend of a group is in `capuchin history`.
 */
export const METRICS = {
  Started: { unit: 'Count', says: 'experiments that passed every guard and whose act came next' },
  Refused: { unit: 'Count', says: 'experiments that guards refused; with the dimension `Code`, once for each code' },
  Leashed: { unit: 'Count', says: 'experiments that the leash held back' },
  Held: { unit: 'Count', says: 'verdicts' },
  Broken: { unit: 'Count', says: 'verdicts' },
  Aborted: { unit: 'Count', says: 'verdicts' },
  Inconclusive: { unit: 'Count', says: 'verdicts' },
  Failed: { unit: 'Count', says: 'experiments that ended by an error of Capuchin itself' },
  UndoSeconds: { unit: 'Seconds', says: 'from the call for the undo of a target until it was confirmed' },
  UndoFailed: { unit: 'Count', says: 'records of an undo that could not be confirmed; an alarm watches it' },
  RecoverySeconds: {
    unit: 'Seconds',
    says: 'from the strike until running = desired; again when a group falls short again',
  },
  HealthySeconds: { unit: 'Seconds', says: 'from the strike until every task was healthy; again when it did not last' },
  Untold: { unit: 'Count', says: 'events and notices that could not be delivered; the audit has them all' },
} as const satisfies Readonly<Record<string, { unit: 'Count' | 'Seconds'; says: string }>>;
export type MetricName = keyof typeof METRICS;

/** One value of a metric. */
export interface MetricValue {
  readonly name: MetricName;
  readonly value: number;
  /** Refusal code, a dimension. */
  readonly code?: string;
}

const VERDICTS: ReadonlyMap<unknown, MetricName> = new Map([
  ['held', 'Held'],
  ['broken', 'Broken'],
  ['aborted', 'Aborted'],
  ['inconclusive', 'Inconclusive'],
]);

/** What a record counts as. Facts that are not what they should be count as nothing. */
export function metricsOf({ kind, facts }: AuditRecord): MetricValue[] {
  switch (kind) {
    case 'started':
      // One record for each target; the first explains the choice, and stands for the experiment.
      return Array.isArray(facts.guards) ? [one('Started')] : [];
    case 'refused':
      return [one('Refused'), ...codesOf(facts.refusals).map((code) => ({ ...one('Refused'), code }))];
    case 'leashed':
      return [one('Leashed')];
    case 'ended': {
      const verdict = VERDICTS.get(facts.verdict);
      return verdict === undefined ? [] : [one(verdict)];
    }
    case 'failed':
      return [one('Failed')];
    case 'undone':
      return seconds('UndoSeconds', facts.seconds);
    case 'undo-failed':
      return [one('UndoFailed')];
    case 'recovered':
      return seconds('RecoverySeconds', facts.recoverySeconds);
    case 'healthy':
      return seconds('HealthySeconds', facts.healthySeconds);
    default:
      return [];
  }
}

const one = (name: MetricName): MetricValue => ({ name, value: 1 });

function seconds(name: MetricName, value: unknown): MetricValue[] {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? [{ name, value }] : [];
}

/** Each code once, however many services a guard refused for it. */
function codesOf(refusals: unknown): string[] {
  const codes = (Array.isArray(refusals) ? refusals : []).map((refusal: { code?: unknown } | null) => refusal?.code);
  return [...new Set(codes.filter((code) => typeof code === 'string'))].filter((code) => /^[a-z-]{1,64}$/.test(code));
}
