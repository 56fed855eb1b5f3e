import { appendFile } from 'node:fs/promises';
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  type InvokeCommandInput,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DurableEvent } from './fixture/functions.ts';
import { eventually, startFixture } from './fixture/platform.ts';

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
  await fixture.platform.warm();
});
afterAll(() => fixture.close());

async function run(
  scenario: DurableEvent['scenario'],
  how?: DurableEvent['how'],
  more: Partial<InvokeCommandInput> = {},
) {
  const traces = fixture.newTraces();
  const event = { scenario, file: traces.file, ...(how ? { how } : {}) };
  const answer = await fixture.invoke('Durable', event, { Qualifier: 'live', ...more });
  const execution = fixture.platform.executions().find(({ arn }) => arn === answer.DurableExecutionArn);
  return { answer, event, execution, traces };
}

it.concurrent('runs steps and a wait, each step once, with one more invocation after the wait', async () => {
  const { answer, execution, traces } = await run('steps', undefined, { DurableExecutionName: 'steps-1' });
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '1', json: { first: 1, second: 1 } });
  expect(answer.DurableExecutionArn).toContain(`function:${fixture.nameOf('Durable')}:1/durable-execution/steps-1/`);
  expect(execution).toMatchObject({ name: 'steps-1', status: 'SUCCEEDED', invocations: 2, error: null });
  expect(await traces.lines()).toEqual(['first', 'second']);
  const wait = execution?.operations.find(({ Type }) => Type === 'WAIT');
  expect(Number(wait?.EndTimestamp) - Number(wait?.StartTimestamp)).toBeGreaterThanOrEqual(1000);
  expect(Number(execution?.endedAt)).toBeGreaterThanOrEqual(Number(wait?.EndTimestamp));
});

it.concurrent('tries a failed step again when its wait is over', async () => {
  const { answer, execution, traces } = await run('retry');
  expect(answer.json).toBe('in the end');
  expect(await traces.lines()).toEqual(['flaky', 'flaky']);
  const [step] = execution?.operations.filter(({ Name }) => Name === 'flaky') ?? [];
  expect(step).toMatchObject({ Status: 'SUCCEEDED', StepDetails: { Attempt: 2 } });
  expect(step?.StepDetails).not.toHaveProperty('Error');
});

it.concurrent.each(['exit', 'kill'] as const)('replays after a crash in the middle of a step (%s)', async (how) => {
  const { answer, execution, traces } = await run('crash', how);
  expect(answer.json).toBe(2);
  expect(execution).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
  expect(await traces.lines()).toEqual(['before', 'crashing', 'crashing']);
});

it.concurrent('fails an at-most-once step that a crash interrupted, and does not run it again', async () => {
  const { answer, execution, traces } = await run('atMostOnce', 'kill');
  expect(answer.json.caught).toMatch(/due to an interruption/);
  expect(await traces.lines()).toEqual(['kill']);
  expect(execution).toMatchObject({ status: 'SUCCEEDED', invocations: 2 });
  expect(execution?.operations.find(({ Name }) => Name === 'kill')).toMatchObject({ Status: 'FAILED' });
});

it.concurrent('fails an execution whose function crashes every time, after its retries', async () => {
  const { answer, execution, traces } = await run('crashAlways');
  expect(answer).toMatchObject({ FunctionError: 'Unhandled', json: { errorType: 'Runtime.ExitError' } });
  expect(execution).toMatchObject({ status: 'FAILED', invocations: 3 });
  expect(await traces.lines()).toHaveLength(3);
});

it.concurrent('fails with the error that the handler threw', async () => {
  const { answer, execution } = await run('fails');
  expect(answer.json).toMatchObject({ errorType: 'TypeError', errorMessage: 'no good' });
  expect(execution).toMatchObject({ status: 'FAILED', result: null, invocations: 1 });
});

it.concurrent('replays a completed child context from its result', async () => {
  const { answer, execution, traces } = await run('contexts');
  expect(answer.json).toBe(2);
  expect(execution?.invocations).toBe(2);
  expect(await traces.lines()).toEqual(['one', 'two']);
});

it.concurrent('starts an execution of a name once, and refuses the name with another payload', async () => {
  const more = { DurableExecutionName: 'once', InvocationType: 'Event' } as const;
  const { answer, event, traces } = await run('steps', undefined, more);
  expect(answer.StatusCode).toBe(202);
  const again = await fixture.invoke('Durable', event, { ...more, Qualifier: 'live' });
  expect(again.DurableExecutionArn).toBe(answer.DurableExecutionArn);
  const other = fixture.invoke('Durable', { ...event, scenario: 'retry' }, { ...more, Qualifier: 'live' });
  await expect(other).rejects.toMatchObject({ name: 'DurableExecutionAlreadyStartedException' });
  // A synchronous call for the same name attaches to the execution and waits for its end.
  const attached = await fixture.invoke('Durable', event, { Qualifier: 'live', DurableExecutionName: 'once' });
  expect(attached.json).toEqual({ first: 1, second: 1 });
  expect(await traces.lines()).toEqual(['first', 'second']);
});

