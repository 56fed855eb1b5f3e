import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { startContainerHosts } from '../../../lib/rehearsal/fleet/container-host.ts';
import { startFleet } from '../../../lib/rehearsal/fleet/fleet.ts';
import { readFleetFile } from '../../../lib/rehearsal/fleet/fleet-file.ts';
import { markedProcesses } from '../../../lib/rehearsal/fleet/process-group.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));
const TIME_LIMIT_MS = 60_000;

/** A service of real processes on container hosts, all healthy. */
async function running(t: TestContext, group = '', desired = 3) {
  const folder = await mkdtemp(join(tmpdir(), 'hosts-down-'));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'fleet.yaml');
  const service = `{name: web, desired: ${desired}, launchType: EC2, health: /health, stopTimeoutSeconds: 2, command: "node ${program}"}`;
  await writeFile(file, `cluster: test\nhosts: 3\n${group}services:\n  - ${service}\n`);
  const reading = await readFleetFile(file);
  if (!reading.ok) throw new Error(reading.message);
  const account = { accountId: '123456789012', region: 'eu-west-1' };
  const fleet = await startFleet({
    definition: reading.fleet,
    seed: randomUUID(),
    ...account,
    metrics: { put: () => {} },
  });
  t.onTestFinished(() => fleet.close());
  await fleet.ready;
  const [cluster] = fleet.clusters;
  const tasks = () => fleet.tasks(cluster?.arn ?? '');
  const machines = fleet.machines;
  const [host] = fleet.hosts;
  if (machines === undefined || host?.containerInstance === undefined) throw new Error('no hosts');
  const arn = host.containerInstance.arn;
  const [service1] = fleet.services(cluster?.arn ?? '');
  const healthy = () =>
    tasks().filter(({ healthStatus, lastStatus }) => lastStatus === 'RUNNING' && healthStatus === 'HEALTHY');
  const steady = () => until('all tasks are healthy', () => healthy().length === desired);
  return {
    ...{ fleet, machines, host, arn, folder, account, tasks, healthy, steady },
    on: (containerInstanceArn: string) => tasks().filter((task) => task.containerInstanceArn === containerInstanceArn),
    targets: () => fleet.targetHealth?.(service1?.targetGroup?.arn ?? '') ?? [],
  };
}

describe('a host of a running fleet', { concurrent: true, timeout: TIME_LIMIT_MS }, () => {
  test('that is terminated takes its tasks along at once; its group replaces it, and the tasks are placed anew', async (t) => {
    const { machines, fleet, host, arn, on, steady, healthy } = await running(t);
    const [victim] = on(arn);
    expect(victim).toMatchObject({ lastStatus: 'RUNNING' });
    machines.terminate(host.instanceId);
    await until('its tasks are gone', () => on(arn).every(({ lastStatus }) => lastStatus === 'STOPPED'));
    expect(on(arn)).toMatchObject([
      {
        exitCode: 137,
        stopCode: 'TerminationNotice',
        stoppedReason: `Host EC2 (instance ${host.instanceId}) terminated.`,
        tags: {},
      },
    ]);
    await steady();
    expect(healthy().map(({ containerInstanceArn }) => containerInstanceArn)).not.toContain(arn);
    await until('three hosts', () => fleet.hosts.filter((one) => one.containerInstance?.agentConnected).length === 3);
    expect(fleet.hosts.map(({ instanceId }) => instanceId)).not.toContain(host.instanceId);
  });

  test('that is rebooted loses its tasks and takes new ones when it is back', async (t) => {
    const { machines, fleet, host, arn, on, steady } = await running(t, 'hostGroup: {tasksPerHost: 1}\n');
    const [victim] = on(arn);
    machines.reboot(host.instanceId);
    await until('its tasks are gone', () => on(arn).every(({ lastStatus }) => lastStatus === 'STOPPED'));
    expect(victim?.id).toBe(on(arn)[0]?.id);
    // The other two hosts are full, so that the task waits for this one.
    await steady();
    expect(on(arn).map(({ lastStatus }) => lastStatus)).toEqual(['STOPPED', 'RUNNING']);
    expect(fleet.hosts.map(({ instanceId }) => instanceId)).toContain(host.instanceId);
  });

  test('that is retired drains first: its tasks end in order, and only then the host goes', async (t) => {
    const { machines, fleet, host, arn, on, steady } = await running(t);
    machines.retire(host.instanceId, false);
    await until('the host is gone', () => !fleet.hosts.some(({ instanceId }) => instanceId === host.instanceId));
    // 143: SIGTERM ended it; one that is killed has 137.
    expect(on(arn)).toMatchObject([{ lastStatus: 'STOPPED', stopCode: 'ServiceSchedulerInitiated', exitCode: 143 }]);
    await steady();
  });

  test('that is isolated cannot be reached by the load balancer until its groups are back', async (t) => {
    const { machines, fleet, host, targets } = await running(t);
    const [eni] = machines.network.interfaces.filter(({ instanceId }) => instanceId === host.instanceId);
    const quarantine = machines.network.groups.find(({ ingress }) => ingress.length === 0)?.groupId ?? '';
    machines.network.setGroups(eni?.networkInterfaceId ?? '', [quarantine]);
    await until('it is unhealthy', () => targets().some(({ state }) => state === 'unhealthy'));
    expect(targets().filter(({ state }) => state === 'unhealthy')).toMatchObject([
      { reason: expect.stringMatching(/^Target\./) },
    ]);
    expect(
      fleet.hosts.find(({ instanceId }) => instanceId === host.instanceId)?.containerInstance?.agentConnected,
    ).toBe(false);
    machines.network.setGroups(eni?.networkInterfaceId ?? '', eni?.groups ?? []);
    await until('three healthy targets', () => targets().filter(({ state }) => state === 'healthy').length === 3);
  });

  test('that is stopped takes the programs along that run on it beside the tasks, and no other host’s', async (t) => {
    const { machines, fleet, host, folder, account } = await running(t);
    const hosts = await startContainerHosts({ fleet, directory: folder, region: account.region });
    t.onTestFinished(() => hosts.close());
    const leave = async (instanceId: string): Promise<string> => {
      const mark = randomUUID();
      const script = 'setsid sleep 600 </dev/null >/dev/null 2>&1 &';
      const { signal } = new AbortController();
      await hosts.run({ instanceId, documentName: 'later', script, environment: { CAPUCHIN_TEST: mark }, signal });
      return mark;
    };
    const [mine, other] = [await leave(host.instanceId), await leave(fleet.hosts[1]?.instanceId ?? '')];
    const left = (mark: string) => markedProcesses('CAPUCHIN_TEST', mark).length;
    expect([left(mine), left(other)]).toEqual([1, 1]);
    machines.stop(host.instanceId);
    await until('the sleeper is gone', () => left(mine) === 0);
    expect(left(other)).toBe(1);
    // A host that its group launches later has its folders made when the first script comes.
    const before = fleet.hosts.map(({ instanceId }) => instanceId);
    const fresh = () =>
      fleet.hosts.find((one) => !before.includes(one.instanceId) && one.lifecycleState === 'InService');
    await until('a new host is there', () => fresh() !== undefined);
    expect(left(await leave(fresh()?.instanceId ?? ''))).toBe(1);
  });
});
