import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeServicesCommand, StopTaskCommand, type Task } from '@aws-sdk/client-ecs';
import { describe, expect, test } from 'vitest';
import { markedProcesses } from '../../../lib/rehearsal/fleet/process-group.ts';
import { asked, described, docker, MARK, run, runningTask, setUp, statesOf, type World } from './hosted-world.ts';
import { until } from './until.ts';

const TIME_LIMIT_MS = 60_000;

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
    const applied = await run(world, task, 'Capuchin-pause-container', { action: 'apply', ...target, ...limits });
    expect(JSON.parse(applied.StandardOutputContent ?? '')).toMatchObject({ action: 'apply', code: 'applied' });
    const act = async (action: 'undo' | 'status') => {
      const answer = await run(world, task, 'Capuchin-undo', { action, ...target });
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
