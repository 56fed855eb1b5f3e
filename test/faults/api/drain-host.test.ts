import { ECSClient, UpdateContainerInstancesStateCommand } from '@aws-sdk/client-ecs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { drainHost } from '../../../lib/faults/drain-host.ts';
import { serve } from '../../../lib/rehearsal/cloud/operation.ts';
import { actContext, hostDrainer, prepareContext, serveObedientFleet } from './served-fleet.ts';

async function setUp(change?: Parameters<typeof serveObedientFleet>[0]) {
  const { fleet, cloud } = await serveObedientFleet(change);
  const { instanceId, arn } = fleet.addContainerHost();
  const target = {
    kind: 'host' as const,
    resource: instanceId,
    zone: 'eu-west-1a',
    clusterArn: fleet.cluster.arn,
    containerInstanceArn: arn,
  };
  const port = hostDrainer();
  const prepare = (one = target) => drainHost.prepare(port, one, {}, prepareContext);
  const prepared = async () => {
    const answer = await prepare();
    if (!answer.ready) throw new Error(answer.because);
    return answer.undo;
  };
  const status = () => fleet.hosts[0]?.containerInstance?.status ?? 'ACTIVE';
  return { fleet, cloud, port, target, arn, prepare, prepared, status };
}

it('drains an ACTIVE host, sees it drain, and lets it take tasks again', async () => {
  const { port, target, prepared, status } = await setUp();
  const undo = await prepared();
  expect(await drainHost.confirm(port, target, undo, actContext())).toMatchObject({ effect: 'pending' });
  expect(await drainHost.inject(port, target, {}, undo, actContext())).toMatchObject({ outcome: 'accepted' });
  expect(status()).toBe('DRAINING');
  expect(await drainHost.confirm(port, target, undo, actContext())).toEqual({
    effect: 'took-effect',
    because: 'DRAINING, with 0 tasks running',
  });
  expect(await drainHost.undo(port, target, undo, actContext())).toEqual({ undone: true, because: 'ACTIVE' });
  expect(status()).toBe('ACTIVE');
  expect(await drainHost.undo(port, target, undo, actContext())).toEqual({ undone: true, because: 'ACTIVE' });
});

it('refuses a host that is not ACTIVE, not connected, in no cluster or another instance', async () => {
  const { fleet, arn, target, prepare } = await setUp();
  expect(await prepare({ ...target, resource: 'i-other' })).toMatchObject({ ready: false });
  const { clusterArn: _, ...loose } = target;
  expect(await drainHost.prepare(hostDrainer(), loose, {}, prepareContext)).toEqual({
    ready: false,
    because: 'the host has joined no cluster',
  });
  fleet.setContainerInstanceStatus(arn, 'DRAINING');
  expect(await prepare()).toEqual({ ready: false, because: 'the container instance is DRAINING, not ACTIVE' });
  fleet.setContainerInstanceStatus(arn, 'ACTIVE', false);
  expect(await prepare()).toEqual({ ready: false, because: 'its ECS agent is not connected' });
  expect(await prepare({ ...target, containerInstanceArn: `${arn}b` })).toEqual({
    ready: false,
    because: 'ECS does not know the container instance',
  });
});

it('does nothing before the act, and nothing too late', async () => {
  const { cloud, port, target, prepared, status } = await setUp();
  const undo = await prepared();
  expect(await drainHost.undo(port, target, undo, actContext())).toEqual({ undone: true, because: 'ACTIVE' });
  expect(cloud.callLog.counts()['ECS.UpdateContainerInstancesState']).toBeUndefined();
  const late = await drainHost.inject(port, target, {}, undo, actContext('e', Date.now() - 1));
  expect(late).toMatchObject({ outcome: 'failed', facts: { code: 'too-late' } });
  expect(status()).toBe('ACTIVE');
});

