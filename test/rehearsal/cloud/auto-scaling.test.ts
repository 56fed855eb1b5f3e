import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandInput,
  DescribeTagsCommand,
  InvalidNextToken,
} from '@aws-sdk/client-auto-scaling';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { identityOperations } from '../../../lib/rehearsal/cloud/identity.ts';
import { FakeFleet, REGION } from './fake-fleet.ts';
import { allPages, startCloud } from './local-cloud.ts';

const optIn = (value: string, propagateAtLaunch = true) => ({ key: 'chaos:opt-in', value, propagateAtLaunch });

async function setUp() {
  const fleet = new FakeFleet();
  const cloud = await startCloud({
    services: {
      AutoScaling: autoScalingOperations(fleet),
      STS: identityOperations(() => ({ arn: 'arn:aws:iam::1:user/a', userId: 'A' })),
    },
  });
  const client = cloud.client(AutoScalingClient);
  const describeGroups = async (input: DescribeAutoScalingGroupsCommandInput = {}) =>
    (await client.send(new DescribeAutoScalingGroupsCommand(input))).AutoScalingGroups ?? [];
  const find = async (input: DescribeAutoScalingGroupsCommandInput) =>
    (await describeGroups(input)).map(({ AutoScalingGroupName }) => AutoScalingGroupName);
  return { fleet, cloud, client, describeGroups, find };
}

it('a group is described with its tags and its own hosts', async () => {
  const { fleet, describeGroups } = await setUp();
  const tags = [optIn('true'), { key: 'note', value: '<a> & "b"', propagateAtLaunch: false }];
  const group = fleet.addAutoScalingGroup('web hosts', { tags, min: 1, max: 4, desired: 2 });
  const calm = fleet.addHost(group, { protectedFromScaleIn: true, availabilityZone: `${REGION}b` });
  const ill = fleet.addHost(group, { lifecycleState: 'Terminating', healthStatus: 'Unhealthy' });
  fleet.addHost(fleet.addAutoScalingGroup('other'));
  fleet.addHost(null);

  expect(calm.tags).toEqual({ 'chaos:opt-in': 'true', 'aws:autoscaling:groupName': 'web hosts' });
  expect(await describeGroups({ AutoScalingGroupNames: ['web hosts'] })).toEqual([
    {
      AutoScalingGroupName: 'web hosts',
      AutoScalingGroupARN: group.arn,
      MinSize: 1,
      MaxSize: 4,
      DesiredCapacity: 2,
      SuspendedProcesses: [],
      AvailabilityZones: [`${REGION}a`, `${REGION}b`],
      Tags: [
        {
          ResourceId: 'web hosts',
          ResourceType: 'auto-scaling-group',
          Key: 'chaos:opt-in',
          Value: 'true',
          PropagateAtLaunch: true,
        },
        {
          ResourceId: 'web hosts',
          ResourceType: 'auto-scaling-group',
          Key: 'note',
          Value: '<a> & "b"',
          PropagateAtLaunch: false,
        },
      ],
      Instances: [
        {
          InstanceId: calm.instanceId,
          AvailabilityZone: `${REGION}b`,
          LifecycleState: 'InService',
          HealthStatus: 'Healthy',
          ProtectedFromScaleIn: true,
        },
        {
          InstanceId: ill.instanceId,
          AvailabilityZone: `${REGION}a`,
          LifecycleState: 'Terminating',
          HealthStatus: 'Unhealthy',
          ProtectedFromScaleIn: false,
        },
      ],
    },
  ]);
  const [bare] = await describeGroups({ AutoScalingGroupNames: ['web hosts'], IncludeInstances: false });
  expect(bare).toMatchObject({ AutoScalingGroupName: 'web hosts', Instances: [] });
});