it.concurrent('ends an execution at its time-out', async () => {
  const answer = await fixture.invoke('Brief', { scenario: 'sleeps' }, { Qualifier: '$LATEST' });
  expect(answer.FunctionError).toBe('Unhandled');
  const execution = fixture.platform.executions().find(({ arn }) => arn === answer.DurableExecutionArn);
  expect(execution).toMatchObject({ status: 'TIMED_OUT', version: '$LATEST' });
});

it.concurrent('fails an execution that is pending with nothing to wait for', async () => {
  const answer = await fixture.invoke('Raw', {}, { Qualifier: '$LATEST' });
  expect(answer.json.errorMessage).toBe('Cannot return PENDING status with no pending operations.');
});

it('says which execution a process is working on, by its credentials', async () => {
  const { answer, execution, traces } = await run('tellsItsKey', undefined, { InvocationType: 'Event' });
  await eventually(async () => (await traces.lines().catch(() => [])).length === 1, 'the key');
  const [accessKeyId = ''] = await traces.lines();
  const { name, arn } = execution ?? {};
  expect(arn).toBe(answer.DurableExecutionArn);
  expect(fixture.platform.activeExecution(accessKeyId)).toEqual({ name, arn });
  await appendFile(traces.file, 'go on\n');
  await eventually(() => fixture.platform.activeExecution(accessKeyId) === undefined, 'the end of the invocation');
  expect(fixture.platform.executions().find((other) => other.arn === arn)?.status).toBe('SUCCEEDED');
});

it.each([
  ['without a qualifier', 'Durable', {}],
  ['synchronously when it may last longer than 15 minutes', 'Long', { Qualifier: '$LATEST' }],
])('refuses to invoke a durable function %s', async (_, id, more) => {
  await expect(fixture.invoke(id, { scenario: 'steps' }, more)).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});

it('refuses a checkpoint with a token that is not the newest, and knows no other executions', async () => {
  const { answer } = await run('sleeps', undefined, { InvocationType: 'Event' });
  const known = { DurableExecutionArn: answer.DurableExecutionArn, CheckpointToken: 'stale' };
  await expect(fixture.lambda.send(new CheckpointDurableExecutionCommand(known))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringMatching(/^Invalid Checkpoint Token/),
  });
  const unknown = { ...known, DurableExecutionArn: `${known.DurableExecutionArn}x` };
  await expect(fixture.lambda.send(new GetDurableExecutionStateCommand(unknown))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

it('applies a checkpoint once when its answer was lost, and pages the state', async () => {
  const traces = fixture.newTraces();
  const answered = fixture.invoke('Raw', { file: traces.file }, { Qualifier: '$LATEST', DurableExecutionName: 'raw' });
  await eventually(async () => (await traces.lines().catch(() => [])).length === 1, 'the token');
  const execution = () => fixture.platform.executions().find(({ name }) => name === 'raw');
  const DurableExecutionArn = execution()?.arn;
  const [CheckpointToken] = await traces.lines();
  const wait = { Id: 'w', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 60 } } as const;
  const request = { DurableExecutionArn, CheckpointToken, ClientToken: 'once', Updates: [wait] };
  const first = await fixture.lambda.send(new CheckpointDurableExecutionCommand(request));
  const again = await fixture.lambda.send(new CheckpointDurableExecutionCommand(request));
  expect(again).toMatchObject({ CheckpointToken: first.CheckpointToken, NewExecutionState: first.NewExecutionState });
  expect(first.NewExecutionState?.Operations).toEqual([expect.objectContaining({ Id: 'w', Status: 'STARTED' })]);
  const other = new CheckpointDurableExecutionCommand({ ...request, ClientToken: 'other' });
  await expect(fixture.lambda.send(other)).rejects.toThrow(/^Invalid Checkpoint Token/);

  const state = { DurableExecutionArn, CheckpointToken: first.CheckpointToken, MaxItems: 1 };
  const page = await fixture.lambda.send(new GetDurableExecutionStateCommand(state));
  expect(page.Operations?.map(({ Type }) => Type)).toEqual(['EXECUTION']);
  const rest = new GetDurableExecutionStateCommand({ ...state, Marker: page.NextMarker });
  expect(await fixture.lambda.send(rest)).toMatchObject({ Operations: [{ Id: 'w' }] });

  await appendFile(traces.file, 'go on\n');
  expect(await answered).toMatchObject({ json: 'done' });
  const late = new CheckpointDurableExecutionCommand({ ...state, Updates: [] });
  await expect(fixture.lambda.send(late)).rejects.toThrow(/^Invalid Checkpoint Token/);
  expect(execution()?.operations).toHaveLength(2);
});

it('leaves no defect of the local cloud behind', async () => {
  await eventually(() => fixture.platform.executions().length > 10, 'the executions above');
  expect(fixture.defects).toEqual([]);
});
