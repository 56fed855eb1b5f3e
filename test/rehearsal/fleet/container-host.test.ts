import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, type TestContext, test } from 'vitest';
import { documentContent } from '../../../lib/faults/hosts/document.ts';
import { documentsOf } from '../../../lib/faults/hosts/documents.ts';
import { pauseContainer } from '../../../lib/faults/pause-container.ts';
import { createCallLog } from '../../../lib/rehearsal/cloud/call-log.ts';
import { commandDocument } from '../../../lib/rehearsal/cloud/documents.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { parameterStore } from '../../../lib/rehearsal/cloud/parameters.ts';
import { runCommands } from '../../../lib/rehearsal/cloud/run-command.ts';
import { startServer } from '../../../lib/rehearsal/cloud/server.ts';
import { startContainerHosts } from '../../../lib/rehearsal/fleet/container-host.ts';
import { startFleet } from '../../../lib/rehearsal/fleet/fleet.ts';
import { readFleetFile } from '../../../lib/rehearsal/fleet/fleet-file.ts';
import { markedProcesses } from '../../../lib/rehearsal/fleet/process-group.ts';
import { hostScript } from '../../../lib/stack/documents.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));
const TIME_LIMIT_MS = 60_000;
const MARK = 'CAPUCHIN_TEST';

/** Finds the task's container by its label and does one docker command to it. */
const SCRIPT = `set -eu
container=$(docker ps -q --no-trunc --filter "label=com.amazonaws.ecs.task-arn=$SSM_task")
[ -n "$container" ] || { echo "no container"; exit 4; }
export ${MARK}="$SSM_mark"
case "$SSM_action" in
  later) setsid sh -c "sleep 600; docker unpause $container" </dev/null >/dev/null 2>&1 & ;;
  status) docker inspect --format '{{.State.Status}}' "$container" ;;
  *) docker "$SSM_action" "$container" ;;
esac
echo "$SSM_action" >"$CAPUCHIN_STATE/last"
`;

/** An unpropagated service of one task on container hosts, and SSM and ECS in front of it. */
async function setUp(t: TestContext, more = '') {
  const folder = await mkdtemp(join(tmpdir(), 'hosts-'));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'fleet.yaml');
  const command = `"node ${program} with-child"`;
  await writeFile(
    file,
    `cluster: test\nhosts: 2\nhostTags: {role: host}\nservices:\n  - {name: web, desired: 1, launchType: EC2, health: /health, stopTimeoutSeconds: 20, command: ${command}${more}}\n`,
  );
  const reading = await readFleetFile(file);
  if (!reading.ok) throw new Error(reading.message);
  const account = { accountId: '123456789012', region: 'eu-west-1' };
  const metrics = { put: () => {} };
  const fleet = await startFleet({ definition: reading.fleet, seed: randomUUID(), ...account, metrics });
  t.onTestFinished(() => fleet.close());
  const hosts = await startContainerHosts({ fleet, directory: folder, region: account.region });
  t.onTestFinished(() => hosts.close());
  const parameter = { type: 'String', interpolationType: 'ENV_VAR' };
  const content = commandDocument.parse({
    schemaVersion: '2.2',
    parameters: { task: parameter, action: parameter, mark: parameter },
    mainSteps: [{ action: 'aws:runShellScript', name: 'run', inputs: { runCommand: SCRIPT.split('\n') } }],
  });
  const documents = [{ name: 'docker', content }, ...pauseDocuments()];
  const instanceIds = () => fleet.hosts.map(({ instanceId }) => instanceId);
  const commands = runCommands({ documents, instanceIds, host: hosts });
  const SSM = parameterStore(new Map(), { commands }).operations;
  const server = await startServer({
    services: { ECS: ecsOperations(fleet), SSM },
    port: 0,
    accountId: account.accountId,
    callLog: createCallLog(),
    onDefect: (sentence) => {
      throw new Error(sentence);
    },
    buckets: {},
  });
  t.onTestFinished(() => server.close());
  const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
  const config = { endpoint: server.url, region: account.region, credentials };
  const cloud = { ecs: new ECSClient(config), ssm: new SSMClient(config) };
  t.onTestFinished(() => {
    cloud.ecs.destroy();
    cloud.ssm.destroy();
  });
  await fleet.ready;
  return { fleet, folder, hosts, mark: randomUUID(), ...cloud };
}

/** The documents of the stack's own fault. */
function pauseDocuments() {
  return documentsOf(pauseContainer.script).map((one) => ({
    name: one.name,
    content: commandDocument.parse(documentContent(one, hostScript(one))),
  }));
}

