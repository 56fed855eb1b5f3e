import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  COMPARATORS,
  type Datapoint,
  judgeMetric,
  judgeServiceStable,
  type MetricProbe,
  probeSchema,
  type ServiceStableProbe,
} from '../../lib/core/probe.ts';

const START = Date.parse('2026-11-23T12:00:00Z');

const input = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'AWS/ApplicationELB', metric: 'HTTPCode_Target_5XX_Count', statistic: 'Sum' } },
  comparator: '<=',
  threshold: 5,
} as const;

function aMetric(changes: Partial<MetricProbe> = {}): MetricProbe {
  const probe = probeSchema.parse(input);
  if (probe.type !== 'metric') throw new Error('the example is no metric');
  return { ...probe, ...changes };
}

const points = (...values: number[]): Datapoint[] =>
  values.map((value, index) => ({ atMs: START + index * 60_000, value }));
const long = { fromMs: START, untilMs: START + 3_600_000 };

describe('a probe', () => {
  it('of a metric is asked in every phase, by the minute, and waits a minute for its data', () => {
    expect(aMetric()).toMatchObject({ periodSeconds: 60, delaySeconds: 60, phases: ['before', 'during', 'after'] });
  });

  it('of a stable service is not asked while the fault lasts', () => {
    expect(probeSchema.parse({ type: 'service-stable' })).toEqual({
      type: 'service-stable',
      name: 'service-stable',
      phases: ['before', 'after'],
    });
  });

  it.each([
    [{ periodSeconds: 15 }, 'periodSeconds'],
    [{ periodSeconds: 90 }, 'periodSeconds'],
    [{ periodSeconds: 0 }, 'periodSeconds'],
    [{ comparator: '=' }, 'comparator'],
    [{ phases: [] }, 'phases'],
    [{ phases: ['later'] }, 'phases.0'],
    [{ metrics: {} }, 'metrics'],
    [{ metrics: { Errors: input.metrics.errors } }, 'metrics.Errors'],
    [{ metrics: { a: input.metrics.errors, b: input.metrics.errors } }, 'expression'],
    [{ metrics: { a: { ...input.metrics.errors, statistic: 'median' } } }, 'metrics.a.statistic'],
    [{ treshold: 1 }, ''],
    [{ type: 'guess' }, 'type'],
  ])('with %j is refused', (changes, path) => {
    const parsed = probeSchema.safeParse({ ...input, ...changes });
    expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });

  it.each([1, 5, 10, 30, 60, 300])('may have periods of %d seconds', (periodSeconds) => {
    expect(probeSchema.safeParse({ ...input, periodSeconds }).success).toBe(true);
  });

  it('over several metrics has an expression', () => {
    const metrics = { a: input.metrics.errors, b: input.metrics.errors };
    expect(probeSchema.safeParse({ ...input, metrics, expression: 'a / b' }).success).toBe(true);
  });
});

describe('the answer of a metric', () => {
  it.each([
    ['<', 4, 'holds'],
    ['<', 5, 'violated'],
    ['<', 6, 'violated'],
    ['<=', 5, 'holds'],
    ['<=', 5.001, 'violated'],
    ['>', 6, 'holds'],
    ['>', 5, 'violated'],
    ['>', 4, 'violated'],
    ['>=', 5, 'holds'],
    ['>=', 4.999, 'violated'],
  ] as const)('that should be %s 5 and is %d is: %s', (comparator, value, answer) => {
    expect(judgeMetric(aMetric({ comparator }), 'during', points(value), long).answer).toBe(answer);
  });

  it('says probe and phase, how many periods there were and the worst of them', () => {
    expect(judgeMetric(aMetric(), 'during', points(0, 3, 1), long)).toEqual({
      probe: 'errors',
      phase: 'during',
      answer: 'holds',
      because: '<= 5 in 3 of 3 periods, worst 3',
    });
    expect(judgeMetric(aMetric({ comparator: '>' }), 'after', points(9, 7, 8), long).because).toBe(
      '> 5 in 3 of 3 periods, worst 7',
    );
  });

  it('is violated by one bad period among good ones, and names the worst and its moment', () => {
    expect(judgeMetric(aMetric(), 'during', points(0, 7, 12.34567, 1), long)).toEqual({
      probe: 'errors',
      phase: 'during',
      answer: 'violated',
      because: '12.35 at 2026-11-23T12:02:00.000Z, not <= 5 (2 of 4 periods)',
    });
    expect(judgeMetric(aMetric({ comparator: '>=' }), 'during', points(9, 3, 1, 4), long).because).toContain(
      '1 at 2026-11-23T12:02:00.000Z',
    );
  });

  it.each([
    ['starts with the span', START, START + 60_000, 'violated'],
    ['starts a moment before it', START + 1, START + 60_000, 'unknown'],
    ['ends with the span', START - 60_000, START + 60_000, 'violated'],
    ['ends a moment after it', START - 60_000, START + 59_999, 'unknown'],
  ])('counts a period that %s as it should: %d to %d is %s', (_, fromMs, untilMs, answer) => {
    expect(judgeMetric(aMetric(), 'during', points(99), { fromMs, untilMs }).answer).toBe(answer);
  });

  it('is unknown without data, which is no pass', () => {
    expect(judgeMetric(aMetric(), 'before', [], long)).toEqual({
      probe: 'errors',
      phase: 'before',
      answer: 'unknown',
      because: 'no data in any whole period of 60 s',
    });
  });

  it('holds exactly when every value in the span does', () => {
    const values = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, fc.constantFrom(...COMPARATORS), (all, comparator) => {
        const good = {
          '<': (v: number) => v < 5,
          '<=': (v: number) => v <= 5,
          '>': (v: number) => v > 5,
          '>=': (v: number) => v >= 5,
        };
        const { answer, because } = judgeMetric(aMetric({ comparator }), 'during', points(...all), long);
        expect(answer).toBe(all.every(good[comparator]) ? 'holds' : 'violated');
        const worst = comparator.startsWith('<') ? Math.max(...all) : Math.min(...all);
        expect(because).toMatch(answer === 'holds' ? new RegExp(` worst ${worst}$`) : new RegExp(`^${worst} at `));
      }),
    );
  });
});

describe('the answer of service-stable', () => {
  const probe: ServiceStableProbe = { type: 'service-stable', name: 'stable', phases: ['before', 'after'] };
  const one = { service: 'shop/checkout', running: 3, desired: 3, deploying: false };

  it.each([
    [[one], 'holds', 'shop/checkout runs 3 of 3'],
    [[one, { ...one, service: 'shop/b' }], 'holds', 'shop/checkout runs 3 of 3; shop/b runs 3 of 3'],
    [[{ ...one, running: 2 }], 'violated', 'shop/checkout runs 2 of 3'],
    [[{ ...one, running: 4 }], 'violated', 'shop/checkout runs 4 of 3'],
    [[{ ...one, deploying: true }], 'violated', 'shop/checkout runs 3 of 3 and is being deployed'],
    [[one, { ...one, service: 'shop/b', running: 0 }], 'violated', 'shop/b runs 0 of 3'],
    [[], 'unknown', 'no service could be read'],
  ])('about %j is: %s', (services, answer, because) => {
    expect(judgeServiceStable(probe, 'after', services)).toEqual({ probe: 'stable', phase: 'after', answer, because });
  });
});
