import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  InvokeCommand,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AwsError, type ServedService, serve } from '../../../lib/rehearsal/cloud/operation.ts';
import { startCloud } from './local-cloud.ts';

/** Handlers that note what reaches them and answer as told, in place of the platform's own. */
function recorder(answers: Readonly<Record<string, () => object>>, input: z.ZodType = z.looseObject({})) {
  const seen: unknown[] = [];
  const service: ServedService = Object.fromEntries(
    Object.entries(answers).map(([operation, answer]) => [
      operation,
      serve({
        input,
        answer: (given) => {
          seen.push(given);
          return answer();
        },
      }),
    ]),
  );
  return { seen, service };
}

const notFound = () => {
  throw new AwsError('ResourceNotFoundException', 'Function not found', 404, { Type: 'User' });
};
const nothing = () => ({});
const EXECUTION = 'arn:aws:lambda:eu-west-1:123456789012:function:experiment:1/durable-execution/e-1/abc';

async function lambda(
  answers: Readonly<Partial<Record<'Invoke' | 'Checkpoint' | 'State', () => object>>>,
  input?: z.ZodType,
) {
  const { Invoke = nothing, Checkpoint = nothing, State = nothing } = answers;
  const handlers = { Invoke, CheckpointDurableExecution: Checkpoint, GetDurableExecutionState: State };
  const { seen, service } = recorder(handlers, input);
  const cloud = await startCloud({ services: { Lambda: service } });
  return { seen, cloud, client: cloud.client(LambdaClient) };
}

describe('Lambda', () => {
  it('Invoke carries name, qualifier, type, execution name and payload in, and everything of the answer out', async () => {
    const Payload = Buffer.from('{"verdict":"held"}');
    const { client, seen, cloud } = await lambda({
      Invoke: () => ({
        StatusCode: 200,
        Payload,
        ExecutedVersion: '1',
        DurableExecutionArn: EXECUTION,
        FunctionError: 'Unhandled',
      }),
    });
    const FunctionName = 'arn:aws:lambda:eu-west-1:123456789012:function:experiment';
    const answer = await client.send(
      new InvokeCommand({
        FunctionName,
        Qualifier: '$LATEST',
        InvocationType: 'RequestResponse',
        DurableExecutionName: 'e-1',
        Payload: '{"ü":1}',
      }),
    );
    expect(seen).toEqual([
      {
        FunctionName,
        Qualifier: '$LATEST',
        InvocationType: 'RequestResponse',
        DurableExecutionName: 'e-1',
        Payload: Buffer.from('{"ü":1}'),
      },
    ]);
    expect(answer).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '1',
      DurableExecutionArn: EXECUTION,
      FunctionError: 'Unhandled',
    });
    expect(answer.Payload?.transformToString()).toBe('{"verdict":"held"}');
    expect(cloud.defects).toEqual([]);
  });

  it('Invoke without waiting answers 202 and no payload, and an absent payload stays absent', async () => {
    const { client, seen } = await lambda({ Invoke: () => ({ StatusCode: 202 }) });
    const answer = await client.send(new InvokeCommand({ FunctionName: 'plan', InvocationType: 'Event' }));
    expect([answer.StatusCode, answer.Payload?.length ?? 0, answer.FunctionError]).toEqual([202, 0, undefined]);
    expect(seen).toEqual([{ FunctionName: 'plan', InvocationType: 'Event' }]);
  });

  it('Invoke reports a parameter that its handler’s schema does not know', async () => {
    const { client, cloud } = await lambda({}, z.strictObject({ FunctionName: z.string() }));
    const call = client.send(new InvokeCommand({ FunctionName: 'plan', LogType: 'Tail' }));
    await expect(call).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    expect(cloud.defects).toEqual([expect.stringMatching(/^Lambda\.Invoke .*unknown parameter LogType/)]);
  });

  it('Invoke answers that are none are a defect of the rehearsal', async () => {
    const { client, cloud } = await lambda({ Invoke: () => ({ Payload: 'text' }) });
    await expect(client.send(new InvokeCommand({ FunctionName: 'plan' }))).rejects.toMatchObject({
      name: 'InternalFailure',
    });
    expect(cloud.defects).toHaveLength(1);
  });

  it('errors are the SDK’s exception classes', async () => {
    const { client, cloud } = await lambda({ Invoke: notFound });
    const call = client.send(new InvokeCommand({ FunctionName: 'gone' }));
    await expect(call).rejects.toThrow(ResourceNotFoundException);
    await expect(call).rejects.toMatchObject({
      message: 'Function not found',
      Type: 'User',
      $metadata: { httpStatusCode: 404 },
    });
    expect(cloud.defects).toEqual([]);
  });

  it('checkpoints carry the execution’s ARN with its slashes, the updates in and the operations out', async () => {
    const StartTimestamp = new Date('2026-03-02T10:00:00.125Z');
    const operation = {
      Id: '1',
      Type: 'STEP',
      Status: 'READY',
      StartTimestamp,
      StepDetails: { Attempt: 1, NextAttemptTimestamp: StartTimestamp },
    } as const;
    const { client, seen } = await lambda({
      Checkpoint: () => ({ CheckpointToken: 't2', NewExecutionState: { Operations: [operation] } }),
      State: () => ({ Operations: [operation], NextMarker: 'm2' }),
    });
    const update = { Id: '1', Type: 'STEP', Action: 'SUCCEED', Payload: '"x"' } as const;
    const done = await client.send(
      new CheckpointDurableExecutionCommand({
        DurableExecutionArn: EXECUTION,
        CheckpointToken: 't1',
        Updates: [update],
      }),
    );
    expect(done).toMatchObject({ CheckpointToken: 't2', NewExecutionState: { Operations: [operation] } });
    const state = await client.send(
      new GetDurableExecutionStateCommand({
        DurableExecutionArn: EXECUTION,
        CheckpointToken: 't2',
        Marker: 'a/b=',
        MaxItems: 50,
      }),
    );
    expect(state).toMatchObject({ Operations: [operation], NextMarker: 'm2' });
    expect(seen).toMatchObject([
      { DurableExecutionArn: EXECUTION, CheckpointToken: 't1', Updates: [update] },
      { DurableExecutionArn: EXECUTION, CheckpointToken: 't2', Marker: 'a/b=', MaxItems: 50 },
    ]);
  });
});

