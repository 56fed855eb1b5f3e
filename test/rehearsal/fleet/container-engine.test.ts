import { describe, expect, it } from 'vitest';
import { containerEngine } from '../../../lib/rehearsal/fleet/container-engine.ts';
import type { TaskProcesses } from '../../../lib/rehearsal/fleet/keeper.ts';
import type { HostState, TaskState } from '../../../lib/rehearsal/fleet/model.ts';

const INSTANCE = 'i-0123456789abcdef0';
const CLUSTER_ARN = 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop';
const HOST_ARN = 'arn:aws:ecs:eu-west-1:123456789012:container-instance/shop/1';

/** One host with one task, whose process ends by the signals that are named, a little later. */
function setUp({ heeds }: { readonly heeds: readonly string[] }) {
  const signals: string[] = [];
  let task = {
    ...{
      id: 'aa',
      arn: 'arn:aws:ecs:eu-west-1:123456789012:task/shop/aa',
      clusterArn: CLUSTER_ARN,
      serviceName: 'web',
    },
    ...{
      taskDefinitionArn: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3',
      containerInstanceArn: HOST_ARN,
    },
    ...{ lastStatus: 'RUNNING', desiredStatus: 'RUNNING', healthStatus: 'HEALTHY', tags: {} },
    ...{ createdAt: new Date(0), startedAt: new Date(1_000), availabilityZone: 'eu-west-1a', launchType: 'EC2' },
    runtimeId: 'c'.repeat(64),
  } as TaskState;
  const processes = {
    signal: (_task: string, signal: string) => {
      signals.push(signal);
      if (heeds.includes(signal)) {
        setTimeout(() => {
          task = { ...task, lastStatus: 'STOPPED', desiredStatus: 'STOPPED', exitCode: 137 };
        }, 20);
      }
    },
    isFrozen: () => false,
    firstProcess: () => 4711,
  } as Partial<TaskProcesses> as TaskProcesses;
  const host = { instanceId: INSTANCE, containerInstance: { arn: HOST_ARN, clusterArn: CLUSTER_ARN } } as HostState;
  const engine = containerEngine({
    clusterName: 'shop',
    hosts: () => [host],
    tasks: () => [task],
    processes: () => processes,
  });
  const container = () => {
    const [only] = engine.containers(INSTANCE);
    if (only === undefined) throw new Error('no container');
    return only;
  };
  return { engine, signals, container };
}

describe('a container engine', () => {
  it('names the first process of what runs, and none of what has ended', async () => {
    const { engine, container } = setUp({ heeds: ['SIGTERM'] });
    expect(container()).toMatchObject({
      pid: 4711,
      status: 'running',
      startedAt: new Date(1_000),
      desiredStatus: 'RUNNING',
    });
    await engine.stop(container(), 5_000);
    expect(container()).toMatchObject({ pid: 0, status: 'exited', desiredStatus: 'STOPPED' });
  });

  it('stops by SIGTERM, by SIGKILL what does not listen, and says when it lives on', async () => {
    const listens = setUp({ heeds: ['SIGTERM'] });
    expect([await listens.engine.stop(listens.container(), 5_000), listens.signals]).toEqual([true, ['SIGTERM']]);
    const stubborn = setUp({ heeds: ['SIGKILL'] });
    const fromMs = performance.now();
    expect([await stubborn.engine.stop(stubborn.container(), 300), stubborn.signals]).toEqual([
      true,
      ['SIGTERM', 'SIGKILL'],
    ]);
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(300);
    const immortal = setUp({ heeds: [] });
    expect(await immortal.engine.stop(immortal.container(), 0)).toBe(false);
  });

  it('starts nothing again, but shows another moment of its start', async () => {
    const { engine, container } = setUp({ heeds: ['SIGTERM'] });
    await engine.stop(container(), 5_000);
    engine.start(container());
    expect(container()).toMatchObject({ status: 'exited', pid: 0 });
    expect(container().startedAt.getTime()).toBeGreaterThan(1_000);
  });
});