type World = Awaited<ReturnType<typeof setUp>>;

async function runningTask({ ecs }: World): Promise<Task> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'test' }));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'test', tasks: taskArns }));
  const task = tasks?.find(({ lastStatus }) => lastStatus === 'RUNNING');
  if (task === undefined) throw new Error('no task runs');
  return task;
}

async function described({ ecs }: World, task: Task): Promise<Task | undefined> {
  return (await ecs.send(new DescribeTasksCommand({ cluster: 'test', tasks: [task.taskArn ?? ''] }))).tasks?.[0];
}

/** Runs one docker command on the host of a task, as Capuchin would: ECS says where, SSM runs it. */
function docker(world: World, action: string, task: Task) {
  const { taskArn = '' } = task;
  return run(world, task, 'docker', { task: taskArn, action, mark: world.mark });
}

/** Runs a document on the host of a task. */
async function run({ ecs, ssm }: World, task: Task, DocumentName: string, given: Readonly<Record<string, string>>) {
  const { containerInstanceArn = '' } = task;
  const where = { cluster: 'test', containerInstances: [containerInstanceArn] };
  const { containerInstances } = await ecs.send(new DescribeContainerInstancesCommand(where));
  const InstanceId = containerInstances?.[0]?.ec2InstanceId ?? '';
  const Parameters = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, [value]]));
  const sent = await ssm.send(new SendCommandCommand({ DocumentName, InstanceIds: [InstanceId], Parameters }));
  const { CommandId } = sent.Command ?? {};
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const invocation = await ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
    if (invocation.Status !== 'InProgress' && invocation.Status !== 'Pending') return invocation;
  }
}

/** What one request to the service comes to: its status, or `silence` after two seconds. */
async function asked({ fleet }: World, path = '/hello'): Promise<number | 'silence'> {
  try {
    const url = new Map(Object.entries(fleet.endpoints())).get('web');
    return (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2000) })).status;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return 'silence';
    throw error;
  }
}

/** States of the processes of a task, `T` for a stopped one. */
function statesOf(id: string): readonly string[] {
  return markedProcesses('CAPUCHIN_TASK', id).map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '';
  });
}

describe.concurrent('docker pause on a container host', { timeout: TIME_LIMIT_MS }, () => {
  test.runIf(process.platform === 'linux')(
    'freezes every process of the task: it does not answer, and answers again after unpause',
    async (t) => {
      const world = await setUp(t, ', unhealthyThreshold: 60');
      const task = await runningTask(world);
      expect(task).toMatchObject({
        launchType: 'EC2',
        containers: [{ runtimeId: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      });
      expect(await asked(world)).toBe(200);

      const paused = await docker(world, 'pause', task);
      expect(paused).toMatchObject({
        Status: 'Success',
        StandardOutputContent: `${task.containers?.[0]?.runtimeId}\n`,
      });
      const id = task.taskArn?.split('/').at(-1) ?? '';
      const states = statesOf(id);
      expect(states.length).toBeGreaterThanOrEqual(2);
      expect(new Set(states)).toEqual(new Set(['T']));
      expect(await asked(world)).toBe('silence');
      expect((await docker(world, 'status', task)).StandardOutputContent).toBe('paused\n');
      expect(await docker(world, 'pause', task)).toMatchObject({
        Status: 'Failed',
        ResponseCode: 1,
        StandardErrorContent: expect.stringContaining('is already paused'),
      });

      expect(await docker(world, 'unpause', task)).toMatchObject({ Status: 'Success' });
      expect(statesOf(id)).not.toContain('T');
      await until('it answers', async () => (await asked(world)) === 200, 30_000);
    },
  );

  test('for longer than its health checks allow makes ECS replace the task, and say so', async (t) => {
    const world = await setUp(t);
    const task = await runningTask(world);
    await docker(world, 'pause', task);
    await until('the frozen task is stopped', async () => (await described(world, task))?.lastStatus === 'STOPPED');
    expect(await described(world, task)).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: expect.stringMatching(/^Task failed ELB health checks/),
    });
    await until('another one answers', async () => (await asked(world)) === 200);
    const { services } = await world.ecs.send(new DescribeServicesCommand({ cluster: 'test', services: ['web'] }));
    const events = services?.[0]?.events?.map(({ message }) => message) ?? [];
    const stopped = events.findIndex((text) => text?.includes('has stopped 1 running tasks'));
    const steady = events.indexOf('(service web) has reached a steady state.');
    expect(steady).toBeGreaterThanOrEqual(0);
    expect(stopped).toBeGreaterThan(steady);
    const next = await runningTask(world);
    expect(next.containerInstanceArn).not.toBe(task.containerInstanceArn);
    // Where the old one was, its container has exited.
    expect(await docker(world, 'status', task)).toMatchObject({ ResponseCode: 4 });
  });

  test('keeps no task from being stopped: as with docker stop, it is thawed and ends by SIGTERM', async (t) => {
    const world = await setUp(t, ', unhealthyThreshold: 60');
    const task = await runningTask(world);
    await docker(world, 'pause', task);
    const from = Date.now();
    await world.ecs.send(new StopTaskCommand({ cluster: 'test', task: task.taskArn }));
    await until('it is stopped', async () => (await described(world, task))?.lastStatus === 'STOPPED');
    expect((await described(world, task))?.containers?.[0]?.exitCode).toBe(143);
    expect(Date.now() - from).toBeLessThan(20_000);
  });
});

