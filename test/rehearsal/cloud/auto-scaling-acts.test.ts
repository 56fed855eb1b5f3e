import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { expect, it } from 'vitest';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { compareText } from '../../../lib/rehearsal/cloud/protocols/pages.ts';
import { SCALING_PROCESSES } from '../../../lib/rehearsal/fleet/scaling-group.ts';
import { aPark, GROUP } from '../fleet/park.ts';
import { startCloud } from './local-cloud.ts';
import { fleetOf } from './machine-fleet.ts';

async function setUp(options: Parameters<typeof aPark>[0] = {}) {
  const world = aPark(options);
  const cloud = await startCloud({
    services: { AutoScaling: autoScalingOperations(fleetOf(world.park)) },
    buckets: {},
  });
  const client = cloud.client(AutoScalingClient);
  const group = async () =>
    (await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [GROUP] })))
      .AutoScalingGroups?.[0];
  const retire = (InstanceId: string, ShouldDecrementDesiredCapacity = false) =>
    client.send(new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity }));
  return { ...world, cloud, client, group, retire };
}

const refusal = (name = 'ValidationError') => ({ name, $metadata: { httpStatusCode: 400 } });

it('processes are suspended, shown with their reason, and resumed: some, or all of them', async () => {
  const { client, group, cloud } = await setUp();
  const change = (
    Command: typeof SuspendProcessesCommand | typeof ResumeProcessesCommand,
    ...ScalingProcesses: string[]
  ) =>
    client.send(
      new Command({
        AutoScalingGroupName: GROUP,
        ...(ScalingProcesses.length > 0 ? { ScalingProcesses } : {}),
      }) as never,
    );
  const names = async () => ((await group())?.SuspendedProcesses ?? []).map(({ ProcessName = '' }) => ProcessName);
  await change(SuspendProcessesCommand, 'Launch', 'HealthCheck');
  expect((await group())?.SuspendedProcesses?.[0]).toEqual({
    ProcessName: 'Launch',
    SuspensionReason: 'User suspended at 2026-03-02T08:00:00Z',
  });
  await change(ResumeProcessesCommand, 'Launch');
  expect(await names()).toEqual(['HealthCheck']);
  await change(SuspendProcessesCommand);
  expect((await names()).toSorted(compareText)).toEqual([...SCALING_PROCESSES].sort(compareText));
  await change(ResumeProcessesCommand);
  expect(await names()).toEqual([]);
  await expect(change(SuspendProcessesCommand, 'launch')).rejects.toMatchObject(refusal());
  const nobody = client.send(new SuspendProcessesCommand({ AutoScalingGroupName: 'nobody' }));
  await expect(nobody).rejects.toMatchObject(refusal());
  expect(cloud.defects).toEqual([]);
});

it('a member is terminated after its hook, and desired is kept or lowered', async () => {
  const { client, id, retire, group, pass, instance, inService } = await setUp({ isDrained: () => true });
  const { Activity } = await retire(id(0));
  expect(Activity).toMatchObject({ AutoScalingGroupName: GROUP, StatusCode: 'InProgress' });
  const described = new DescribeAutoScalingInstancesCommand({ InstanceIds: [id(0), 'i-0123456789abcdef0'] });
  expect((await client.send(described)).AutoScalingInstances).toEqual([
    {
      InstanceId: id(0),
      AutoScalingGroupName: GROUP,
      AvailabilityZone: 'eu-west-1a',
      LifecycleState: 'Terminating:Wait',
      HealthStatus: 'HEALTHY',
      ProtectedFromScaleIn: false,
    },
  ]);
  await expect(retire(id(0))).rejects.toMatchObject(refusal());
  pass(10_000);
  expect([instance(id(0)).status, inService().length, (await group())?.DesiredCapacity]).toEqual(['terminated', 3, 3]);
  expect((await group())?.Instances?.map(({ InstanceId }) => InstanceId)).not.toContain(id(0));
  expect((await client.send(described)).AutoScalingInstances).toEqual([]);
  await retire(id(1), true);
  pass(10_000);
  expect([inService().length, (await group())?.DesiredCapacity]).toEqual([2, 2]);
});

it('a member is not terminated below the least size, and one that is in no group not at all', async () => {
  const { id, ids, retire, instance, park } = await setUp({ min: 3 });
  await expect(retire(id(0), true)).rejects.toMatchObject(refusal());
  await expect(retire('i-0123456789abcdef0')).rejects.toMatchObject(refusal());
  park.changeMember(id(1), { group: null });
  await expect(retire(id(1))).rejects.toMatchObject(refusal());
  expect(ids.map((one) => instance(one).status)).toEqual(['running', 'running', 'running']);
  expect(park.hosts.every(({ lifecycleState }) => lifecycleState === 'InService')).toBe(true);
});
