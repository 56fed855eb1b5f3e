import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually, isRunning, startFixture } from './fixture/platform.ts';

const program = fileURLToPath(new URL('./fixture/doomed-rehearsal.ts', import.meta.url));

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  process.env.LEAKED_FROM_THIS_MACHINE = 'yes';
  fixture = await startFixture();
});
afterAll(async () => {
  delete process.env.LEAKED_FROM_THIS_MACHINE;
  const processIds = fixture.platform.processIds();
  await fixture.close();
  await expect(fixture.platform.warm()).rejects.toThrow('The local cloud is closing.');
  expect(fixture.defects).toEqual([]);
  expect(processIds.length).toBeGreaterThan(0);
  expect(processIds.filter(isRunning)).toEqual([]);
});

it('gives a function the environment of the template and of Lambda, and nothing of this machine', async () => {
  const { json, ExecutedVersion } = await fixture.invoke('Plain', { do: 'tell' });
  expect(ExecutedVersion).toBe('$LATEST');
  expect(json.environment).toMatchObject({
    AUDIT_TABLE: fixture.nameOf('Audit'),
    LEVER: '/fixture/lever',
    AWS_REGION: 'eu-central-1',
    AWS_LAMBDA_FUNCTION_NAME: fixture.nameOf('Plain'),
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    LAMBDA_TASK_ROOT: json.directory,
    TZ: 'UTC',
  });
  expect(json.environment).not.toHaveProperty('LEAKED_FROM_THIS_MACHINE');
  expect(json.environment).not.toHaveProperty('HOME');
  expect(json.environment).not.toHaveProperty('NODE_OPTIONS');
  expect(json.environment.AWS_ACCESS_KEY_ID).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(json.context).toMatchObject({
    functionName: fixture.nameOf('Plain'),
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${fixture.nameOf('Plain')}`,
    memoryLimitInMB: '256',
  });
  expect(json.remainingMs).toBeLessThanOrEqual(30_000);
  expect(json.remainingMs).toBeGreaterThan(0);
});

it('reuses a warm process, and starts more under concurrency, each with credentials of its own', async () => {
  const before = await fixture.invoke('Plain', { do: 'tell' });
  const again = await fixture.invoke('Plain', { do: 'tell' });
  expect(again.json.pid).toBe(before.json.pid);
  const pids = await Promise.all([1, 2].map(() => fixture.invoke('Plain', { do: 'wait', waitMs: 300 })));
  expect(new Set(pids.map(({ json }) => json)).size).toBe(2);
  const [one, other] = await Promise.all([1, 2].map(() => fixture.invoke('Plain', { do: 'tell' })));
  expect(one?.json.environment.AWS_ACCESS_KEY_ID).not.toBe(other?.json.environment.AWS_ACCESS_KEY_ID);
});

it('refuses synchronous calls above the reserved concurrency, as Lambda throttles', async () => {
  const first = fixture.invoke('Single', { do: 'wait', waitMs: 1500 });
  await eventually(() => fixture.platform.processIds().length > 0, 'a process');
  const second = fixture.invoke('Single', { do: 'wait', waitMs: 0 });
  await expect(second).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  expect(await first).toMatchObject({ StatusCode: 200 });
});

it('reaches the tables with the real SDK, which a bundle may leave to the runtime', async () => {
  expect((await fixture.invoke('Plain', { do: 'put', table: fixture.nameOf('Audit') })).json).toBe('put');
});

it('does not find a package that is neither in the bundle nor in the runtime', async () => {
  const { json } = await fixture.invoke('Plain', { do: 'stray' });
  expect(json.errorMessage).toBe("Cannot find package 'stray': it is neither in the bundle nor in Lambda's runtime");
});

it('answers a thrown error, a crash, a time-out and a missing handler as Lambda does', async () => {
  const thrown = await fixture.invoke('Plain', { do: 'fail' });
  expect(thrown).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(thrown.json).toMatchObject({ errorType: 'RangeError', errorMessage: 'out of range' });
  expect(thrown.json.trace.join('\n')).toContain('RangeError: out of range');

  const crashed = await fixture.invoke('Plain', { do: 'exit' });
  expect(crashed.json).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect(crashed.json.errorMessage).toContain('exit status 7');

  const { json: process } = await fixture.invoke('Hasty', { do: 'tell' });
  const late = await fixture.invoke('Hasty', { do: 'hang' });
  expect(late.json).toMatchObject({ errorType: 'Sandbox.Timedout' });
  expect(late.json.errorMessage).toContain('Task timed out after 1.00 seconds');
  expect(isRunning(process.pid)).toBe(false);

  const missing = await fixture.invoke('Missing', {});
  expect(missing.json).toMatchObject({ errorType: 'Runtime.HandlerNotFound' });
});

it('hands on what a function writes, line by line with its name', async () => {
  await fixture.invoke('Plain', { do: 'log' });
  const functionName = fixture.nameOf('Plain');
  const wanted = [
    { functionName, stream: 'stdout', text: 'to the log' },
    { functionName, stream: 'stderr', text: 'to the other log' },
  ];
  await eventually(
    () => wanted.every((line) => fixture.logs.some((written) => JSON.stringify(written) === JSON.stringify(line))),
    'both lines',
  );
});

it('lets a schedule of the template invoke its function, when it is told to', async () => {
  const [schedule] = fixture.platform.schedules();
  expect(schedule?.definition).toMatchObject({ GroupName: 'fixture', ScheduleExpression: 'cron(0 5 * * ? *)' });
  const before = fixture.logs.length;
  await fixture.platform.fireSchedule('fixture', String(schedule?.definition.Name));
  await eventually(() => fixture.logs.slice(before).some(({ text }) => text === 'to the log'), 'the invocation');
  expect(fixture.platform.deliveries()).toEqual([expect.objectContaining({ attempts: 1, gaveUpBecause: null })]);
});

it('accepts an event at once, tries it again twice, and gives up after that', async () => {
  const traces = fixture.newTraces();
  expect(await fixture.invoke('Plain', { do: 'count', file: traces.file }, { InvocationType: 'Event' })).toMatchObject({
    StatusCode: 202,
  });
  await eventually(async () => (await traces.lines().catch(() => [])).length === 3, 'the third attempt');

  await fixture.invoke('Plain', { do: 'fail' }, { InvocationType: 'Event' });
  await eventually(() => fixture.platform.droppedEvents().length === 1, 'giving up');
  expect(fixture.platform.droppedEvents()[0]).toMatchObject({
    functionName: fixture.nameOf('Plain'),
    payload: '{"do":"fail"}',
    because: 'RangeError: out of range',
  });
});

it('checks without running when asked for a dry run', async () => {
  expect(await fixture.invoke('Plain', { do: 'exit' }, { InvocationType: 'DryRun' })).toMatchObject({
    StatusCode: 204,
  });
});

it.each([
  ['an unknown function', { FunctionName: 'nobody' }, 'ResourceNotFoundException'],
  ['an unknown alias', { Qualifier: 'nowhere' }, 'ResourceNotFoundException'],
  ['a payload that is not JSON', { Payload: Buffer.from('{') }, 'InvalidRequestContentException'],
  ['a name for a function that is not durable', { DurableExecutionName: 'x' }, 'InvalidParameterValueException'],
])('refuses %s', async (_, more, name) => {
  await expect(fixture.invoke('Plain', {}, more)).rejects.toMatchObject({ name });
});

it('starts one process for every function when it is warmed up', async () => {
  await fixture.platform.warm();
  const warm = fixture.platform.processIds();
  await fixture.platform.warm();
  expect(fixture.platform.processIds()).toEqual(warm);
  const { json } = await fixture.invoke('Single', { do: 'tell' });
  expect(warm).toContain(json.pid);
});

it('ends the functions when the process that started them is killed', async () => {
  const parent: ChildProcess = spawn(process.execPath, [program, fixture.directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  if (!parent.stdout) throw new Error('no stdout');
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const processIds: number[] = JSON.parse(String(line));
  expect(processIds.length).toBeGreaterThan(3);
  expect(processIds.every(isRunning)).toBe(true);

  parent.kill('SIGKILL');
  await eventually(() => !processIds.some(isRunning), 'the end of the function processes');
});