describe.concurrent('the stack’s own documents', { timeout: TIME_LIMIT_MS }, () => {
  const now = () => Math.floor(Date.now() / 1000);

  async function apply(world: World, task: Task, seconds: number) {
    const { taskArn = '' } = task;
    const target = { experiment: 'e-1', target: taskArn };
    const limits = { notAfter: String(now() + 30), until: String(now() + seconds), container: '*', install: 'no' };
    const applied = await run(world, task, 'pause-container', { action: 'apply', ...target, ...limits });
    expect(JSON.parse(applied.StandardOutputContent ?? '')).toMatchObject({ action: 'apply', code: 'applied' });
    const act = async (action: 'undo' | 'status') => {
      const answer = await run(world, task, 'undo', { action, ...target });
      return JSON.parse(answer.StandardOutputContent ?? '');
    };
    return act;
  }

  test.runIf(process.platform === 'linux')('freeze a task until they are told to undo it', async (t) => {
    const world = await setUp(t, ', unhealthyThreshold: 60');
    const task = await runningTask(world);
    const act = await apply(world, task, 600);
    expect(await asked(world)).toBe('silence');
    expect(await act('status')).toMatchObject({ members: [{ state: 'paused' }] });
    expect(await act('undo')).toMatchObject({ undone: true });
    await until('it answers', async () => (await asked(world)) === 200, 30_000);
  });

  test.runIf(process.platform === 'linux')('heal at their deadline although nobody asks', async (t) => {
    const world = await setUp(t, ', unhealthyThreshold: 60');
    const task = await runningTask(world);
    await apply(world, task, 20);
    const id = task.taskArn?.split('/').at(-1) ?? '';
    expect(statesOf(id)).toContain('T');
    await until('the timer has healed it', () => !statesOf(id).includes('T'), 40_000);
    expect((await described(world, task))?.lastStatus).toBe('RUNNING');
  });
});

describe.concurrent('a container host', { timeout: TIME_LIMIT_MS }, () => {
  test('keeps the state of its scripts, and nothing of the scripts themselves', async (t) => {
    const world = await setUp(t);
    const task = await runningTask(world);
    await docker(world, 'status', task);
    const folders = world.fleet.hosts.map(({ instanceId }) => world.hosts.stateFolder(instanceId));
    expect(folders.filter((folder) => existsSync(join(folder, 'last')))).toHaveLength(1);
    for (const folder of folders) {
      const runs = join(folder, '..', 'orchestration');
      expect(existsSync(runs) ? await readdir(runs) : []).toEqual([]);
    }
  });

  test('sees its own containers only', async (t) => {
    const world = await setUp(t);
    const task = await runningTask(world);
    const others = world.fleet.hosts.filter(
      ({ containerInstance }) => containerInstance?.arn !== task.containerInstanceArn,
    );
    const other = others[0]?.containerInstance?.arn;
    expect(await docker(world, 'pause', { ...task, containerInstanceArn: other })).toMatchObject({
      ResponseCode: 4,
      StandardOutputContent: 'no container\n',
    });
    expect(await asked(world)).toBe(200);
  });

  test.runIf(process.platform === 'linux')(
    'lets go on what a script leaves behind, until the fleet closes',
    async (t) => {
      const world = await setUp(t, ', unhealthyThreshold: 60');
      const task = await runningTask(world);
      expect(await docker(world, 'later', task)).toMatchObject({ Status: 'Success' });
      expect(markedProcesses(MARK, world.mark).length).toBeGreaterThanOrEqual(1);
      await docker(world, 'pause', task);
      await world.fleet.close();
      expect(markedProcesses(MARK, world.mark)).toEqual([]);
      expect(markedProcesses('CAPUCHIN_TASK', task.taskArn?.split('/').at(-1) ?? '')).toEqual([]);
    },
  );
});
