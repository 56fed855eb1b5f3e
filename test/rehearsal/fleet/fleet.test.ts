import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { DEFAULT_FLEET_FILE } from '../../../lib/rehearsal/fleet/default-fleet.ts';
import { type Fleet, startFleet } from '../../../lib/rehearsal/fleet/fleet.ts';
import type { FleetEvent } from '../../../lib/rehearsal/fleet/fleet-event.ts';
import { readFleetFile } from '../../../lib/rehearsal/fleet/fleet-file.ts';
import type { MetricDatum } from '../../../lib/rehearsal/fleet/model.ts';
import { familyOf, groupIsAlive, markedProcesses } from '../../../lib/rehearsal/fleet/process-group.ts';
import { until } from './until.ts';

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url));
/** Tests here mostly wait for processes, so they run side by side, and each ends what it began. */
const TIME_LIMIT_MS = 60_000;

async function fleetFile(t: TestContext, services: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-'));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'fleet.yaml');
  await writeFile(path, `cluster: test\nservices:\n${services}`);
  return path;
}

async function running(t: TestContext, path: string, seed: string = randomUUID()) {
  const reading = await readFleetFile(path);
  if (!reading.ok) throw new Error(reading.message);
  const data: MetricDatum[] = [];
  const events: FleetEvent[] = [];
  const fleet = await startFleet({
    definition: reading.fleet,
    seed,
    accountId: '123456789012',
    region: 'eu-west-1',
    metrics: { put: (datum) => data.push(datum) },
    onEvent: (event) => events.push(event),
  });
  t.onTestFinished(() => fleet.close());
  const cluster = fleet.clusters[0]?.arn ?? '';
  return { fleet, cluster, data, events };
}

function tasksOf(fleet: Fleet, service: string) {
  return fleet.tasks(fleet.clusters[0]?.arn ?? '').filter(({ serviceName }) => serviceName === service);
}

function addressOf(fleet: Fleet, service: string): string {
  return new Map(Object.entries(fleet.endpoints())).get(service) ?? '';
}

function stopOne(fleet: Fleet, service: string): string {
  const task = tasksOf(fleet, service).find(({ lastStatus }) => lastStatus === 'RUNNING');
  return fleet.stopTask(task?.arn ?? '', 'experiment e-1', 'UserInitiated').arn;
}

/** Whether a service runs all it desires again, with one task stopped. */
function replaced(fleet: Fleet, service: string): boolean {
  const tasks = tasksOf(fleet, service);
  const desired = fleet.services(fleet.clusters[0]?.arn ?? '').find(({ name }) => name === service)?.desired;
  const healthy = tasks.filter(
    ({ lastStatus, healthStatus }) => lastStatus === 'RUNNING' && healthStatus === 'HEALTHY',
  );
  return healthy.length === desired && tasks.some(({ lastStatus }) => lastStatus === 'STOPPED');
}

describe.concurrent('the default fleet', { timeout: TIME_LIMIT_MS }, () => {
  test('catalog loses a task without a failed request, checkout fails requests while its replacement warms up', async (t) => {
    const { fleet, cluster, data } = await running(t, DEFAULT_FLEET_FILE);
    await fleet.ready;
    expect(fleet.tasks(cluster)).toHaveLength(15);
    fleet.startTraffic();
    const last = (service: string) => fleet.samples(cluster, service).at(-1);
    await until('checkout is warm', () => (last('checkout')?.requests ?? 0) > 0 && last('checkout')?.failed === 0);

    const from = new Date().toISOString();
    const stopped = [stopOne(fleet, 'catalog'), stopOne(fleet, 'checkout')];
    await until('both are replaced', () => replaced(fleet, 'catalog') && replaced(fleet, 'checkout'));
    for (const arn of stopped) {
      const task = fleet.tasks(cluster).find((each) => each.arn === arn);
      expect(task).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'experiment e-1', tags: {} });
    }
    const totals = (service: string) => fleet.requestTotals(cluster, service, from, new Date().toISOString());
    await until('the weakness shows', () => totals('checkout').failed > 20);
    expect(totals('catalog').failed).toBe(0);
    expect(totals('catalog').total).toBeGreaterThan(20);

    await fleet.stopTraffic();
    const loadBalancer = fleet.services(cluster).find(({ name }) => name === 'checkout')?.loadBalancer;
    const metrics = data.filter(({ dimensions }) => dimensions.LoadBalancer === loadBalancer);
    expect(new Set(metrics.map(({ metric }) => metric))).toEqual(
      new Set(['RequestCount', 'HTTPCode_Target_5XX_Count', 'TargetResponseTime']),
    );
  });
});

