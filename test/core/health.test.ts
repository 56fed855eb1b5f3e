import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healthOf, type ServiceEvent } from '../../lib/core/health.ts';
import type { Candidate } from '../../lib/core/target.ts';
import { aTask, NOON_MS } from './examples.ts';

const NOW = NOON_MS + 60_000;
/** Seconds after noon. */
const s = (seconds: number): number => NOON_MS + seconds * 1000;

const task = (healthStatus: string, lastStatus = 'RUNNING'): Candidate => aTask('a', { healthStatus, lastStatus });
const steady = (atSeconds: number): ServiceEvent => ({
  atMs: s(atSeconds),
  message: '(service checkout) has reached a steady state.',
});
const other = (atSeconds: number): ServiceEvent => ({
  atMs: s(atSeconds),
  message: '(service checkout) has started 1 tasks: (task 0a1b).',
});
const of = (tasks: readonly Candidate[], ...events: (readonly ServiceEvent[])[]) =>
  healthOf(tasks, events, NOON_MS, NOW);

describe('the health of a group', () => {
  it('is good since this look, when every running task is healthy', () => {
    const tasks = [task('HEALTHY'), task('HEALTHY')];
    expect(of(tasks)).toEqual({ state: 'healthy', healthyAtMs: NOW });
    expect(of(tasks, [])).toEqual({ state: 'healthy', healthyAtMs: NOW });
    expect(of(tasks, [other(20)], [steady(-1)])).toEqual({ state: 'healthy', healthyAtMs: NOW });
  });

  it('is bad when one running task is unhealthy, whatever the service says', () => {
    expect(of([task('HEALTHY'), task('UNHEALTHY')])).toEqual({ state: 'unhealthy' });
    expect(of([task('UNKNOWN'), task('UNHEALTHY')], [steady(20)])).toEqual({ state: 'unhealthy' });
  });

  it('does not depend on tasks that do not run', () => {
    expect(of([task('HEALTHY'), task('UNHEALTHY', 'STOPPED'), task('UNKNOWN', 'PENDING')]).state).toBe('healthy');
  });

  it('is unknown when a task has no health check or has not answered it, or none runs', () => {
    expect(of([task('UNKNOWN')])).toEqual({ state: 'unknown' });
    expect(of([task('HEALTHY'), task('UNKNOWN')], [])).toEqual({ state: 'unknown' });
    expect(of([], [])).toEqual({ state: 'unknown' });
    expect(of([task('HEALTHY', 'STOPPED')])).toEqual({ state: 'unknown' });
  });

  it('is good since the service said that it is steady, if it said so since then', () => {
    expect(of([task('UNKNOWN')], [other(30), steady(20), other(10)])).toEqual({
      state: 'healthy',
      healthyAtMs: s(20),
    });
    expect(of([task('UNKNOWN')], [steady(0)])).toEqual({ state: 'healthy', healthyAtMs: s(0) });
    expect(of([task('UNKNOWN')], [steady(-0.001)])).toEqual({ state: 'unknown' });
    expect(of([task('UNKNOWN')], [other(20)])).toEqual({ state: 'unknown' });
  });

  it('is good since the last time that the service said so', () => {
    expect(of([task('UNKNOWN')], [steady(40), steady(20)]).healthyAtMs).toBe(s(40));
    expect(of([task('HEALTHY')], [steady(20), steady(40)]).healthyAtMs).toBe(s(40));
  });

  it('of several services is good since the last of them is steady, and unknown while one is not', () => {
    expect(of([task('UNKNOWN')], [steady(20)], [steady(35)], [steady(5)])).toEqual({
      state: 'healthy',
      healthyAtMs: s(35),
    });
    expect(of([task('UNKNOWN')], [steady(20)], [])).toEqual({ state: 'unknown' });
    expect(of([task('UNKNOWN')], [steady(20)], [steady(-5)])).toEqual({ state: 'unknown' });
  });

  it('is not known to be good earlier than now, where one of several services has not said so', () => {
    expect(of([task('HEALTHY')], [steady(20)], [])).toEqual({ state: 'healthy', healthyAtMs: NOW });
  });

  it('is never good since a moment that is still to come, if clocks differ', () => {
    expect(of([task('UNKNOWN')], [steady(90)])).toEqual({ state: 'healthy', healthyAtMs: NOW });
  });

  it('when good, is so since a moment between the given one and now; else there is none', () => {
    const anyTask = fc.tuple(
      fc.constantFrom('HEALTHY', 'UNHEALTHY', 'UNKNOWN'),
      fc.constantFrom('RUNNING', 'PENDING', 'STOPPED'),
    );
    const anyEvent = fc.tuple(fc.boolean(), fc.integer({ min: -60, max: 120 }));
    fc.assert(
      fc.property(
        fc.array(anyTask, { maxLength: 3 }),
        fc.array(fc.array(anyEvent), { maxLength: 3 }),
        (all, services) => {
          const health = of(
            all.map(([healthStatus, lastStatus]) => task(healthStatus, lastStatus)),
            ...services.map((events) => events.map(([isSteady, at]) => (isSteady ? steady(at) : other(at)))),
          );
          const isIll = all.some(
            ([healthStatus, lastStatus]) => healthStatus === 'UNHEALTHY' && lastStatus === 'RUNNING',
          );
          expect(health.state === 'unhealthy').toBe(isIll);
          expect('healthyAtMs' in health).toBe(health.state === 'healthy');
          expect(health.healthyAtMs ?? NOON_MS).toBeGreaterThanOrEqual(NOON_MS);
          expect(health.healthyAtMs ?? NOW).toBeLessThanOrEqual(NOW);
        },
      ),
    );
  });
});
