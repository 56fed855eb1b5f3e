import { describe, expect, it } from 'vitest';
import {
  axisTime,
  clock,
  counted,
  duration,
  factLine,
  listed,
  moment,
  percent,
  sinceStart,
} from '../../../lib/rehearsal/report/format.ts';

describe('words for numbers', () => {
  it('say durations as people do', () => {
    expect([0, 4.26, 59.94, 59.96, 75, 3599.6, 7500].map(duration)).toEqual([
      '0 s',
      '4.3 s',
      '59.9 s',
      '1 min',
      '1 min 15 s',
      '1 h',
      '2 h 5 min',
    ]);
  });

  it('say moments as distances, and never NaN', () => {
    expect([12.34, -0.5, 3660, Number.NaN].map(sinceStart)).toEqual(['+12.3 s', '−0.5 s', '+1 h 1 min', '–']);
  });

  it('say times on an axis as narrowly as its length allows', () => {
    expect([axisTime(40, 90), axisTime(40.25, 90, 1), axisTime(80, 300), axisTime(3605, 7000)]).toEqual([
      '40 s',
      '40.3 s',
      '1:20',
      '1:00:05',
    ]);
  });

  it('never round something to nothing, or nearly all to all', () => {
    expect([percent(0, 10), percent(1, 100_000), percent(84, 1282), percent(9999, 10_000), percent(1, 0)]).toEqual([
      '0 %',
      '< 0.01 %',
      '6.55 %',
      '> 99.9 %',
      '–',
    ]);
  });

  it('say clock times in UTC, and give back what is not a time', () => {
    expect(clock('2026-11-23T09:30:12.345+01:00')).toBe('08:30:12.3');
    expect(moment('2026-11-23T09:30:12.345Z')).toBe('2026-11-23 09:30:12 UTC');
    expect([clock('soon'), moment('soon')]).toEqual(['soon', 'soon']);
  });

  it('put facts, counts and lists into words', () => {
    expect(factLine({ running: 1, zone: 'a', taskIds: ['x', 'y'], nothing: undefined })).toBe(
      'running 1, zone a, taskIds ["x","y"], nothing undefined',
    );
    expect([counted(1, 'task'), counted(1200, 'task')]).toEqual(['1 task', '1,200 tasks']);
    expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
  });
});
