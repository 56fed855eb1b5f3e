import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCallLog } from '../../../lib/rehearsal/cloud/call-log.ts';
import { AwsError } from '../../../lib/rehearsal/cloud/operation.ts';
import { schedulerService } from '../../../lib/rehearsal/cloud/scheduler.ts';
import { Schedules } from '../../../lib/rehearsal/cloud/schedules.ts';
import { startServer } from '../../../lib/rehearsal/cloud/server.ts';
import { eventually } from './fixture/platform.ts';

const accountId = '123456789012';
const region = 'eu-central-1';
const target = {
  Arn: `arn:aws:lambda:${region}:${accountId}:function:f:live`,
  RoleArn: `arn:aws:iam::${accountId}:role/scheduler`,
};

/** A scheduler behind the local cloud's server; its invocations land in a list, at most `refusals` are refused first. */
async function startScheduler(refusals = 0) {
  const invoked: { arn: string; payload: string; at: number }[] = [];
  let refused = 0;
  const schedules = new Schedules({
    accountId,
    region,
    groups: ['monkey'],
    invoke: async (arn, payload) => {
      refused += 1;
      if (refused <= refusals) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
      invoked.push({ arn, payload, at: Date.now() });
    },
  });
  const defects: string[] = [];
  const server = await startServer({
    services: { Scheduler: schedulerService(schedules) },
    port: 0,
    accountId,
    callLog: createCallLog(),
    onDefect: (sentence) => defects.push(sentence),
  });
  const client = new SchedulerClient({
    endpoint: server.url,
    region,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await schedules.close();
    await server.close();
    expect(defects).toEqual([]);
  });
  const create = (more: Partial<CreateScheduleCommandInput> = {}) =>
    client.send(
      new CreateScheduleCommand({
        Name: 'one',
        GroupName: 'monkey',
        ScheduleExpression: 'at(2099-01-01T09:00:00)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: target,
        ...more,
      }),
    );
  return { client, schedules, invoked, create };
}

/** `at(…)` for a moment, in UTC. */
const at = (moment: number): string => `at(${new Date(moment).toISOString().slice(0, 19)})`;

