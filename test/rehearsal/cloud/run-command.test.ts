import {
  CancelCommandCommand,
  GetCommandInvocationCommand,
  InvalidDocument,
  InvalidInstanceId,
  InvalidParameters,
  InvocationDoesNotExist,
  ListCommandInvocationsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { commandDocument } from '../../../lib/rehearsal/cloud/documents.ts';
import { parameterStore } from '../../../lib/rehearsal/cloud/parameters.ts';
import { type CommandJob, type RunCommandOptions, runCommands } from '../../../lib/rehearsal/cloud/run-command.ts';
import { until } from '../fleet/until.ts';
import { startCloud } from './local-cloud.ts';

const HOST = 'i-0123456789abcdef0';
const OTHER = 'i-0123456789abcdef1';
const document = {
  name: 'Capuchin-pause',
  content: commandDocument.parse({
    schemaVersion: '2.2',
    parameters: {
      action: { type: 'String', allowedPattern: '^(apply|undo)$', interpolationType: 'ENV_VAR' },
      seconds: { type: 'String', allowedPattern: '^[0-9]{1,4}$', default: '60' },
    },
    mainSteps: [{ action: 'aws:runShellScript', name: 'run', inputs: { runCommand: ['echo {{ seconds }}', 'date'] } }],
  }),
};

/** A host in memory: what it is told to run waits until a test lets it end. */
async function setUp(options: Partial<RunCommandOptions> = {}) {
  const jobs: CommandJob[] = [];
  const ends: ((exitCode: number, stdout?: string, stderr?: string) => void)[] = [];
  const commands = runCommands({
    documents: [document],
    instanceIds: () => [HOST, OTHER],
    host: {
      run: (job) => {
        jobs.push(job);
        return new Promise((resolve) => {
          ends.push((exitCode, stdout = '', stderr = '') => resolve({ exitCode, stdout, stderr }));
          job.signal.addEventListener('abort', () => resolve({ exitCode: 137, stdout: 'half', stderr: '' }));
        });
      },
    },
    visibleAfterMs: 0,
    ...options,
  });
  const cloud = await startCloud({
    services: { SSM: parameterStore(new Map(), { commands }).operations },
    buckets: {},
  });
  const ssm = cloud.client(SSMClient);
  const send = async (input: Partial<SendCommandCommandInput> = {}) => {
    const Parameters = { action: ['apply'] };
    const command = new SendCommandCommand({ DocumentName: document.name, InstanceIds: [HOST], Parameters, ...input });
    return (await ssm.send(command)).Command;
  };
  const invocation = (CommandId: string | undefined, InstanceId = HOST) =>
    ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
  return { cloud, commands, ssm, jobs, ends, send, invocation };
}

describe('a command', () => {
  it('runs the rendered script on each host, and tells what it printed', async () => {
    const { send, invocation, jobs, ends, cloud } = await setUp();
    const command = await send({ InstanceIds: [HOST, OTHER], Comment: 'Capuchin e-1' });
    expect(command).toMatchObject({ Status: 'Pending', InstanceIds: [HOST, OTHER], Comment: 'Capuchin e-1' });
    expect(jobs.map(({ instanceId }) => instanceId)).toEqual([HOST, OTHER]);
    expect(jobs[0]).toMatchObject({ script: 'echo 60\ndate\n', environment: { SSM_action: 'apply' } });
    expect(await invocation(command?.CommandId)).toMatchObject({ Status: 'InProgress', ResponseCode: -1 });
    ends[0]?.(0, 'out', 'err');
    ends[1]?.(3, 'out', 'oh\n');
    await until('both have ended', async () => (await invocation(command?.CommandId, OTHER)).Status !== 'InProgress');
    expect(await invocation(command?.CommandId)).toMatchObject({
      Status: 'Success',
      ResponseCode: 0,
      PluginName: 'run',
      StandardOutputContent: 'out',
      StandardErrorContent: 'err',
      Comment: 'Capuchin e-1',
    });
    expect(await invocation(command?.CommandId, OTHER)).toMatchObject({
      Status: 'Failed',
      ResponseCode: 3,
      StandardErrorContent: 'oh\nfailed to run commands: exit status 3',
    });
    expect(cloud.defects).toEqual([]);
  });

  it('is not found right after it was sent, and is found a moment later', async () => {
    let nowMs = Date.parse('2026-03-02T10:00:00Z');
    const { send, invocation, ssm } = await setUp({ visibleAfterMs: 200, now: () => new Date(nowMs) });
    const command = await send();
    const list = async () =>
      (await ssm.send(new ListCommandInvocationsCommand({ CommandId: command?.CommandId }))).CommandInvocations;
    await expect(invocation(command?.CommandId)).rejects.toThrow(InvocationDoesNotExist);
    expect(await list()).toEqual([]);
    nowMs += 200;
    expect(await invocation(command?.CommandId)).toMatchObject({ Status: 'InProgress' });
    expect(await list()).toHaveLength(1);
    await expect(invocation(command?.CommandId, OTHER)).rejects.toThrow(InvocationDoesNotExist);
  });

  it('shows the beginning of long outputs', async () => {
    const { send, invocation, ends, ssm } = await setUp();
    const command = await send();
    ends[0]?.(0, 'a'.repeat(30_000), 'b'.repeat(9_000));
    await until('it has ended', async () => (await invocation(command?.CommandId)).Status === 'Success');
    const { StandardOutputContent, StandardErrorContent } = await invocation(command?.CommandId);
    expect([StandardOutputContent?.length, StandardErrorContent?.length]).toEqual([24_000, 8_000]);
    const listed = await ssm.send(new ListCommandInvocationsCommand({ InstanceId: HOST, Details: true }));
    expect(listed.CommandInvocations?.[0]?.CommandPlugins?.[0]?.Output).toHaveLength(2_500);
  });

  it('ends when it is cancelled, and the host is told', async () => {
    const { send, invocation, jobs, ssm } = await setUp();
    const command = await send({ InstanceIds: [HOST, OTHER] });
    await ssm.send(new CancelCommandCommand({ CommandId: command?.CommandId, InstanceIds: [OTHER] }));
    await until('it has ended', async () => (await invocation(command?.CommandId, OTHER)).Status === 'Cancelled');
    expect(jobs.map(({ signal }) => signal.aborted)).toEqual([false, true]);
    expect(await invocation(command?.CommandId, OTHER)).toMatchObject({ StandardOutputContent: 'half' });
    expect(await invocation(command?.CommandId)).toMatchObject({ Status: 'InProgress' });
    const stranger = new CancelCommandCommand({ CommandId: '00000000-0000-4000-8000-000000000000' });
    await expect(ssm.send(stranger)).rejects.toMatchObject({ name: 'InvalidCommandId' });
  });

  it('ends when its execution time is over', async () => {
    const inputs = { runCommand: ['sleep 9'], timeoutSeconds: 1 };
    const mainSteps = [{ action: 'aws:runShellScript', name: 'run', inputs }];
    const content = commandDocument.parse({ schemaVersion: '2.2', mainSteps });
    const { send, invocation } = await setUp({ documents: [{ name: 'Short', content }] });
    const command = await send({ DocumentName: 'Short', Parameters: {} });
    await until('it has ended', async () => (await invocation(command?.CommandId)).Status !== 'InProgress');
    expect(await invocation(command?.CommandId)).toMatchObject({
      Status: 'TimedOut',
      StatusDetails: 'ExecutionTimedOut',
    });
  });

  it('on a host that cannot run it is a defect of the rehearsal, and a failure to the caller', async () => {
    const defects: string[] = [];
    const { send, invocation } = await setUp({
      host: { run: () => Promise.reject(new Error('no shell')) },
      onDefect: (sentence) => defects.push(sentence),
    });
    const command = await send();
    await until('it has ended', async () => (await invocation(command?.CommandId)).Status === 'Failed');
    expect(await invocation(command?.CommandId)).toMatchObject({ StandardErrorContent: 'no shell' });
    expect(defects).toEqual([`Run Command: ${document.name} could not be run on ${HOST}.`]);
  });
});

describe('a stop alarm', () => {
  const AlarmConfiguration = (IgnorePollAlarmFailure?: boolean) => ({
    AlarmConfiguration: { Alarms: [{ Name: 'orders' }], IgnorePollAlarmFailure },
  });

  it('that is in ALARM keeps the command from running', async () => {
    const { send, invocation, jobs, commands } = await setUp({ alarmState: () => 'ALARM' });
    const command = await send(AlarmConfiguration());
    expect(command?.TriggeredAlarms).toEqual([]);
    expect(await invocation(command?.CommandId)).toMatchObject({ Status: 'Cancelled', ResponseCode: -1 });
    expect(jobs).toEqual([]);
    expect(commands.list()[0]?.triggeredAlarm).toEqual({ name: 'orders', state: 'ALARM' });
  });

  it('that goes off later ends it', async () => {
    let state: 'OK' | 'ALARM' = 'OK';
    const { send, invocation, jobs } = await setUp({ alarmState: () => state, alarmPollMs: 10 });
    const command = await send(AlarmConfiguration());
    expect(await invocation(command?.CommandId)).toMatchObject({ Status: 'InProgress' });
    state = 'ALARM';
    await until('it has ended', async () => (await invocation(command?.CommandId)).Status === 'Cancelled');
    expect(jobs[0]?.signal.aborted).toBe(true);
  });

  it('that nobody knows keeps it from running, unless that is to be ignored', async () => {
    const { send, invocation, jobs } = await setUp();
    expect(await invocation((await send(AlarmConfiguration()))?.CommandId)).toMatchObject({ Status: 'Cancelled' });
    expect(jobs).toEqual([]);
    await send(AlarmConfiguration(true));
    expect(jobs).toHaveLength(1);
  });
});

describe('a command that does not fit is refused by AWS’s name for it', () => {
  it.each<[string, Partial<SendCommandCommandInput>, new (...args: never[]) => Error]>([
    ['an unknown document', { DocumentName: 'Gone' }, InvalidDocument],
    ['an unknown host', { InstanceIds: ['i-0123456789abcdeff'] }, InvalidInstanceId],
    ['a value outside the pattern', { Parameters: { action: ['apply; reboot'] } }, InvalidParameters],
    ['a missing parameter', { Parameters: {} }, InvalidParameters],
    ['an unknown parameter', { Parameters: { action: ['undo'], colour: ['red'] } }, InvalidParameters],
    ['two values where one is meant', { Parameters: { action: ['undo', 'apply'] } }, InvalidParameters],
  ])('%s', async (_what, input, error) => {
    const { send, jobs, cloud } = await setUp();
    await expect(send(input)).rejects.toThrow(error);
    expect(jobs).toEqual([]);
    expect(cloud.defects).toEqual([]);
  });

  it.each<[string, Partial<SendCommandCommandInput>]>([
    ['51 hosts', { InstanceIds: Array.from({ length: 51 }, (_, n) => `i-0${String(n).padStart(16, '0')}`) }],
    ['a comment of 101 characters', { Comment: 'c'.repeat(101) }],
    ['a delivery time-out of 29 seconds', { TimeoutSeconds: 29 }],
    ['two alarms', { AlarmConfiguration: { Alarms: [{ Name: 'a' }, { Name: 'b' }] } }],
    ['targets, which are not served', { InstanceIds: undefined, Targets: [{ Key: 'tag:a', Values: ['b'] }] }],
  ])('%s', async (_what, input) => {
    const { send, jobs } = await setUp();
    await expect(send(input)).rejects.toMatchObject({ name: 'ValidationException' });
    expect(jobs).toEqual([]);
  });
});

it('invocations are listed in pages, each exactly once', async () => {
  const { send, ssm } = await setUp();
  for (let n = 0; n < 3; n += 1) await send({ InstanceIds: [HOST, OTHER] });
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(new ListCommandInvocationsCommand({ MaxResults: 4, NextToken }));
    for (const { CommandId, InstanceId } of page.CommandInvocations ?? []) seen.push(`${CommandId} ${InstanceId}`);
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  expect(seen).toHaveLength(6);
  expect(new Set(seen).size).toBe(6);
});

it('a close cancels what runs, and waits for it', async () => {
  const { send, commands, jobs } = await setUp();
  await send();
  await commands.close();
  expect(jobs[0]?.signal.aborted).toBe(true);
  expect(commands.list()[0]?.invocations[0]?.status).toBe('Cancelled');
});