describe.concurrent('a fleet', { timeout: TIME_LIMIT_MS }, () => {
  test('tags its tasks only where the service propagates them, and shows each service’s address', async (t) => {
    const path = await fleetFile(
      t,
      ['SERVICE', 'NONE']
        .map(
          (mode) =>
            `  - {name: ${mode.toLowerCase()}, desired: 1, propagateTags: ${mode}, tags: {a: b}, command: [node, ${fixtures}/program.mjs]}\n`,
        )
        .join(''),
    );
    const { fleet, cluster } = await running(t, path);
    await fleet.ready;
    expect(fleet.tasks(cluster).map(({ tags }) => tags)).toEqual([{ a: 'b' }, {}]);
    expect(fleet.services(cluster).map(({ tags }) => tags)).toEqual([{ a: 'b' }, { a: 'b' }]);
    expect(fleet.services('arn:aws:ecs:eu-west-1:123456789012:cluster/other')).toEqual([]);
    const [task] = tasksOf(fleet, 'none');
    expect(await (await fetch(addressOf(fleet, 'none'))).text()).toBe(task?.id);
    expect(() => fleet.stopTask('arn:x', 'r', 'UserInitiated')).toThrow(/there is no task arn:x/);
  });

  test('replaces a task that dies by itself, and one that falls ill', async (t) => {
    const path = await fleetFile(
      t,
      `  - {name: web, desired: 1, health: /health, stopTimeoutSeconds: 1, command: [node, ${fixtures}/program.mjs]}\n`,
    );
    const { fleet, events } = await running(t, path);
    await fleet.ready;
    const url = addressOf(fleet, 'web');
    expect((await fetch(`${url}/die`)).status).toBe(502);
    await until('the dead task is replaced', () => replaced(fleet, 'web'));
    await fetch(`${url}/fall-ill`);
    const reasons = () => tasksOf(fleet, 'web').map(({ stopCode, exitCode }) => [stopCode, exitCode]);
    await until(
      'the ill task is replaced',
      () => reasons().length === 3 && reasons()[1]?.[1] !== undefined && replaced(fleet, 'web'),
    );
    expect(reasons()).toEqual([
      ['EssentialContainerExited', 137],
      ['ServiceSchedulerInitiated', 143],
      [undefined, undefined],
    ]);
    expect(events.map(({ kind }) => kind)).toContain('unhealthy');
  });

  test('leaves another rehearsal with the same seed, and so with the same task ids, alone when it ends', async (t) => {
    const path = await fleetFile(t, `  - {name: web, desired: 1, command: [node, ${fixtures}/program.mjs]}\n`);
    const stays = await running(t, path, 'twins');
    await stays.fleet.ready;
    const goes = await running(t, path, 'twins');
    await goes.fleet.ready;
    await goes.fleet.close();
    const [task] = stays.fleet.tasks(stays.cluster);
    expect(await (await fetch(addressOf(stays.fleet, 'web'))).text()).toBe(task?.id);
    expect(task).toMatchObject({ lastStatus: 'RUNNING' });
  });

  test('gives the same ids for the same seed', async (t) => {
    const path = await fleetFile(t, `  - {name: web, desired: 2, command: sleep 60}\n`);
    const [one, two] = [await running(t, path, 'seed'), await running(t, path, 'seed')];
    expect(one.fleet.tasks(one.cluster).map(({ id }) => id)).toEqual(two.fleet.tasks(two.cluster).map(({ id }) => id));
  });

  test('tells in one sentence which command cannot start, and is not ready', async (t) => {
    const path = await fleetFile(t, `  - name: web\n    desired: 2\n    command: echo "no database"; exit 3\n`);
    const { fleet } = await running(t, path);
    const message =
      `service web: its command "echo \\"no database\\"; exit 3" ended with exit code 3 before it was healthy; ` +
      `it said: no database; mend the command in ${path}:5`;
    expect((await fleet.failure).message).toBe(message);
    await expect(fleet.ready).rejects.toThrow(message);
  });

  test('is not ready when it is closed first', async (t) => {
    const { fleet } = await running(t, await fleetFile(t, `  - {name: web, desired: 1, command: sleep 60}\n`));
    await fleet.close();
    await expect(fleet.ready).rejects.toThrow('the fleet was closed before it was ready');
  });

  test.skipIf(spawnSync('python3', ['--version']).status !== 0)(
    'runs programs in another language alike',
    async (t) => {
      const { fleet, cluster } = await running(t, join(dirname(DEFAULT_FLEET_FILE), 'python-fleet.yaml'));
      await fleet.ready;
      expect(await (await fetch(`${addressOf(fleet, 'greeter')}/hello`)).text()).toBe('Good morning\n');
      fleet.startTraffic();
      stopOne(fleet, 'greeter');
      await until('it is replaced', () => replaced(fleet, 'greeter'));
      expect(fleet.tasks(cluster).find(({ lastStatus }) => lastStatus === 'STOPPED')).toMatchObject({ exitCode: 0 });
    },
  );
});

