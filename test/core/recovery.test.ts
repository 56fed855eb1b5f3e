import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoveryOf } from '../../lib/core/recovery.ts';
import type { Candidate } from '../../lib/core/target.ts';
import { aTask, NOON_MS } from './examples.ts';

/** Seconds after noon. */
const s = (seconds: number): number => NOON_MS + seconds * 1000;
const arn = (name: string): string => aTask(name).resource;

const old = (name: string): Candidate => aTask(name);
const struck = (name: string, atSeconds: number): Candidate =>
  aTask(name, { stoppingAtMs: s(atSeconds), stopCode: 'UserInitiated', desiredStatus: 'STOPPED' });
const born = (
  name: string,
  createdSeconds: number,
  startedSeconds?: number,
  changes: Partial<Candidate> = {},
): Candidate =>
  aTask(name, {
    createdAtMs: s(createdSeconds),
    startedAtMs: startedSeconds === undefined ? undefined : s(startedSeconds),
    ...changes,
  });

describe('recovery', () => {
  it('is unknown as long as ECS does not say that a struck task left', () => {
    expect(recoveryOf([old('a'), old('b')], [arn('a')], 2)).toEqual({ replacementFailures: 0 });
    expect(recoveryOf([], [arn('a')], 2)).toEqual({ replacementFailures: 0 });
  });

  it('has not come while a task is missing', () => {
    expect(recoveryOf([struck('a', 0), old('b'), born('c', 2)], [arn('a')], 2)).toEqual({
      struckAtMs: s(0),
      replacementFailures: 0,
    });
  });

  it('is from the moment that the struck task left to the start of its replacement', () => {
    expect(recoveryOf([struck('a', 1), old('b'), born('c', 3, 13.5)], [arn('a')], 2)).toEqual({
      struckAtMs: s(1),
      recoveredAtMs: s(13.5),
      recoverySeconds: 12.5,
      replacementFailures: 0,
    });
  });

  it('counts from the stop where ECS names no earlier moment', () => {
    const gone = aTask('a', { stoppedAtMs: s(4), stopCode: 'UserInitiated' });
    expect(recoveryOf([gone, born('b', 5, 10)], [arn('a')], 1).recoverySeconds).toBe(6);
  });

  it('takes no time where enough others run all the while', () => {
    const tasks = [struck('a', 0), old('b'), old('c')];
    expect(recoveryOf(tasks, [arn('a')], 2)).toMatchObject({ recoveredAtMs: s(0), recoverySeconds: 0 });
  });

  it('takes no time where the replacement starts in the instant of the stop', () => {
    const tasks = [struck('a', 5), old('b'), born('c', 1, 5)];
    expect(recoveryOf(tasks, [arn('a')], 2)).toMatchObject({ recoveredAtMs: s(5), recoverySeconds: 0 });
  });

  it('is later when a replacement dies again, which is counted', () => {
    const tasks = [
      struck('a', 0),
      old('b'),
      born('c', 2, 10, { stoppingAtMs: s(20), stopCode: 'EssentialContainerExited' }),
      born('d', 21, 30),
    ];
    expect(recoveryOf(tasks, [arn('a')], 2)).toEqual({
      struckAtMs: s(0),
      recoveredAtMs: s(30),
      recoverySeconds: 30,
      replacementFailures: 1,
    });
    expect(recoveryOf(tasks.slice(0, 3), [arn('a')], 2)).toEqual({ struckAtMs: s(0), replacementFailures: 1 });
  });

  it('is not made later by a stranger’s death while enough others run', () => {
    const tasks = [
      struck('a', 0),
      old('b'),
      old('e'),
      born('c', 2, 10),
      aTask('f', { stoppingAtMs: s(40), stopCode: 'UserInitiated' }),
    ];
    expect(recoveryOf(tasks, [arn('a')], 3)).toMatchObject({ recoveredAtMs: s(0) });
  });

  it.each([
    ['TaskFailedToStart', undefined, 1],
    ['EssentialContainerExited', 10, 1],
    ['ServiceSchedulerInitiated', 10, 1],
    ['UserInitiated', 10, 0],
    [undefined, 10, 0],
  ])('counts a replacement that stopped by %s as %d failures', (stopCode, startedSeconds, failures) => {
    const replacement = born('c', 2, startedSeconds, { stoppedAtMs: s(20), ...(stopCode ? { stopCode } : {}) });
    expect(recoveryOf([struck('a', 0), old('b'), replacement], [arn('a')], 2).replacementFailures).toBe(failures);
  });

  it('counts a replacement that was born in the instant of the strike', () => {
    const replacement = born('c', 0, undefined, { stoppedAtMs: s(20), stopCode: 'TaskFailedToStart' });
    expect(recoveryOf([struck('a', 0), old('b'), replacement], [arn('a')], 2).replacementFailures).toBe(1);
  });

  it('lasts when one starts in the instant in which another stops', () => {
    const leaving = aTask('b', { stoppingAtMs: s(40), stopCode: 'UserInitiated' });
    const tasks = [struck('a', 0), leaving, born('c', 2, 10), born('d', 30, 40)];
    expect(recoveryOf(tasks, [arn('a')], 2).recoverySeconds).toBe(10);
    expect(recoveryOf(tasks.toReversed(), [arn('a')], 2).recoverySeconds).toBe(10);
  });

  it('does not count as a replacement what was born before the strike', () => {
    const dying = aTask('b', { stoppingAtMs: s(5), stopCode: 'EssentialContainerExited' });
    expect(recoveryOf([struck('a', 0), dying], [arn('a')], 2).replacementFailures).toBe(0);
  });

  it('of several struck tasks is from the first that left until all are replaced', () => {
    const tasks = [struck('a', 3), struck('b', 1), old('c'), born('d', 4, 8), born('e', 5, 11)];
    expect(recoveryOf(tasks, [arn('a'), arn('b')], 3)).toEqual({
      struckAtMs: s(1),
      recoveredAtMs: s(11),
      recoverySeconds: 10,
      replacementFailures: 0,
    });
  });

  it('is taken back when the second of two struck tasks leaves later', () => {
    const early = [struck('a', 1), old('b'), born('c', 2, 5)];
    const both = [arn('a'), arn('b')];
    expect(recoveryOf(early, both, 2).recoverySeconds).toBe(4);
    expect(recoveryOf([struck('a', 1), struck('b', 9), born('c', 2, 5)], both, 2).recoveredAtMs).toBeUndefined();
    const replaced = [struck('a', 1), struck('b', 9), born('c', 2, 5), born('d', 10, 15)];
    expect(recoveryOf(replaced, both, 2).recoverySeconds).toBe(14);
  });

  it('counts from the struck task, though a stranger left before', () => {
    const tasks = [
      struck('a', 5),
      old('b'),
      aTask('stranger', { stoppingAtMs: s(1), stopCode: 'UserInitiated' }),
      born('c', 6, 15),
    ];
    expect(recoveryOf(tasks, [arn('a')], 2)).toMatchObject({ struckAtMs: s(5), recoverySeconds: 10 });
  });

  it('does not miss a replacement that never started', () => {
    const neverRan = born('c', 2, undefined, { stoppedAtMs: s(20), stopCode: 'TaskFailedToStart' });
    const tasks = [struck('a', 0), old('b'), neverRan, born('d', 21, 30)];
    expect(recoveryOf(tasks, [arn('a')], 2)).toEqual({
      struckAtMs: s(0),
      recoveredAtMs: s(30),
      recoverySeconds: 30,
      replacementFailures: 1,
    });
    expect(recoveryOf([...tasks.slice(0, 3), born('d', 3, 10)], [arn('a')], 2).recoverySeconds).toBe(10);
  });

  it('of a fault that makes no task stop is at once where the group never ran short', () => {
    expect(recoveryOf([old('a'), old('b')], [arn('a')], 2, s(5))).toEqual({
      struckAtMs: s(5),
      recoveredAtMs: s(5),
      recoverySeconds: 0,
      replacementFailures: 0,
    });
    expect(recoveryOf([old('a')], [arn('a')], 2, s(5))).toEqual({ struckAtMs: s(5), replacementFailures: 0 });
    expect(recoveryOf([], [], 0, s(5))).toEqual({ struckAtMs: s(5), replacementFailures: 0 });
  });

  it('of a fault with a given moment counts from it, not from when a struck task left', () => {
    const tasks = [struck('a', 9), old('b'), born('c', 10, 20)];
    expect(recoveryOf(tasks, [arn('a')], 2, s(5))).toEqual({
      struckAtMs: s(5),
      recoveredAtMs: s(20),
      recoverySeconds: 15,
      replacementFailures: 0,
    });
    expect(recoveryOf(tasks.slice(0, 2), [arn('a')], 2, s(5))).toEqual({ struckAtMs: s(5), replacementFailures: 0 });
    // A stranger's death counts as much: nobody was struck by name.
    expect(recoveryOf(tasks, [], 2, s(5)).recoverySeconds).toBe(15);
  });

  it('counts as failures only what was born since the given moment', () => {
    const dead = (created: number): Candidate =>
      born('c', created, undefined, { stoppedAtMs: s(30), stopCode: 'TaskFailedToStart' });
    expect(recoveryOf([old('a'), dead(4.999)], [arn('a')], 1, s(5)).replacementFailures).toBe(0);
    expect(recoveryOf([old('a'), dead(5)], [arn('a')], 1, s(5)).replacementFailures).toBe(1);
  });

  it('does not depend on the order of the tasks, and is never before the strike', () => {
    const moment = fc.integer({ min: 0, max: 30 });
    const replacement = fc.record({ start: moment, life: fc.option(moment, { nil: undefined }) });
    const fleet = fc
      .tuple(moment, fc.array(replacement, { maxLength: 5 }))
      .map(([at, all]) => [
        struck('a', at),
        old('b'),
        ...all.map(({ start, life }, index) =>
          born(
            `r${index}`,
            at,
            at + start,
            life === undefined ? {} : { stoppingAtMs: s(at + start + life), stopCode: 'x' },
          ),
        ),
      ]);
    const shuffled = fleet.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        const recovery = recoveryOf(one, [arn('a')], 2);
        expect(recoveryOf(other, [arn('a')], 2)).toEqual(recovery);
        const runningNow = one.filter(({ stoppingAtMs }) => stoppingAtMs === undefined).length;
        expect(recovery.recoveredAtMs !== undefined).toBe(runningNow >= 2);
        expect(recovery.recoverySeconds ?? 0).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
