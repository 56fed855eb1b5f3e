import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  advance,
  applyUpdates,
  begin,
  hasReadyStep,
  nextDue,
  type Operations,
  type OperationUpdate,
  replayable,
} from '../../../lib/rehearsal/cloud/durable-operations.ts';

const start = new Date('2026-03-02T09:00:00Z');
const secondsLater = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
const empty = begin('execution', '{}', start);

const step = (Id: string, Action: OperationUpdate['Action'], more: Partial<OperationUpdate> = {}): OperationUpdate => ({
  Id,
  Type: 'STEP',
  Action,
  ...more,
});
const retry = step('a', 'RETRY', { Error: { ErrorMessage: 'no' }, StepOptions: { NextAttemptDelaySeconds: 5 } });
const wait: OperationUpdate = { Id: 'w', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 10 } };
const apply = (operations: Operations, ...updates: OperationUpdate[]): Operations =>
  applyUpdates(operations, updates, start).operations;

describe('steps', () => {
  it('start and succeed in one checkpoint, or succeed without a start', () => {
    for (const updates of [
      [step('a', 'START'), step('a', 'SUCCEED', { Payload: '1' })],
      [step('a', 'SUCCEED', { Payload: '1' })],
    ]) {
      const done = apply(empty, ...updates).get('a');
      expect(done).toMatchObject({
        Status: 'SUCCEEDED',
        StepDetails: { Attempt: 1, Result: '1' },
        EndTimestamp: start,
      });
    }
  });

  it('wait for their retry, become ready when it is due, and forget their error when they succeed', () => {
    const waiting = apply(empty, step('a', 'START'), retry);
    expect(waiting.get('a')).toMatchObject({ Status: 'PENDING', StepDetails: { Attempt: 1 } });
    expect(nextDue(waiting)).toEqual(secondsLater(5));
    expect(advance(waiting, secondsLater(4.999)).changedIds).toEqual([]);
    const { operations, changedIds } = advance(waiting, secondsLater(5));
    expect(changedIds).toEqual(['a']);
    expect(hasReadyStep(operations)).toBe(true);
    expect(nextDue(operations)).toBeUndefined();
    const done = apply(operations, step('a', 'START'), step('a', 'SUCCEED', { Payload: '2' })).get('a');
    expect(done?.StepDetails).toEqual({ Attempt: 2, Result: '2' });
  });
});

it('ends a wait when its time has come', () => {
  const waiting = apply(empty, wait);
  expect(advance(waiting, secondsLater(9)).operations.get('w')?.Status).toBe('STARTED');
  expect(advance(waiting, secondsLater(10)).operations.get('w')).toMatchObject({
    Status: 'SUCCEEDED',
    EndTimestamp: secondsLater(10),
  });
});

it.each<[string, OperationUpdate[]]>([
  ['starts a step that has started', [step('a', 'START'), step('a', 'START')]],
  ['closes a step that has ended', [step('a', 'SUCCEED'), step('a', 'SUCCEED')]],
  ['starts a step that waits for its retry', [retry, step('a', 'START')]],
  ['fails a step with a result', [step('a', 'FAIL', { Payload: '1' })]],
  ['retries without a delay', [step('a', 'RETRY')]],
  ['starts a wait again', [wait, wait]],
  ['waits for no time', [{ ...wait, WaitOptions: {} }]],
  ['names a parent that is not there', [step('a', 'START', { ParentId: 'nobody' })]],
  ['changes the type of an operation', [step('w', 'START'), wait]],
  ['ends the execution before something else', [{ Id: 'x', Type: 'EXECUTION', Action: 'SUCCEED' }, wait]],
])('refuses a checkpoint that %s', (_, updates) => {
  expect(() => apply(empty, ...updates)).toThrow(expect.objectContaining({ code: 'InvalidParameterValueException' }));
});

it('leaves the state as it was when one update of a checkpoint is refused', () => {
  const before = apply(empty, wait);
  expect(() => apply(before, step('a', 'START'), wait)).toThrow();
  expect([...before.keys()]).toEqual(['execution', 'w']);
});

it('ends the execution under the id it began with, whatever id the checkpoint gives it', () => {
  const ended = apply(empty, { Id: 'made-up', Type: 'EXECUTION', Action: 'SUCCEED', Payload: '1' });
  expect([...ended.keys()]).toEqual(['execution']);
  expect(ended.get('execution')?.Status).toBe('SUCCEEDED');
});

it('replays the inside of a completed context only when the context asks for it', () => {
  const context = (Action: 'START' | 'SUCCEED', ReplayChildren?: boolean): OperationUpdate => ({
    Id: 'c',
    Type: 'CONTEXT',
    Action,
    ContextOptions: { ReplayChildren },
  });
  const open = apply(empty, context('START'), step('a', 'SUCCEED', { ParentId: 'c' }));
  const ids = (operations: Operations): string[] => replayable(operations).map(({ Id }) => Id);
  expect(ids(open)).toEqual(['execution', 'c', 'a']);
  expect(ids(apply(open, context('SUCCEED')))).toEqual(['execution', 'c']);
  expect(ids(apply(open, context('SUCCEED', true)))).toEqual(['execution', 'c', 'a']);
});

it('makes ready exactly what is due, at any moment', () => {
  const delays = fc.uniqueArray(
    fc.record({ id: fc.string({ minLength: 1 }), seconds: fc.integer({ min: 1, max: 60 }) }),
    {
      selector: ({ id }) => id,
    },
  );
  void fc.assert(
    fc.property(delays, fc.integer({ min: 0, max: 61 }), (waits, now) => {
      const updates = waits.map(({ id, seconds }) => ({ ...wait, Id: id, WaitOptions: { WaitSeconds: seconds } }));
      const { changedIds, operations } = advance(apply(begin('', '{}', start), ...updates), secondsLater(now));
      expect(new Set(changedIds)).toEqual(new Set(waits.filter(({ seconds }) => seconds <= now).map(({ id }) => id)));
      const left = waits.filter(({ seconds }) => seconds > now).map(({ seconds }) => seconds);
      expect(nextDue(operations)).toEqual(left.length > 0 ? secondsLater(Math.min(...left)) : undefined);
    }),
  );
});
