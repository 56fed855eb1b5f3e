import { describe, expect, it } from 'vitest';
import type { HostState, TaskState } from '../../lib/rehearsal/fleet/model.ts';
import type { HostNews } from '../../lib/rehearsal/host-news.ts';
import { HostWatch } from '../../lib/rehearsal/host-watch.ts';

const START = Date.parse('2026-11-23T09:30:00.000Z');
const at = (seconds: number): Date => new Date(START + seconds * 1000);
const CLUSTER = 'arn:aws:ecs:eu-west-1:000000000000:cluster/shop';
const instanceArn = (id: string): string => `arn:aws:ecs:eu-west-1:000000000000:container-instance/shop/${id}`;

function host(instanceId: string, changes: Partial<HostState> = {}): HostState {
  return {
    instanceId,
    arn: `arn:aws:ec2:eu-west-1:000000000000:instance/${instanceId}`,
    tags: {},
    autoScalingGroup: 'shop-hosts',
    availabilityZone: 'eu-west-1a',
    lifecycleState: 'InService',
    healthStatus: 'Healthy',
    protectedFromScaleIn: false,
    containerInstance: { arn: instanceArn(instanceId), clusterArn: CLUSTER, agentConnected: true },
    ...changes,
  };
}

function task(id: string, on: string, changes: Partial<TaskState> = {}): TaskState {
  return {
    id,
    arn: `arn:aws:ecs:eu-west-1:000000000000:task/shop/${id}`,
    clusterArn: CLUSTER,
    serviceName: 'storefront',
    taskDefinitionArn: '',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    healthStatus: 'HEALTHY',
    tags: {},
    createdAt: at(0),
    startedAt: at(1),
    availabilityZone: 'eu-west-1a',
    launchType: 'EC2',
    containerInstanceArn: instanceArn(on),
    ...changes,
  };
}