describe('firing', () => {
  it('fires a one-time schedule in its zone, at its second, with the context in its input, and deletes it', async () => {
    const { client, schedules, invoked, create } = await startScheduler();
    const due = Math.ceil((Date.now() + 500) / 1000) * 1000;
    // Kathmandu is 5 hours and 45 minutes ahead of UTC.
    const { ScheduleArn } = await create({
      ScheduleExpression: at(due + (5 * 60 + 45) * 60_000),
      ScheduleExpressionTimezone: 'Asia/Kathmandu',
      ActionAfterCompletion: 'DELETE',
      Target: {
        ...target,
        Input: JSON.stringify({
          arn: '<aws.scheduler.schedule-arn>',
          at: '<aws.scheduler.scheduled-time>',
          id: '<aws.scheduler.execution-id>',
          attempt: '<aws.scheduler.attempt-number>',
        }),
      },
    });
    await eventually(() => invoked.length === 1, 'the invocation');
    expect(invoked[0]).toMatchObject({ arn: target.Arn });
    expect(invoked[0]?.at).toBeGreaterThanOrEqual(due);
    expect(JSON.parse(invoked[0]?.payload ?? '')).toEqual({
      arn: ScheduleArn,
      at: `${new Date(due).toISOString().slice(0, 19)}Z`,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      attempt: '1',
    });
    await eventually(() => schedules.list().length === 0, 'the deletion');
    await expect(client.send(new GetScheduleCommand({ Name: 'one', GroupName: 'monkey' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('fires a one-time schedule of the past at once, and keeps it when nothing else was asked', async () => {
    const { schedules, invoked, create } = await startScheduler();
    await create({ ScheduleExpression: 'at(2020-01-01T09:00:00)' });
    await eventually(() => invoked.length === 1, 'the invocation');
    expect(JSON.parse(invoked[0]?.payload ?? '')).toMatchObject({
      source: 'aws.scheduler',
      region,
      account: accountId,
    });
    expect(schedules.list()).toHaveLength(1);
  });

  it('does not fire a schedule that was deleted or is disabled', async () => {
    const { client, invoked, create } = await startScheduler();
    const soon = at(Date.now() + 1500);
    await create({ Name: 'deleted', ScheduleExpression: soon });
    await create({ Name: 'disabled', ScheduleExpression: soon, State: 'DISABLED' });
    await client.send(new DeleteScheduleCommand({ Name: 'deleted', GroupName: 'monkey' }));
    await create({ Name: 'marker', ScheduleExpression: soon });
    await eventually(() => invoked.length > 0, 'the marker');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(invoked).toHaveLength(1);
  });

  it('tries a refused target again, as often as the retry policy allows', async () => {
    const past = { ScheduleExpression: 'at(2020-01-01T09:00:00)', ActionAfterCompletion: 'DELETE' as const };
    const twice = await startScheduler(1);
    await twice.create({ ...past, Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 1 } } });
    const never = await startScheduler(1);
    await never.create({ ...past, Target: { ...target, RetryPolicy: { MaximumRetryAttempts: 0 } } });
    await eventually(() => twice.schedules.deliveries.length === 1, 'the second attempt');
    expect(twice.schedules.deliveries[0]).toMatchObject({ attempts: 2, gaveUpBecause: null });
    expect(never.schedules.deliveries[0]).toMatchObject({
      attempts: 1,
      gaveUpBecause: 'TooManyRequestsException: Rate Exceeded.',
    });
    expect(never.invoked).toEqual([]);
    await eventually(() => never.schedules.list().length === 0, 'the deletion');
  });

  it('holds a schedule that is fired by hand', async () => {
    const { schedules, invoked } = await startScheduler();
    const definition = {
      Name: 'held',
      GroupName: 'monkey',
      ScheduleExpression: 'rate(1 minute)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'NONE',
      Target: { ...target, Input: '{"a":1}' },
    } as const;
    schedules.create(definition, { held: true });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(invoked).toEqual([]);
    await schedules.fireNow('monkey', 'held');
    expect(invoked).toEqual([expect.objectContaining({ payload: '{"a":1}' })]);
    schedules.create({ ...definition, Name: 'free' });
    await eventually(() => invoked.length === 2, 'the first moment of a rate');
  });
});

it('tells what it was given', async () => {
  const { client, create } = await startScheduler();
  const { ScheduleArn } = await create({ Description: 'strike', ScheduleExpressionTimezone: 'Europe/London' });
  expect(ScheduleArn).toBe(`arn:aws:scheduler:${region}:${accountId}:schedule/monkey/one`);
  const answer = await client.send(new GetScheduleCommand({ Name: 'one', GroupName: 'monkey' }));
  expect(answer).toMatchObject({
    Arn: ScheduleArn,
    Description: 'strike',
    ScheduleExpression: 'at(2099-01-01T09:00:00)',
    ScheduleExpressionTimezone: 'Europe/London',
    State: 'ENABLED',
    ActionAfterCompletion: 'NONE',
    Target: target,
  });
  expect(Number(answer.CreationDate)).toBeGreaterThan(Date.now() - 60_000);
});

it('lists by group, prefix and state, page by page, also when schedules go in between', async () => {
  const { client, create, schedules } = await startScheduler();
  for (let number = 0; number < 7; number += 1) await create({ Name: `plan-${number}` });
  await create({ Name: 'other' });
  await create({ Name: 'plan-default', GroupName: 'default' });
  await create({ Name: 'plan-off', State: 'DISABLED' });
  const names: unknown[] = [];
  const filter = { GroupName: 'monkey', NamePrefix: 'plan-', State: 'ENABLED', MaxResults: 3 } as const;
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListSchedulesCommand({ ...filter, NextToken }));
    expect(page.Schedules?.length).toBeLessThanOrEqual(3);
    for (const { Name } of page.Schedules ?? []) {
      names.push(Name);
      schedules.delete('monkey', String(Name));
    }
    NextToken = page.NextToken;
  } while (NextToken);
  expect(names).toEqual([0, 1, 2, 3, 4, 5, 6].map((number) => `plan-${number}`));
});

it('makes the same schedule once for the same client token, and refuses the name otherwise', async () => {
  const { create, schedules } = await startScheduler();
  const first = await create({ ClientToken: 'token' });
  expect((await create({ ClientToken: 'token' })).ScheduleArn).toBe(first.ScheduleArn);
  await expect(create({ ClientToken: 'other' })).rejects.toMatchObject({ name: 'ConflictException' });
  await expect(create({ ClientToken: 'token', Description: 'else' })).rejects.toMatchObject({
    name: 'ConflictException',
  });
  expect(schedules.list()).toHaveLength(1);
});

it.each<[string, Partial<CreateScheduleCommandInput>, string]>([
  ['a group that is not there', { GroupName: 'nobody' }, 'ResourceNotFoundException'],
  ['a moment that does not exist', { ScheduleExpression: 'at(2026-02-30T09:00:00)' }, 'ValidationException'],
  ['a zone that does not exist', { ScheduleExpressionTimezone: 'Europe/Atlantis' }, 'ValidationException'],
  ['input that is not JSON', { Target: { ...target, Input: '{' } }, 'ValidationException'],
  ['a target that is not a function', { Target: { ...target, Arn: 'arn:aws:sqs:x:1:q' } }, 'ValidationException'],
])('refuses %s', async (_, more, name) => {
  const { create, schedules } = await startScheduler();
  await expect(create(more)).rejects.toMatchObject({ name });
  expect(schedules.list()).toEqual([]);
});

it('knows no schedule that is not there', async () => {
  const { client } = await startScheduler();
  const Name = 'nobody';
  for (const command of [new GetScheduleCommand({ Name }), new DeleteScheduleCommand({ Name })]) {
    await expect(client.send(command as GetScheduleCommand)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  }
});