describe('Scheduler', () => {
  const CreationDate = new Date('2026-03-02T10:00:00.500Z');
  const Arn = 'arn:aws:scheduler:eu-west-1:123456789012:schedule/capuchin/e-1';

  async function scheduler(
    answers: Readonly<Partial<Record<'Create' | 'Get' | 'List' | 'Delete', () => object>>> = {},
  ) {
    const { Create = nothing, Get = nothing, List = nothing, Delete = nothing } = answers;
    const handlers = { CreateSchedule: Create, GetSchedule: Get, ListSchedules: List, DeleteSchedule: Delete };
    const { seen, service } = recorder(handlers);
    const cloud = await startCloud({ services: { Scheduler: service } });
    return { seen, cloud, client: cloud.client(SchedulerClient) };
  }

  it('CreateSchedule hands the whole schedule over, with dates as dates', async () => {
    const { client, seen } = await scheduler({ Create: () => ({ ScheduleArn: Arn }) });
    const schedule = {
      Name: 'e-1',
      GroupName: 'capuchin',
      ScheduleExpression: 'at(2026-03-02T11:00:00)',
      ScheduleExpressionTimezone: 'Europe/London',
      StartDate: CreationDate,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      ClientToken: 'token',
      Target: {
        Arn: 'arn:a',
        RoleArn: 'arn:b',
        Input: '{}',
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 },
      },
    } as const;
    expect(await client.send(new CreateScheduleCommand(schedule))).toMatchObject({ ScheduleArn: Arn });
    expect(seen).toEqual([schedule]);
  });

  it('GetSchedule, ListSchedules and DeleteSchedule carry their queries under the SDK’s names', async () => {
    const { client, seen } = await scheduler({
      Get: () => ({ Arn, Name: 'e-1', CreationDate }),
      List: () => ({ Schedules: [{ Arn, Name: 'e-1', CreationDate }], NextToken: 'n2' }),
    });
    expect(await client.send(new GetScheduleCommand({ Name: 'e-1', GroupName: 'capuchin' }))).toMatchObject({
      Arn,
      CreationDate,
    });
    const filters = {
      GroupName: 'capuchin',
      NamePrefix: 'e-',
      State: 'ENABLED',
      NextToken: 'n1',
      MaxResults: 5,
    } as const;
    const list = await client.send(new ListSchedulesCommand(filters));
    expect(list).toMatchObject({ Schedules: [{ Arn, CreationDate }], NextToken: 'n2' });
    await client.send(new DeleteScheduleCommand({ Name: 'e-1', GroupName: 'capuchin', ClientToken: 'token' }));
    expect(seen).toEqual([
      { Name: 'e-1', GroupName: 'capuchin' },
      filters,
      { Name: 'e-1', GroupName: 'capuchin', ClientToken: 'token' },
    ]);
  });

  it('errors are the SDK’s exception classes', async () => {
    const { client, cloud } = await scheduler({
      Create: () => {
        throw new AwsError('ConflictException', 'Schedule e-1 already exists.', 409);
      },
    });
    const schedule = {
      Name: 'e-1',
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'a', RoleArn: 'b' },
    } as const;
    const call = client.send(new CreateScheduleCommand(schedule));
    await expect(call).rejects.toThrow(ConflictException);
    await expect(call).rejects.toMatchObject({ message: 'Schedule e-1 already exists.' });
    expect(cloud.defects).toEqual([]);
  });
});
