import { describe, expect, it } from 'vitest';
import type { SecondSample } from '../../../lib/rehearsal/fleet/model.ts';
import { areaPath, linePath, runsOf, stepPath } from '../../../lib/rehearsal/report/curve.ts';
import { linearScale } from '../../../lib/rehearsal/report/scale.ts';

const scales = { x: linearScale(0, 10), y: linearScale(0, 10) };

function sample(second: number, p99Ms: number | null): SecondSample {
  const at = new Date(second * 1000).toISOString();
  return { at, requests: 1, failed: 0, p50Ms: p99Ms, p99Ms, runningTasks: 1, healthyTasks: 1 };
}

const runs = (...samples: readonly SecondSample[]) =>
  runsOf(
    samples,
    (at) => Date.parse(at) / 1000,
    ({ p99Ms }) => p99Ms,
  );

describe('curves', () => {
  it('break where a second has no value, instead of falling to zero', () => {
    const path = linePath(runs(sample(0, 5), sample(1, 5), sample(2, null), sample(3, 5), sample(4, 5)), scales);
    expect(path).toBe('M50 50L150 50M350 50L450 50');
  });

  it('break where a second was not sampled, but not where a sample is a little late', () => {
    expect(runs(sample(0, 1), sample(1.3, 1), sample(4, 1)).map((run) => run.length)).toEqual([2, 1]);
  });

  it('show a second on its own as a dot', () => {
    expect(linePath(runs(sample(2, 10)), scales)).toBe('M250 0h0');
  });

  it('step at the beginning of each second for what is counted', () => {
    expect(stepPath(runs(sample(0, 3), sample(1, 2), sample(2, 3)), scales)).toBe('M0 70H100V80H200V70H300');
    expect(areaPath(runs(sample(0, 3), sample(1, 2)), scales)).toBe('M0 70H100V80H200V100H0Z');
  });

  it('are nothing without samples, and pass over what is not a number or not a time', () => {
    expect(linePath(runs(), scales)).toBe('');
    expect(runs(sample(0, Number.NaN), { ...sample(1, 1), at: 'yesterday' })).toEqual([]);
  });
});
