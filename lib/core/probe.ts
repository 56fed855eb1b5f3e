import * as z from 'zod';

export const PHASES = ['before', 'during', 'after'] as const;
/** Before the act, while the fault lasts or is observed, after recovery. */
export type Phase = (typeof PHASES)[number];

const phases = (...defaults: Phase[]) =>
  z
    .array(z.enum(PHASES))
    .min(1)
    .default(defaults)
    .describe('When the probe is asked. A probe that is not asked during the fault cannot be broken by it.');

const metricStat = z.strictObject({
  namespace: z.string().min(1),
  metric: z.string().min(1),
  dimensions: z.record(z.string(), z.string()).default({}),
  statistic: z.string().regex(/^(Sum|Average|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,2})?)$/),
});

export const COMPARATORS = ['<', '<=', '>', '>='] as const;

/** Running = desired in every service of the group, and no deployment under way. */
const serviceStable = z.strictObject({
  type: z.literal('service-stable'),
  name: z.string().min(1).default('service-stable'),
  phases: phases('before', 'after'),
});

/** A CloudWatch metric, or an expression over several, compared with a threshold in every period. */
const metric = z.strictObject({
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
  phases: phases('before', 'during', 'after'),
});

export const probeSchema = z.discriminatedUnion('type', [
  serviceStable,
  metric.refine((probe) => probe.expression !== undefined || Object.keys(probe.metrics).length < 2, {
    message: 'with several metrics, write an expression over them',
    path: ['expression'],
  }),
]);

/** One question about normal behaviour, with its tolerance. */
export type Probe = z.output<typeof probeSchema>;
export type ServiceStableProbe = z.output<typeof serviceStable>;
export type MetricProbe = z.output<typeof metric>;

/** A probe's answer. `unknown` is never a pass. */
export interface ProbeAnswer {
  readonly probe: string;
  readonly phase: Phase;
  readonly answer: 'holds' | 'violated' | 'unknown';
  /** One sentence with the numbers behind the answer. */
  readonly because: string;
}

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
  const periodMs = probe.periodSeconds * 1000;
  const whole = points.filter(({ atMs }) => atMs >= span.fromMs && atMs + periodMs <= span.untilMs);
  const tolerance = `${probe.comparator} ${probe.threshold}`;
  const base = { probe: probe.name, phase } as const;
  if (whole.length === 0)
    return { ...base, answer: 'unknown', because: `no data in any whole period of ${probe.periodSeconds} s` };
  const bad = whole.filter(({ value }) => !within(value, probe.comparator, probe.threshold));
  const worst = (bad.length > 0 ? bad : whole).reduce((a, b) => (isWorse(b.value, a.value, probe.comparator) ? b : a));
  const value = formatNumber(worst.value);
  if (bad.length === 0) {
    return {
      ...base,
      answer: 'holds',
      because: `${tolerance} in ${whole.length} of ${whole.length} periods, worst ${value}`,
    };
  }
  const at = new Date(worst.atMs).toISOString();
  return {
    ...base,
    answer: 'violated',
    because: `${value} at ${at}, not ${tolerance} (${bad.length} of ${whole.length} periods)`,
  };
}

function isWorse(value: number, than: number, comparator: MetricProbe['comparator']): boolean {
  return comparator === '<' || comparator === '<=' ? value > than : value < than;
}

function formatNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** What `service-stable` looks at, for each service of the group. */
export interface ServiceStability {
  readonly service: string;
  readonly running: number;
  readonly desired: number;
  readonly deploying: boolean;
}

export function judgeServiceStable(
  probe: ServiceStableProbe,
  phase: Phase,
  services: readonly ServiceStability[],
): ProbeAnswer {
  const base = { probe: probe.name, phase } as const;
  if (services.length === 0) return { ...base, answer: 'unknown', because: 'no service could be read' };
  const unstable = services.filter((one) => one.deploying || one.running !== one.desired);
  const say = (one: ServiceStability) =>
    `${one.service} runs ${one.running} of ${one.desired}${one.deploying ? ' and is being deployed' : ''}`;
  return unstable.length === 0
    ? { ...base, answer: 'holds', because: services.map(say).join('; ') }
    : { ...base, answer: 'violated', because: unstable.map(say).join('; ') };
}
