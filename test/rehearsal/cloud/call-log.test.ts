import { expect, it } from 'vitest';
import { createCallLog, OTHER_ACCESS_KEYS } from '../../../lib/rehearsal/cloud/call-log.ts';

const call = (operation: string, accessKeyId = 'A', n = 0, throttled = false) => ({
  at: new Date(n),
  service: 'ECS',
  operation,
  accessKeyId,
  throttled,
});

it('counts by operation and by access key', () => {
  const log = createCallLog();
  log.record(call('StopTask', 'A'));
  log.record(call('StopTask', 'B'));
  log.record(call('ListTasks', 'B'));
  expect(log.counts()).toEqual({ 'ECS.StopTask': 2, 'ECS.ListTasks': 1 });
  expect(log.byAccessKey('B')).toEqual({ 'ECS.StopTask': 1, 'ECS.ListTasks': 1 });
  expect(log.byAccessKey('nobody')).toEqual({});
});

it('counts throttled calls like all others, and once more on their own', () => {
  const log = createCallLog();
  log.record(call('StopTask'));
  log.record(call('StopTask', 'A', 1, true));
  expect(log.counts()).toEqual({ 'ECS.StopTask': 2 });
  expect(log.throttled()).toEqual({ 'ECS.StopTask': 1 });
  expect(log.latest().map(({ throttled }) => throttled)).toEqual([false, true]);
});

it('counts from a mark, naming only what was called since', () => {
  const log = createCallLog();
  log.record(call('StopTask'));
  log.record(call('ListTasks'));
  const mark = log.mark();
  expect(log.since(mark)).toEqual({});
  log.record(call('StopTask'));
  log.record(call('DescribeTasks'));
  expect(log.since(mark)).toEqual({ 'ECS.StopTask': 1, 'ECS.DescribeTasks': 1 });
});

it('keeps the latest calls with their times, and exact counts of all', () => {
  const log = createCallLog({ keep: 3 });
  for (let n = 0; n < 5; n += 1) log.record(call(`Op${n}`, 'A', n));
  expect(log.latest().map(({ at, operation }) => [at.getTime(), operation])).toEqual([
    [2, 'Op2'],
    [3, 'Op3'],
    [4, 'Op4'],
  ]);
  expect(Object.keys(log.counts())).toHaveLength(5);
});

it('does not grow with the number of access keys', () => {
  const log = createCallLog();
  for (let n = 0; n < 1_500; n += 1) log.record(call('StopTask', `KEY${n}`));
  expect(log.byAccessKey('KEY999')).toEqual({ 'ECS.StopTask': 1 });
  expect(log.byAccessKey('KEY1000')).toEqual({});
  expect(log.byAccessKey(OTHER_ACCESS_KEYS)).toEqual({ 'ECS.StopTask': 500 });
});
