import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetricAlarmRule } from '../../../lib/rehearsal/cloud/alarm-definition.ts';
import { evaluateMetricAlarm, type PeriodValue } from '../../../lib/rehearsal/cloud/alarm-evaluation.ts';

const NOW = new Date('2026-03-02T10:00:00Z');
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

function rule(more: Partial<MetricAlarmRule> = {}): MetricAlarmRule {
  return {
    queries: [],
    periodSeconds: 60,
    evaluationPeriods: 3,
    datapointsToAlarm: 3,
    threshold: 5,
    comparison: 'GreaterThanThreshold',
    missing: 'missing',
    statistic: 'Average',
    ...more,
  };
}

/** Periods as CloudWatch's documentation draws them: oldest first, 0 within the threshold, X beyond, - missing. */
function drawn(points: string): readonly PeriodValue[] {
  const values = points.split(' ').map((point) => (point === '-' ? null : point === 'X' ? 9 : 0));
  return values.reverse().map((value, index) => ({ start: NOW.getTime() / 1_000 - (index + 1) * 60, value }));
}

function states(points: string, datapointsToAlarm: number): readonly (string | null)[] {
  return TREATMENTS.map((missing) => {
    const finding = evaluateMetricAlarm(rule({ missing, datapointsToAlarm }), drawn(points), 'OK', NOW);
    return finding?.value ?? null;
  });
}

describe('an alarm with missing data', () => {
  // The tables of CloudWatch's user guide; null is "retain current state".
  it.each([
    ['0 - X - X', 3, ['OK', 'OK', 'OK', 'OK']],
    ['0 - - - -', 3, ['OK', 'OK', 'OK', 'OK']],
    ['- - - - -', 3, ['INSUFFICIENT_DATA', null, 'ALARM', 'OK']],
    ['0 X X - X', 3, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['- - - - X', 3, ['INSUFFICIENT_DATA', null, 'ALARM', 'OK']],
    ['X - - - -', 3, ['ALARM', null, 'ALARM', 'OK']],
    ['- - X - -', 3, ['ALARM', null, 'ALARM', 'OK']],
    ['0 - X - X', 2, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 0 X 0 X', 2, ['ALARM', 'ALARM', 'ALARM', 'ALARM']],
    ['0 - X - -', 2, ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - 0', 2, ['OK', 'OK', 'ALARM', 'OK']],
    ['- - - - X', 2, ['INSUFFICIENT_DATA', null, 'ALARM', 'OK']],
  ])('%s with %i to alarm is as documented', (points, datapointsToAlarm, expected) => {
    expect(states(points, datapointsToAlarm)).toEqual(expected);
  });

  it('treats nothing as missing when nothing is: M of the last N points decide', () => {
    const point = fc.constantFrom('0', 'X');
    const anyRule = fc
      .integer({ min: 1, max: 6 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n })));
    fc.assert(
      fc.property(anyRule, fc.array(point, { minLength: 8, maxLength: 8 }), (given, points) => {
        const [evaluationPeriods, datapointsToAlarm] = given;
        const breaching = points.slice(-evaluationPeriods).filter((each) => each === 'X').length;
        for (const missing of TREATMENTS) {
          const each = rule({ evaluationPeriods, datapointsToAlarm, missing });
          const found = evaluateMetricAlarm(each, drawn(points.join(' ')), 'OK', NOW)?.value;
          expect(found).toBe(breaching >= datapointsToAlarm ? 'ALARM' : 'OK');
        }
      }),
    );
  });
});

it.each([
  ['GreaterThanThreshold', [false, false, true]],
  ['GreaterThanOrEqualToThreshold', [false, true, true]],
  ['LessThanThreshold', [true, false, false]],
  ['LessThanOrEqualToThreshold', [true, true, false]],
] as const)('%s breaches as its name says', (comparison, expected) => {
  const found = [4, 5, 6].map((value) => {
    const one = rule({ comparison, evaluationPeriods: 1, datapointsToAlarm: 1 });
    return evaluateMetricAlarm(one, [{ start: 0, value }], 'OK', NOW)?.value === 'ALARM';
  });
  expect(found).toEqual(expected);
});

it('tells the reason in the words and figures of CloudWatch', () => {
  const one = rule({ evaluationPeriods: 1, datapointsToAlarm: 1, threshold: 50 });
  const at = Date.parse('2019-10-02T16:59:00Z') / 1_000;
  expect(evaluateMetricAlarm(one, [{ start: at, value: 99.5 }], 'OK', NOW)).toEqual({
    value: 'ALARM',
    reason:
      'Threshold Crossed: 1 out of the last 1 datapoints [99.5 (02/10/19 16:59:00)] was greater than the threshold (50.0) ' +
      '(minimum 1 datapoint for OK -> ALARM transition).',
    reasonData: JSON.stringify({
      version: '1.0',
      queryDate: '2026-03-02T10:00:00.000+0000',
      startDate: '2019-10-02T16:59:00.000+0000',
      statistic: 'Average',
      period: 60,
      recentDatapoints: [99.5],
      threshold: 50,
    }),
  });
  const nothing = evaluateMetricAlarm(rule({ missing: 'breaching' }), drawn('- - - - -'), 'OK', NOW);
  expect(nothing?.reason).toBe(
    'Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching].',
  );
  expect(evaluateMetricAlarm(rule(), drawn('- - - - -'), 'OK', NOW)?.reason).toBe(
    'Insufficient Data: 3 datapoints were unknown.',
  );
  expect(evaluateMetricAlarm(rule(), drawn('0 0 0 X 0'), 'ALARM', NOW)?.reason).toMatch(
    /^Threshold Crossed: 2 out of the last 3 datapoints \[.*\] were not greater than the threshold \(5\.0\) \(minimum 1 datapoint for ALARM -> OK/,
  );
});