it('a failure in an answer that looks well is a no, and keeps the undo going', async () => {
  const { port, target, arn, prepared, fleet } = await setUp(({ ECS, LoadBalancing }) => ({
    LoadBalancing,
    ECS: {
      ...ECS,
      UpdateContainerInstancesState: serve({
        input: z.unknown(),
        answer: () => ({ containerInstances: [], failures: [{ arn: 'x', reason: 'BUSY', detail: 'not now' }] }),
      }),
    },
  }));
  const undo = await prepared();
  expect(await drainHost.inject(port, target, {}, undo, actContext())).toEqual({
    outcome: 'failed',
    facts: { code: 'BUSY', message: 'not now' },
  });
  fleet.setContainerInstanceStatus(arn, 'DRAINING');
  expect(await drainHost.undo(port, target, undo, actContext())).toEqual({ undone: false, because: 'BUSY: not now' });
});

it('a host that is gone, or has left its cluster, is undone and left as it is', async () => {
  const { fleet, cloud, port, target, prepared } = await setUp();
  const undo = await prepared();
  await drainHost.inject(port, target, {}, undo, actContext());
  const inactive = { instanceId: target.resource, status: 'INACTIVE', agentConnected: false, runningTasks: 0 };
  const left = { ...port, containerInstance: async () => inactive };
  expect(await drainHost.undo(left, target, undo, actContext())).toEqual({
    undone: true,
    because: 'left as it is: it has become INACTIVE',
  });
  expect(await drainHost.confirm(left, target, undo, actContext())).toMatchObject({ effect: 'failed' });
  fleet.hosts.splice(0);
  const gone = expect.stringMatching(/^gone/);
  expect(await drainHost.undo(port, target, undo, actContext())).toEqual({ undone: true, because: gone });
  expect(cloud.callLog.counts()['ECS.UpdateContainerInstancesState']).toBe(1);
});

it('neither drains a host that its group is replacing, nor lets one take tasks that its group terminates meanwhile', async () => {
  const { fleet, port, target, prepared, prepare, status } = await setUp();
  const group = fleet.addAutoScalingGroup('hosts');
  const inGroup = (lifecycleState: 'InService' | 'Standby' | 'Terminating:Wait') => {
    const [host] = fleet.hosts;
    if (host !== undefined) fleet.hosts[0] = { ...host, autoScalingGroup: group.name, lifecycleState };
  };
  inGroup('Standby');
  expect(await prepare()).toEqual({ ready: false, because: 'its Auto Scaling group has it Standby' });
  inGroup('InService');
  const undo = await prepared();
  await drainHost.inject(port, target, {}, undo, actContext());
  inGroup('Terminating:Wait');
  expect(await drainHost.undo(port, target, undo, actContext())).toEqual({
    undone: true,
    because: 'left DRAINING: its Auto Scaling group has it Terminating:Wait',
  });
  expect(status()).toBe('DRAINING');
});

it('does not undo on a guess: an answer that nobody gives is an error', async () => {
  const { cloud, port, target, prepared } = await setUp();
  const undo = await prepared();
  await cloud.server.close();
  await expect(drainHost.inject(port, target, {}, undo, actContext())).rejects.toThrow();
});

it('the local cloud keeps ECS’s rules: ten at a time, failures one by one, no other status', async () => {
  const { fleet, cloud, arn, status } = await setUp();
  const ecs = cloud.client(ECSClient);
  const set = (containerInstances: string[], state: 'DRAINING' | 'DEREGISTERING' = 'DRAINING') =>
    ecs.send(new UpdateContainerInstancesStateCommand({ cluster: 'shop', containerInstances, status: state }));
  const { failures, containerInstances } = await set([arn, 'gone']);
  expect(failures).toMatchObject([{ reason: 'MISSING' }]);
  expect(containerInstances).toMatchObject([{ containerInstanceArn: arn, status: 'DRAINING' }]);
  expect(status()).toBe('DRAINING');
  await expect(set(Array.from({ length: 11 }, (_, n) => `x${n}`))).rejects.toThrow('the most is 10');
  await expect(set([arn], 'DEREGISTERING')).rejects.toThrow('ACTIVE or DRAINING');
  expect(fleet.hosts).toHaveLength(1);
});
