import type { Task } from '@aws-sdk/client-ecs';
import { describe, expect, type TestContext, test } from 'vitest';
import type { FaultTarget } from '../../../lib/core/fault-target.ts';
import type { HostCommand } from '../../../lib/faults/host-commands.ts';
import { HOST_FAULTS } from '../../../lib/faults/hosts/catalogue.ts';
import type { HostPort } from '../../../lib/faults/hosts/host-fault.ts';
import { asked, described, run, runningTask, setUp, type World } from './hosted-world.ts';
import { until } from './until.ts';

const TIME_LIMIT_MS = 60_000;
const STEADY = ', unhealthyThreshold: 60';

const now = () => Math.floor(Date.now() / 1000);

/** What a person asks for, by fault. */
const LATENCY = { delayMs: 150 };
const BLACKHOLE = { everything: true };

interface Order {
  readonly experiment?: string;
  readonly target?: string;
  readonly action?: 'apply' | 'plan';
  readonly seconds?: number;
}

/** Sends a fault's command to the host of a task, as the fault itself words it, and gives what the script answered. */
async function act(world: World, task: Task, name: string, given: object, order: Order = {}) {
  const { experiment = 'e-1', target = task.taskArn ?? '', action = 'apply', seconds = 600 } = order;
  const fault = HOST_FAULTS.find((one) => one.name === name);
  const worded: HostCommand[] = [];
  const port = {
    sendCommand: (command: HostCommand) => {
      worded.push(command);
      return Promise.resolve({ commandId: 'c-1' });
    },
  } as Partial<HostPort> as HostPort;
  const nowMs = Date.now();
  const context = {
    experiment,
    notAfterMs: nowMs + 30_000,
    untilMs: nowMs + seconds * 1000,
    installTools: false,
    alarms: [],
  };
  const parameters = fault?.parameters.parse(given) ?? {};
  const undo = { instanceId: 'i-1', target, resolved: name.startsWith('network-') ? { serviceAddresses: '' } : {} };
  await fault?.inject(port, { kind: 'task', resource: target } as FaultTarget, parameters, undo, context as never);
  const ran = await run(world, task, `Capuchin-${name}`, { ...worded[0]?.parameters, action });
  return JSON.parse(ran.StandardOutputContent ?? '');
}

async function look(
  world: World,
  task: Task,
  action: 'undo' | 'status',
  { experiment = 'e-1', target = task.taskArn ?? '' }: Order = {},
) {
  const ran = await run(world, task, 'Capuchin-undo', { action, experiment, target });
  return JSON.parse(ran.StandardOutputContent ?? '');
}

/** How long the next request takes that is answered with 200; on a busy machine a health check may fail now and then. */
async function askedInMs({ fleet }: World): Promise<number> {
  const url = Object.values(fleet.endpoints())[0] ?? '';
  let takenMs = Number.NaN;
  await until(
    'it answers',
    async () => {
      const fromMs = performance.now();
      const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) });
      await answer.arrayBuffer();
      takenMs = performance.now() - fromMs;
      return answer.status === 200;
    },
    30_000,
  );
  return takenMs;
}

/** Three requests in a row that all wait for the latency. */
async function expectSlow(world: World): Promise<void> {
  for (let round = 0; round < 3; round += 1) expect(await askedInMs(world)).toBeGreaterThanOrEqual(LATENCY.delayMs);
}

/** A request that does not. */
async function expectQuick(world: World): Promise<void> {
  await until('a request is quick', async () => (await askedInMs(world)) < LATENCY.delayMs, 30_000);
}

async function running(t: TestContext, more = STEADY): Promise<{ readonly world: World; readonly task: Task }> {
  const world = await setUp(t, more);
  return { world, task: await runningTask(world) };
}

