import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { TestContext } from 'vitest';
import { HOST_FAULTS } from '../../../lib/faults/hosts/catalogue.ts';
import { documentContent } from '../../../lib/faults/hosts/document.ts';
import { actingDocument, UNDO_DOCUMENT } from '../../../lib/faults/hosts/documents.ts';
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

const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));
/** What stands before the names of the stack's documents. */
const PREFIX = 'Capuchin-';
export const MARK = 'CAPUCHIN_TEST';

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
export async function setUp(t: TestContext, more = '') {
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
  const documents = [{ name: 'docker', content }, ...faultDocuments()];
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

/** The documents of the stack's own faults, with the stack's prefix. */
function faultDocuments() {
  return [...HOST_FAULTS.map(({ script }) => actingDocument(script)), UNDO_DOCUMENT].map((one) => ({
    name: `${PREFIX}${one.name}`,
    content: commandDocument.parse(documentContent(one, hostScript(one))),
  }));
}

export type World = Awaited<ReturnType<typeof setUp>>;

export async function runningTask({ ecs }: World): Promise<Task> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'test' }));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'test', tasks: taskArns }));
  const task = tasks?.find(({ lastStatus }) => lastStatus === 'RUNNING');
  if (task === undefined) throw new Error('no task runs');
  return task;
}

export async function described({ ecs }: World, task: Task): Promise<Task | undefined> {
  return (await ecs.send(new DescribeTasksCommand({ cluster: 'test', tasks: [task.taskArn ?? ''] }))).tasks?.[0];
}

/** Runs one docker command on the host of a task, as Capuchin would: ECS says where, SSM runs it. */
export function docker(world: World, action: string, task: Task) {
  const { taskArn = '' } = task;
  return run(world, task, 'docker', { task: taskArn, action, mark: world.mark });
}

/** Runs a document on the host of a task. */
export async function run(
  { ecs, ssm }: World,
  task: Task,
  DocumentName: string,
  given: Readonly<Record<string, string>>,
) {
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
export async function asked({ fleet }: World, path = '/hello'): Promise<number | 'silence'> {
  try {
    const url = new Map(Object.entries(fleet.endpoints())).get('web');
    return (await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2000) })).status;
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') return 'silence';
    throw error;
  }
}

/** States of the processes of a task, `T` for a stopped one. */
export function statesOf(id: string): readonly string[] {
  return markedProcesses('CAPUCHIN_TASK', id).map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '';
  });
}
