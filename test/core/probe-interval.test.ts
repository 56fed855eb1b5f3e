import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../lib/core/probe.ts';
import { dueProbes } from '../../lib/core/probe-interval.ts';
import { NOON_MS } from './examples.ts';

const probe = (name: string, intervalSeconds?: number): Probe => ({
  type: 'service-stable',
  name,
  phases: ['during'],
  ...(intervalSeconds === undefined ? {} : { intervalSeconds }),
});
/** Seconds after the act. */
const s = (seconds: number): number => NOON_MS + seconds * 1000;
const due = (probes: readonly Probe[], lookedSeconds: number | undefined, nowSeconds: number): string[] =>
  dueProbes(probes, NOON_MS, lookedSeconds === undefined ? undefined : s(lookedSeconds), s(nowSeconds)).map(
    ({ name }) => name,
  );

describe('a probe is due', () => {
  it('at the first look, and without an interval of its own at every look', () => {
    expect(due([probe('always'), probe('rare', 3600)], undefined, 1)).toEqual(['always', 'rare']);
    expect(due([probe('always'), probe('rare', 3600)], 1, 1.5)).toEqual(['always']);
  });

  it.each([
    [1, 29.999, []],
    [1, 30, ['rare']],
    [30, 59, []],
    [29, 31, ['rare']],
    [31, 45, []],
    [45, 61, ['rare']],
    [1, 500, ['rare']],
    [-5, 1, ['rare']],
  ])('with an interval of 30 seconds, looked at after %d s and now after %d s: %j', (looked, now, names) => {
    expect(due([probe('rare', 30)], looked, now)).toEqual(names);
  });

  it('once in each interval in which there is a look at all, however irregular the looks are', () => {
    const looks = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 120 }), (waits, intervalSeconds) => {
        const seen = new Set<number>();
        let asked = 0;
        let before: number | undefined;
        let now = 0;
        for (const wait of waits) {
          now += wait;
          asked += due([probe('rare', intervalSeconds)], before, now).length;
          seen.add(Math.floor(now / intervalSeconds));
          before = now;
        }
        expect(asked).toBe(seen.size);
      }),
    );
  });
});