describe.skipIf(process.platform !== 'linux')(
  'on a container host of a rehearsal',
  { concurrent: true, timeout: TIME_LIMIT_MS },
  () => {
    test('network-latency is planned, done to a task’s connections, seen, and undone, twice', async (t) => {
      const { world, task } = await running(t);
      const [id = ''] = task.containers?.map(({ runtimeId }) => runtimeId ?? '') ?? [];
      const planned = await act(world, task, 'network-latency', LATENCY, { action: 'plan' });
      expect(planned).toMatchObject({ code: 'planned', would: [expect.stringMatching(/connections.*waits 150 ms/)] });
      await expectQuick(world);

      const applied = await act(world, task, 'network-latency', LATENCY);
      expect(applied).toMatchObject({ action: 'apply', code: 'applied', members: [{ id, state: 'shaped' }] });
      await expectSlow(world);
      expect(await look(world, task, 'status')).toMatchObject({
        code: 'known',
        members: [{ state: 'shaped' }],
        ended: false,
      });
      expect(await act(world, task, 'network-latency', LATENCY)).toMatchObject({ code: 'came-twice' });
      expect(await act(world, task, 'network-blackhole', BLACKHOLE, { experiment: 'e-2' })).toMatchObject({
        code: 'fault-running',
      });

      expect(await look(world, task, 'undo', { experiment: 'e-2' })).toMatchObject({ undone: true });
      await expectSlow(world);
      for (const _ of ['once', 'twice']) {
        expect(await look(world, task, 'undo')).toMatchObject({
          undone: true,
          members: expect.not.arrayContaining([{ id, state: 'shaped' }]),
        });
        await expectQuick(world);
      }
      expect(await look(world, task, 'status')).toMatchObject({ ended: true, members: [{ state: 'not-shaped' }] });
      expect(await act(world, task, 'network-latency', LATENCY)).toMatchObject({ code: 'came-twice' });
      expect((await described(world, task))?.lastStatus).toBe('RUNNING');
    });

    test('network-blackhole ends at its deadline although nobody asks', async (t) => {
      const { world, task } = await running(t);
      const untilMs = (now() + 20) * 1000;
      expect(await act(world, task, 'network-blackhole', BLACKHOLE, { seconds: 20 })).toMatchObject({
        code: 'applied',
        members: [{ state: 'blocked' }],
      });
      const places = () => [task.taskArn?.split('/').at(-1) ?? ''];
      expect(world.fleet.connections.at(places)).toHaveLength(1);
      // Nothing at first, and 503 once the load balancer has found it unhealthy.
      expect(['silence', 503]).toContain(await asked(world));
      await until('the timer has healed it', () => world.fleet.connections.at(places).length === 0, 40_000);
      expect(Date.now()).toBeGreaterThanOrEqual(untilMs);
      await until('it answers', async () => (await asked(world)) === 200, 30_000);
      expect((await described(world, task))?.lastStatus).toBe('RUNNING');
    });

    test('a fault on the host is on every task there, and goes with a reboot', async (t) => {
      const { world, task } = await running(t, `${STEADY}`);
      const order = { target: 'host' };
      expect(await act(world, task, 'network-latency', LATENCY, order)).toMatchObject({
        members: [{ id: 'host', state: 'shaped' }],
      });
      await expectSlow(world);
      const host = world.fleet.hosts.find(
        ({ containerInstance }) => containerInstance?.arn === task.containerInstanceArn,
      );
      world.fleet.machines?.reboot(host?.instanceId ?? '');
      expect(world.fleet.connections.at(() => [task.containerInstanceArn ?? ''])).toEqual([]);
      await until(
        'its agent is back',
        () =>
          host !== undefined &&
          world.fleet.hosts.some(
            ({ instanceId, containerInstance }) =>
              instanceId === host.instanceId && containerInstance?.agentConnected !== false,
          ),
      );
      // What the scripts kept was in memory, so nothing is said to run there.
      expect(await act(world, task, 'network-latency', LATENCY, { ...order, experiment: 'e-2' })).toMatchObject({
        code: 'applied',
      });
      expect(await look(world, task, 'undo', { ...order, experiment: 'e-2' })).toMatchObject({ undone: true });
    });

    test('a task that is gone has taken its fault along', async (t) => {
      const { world, task } = await running(t, '');
      await act(world, task, 'network-blackhole', BLACKHOLE);
      await until('ECS has replaced it', async () => (await described(world, task))?.lastStatus === 'STOPPED', 30_000);
      expect(await described(world, task)).toMatchObject({
        stoppedReason: expect.stringMatching(/^Task failed ELB health checks/),
      });
      expect(await look(world, task, 'status')).toMatchObject({ members: [{ state: 'gone' }] });
      expect(await look(world, task, 'undo')).toMatchObject({ undone: true });
      await until('another one answers', async () => (await asked(world)) === 200);
    });

    test('what cannot be picked, and what needs a kernel, is refused before anything is hurt', async (t) => {
      const { world, task } = await running(t);
      const filtered = { ports: ['5432'] };
      expect(await act(world, task, 'network-blackhole', filtered)).toMatchObject({ code: 'unknown-filter' });
      for (const action of ['plan', 'apply'] as const) {
        const refused = await act(world, task, 'network-corrupt', {}, { action, experiment: 'e-2', target: 'host' });
        expect(refused).toMatchObject({
          code: 'no-kernel',
          because: expect.stringMatching(/no kernel of their own.*network-latency/),
        });
      }
      const killing = { pattern: 'node' };
      expect(await act(world, task, 'kill-process', killing, { experiment: 'e-3', target: 'host' })).toMatchObject({
        code: 'no-kernel',
      });
      expect(await askedInMs(world)).toBeGreaterThan(0);
      expect((await described(world, task))?.lastStatus).toBe('RUNNING');
    });

    test('nothing reaches a task of another cluster, another host, or none', async (t) => {
      const { world, task } = await running(t);
      const arn = task.taskArn ?? '';
      const others = [
        arn.replace(/[0-9a-f]{32}$/, 'f'.repeat(32)),
        arn.replace('/test/', '/other/'),
        `${arn.replace(/[^/]+$/, '')}${process.pid}`,
      ];
      for (const [index, target] of others.entries()) {
        for (const [fault, given] of [
          ['kill-container', { signal: 'SIGKILL' }],
          ['network-blackhole', BLACKHOLE],
        ] as const) {
          expect(await act(world, task, fault, given, { target, experiment: `e-${index}-${fault}` })).toMatchObject({
            code: 'no-container',
          });
        }
      }
      expect(await askedInMs(world)).toBeGreaterThan(0);
      expect(await described(world, task)).toMatchObject({ lastStatus: 'RUNNING' });
    });

    test('kill-container ends the first process of a task by its signal, and ECS replaces the task', async (t) => {
      const { world, task } = await running(t);
      const pid = world.fleet.engine.containers(hostIdOf(world, task))[0]?.pid ?? 0;
      expect(pid).toBeGreaterThan(1);
      const planned = await act(world, task, 'kill-container', { signal: 'SIGKILL' }, { action: 'plan' });
      expect(planned.would).toEqual([expect.stringMatching(new RegExp(`kill -9 ${pid}$`))]);
      expect((await described(world, task))?.lastStatus).toBe('RUNNING');
      expect(await act(world, task, 'kill-container', { signal: 'SIGKILL' })).toMatchObject({
        code: 'applied',
        members: [{ state: 'killed' }],
      });
      await until('it has stopped', async () => (await described(world, task))?.lastStatus === 'STOPPED');
      expect(await described(world, task)).toMatchObject({
        stopCode: 'EssentialContainerExited',
        containers: [{ exitCode: 137 }],
      });
      await until('another one answers', async () => (await asked(world)) === 200);
      const next = await runningTask(world);
      expect(next.taskArn).not.toBe(task.taskArn);
    });

    test('stop-container gives it SIGTERM, and does not bring back what ECS has given up', async (t) => {
      const { world, task } = await running(t);
      expect(await act(world, task, 'stop-container', { graceSeconds: 10 })).toMatchObject({
        code: 'applied',
        members: [{ state: 'stopped' }],
      });
      expect(await described(world, task)).toMatchObject({ lastStatus: 'STOPPED', containers: [{ exitCode: 143 }] });
      expect(await look(world, task, 'undo')).toMatchObject({ undone: true, members: [{ state: 'not-wanted' }] });
      await until('another one answers', async () => (await asked(world)) === 200);
    });

    test('restart-container ends the task as well: ECS does not take it back', async (t) => {
      const { world, task } = await running(t);
      expect(await act(world, task, 'restart-container', { graceSeconds: 10 })).toMatchObject({
        code: 'applied',
        members: [{ state: 'restarted' }],
      });
      await until('another one answers', async () => (await asked(world)) === 200);
      expect(await described(world, task)).toMatchObject({
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
      });
    });
  },
);

function hostIdOf({ fleet }: World, { containerInstanceArn }: Task): string {
  return fleet.hosts.find(({ containerInstance }) => containerInstance?.arn === containerInstanceArn)?.instanceId ?? '';
}