const stopped = (one: TaskState, seconds: number): TaskState => {
  return { ...one, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', stoppingAt: at(seconds), stoppedAt: at(seconds) };
};

const startedAgain = (id: string, on: string, seconds: number, changes: Partial<TaskState> = {}): TaskState =>
  task(id, on, { createdAt: at(seconds), startedAt: at(seconds + 0.5), ...changes });

/** A fleet that is changed by hand, and its watch. */
function watched(hosts: readonly HostState[], tasks: readonly TaskState[]) {
  const now = { hosts, tasks };
  const news: HostNews[] = [];
  const fleet = {
    clusters: [{ name: 'shop', arn: CLUSTER, tags: {} }],
    tasks: () => now.tasks,
    get hosts() {
      return now.hosts;
    },
  };
  const watch = new HostWatch(fleet, (one) => news.push(one));
  const lookAt = (seconds: number, changes: Partial<typeof now> = {}): void => {
    Object.assign(now, changes);
    watch.look(at(seconds));
  };
  return { watch, news, lookAt };
}

const [A, B] = [host('i-a'), host('i-b', { availabilityZone: 'eu-west-1b' })];
const TASKS = [task('a1', 'i-a'), task('a2', 'i-a'), task('b1', 'i-b')];
const gone = (seconds: number) => TASKS.map((one) => (one.id.startsWith('a') ? stopped(one, seconds) : one));

describe('the watch over container hosts', () => {
  it('says of a host that goes away which tasks stopped with it, by ECS’s own moment', () => {
    const { watch, lookAt } = watched([A, B], TASKS);
    lookAt(10);
    lookAt(10.25, { hosts: [B], tasks: gone(10.1) });
    expect(watch.losses).toEqual([
      {
        instanceId: 'i-a',
        zone: 'eu-west-1a',
        at: at(10.1).toISOString(),
        tasks: [
          { service: 'storefront', task: 'a1' },
          { service: 'storefront', task: 'a2' },
        ],
        placed: [],
        replacement: null,
      },
    ]);
  });

  it('says which tasks run in their place, on which host and after how long, and which host came for the lost one', () => {
    const { watch, lookAt } = watched([A, B], TASKS);
    lookAt(10);
    lookAt(10.25, { hosts: [B], tasks: gone(10.1) });
    const again = [startedAgain('b3', 'i-b', 10.6), startedAgain('b2', 'i-b', 10.2)];
    // Not in their place: older than the loss, another service's, not running yet.
    const others = [
      startedAgain('b0', 'i-b', 9),
      startedAgain('x1', 'i-b', 10.2, { serviceName: 'search' }),
      startedAgain('b4', 'i-b', 10.2, { lastStatus: 'PENDING' }),
    ];
    lookAt(14.5, { hosts: [B, host('i-c')], tasks: [...gone(10.1), ...others, ...again] });
    const [loss] = watch.losses;
    expect(loss?.placed.map(({ task: id, instanceId, afterSeconds }) => [id, instanceId, afterSeconds])).toEqual([
      ['b2', 'i-b', 0.6],
      ['b3', 'i-b', 1],
    ]);
    expect(loss?.replacement).toEqual({
      instanceId: 'i-c',
      zone: 'eu-west-1a',
      at: at(14.5).toISOString(),
      afterSeconds: 4.4,
    });
  });

  it('counts no task and no host twice when two hosts go at once', () => {
    const { watch, lookAt } = watched([A, B, host('i-d')], TASKS);
    lookAt(10);
    const tasks = TASKS.map((one) => stopped(one, 10.1));
    lookAt(10.25, { hosts: [host('i-d')], tasks });
    const again = ['d1', 'd2', 'd3'].map((id) => startedAgain(id, 'i-d', 11));
    lookAt(14, { hosts: [host('i-d'), host('i-e')], tasks: [...tasks, ...again] });
    expect(watch.losses.map(({ instanceId, placed }) => [instanceId, placed.map((one) => one.task)])).toEqual([
      ['i-a', ['d1', 'd2']],
      ['i-b', ['d3']],
    ]);
    expect(watch.losses.map(({ replacement }) => replacement?.instanceId)).toEqual(['i-e', undefined]);
  });

  it('knows a host that comes back, and one that is cut off while its tasks go on', () => {
    const { watch, lookAt } = watched([A, B], TASKS);
    lookAt(10);
    const cutOff = host('i-a', {
      containerInstance: { arn: instanceArn('i-a'), clusterArn: CLUSTER, agentConnected: false },
    });
    lookAt(10.25, { hosts: [cutOff, B] });
    expect(watch.losses).toMatchObject([
      { instanceId: 'i-a', at: at(10.25).toISOString(), tasks: [], replacement: null },
    ]);
    lookAt(13, { hosts: [A, B] });
    expect(watch.losses).toMatchObject([{ tasks: [], replacement: { instanceId: 'i-a', afterSeconds: 2.75 } }]);
  });

  it('leaves out a task that somebody was stopping before its host went', () => {
    const { watch, lookAt } = watched([A, B], TASKS);
    const leaving = TASKS.map((one) =>
      one.id === 'a1' ? { ...stopped(one, 8), lastStatus: 'STOPPING' as const } : one,
    );
    lookAt(10, { tasks: leaving });
    lookAt(10.25, { hosts: [B], tasks: gone(10.1).map((one) => (one.id === 'a1' ? stopped(one, 8) : one)) });
    expect(watch.losses[0]?.tasks).toEqual([{ service: 'storefront', task: 'a2' }]);
  });

  it('takes the fewest of each second: what the group counts, what the cluster can use, and the running tasks', () => {
    const { watch, lookAt } = watched([A, B], [...TASKS, task('f1', 'nowhere', { launchType: 'FARGATE' })]);
    lookAt(10.1);
    lookAt(10.4, { hosts: [host('i-a', { lifecycleState: 'Terminating' }), B], tasks: gone(10.2) });
    lookAt(10.9, { hosts: [A, B], tasks: TASKS });
    lookAt(11.2);
    expect(watch.samples).toEqual([
      { at: at(10).toISOString(), inService: 1, connected: 2, tasks: 1 },
      { at: at(11).toISOString(), inService: 2, connected: 2, tasks: 3 },
    ]);
  });

  it('tells each thing once, as soon as all of it is true', () => {
    const { news, lookAt } = watched([A, B], TASKS);
    lookAt(10);
    expect(news).toEqual([]);
    lookAt(10.25, { hosts: [B], tasks: gone(10.1) });
    lookAt(10.5);
    expect(news.map(({ kind }) => kind)).toEqual(['tasks-lost']);
    const again = [startedAgain('b2', 'i-b', 10.6)];
    lookAt(11.25, { tasks: [...gone(10.1), ...again] });
    expect(news.map(({ kind }) => kind)).toEqual(['tasks-lost']);
    lookAt(12, { tasks: [...gone(10.1), ...again, startedAgain('b3', 'i-b', 11.3)] });
    lookAt(14.5, { hosts: [B, host('i-c')] });
    lookAt(15);
    expect(news.map(({ text }) => text)).toEqual([
      'i-a took 2 tasks of storefront (a1, a2) with it',
      '2 tasks of storefront (b2, b3) placed anew on i-b, running after 1.7 s',
      'its group launched i-c in eu-west-1a, which takes tasks after 4.4 s',
    ]);
    expect(news.map((one) => one.at)).toEqual([10.1, 11.8, 14.5].map((seconds) => at(seconds).toISOString()));
  });

  it('looks by itself until it is stopped', async () => {
    const { watch } = watched([A], TASKS);
    watch.start();
    await expect.poll(() => watch.samples.length, { timeout: 10_000 }).toBeGreaterThan(1);
    watch.stop();
    const seen = watch.samples.length;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(watch.samples).toHaveLength(seen);
  });
});
