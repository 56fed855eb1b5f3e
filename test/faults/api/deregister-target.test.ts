import {
  DeregisterTargetsCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { Targets } from '../../../lib/aws/targets.ts';
import { deregisterTarget } from '../../../lib/faults/deregister-target.ts';
import { AwsError, serve } from '../../../lib/rehearsal/cloud/operation.ts';
import type { TaskState } from '../../../lib/rehearsal/fleet/model.ts';
import { actContext, prepareContext, serveObedientFleet } from './served-fleet.ts';

async function setUp(tasks = 2, change?: Parameters<typeof serveObedientFleet>[0]) {
  const { fleet, cloud } = await serveObedientFleet(change);
  const service = fleet.addBalanced('cart', tasks);
  const group = service.targetGroup?.arn ?? '';
  const port = new Targets();
  const targetOf = ({ arn }: Pick<TaskState, 'arn'>) =>
    ({ kind: 'task', resource: arn, clusterArn: fleet.cluster.arn, service: 'shop/cart' }) as const;
  const first = fleet.tasks(fleet.cluster.arn)[0] as TaskState;
  const prepare = (target: Parameters<typeof deregisterTarget.prepare>[1] = targetOf(first)) =>
    deregisterTarget.prepare(port, target, {}, prepareContext);
  const prepared = async (target = targetOf(first)) => {
    const answer = await prepare(target);
    if (!answer.ready) throw new Error(answer.because);
    return answer.undo;
  };
  const inject = (undo: object, context = actContext()) =>
    deregisterTarget.inject(port, targetOf(first), {}, { ...undo }, context);
  const undoIt = (undo: object) => deregisterTarget.undo(port, targetOf(first), { ...undo }, actContext());
  const confirm = (undo: object) => deregisterTarget.confirm(port, targetOf(first), { ...undo }, actContext());
  const registered = (arn = group) => fleet.targetHealth(arn)?.filter(({ state }) => state !== 'draining') ?? [];
  return {
    fleet,
    cloud,
    port,
    service,
    group,
    first,
    prepare,
    prepared,
    inject,
    undoIt,
    confirm,
    registered,
    targetOf,
  };
}

it('takes exactly the task’s target out while the task runs, and registers exactly it again', async () => {
  const { fleet, cloud, group, prepared, inject, undoIt, confirm, registered, first } = await setUp();
  const undo = await prepared();
  const { port: own } = fleet.addressOf(first.arn) ?? {};
  const registration = { taskArn: first.arn, targetGroupArn: group, id: '127.0.0.1', port: own };
  expect(undo).toEqual({
    clusterArn: fleet.cluster.arn,
    registrations: [{ ...registration, availabilityZone: 'eu-west-1a' }],
  });
  expect(await confirm(undo)).toMatchObject({ effect: 'pending' });
  expect(await inject(undo)).toMatchObject({ outcome: 'accepted' });
  expect(registered().map(({ port }) => port)).not.toContain(own);
  expect(registered()).toHaveLength(1);
  expect(await confirm(undo)).toMatchObject({ effect: 'took-effect' });
  expect(await undoIt(undo)).toEqual({ undone: true, because: expect.stringContaining('registered again') });
  expect(registered().map(({ port }) => port)).toContain(own);
  expect(await undoIt(undo)).toMatchObject({ undone: true });
  expect(cloud.callLog.counts()['LoadBalancing.RegisterTargets']).toBe(1);
});

it('registers a target again that still drains', async () => {
  const { fleet, prepared, inject, undoIt, confirm, registered } = await setUp();
  fleet.drainsAtOnce = false;
  const undo = await prepared();
  await inject(undo);
  expect(registered()).toHaveLength(1);
  expect(await confirm(undo)).toMatchObject({ effect: 'took-effect' });
  expect(await undoIt(undo)).toMatchObject({ undone: true });
  expect(registered()).toHaveLength(2);
});

it('does nothing before the act or too late, and leaves what another hand registered again', async () => {
  const { cloud, group, prepared, inject, undoIt, fleet, first } = await setUp();
  const undo = await prepared();
  expect(await undoIt(undo)).toMatchObject({ undone: true });
  expect(await inject(undo, actContext('e', Date.now() - 1))).toMatchObject({
    outcome: 'failed',
    facts: { code: 'too-late' },
  });
  await inject(undo);
  const { host: id, port } = fleet.addressOf(first.arn) ?? { host: '', port: 0 };
  fleet.registerTarget(group, { id, port });
  expect(await undoIt(undo)).toMatchObject({ undone: true, because: expect.stringMatching(/is registered$/) });
  expect(cloud.callLog.counts()).toMatchObject({ 'LoadBalancing.DeregisterTargets': 1 });
  expect(cloud.callLog.counts()['LoadBalancing.RegisterTargets']).toBeUndefined();
});

it('never registers the address of a task that is gone, nor in a group that is', async () => {
  const { fleet, group, prepared, inject, undoIt, confirm, registered, first } = await setUp();
  const undo = await prepared();
  await inject(undo);
  fleet.stopTask(first.arn, 'test', 'UserInitiated');
  expect(await confirm(undo)).toEqual({ effect: 'failed', because: 'the task has stopped' });
  expect(await undoIt(undo)).toEqual({ undone: true, because: expect.stringContaining('has stopped') });
  fleet.removeTask(first.arn);
  expect(await undoIt(undo)).toMatchObject({ undone: true });
  expect(registered()).toHaveLength(1);
  fleet.targets.delete(group);
  expect(await undoIt(undo)).toEqual({ undone: true, because: expect.stringContaining('no target group') });
});

it('refuses a task without a load balancer, one that drains already, and the last healthy one', async () => {
  const { fleet, group, prepare, targetOf, first, service } = await setUp(1);
  expect(await prepare()).toEqual({ ready: false, because: `no healthy target would be left in ${group}` });
  fleet.addRegistered(service);
  expect(await prepare()).toMatchObject({ ready: true });
  fleet.drainsAtOnce = false;
  fleet.deregisterTarget(group, { id: '', port: fleet.addressOf(first.arn)?.port ?? 0 });
  const none = { ready: false, because: 'no load balancer sends requests to it' };
  expect(await prepare()).toEqual(none);
  const plain = fleet.addTask(fleet.addService(fleet.cluster, 'plain'));
  expect(await prepare(targetOf(plain))).toEqual(none);
});

it('on a host, takes out every task that is there and no other', async () => {
  const { fleet, port, inject, undoIt, registered, group } = await setUp();
  const { instanceId, arn: containerInstanceArn } = fleet.addContainerHost();
  const service = fleet.addBalanced('search', 1);
  const other = service.targetGroup?.arn ?? '';
  fleet.addRegistered(service, containerInstanceArn);
  fleet.addTask(fleet.addService(fleet.cluster, 'plain'), { containerInstanceArn });
  const cart = fleet.services(fleet.cluster.arn)[0];
  if (cart !== undefined) fleet.addRegistered(cart, containerInstanceArn);
  const host = { kind: 'host' as const, resource: instanceId, zone: 'eu-west-1a' };
  expect(await deregisterTarget.prepare(port, host, {}, prepareContext)).toMatchObject({ ready: false });
  const joined = { ...host, clusterArn: fleet.cluster.arn, containerInstanceArn };
  const answer = await deregisterTarget.prepare(port, joined, {}, prepareContext);
  if (!answer.ready) throw new Error(answer.because);
  await inject(answer.undo);
  expect([registered().length, registered(other).length]).toEqual([2, 1]);
  expect(await undoIt(answer.undo)).toMatchObject({ undone: true });
  expect([registered().length, registered(other).length]).toEqual([3, 2]);
  expect(registered(group)).toHaveLength(3);
});

it('refuses a host that has every healthy target of a group', async () => {
  const { fleet, port } = await setUp();
  const { instanceId, arn: containerInstanceArn } = fleet.addContainerHost();
  const service = fleet.addBalanced('search', 2, { host: containerInstanceArn });
  const host = { kind: 'host' as const, resource: instanceId, zone: 'a', clusterArn: fleet.cluster.arn };
  const prepare = () => deregisterTarget.prepare(port, { ...host, containerInstanceArn }, {}, prepareContext);
  expect(await prepare()).toMatchObject({ ready: false, because: expect.stringContaining('no healthy target') });
  fleet.addRegistered(service);
  expect(await prepare()).toMatchObject({ ready: true });
});

it('finds the target of a task in bridge mode by instance and mapped port, and of one with an address by its own', async () => {
  const task = {
    taskArn: 'arn:task',
    group: 'service:cart',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    containerInstanceArn: 'arn:host',
  };
  const bridge = [{ name: 'web', networkBindings: [{ containerPort: 80, hostPort: 32_768 }] }];
  const own = [{ name: 'web', networkInterfaces: [{ privateIpv4Address: '10.0.0.7' }], networkBindings: [] }];
  let containers: object[] = bridge;
  const target = { Id: 'i-1', Port: 32_768 };
  let targets = [target, { Id: 'i-2', Port: 32_768 }, { Id: '10.0.0.8', Port: 80 }];
  let targetType = 'instance';
  const answer = (given: () => object) => serve({ input: z.unknown(), answer: given });
  const loadBalancers = [{ targetGroupArn: 'arn:group', containerName: 'web', containerPort: 80 }];
  const { port } = await setUp(1, ({ ECS, LoadBalancing }) => ({
    ECS: {
      ...ECS,
      DescribeTasks: answer(() => ({ tasks: [{ ...task, containers }] })),
      DescribeServices: answer(() => ({ services: [{ serviceName: 'cart', loadBalancers }] })),
      DescribeContainerInstances: answer(() => ({
        containerInstances: [{ containerInstanceArn: 'arn:host', ec2InstanceId: 'i-1' }],
      })),
    },
    LoadBalancing: {
      ...LoadBalancing,
      DescribeTargetGroups: answer(() => ({ TargetGroups: [{ TargetGroupArn: 'arn:group', TargetType: targetType }] })),
      DescribeTargetHealth: answer(() => ({
        TargetHealthDescriptions: targets.map((Target) => ({
          Target: { ...Target, AvailabilityZone: 'eu-west-1a' },
          TargetHealth: { State: 'healthy' },
        })),
      })),
    },
  }));
  // A group of instances takes no zone.
  const common = { taskArn: 'arn:task', targetGroupArn: 'arn:group' };
  expect(await port.registrations('c', ['arn:task'])).toEqual([
    { ...common, id: 'i-1', port: 32_768, othersHealthy: ['i-2:32768', '10.0.0.8:80'] },
  ]);
  containers = own;
  targetType = 'ip';
  targets = [
    { Id: '10.0.0.7', Port: 80 },
    { Id: '10.0.0.8', Port: 80 },
  ];
  expect(await port.registrations('c', ['arn:task'])).toEqual([
    { ...common, id: '10.0.0.7', port: 80, availabilityZone: 'eu-west-1a', othersHealthy: ['10.0.0.8:80'] },
  ]);
});

it('one of several that ELB refuses leaves an act that must be undone; the first one, none', async () => {
  let refuseFrom = 2;
  let calls = 0;
  const { fleet, port, inject } = await setUp(2, ({ ECS, LoadBalancing }) => ({
    ECS,
    LoadBalancing: {
      ...LoadBalancing,
      DeregisterTargets: serve({
        input: z.looseObject({}),
        answer: (input, caller) => {
          calls += 1;
          if (calls >= refuseFrom) throw new AwsError('AccessDenied', 'no tag', 403);
          return LoadBalancing.DeregisterTargets?.answer(input, caller) ?? {};
        },
      }),
    },
  }));
  const { instanceId, arn: containerInstanceArn } = fleet.addContainerHost();
  for (const name of ['one', 'two']) fleet.addRegistered(fleet.addBalanced(name, 1), containerInstanceArn);
  const host = {
    kind: 'host' as const,
    resource: instanceId,
    zone: 'a',
    clusterArn: fleet.cluster.arn,
    containerInstanceArn,
  };
  const answer = await deregisterTarget.prepare(port, host, {}, prepareContext);
  if (!answer.ready) throw new Error(answer.because);
  expect(await inject(answer.undo)).toMatchObject({ outcome: 'accepted', facts: { code: 'AccessDenied' } });
  expect(calls).toBe(2);
  refuseFrom = 0;
  expect(await inject(answer.undo)).toMatchObject({ outcome: 'failed', facts: { message: 'no tag' } });
});

it('the local cloud deregisters what is not there without a word, and registers the service’s tasks only', async () => {
  const { cloud, group, registered } = await setUp();
  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const targets = (Port: number, TargetGroupArn = group) => ({ TargetGroupArn, Targets: [{ Id: '127.0.0.1', Port }] });
  await elb.send(new DeregisterTargetsCommand(targets(1)));
  expect(registered()).toHaveLength(2);
  await expect(elb.send(new RegisterTargetsCommand(targets(1)))).rejects.toThrow('No task of the service');
  await expect(elb.send(new DeregisterTargetsCommand(targets(1, `${group}x`)))).rejects.toThrow(
    TargetGroupNotFoundException,
  );
});