describe.concurrent('nothing is left behind', { timeout: TIME_LIMIT_MS }, () => {
  const services =
    `  - {name: web, desired: 2, traffic: {requestsPerSecond: 20}, command: "node ${fixtures}/program.mjs with-child"}\n` +
    `  - {name: stubborn, desired: 1, command: [node, ${fixtures}/program.mjs, stubborn]}\n`;

  async function portsAreFree(ports: readonly number[]): Promise<boolean> {
    for (const port of ports) {
      const server = createServer();
      const free = await new Promise<boolean>((resolve) => {
        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => resolve(true));
      });
      if (!free) return false;
      server.close();
      await once(server, 'close');
    }
    return true;
  }

  test('after kill -9 of the rehearsal: no process of any task or its children, no keeper, and no port', async (t) => {
    const path = await fleetFile(t, services);
    const rehearsal = spawn(process.execPath, [join(fixtures, 'rehearsal.ts'), path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(rehearsal.stdout, 'data');
    const facts: { keeper: number; groups: number[]; tasks: string[]; ports: number[] } = JSON.parse(String(line));
    expect(facts.groups).toHaveLength(3);
    expect(facts.groups.every(groupIsAlive)).toBe(true);
    expect(await portsAreFree(facts.ports)).toBe(false);

    rehearsal.kill('SIGKILL');
    await until('all groups are gone', () => !facts.groups.some(groupIsAlive));
    await until('the keeper is gone', () => !groupIsAlive(facts.keeper));
    await until('all ports are free', () => portsAreFree(facts.ports));
    expect(facts.tasks.flatMap((id) => markedProcesses('CAPUCHIN_TASK', id))).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'after kill -9 of the rehearsal: no frozen task either, and no timer that a command left behind',
    async (t) => {
      const onHosts = `  - {name: frozen, desired: 1, launchType: EC2, unhealthyThreshold: 60, command: "node ${fixtures}/program.mjs"}\n`;
      const path = await fleetFile(t, onHosts);
      const rehearsal = spawn(process.execPath, [join(fixtures, 'rehearsal.ts'), path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      t.onTestFinished(() => void rehearsal.kill('SIGKILL'));
      const [line] = await once(rehearsal.stdout, 'data');
      const facts: { keeper: number; groups: number[]; mark: string } = JSON.parse(String(line));
      expect(markedProcesses('CAPUCHIN_TEST', facts.mark)).toHaveLength(1);
      const family = facts.groups.flatMap((group) => familyOf(group, { CAPUCHIN_TEST: 'of no task' }) ?? []);
      expect(new Set(family.map(({ isStopped }) => isStopped))).toEqual(new Set([true]));

      rehearsal.kill('SIGKILL');
      await until('the task is gone', () => !facts.groups.some(groupIsAlive));
      await until('the timer is gone', () => markedProcesses('CAPUCHIN_TEST', facts.mark).length === 0);
      await until('the keeper is gone', () => !groupIsAlive(facts.keeper));
    },
  );

  test('after close, within the grace for programs that do not listen to SIGTERM', async (t) => {
    const { fleet, cluster } = await running(t, await fleetFile(t, services));
    await fleet.ready;
    fleet.startTraffic();
    const ids = fleet.tasks(cluster).map(({ id }) => id);
    const ports = Object.values(fleet.endpoints()).map((url) => Number(new URL(url).port));
    await fleet.close();
    expect(ids.flatMap((id) => markedProcesses('CAPUCHIN_TASK', id))).toEqual([]);
    expect(await portsAreFree(ports)).toBe(true);
  });
});
