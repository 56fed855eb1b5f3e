import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { follow } from '../../lib/audit/chain.ts';
import { FunctionFailed, Functions } from '../../lib/aws/functions.ts';
import { RecordBus } from '../../lib/aws/record-bus.ts';
import { Schedules } from '../../lib/aws/schedules.ts';
import { experimentOrderSchema } from '../../lib/core/experiment.ts';
import { eventBuses } from '../../lib/rehearsal/cloud/events.ts';
import { AwsError, serve } from '../../lib/rehearsal/cloud/operation.ts';
import { schedulerService } from '../../lib/rehearsal/cloud/scheduler.ts';
import { Schedules as CloudSchedules } from '../../lib/rehearsal/cloud/schedules.ts';
import { orderFor } from '../functions/experiment/fake-world.ts';
import { inOrder } from '../functions/in-order.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { serveCloud } from './serve-cloud.ts';

const ALIAS = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:experiment:live`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/strike`;
const LATER = '2036-03-02T10:00:00Z';

describe('schedules', () => {
  async function schedulesOf(group = 'experiments') {
    const options = { accountId: ACCOUNT, region: REGION, groups: ['experiments'], invoke: async () => undefined };
    const cloud = new CloudSchedules(options);
    onTestFinished(() => cloud.close());
    await serveCloud({ services: { Scheduler: schedulerService(cloud) } });
    return { cloud, schedules: new Schedules({ scheduleGroup: group, functionArn: ALIAS, roleArn: ROLE }) };
  }

  it('are one-time, in UTC, without retries, gone when done, and hand over the order', async () => {
    const { schedules } = await schedulesOf();
    const order = orderFor({ at: LATER });
    expect(await schedules.create(order)).toBe('created');
    const client = new SchedulerClient({});
    const made = await client.send(new GetScheduleCommand({ GroupName: 'experiments', Name: 'cart-1' }));
    client.destroy();
    expect(made).toMatchObject({
      ScheduleExpression: 'at(2036-03-02T10:00:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      State: 'ENABLED',
      Target: { Arn: ALIAS, RoleArn: ROLE, RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 300 } },
    });
    expect(experimentOrderSchema.parse(JSON.parse(made.Target?.Input ?? ''))).toEqual(order);
  });

  it('are made once: another order of the same experiment changes nothing', async () => {
    const { schedules, cloud } = await schedulesOf();
    await schedules.create(orderFor({ at: LATER }));
    await schedules.create(orderFor({ at: LATER }));
    expect(await schedules.create(orderFor({ at: '2037-01-01T00:00:00Z' }))).toBe('existed');
    expect(cloud.list().map(({ definition }) => definition.ScheduleExpression)).toEqual(['at(2036-03-02T10:00:00)']);
  });

  it('are listed over all pages while they wait', async () => {
    const { schedules } = await schedulesOf();
    const names = Array.from({ length: 130 }, (_, n) => `e-${n}`);
    await Promise.all(names.map((experiment) => schedules.create(orderFor({ experiment, at: LATER }))));
    expect(inOrder(await schedules.waiting())).toEqual(inOrder([...names]));
  });

  it('are deleted once; those that have gone already are no error', async () => {
    const { schedules, cloud } = await schedulesOf();
    for (const experiment of ['cart-1', 'cart-2']) await schedules.create(orderFor({ experiment, at: LATER }));
    expect(await schedules.delete('cart-1')).toBe('deleted');
    expect(await schedules.delete('cart-1')).toBe('gone');
    expect(await schedules.delete('never')).toBe('gone');
    expect(cloud.list().map(({ definition }) => definition.Name)).toEqual(['cart-2']);
    // Its name is free again.
    expect(await schedules.create(orderFor({ at: LATER }))).toBe('created');
    expect(inOrder(await schedules.waiting())).toEqual(['cart-1', 'cart-2']);
  });

  it('whose deletion is refused say so', async () => {
    const denied = serve({
      input: z.looseObject({}),
      answer: () => {
        throw new AwsError('AccessDeniedException', 'no', 403);
      },
    });
    const options = { accountId: ACCOUNT, region: REGION, groups: ['experiments'], invoke: async () => undefined };
    const cloud = new CloudSchedules(options);
    onTestFinished(() => cloud.close());
    await serveCloud({ services: { Scheduler: { ...schedulerService(cloud), DeleteSchedule: denied } } });
    const schedules = new Schedules({ scheduleGroup: 'experiments', functionArn: ALIAS, roleArn: ROLE });
    await expect(schedules.delete('cart-1')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('of a group that does not exist are an error', async () => {
    const { schedules } = await schedulesOf('none');
    await expect(schedules.create(orderFor({ at: LATER }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('carry the longest group name without breaking a limit of the API', async () => {
    const { schedules } = await schedulesOf();
    expect(await schedules.create(orderFor({ group: 'g'.repeat(511), at: LATER }))).toBe('created');
  });
});

describe('functions', () => {
  interface Invocation {
    readonly FunctionName: string;
    readonly InvocationType?: string | undefined;
    readonly DurableExecutionName?: string | undefined;
    readonly Payload?: Uint8Array | undefined;
  }
  /** Lambda of which only Invoke is of interest here. */
  async function functionsOver(answer: (invocation: Invocation) => object) {
    const input = z.looseObject({
      FunctionName: z.string(),
      InvocationType: z.string().optional(),
      DurableExecutionName: z.string().optional(),
      Payload: z.instanceof(Uint8Array).optional(),
    });
    const unused = serve({ input: z.looseObject({}), answer: () => ({}) });
    const Lambda = {
      Invoke: serve({ input, answer }),
      CheckpointDurableExecution: unused,
      GetDurableExecutionState: unused,
    };
    const { callLog } = await serveCloud({ services: { Lambda } });
    return { functions: new Functions(), callLog };
  }

  it('start an experiment asynchronously, by the alias, under the experiment’s name', async () => {
    const seen: Invocation[] = [];
    const { functions } = await functionsOver((one) => {
      seen.push(one);
      return { StatusCode: 202 };
    });
    const order = orderFor();
    await functions.startExperiment(ALIAS, order);
    expect(seen).toMatchObject([{ FunctionName: ALIAS, InvocationType: 'Event', DurableExecutionName: 'cart-1' }]);
    expect(JSON.parse(Buffer.from(seen[0]?.Payload ?? []).toString())).toEqual(order);
  });

  it('take "already started" for started, and nothing else', async () => {
    let code = 'DurableExecutionAlreadyStartedException';
    const { functions } = await functionsOver(() => {
      throw new AwsError(code, 'no', 409);
    });
    await expect(functions.startExperiment(ALIAS, orderFor())).resolves.toBeUndefined();
    code = 'ResourceNotFoundException';
    await expect(functions.startExperiment(ALIAS, orderFor())).rejects.toMatchObject({ name: code });
  });

  it('start again after a lost answer, because the name makes it one', async () => {
    let tries = 0;
    const { functions } = await functionsOver(() => {
      if (tries++ === 0) throw new AwsError('ServiceException', 'internal', 500);
      return { StatusCode: 202 };
    });
    await functions.startExperiment(ALIAS, orderFor());
    expect(tries).toBe(2);
  });

  it('answer what they answered, or fail with what they said', async () => {
    const { functions } = await functionsOver(({ FunctionName }) => {
      if (FunctionName === 'good') return { StatusCode: 200, Payload: Buffer.from('{"plans":[]}') };
      const Payload = Buffer.from(
        JSON.stringify({ errorType: 'InvalidEvent', errorMessage: 'the event is not valid' }),
      );
      return { StatusCode: 200, FunctionError: 'Unhandled', Payload };
    });
    expect(await functions.ask('good', {})).toEqual({ plans: [] });
    const failing = functions.ask('bad', {});
    await expect(failing).rejects.toThrow(FunctionFailed);
    await expect(failing).rejects.toThrow('bad failed: the event is not valid');
  });

  it('are asked once: a command whose answer was lost is not given again', async () => {
    const { functions, callLog } = await functionsOver(() => {
      throw new AwsError('ServiceException', 'internal', 500);
    });
    await expect(functions.ask('command', { command: 'run' })).rejects.toMatchObject({ name: 'ServiceException' });
    expect(callLog.counts()).toEqual({ 'Lambda.Invoke': 1 });
  });
});

describe('the record bus', () => {
  const record = (n: number) => {
    const about = n % 2 ? { resource: `task-${n}` } : {};
    return follow(
      `chain-${n}`,
      undefined,
      { key: 'k', kind: 'requested', actor: 'a', reason: 'r', facts: { n }, ...about },
      0,
    );
  };

  it('tells every record, ten a call', async () => {
    const buses = eventBuses({ buses: ['records'] });
    const { callLog } = await serveCloud({ services: { Events: buses.operations } });
    const records = Array.from({ length: 23 }, (_, n) => record(n));
    expect(await new RecordBus('records').tell(records)).toBe(0);
    expect(callLog.counts()).toEqual({ 'Events.PutEvents': 3 });
    const received = buses.received();
    expect(received).toHaveLength(23);
    expect(received.find(({ detail }) => detail.chain === 'chain-1')).toMatchObject({
      bus: 'records',
      source: 'capuchin',
      detailType: 'Capuchin Requested',
      resources: ['task-1'],
      detail: record(1),
    });
    expect(received.find(({ detail }) => detail.chain === 'chain-2')?.resources).toEqual([]);
  });

  it('counts what it could not tell, and never throws', async () => {
    const buses = eventBuses({ buses: ['records'] });
    await serveCloud({ services: { Events: buses.operations } });
    expect(await new RecordBus('other').tell([record(0), record(1)])).toBe(2);
    const denied = serve({
      input: z.looseObject({}),
      answer: () => {
        throw new AwsError('AccessDeniedException', 'no', 400);
      },
    });
    await serveCloud({ services: { Events: { PutEvents: denied } } });
    expect(await new RecordBus('records').tell(Array.from({ length: 12 }, (_, n) => record(n)))).toBe(12);
    expect(await new RecordBus('records').tell([])).toBe(0);
  });
});