it('groups are found by tag, by key, by value and by name: any value of a filter, all filters', async () => {
  const { fleet, find, cloud } = await setUp();
  fleet.addAutoScalingGroup('a', { tags: [optIn('true'), { key: 'team', value: 'x', propagateAtLaunch: false }] });
  fleet.addAutoScalingGroup('b', { tags: [optIn('true'), { key: 'team', value: 'y', propagateAtLaunch: false }] });
  fleet.addAutoScalingGroup('c', { tags: [optIn('false')] });
  fleet.addAutoScalingGroup('d');

  expect(await find({})).toEqual(['a', 'b', 'c', 'd']);
  expect(await find({ AutoScalingGroupNames: [], Filters: [] })).toEqual(['a', 'b', 'c', 'd']);
  const isOptedIn = { Name: 'tag:chaos:opt-in', Values: ['true'] };
  expect(await find({ Filters: [isOptedIn] })).toEqual(['a', 'b']);
  expect(await find({ Filters: [isOptedIn, { Name: 'tag:team', Values: ['y', 'z'] }] })).toEqual(['b']);
  expect(await find({ Filters: [{ Name: 'tag-key', Values: ['chaos:opt-in'] }] })).toEqual(['a', 'b', 'c']);
  expect(await find({ Filters: [{ Name: 'tag-value', Values: ['false', 'x'] }] })).toEqual(['a', 'c']);
  expect(await find({ AutoScalingGroupNames: ['d', 'a', 'gone'] })).toEqual(['a', 'd']);
  expect(await find({ AutoScalingGroupNames: ['d', 'a'], Filters: [isOptedIn] })).toEqual(['a']);
  expect(cloud.defects).toEqual([]);
});

it('groups come 50 a page unasked, any number up to 100 when asked, each exactly once', async () => {
  const { fleet, client } = await setUp();
  for (let n = 0; n < 120; n += 1) fleet.addAutoScalingGroup(`g${n}`);
  const pagesOf = async (MaxRecords?: number) => {
    const pages = await allPages(
      (NextToken) => client.send(new DescribeAutoScalingGroupsCommand({ NextToken, MaxRecords })),
      ({ AutoScalingGroups, NextToken }) => ({ items: AutoScalingGroups, next: NextToken }),
    );
    expect(new Set(pages.flat().map(({ AutoScalingGroupName }) => AutoScalingGroupName)).size).toBe(120);
    return pages.map((page) => page.length);
  };
  expect(await pagesOf()).toEqual([50, 50, 20]);
  expect(await pagesOf(100)).toEqual([100, 20]);
});

it('refuses what Auto Scaling refuses, and reports a parameter or an operation that is not served', async () => {
  const { fleet, client, describeGroups, cloud } = await setUp();
  for (let n = 0; n < 3; n += 1) fleet.addAutoScalingGroup(`g${n}`);
  const refused = { name: 'ValidationError', $metadata: { httpStatusCode: 400 } };
  await expect(describeGroups({ MaxRecords: 101 })).rejects.toMatchObject(refused);
  await expect(describeGroups({ MaxRecords: 0 })).rejects.toMatchObject(refused);
  await expect(describeGroups({ Filters: [{ Name: 'name', Values: ['g0'] }] })).rejects.toMatchObject(refused);
  const names = Array.from({ length: 51 }, (_, n) => `g${n}`);
  await expect(describeGroups({ AutoScalingGroupNames: names })).rejects.toMatchObject(refused);
  expect(await describeGroups({ AutoScalingGroupNames: names, MaxRecords: 100 })).toHaveLength(3);
  const { NextToken } = await client.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 1 }));
  const foreign = describeGroups({ NextToken, Filters: [{ Name: 'tag-key', Values: ['x'] }] });
  await expect(foreign).rejects.toThrow(InvalidNextToken);
  expect(cloud.defects).toEqual([]);

  const unknown = { Extra: 'x' } as DescribeAutoScalingGroupsCommandInput;
  await describeGroups(unknown); // The SDK itself drops what is in no shape.
  expect(cloud.defects).toEqual([]);
  await expect(client.send(new DescribeTagsCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
  expect(cloud.defects).toEqual([expect.stringContaining('"DescribeTags" of version 2011-01-01')]);
});

it('is told from the other service that speaks in forms', async () => {
  const { fleet, cloud, find } = await setUp();
  fleet.addAutoScalingGroup('a');
  const { UserId } = await cloud.client(STSClient).send(new GetCallerIdentityCommand({}));
  expect([UserId, await find({})]).toEqual(['A', ['a']]);
  expect(cloud.callLog.counts()).toEqual({ 'STS.GetCallerIdentity': 1, 'AutoScaling.DescribeAutoScalingGroups': 1 });
});
