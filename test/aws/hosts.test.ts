import { expect, it } from 'vitest';
import { Hosts } from '../../lib/aws/hosts.ts';
import { autoScalingOperations } from '../../lib/rehearsal/cloud/auto-scaling.ts';
import { ec2Operations } from '../../lib/rehearsal/cloud/ec2.ts';
import { fleetOf } from '../rehearsal/cloud/machine-fleet.ts';
import { aPark, GROUP } from '../rehearsal/fleet/park.ts';
import { serveCloud } from './serve-cloud.ts';

const ARN = `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/${GROUP}`;
const OF_GROUP = [{ kind: 'auto-scaling-group' as const, name: GROUP }];

/** Three hosts of one Auto Scaling group, and the adapter over HTTP. */
async function setUp(options: Parameters<typeof aPark>[0] = {}) {
  const world = aPark(options);
  const fleet = fleetOf(world.park);
  const cloud = await serveCloud({
    services: { EC2: ec2Operations(fleet), AutoScaling: autoScalingOperations(fleet) },
  });
  return { ...world, cloud, hosts: new Hosts(), calls: () => cloud.callLog.counts() };
}

it('a group is read with all its hosts, in the words of a service and of tasks', async () => {
  const { hosts, id } = await setUp();
  const { members, hosts: found } = await hosts.read(OF_GROUP);
  expect(members).toEqual([
    {
      tagged: {
        kind: 'auto-scaling-group',
        arn: ARN,
        name: GROUP,
        tags: { 'chaos:opt-in': 'true', note: 'only the group' },
        groupTags: {},
      },
      live: {
        service: GROUP,
        unit: 'hosts',
        running: 3,
        desired: 3,
        deploying: false,
        schedulingStrategy: 'REPLICA',
        targetGroups: [],
      },
    },
  ]);
  expect(new Set(found.map(({ resource }) => resource))).toEqual(new Set([id(0), id(1), id(2)]));
  expect(found.find(({ resource }) => resource === id(0))).toMatchObject({
    kind: 'host',
    member: GROUP,
    scalingGroup: GROUP,
    zone: 'eu-west-1a',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    healthStatus: 'HEALTHY',
    launchType: 'EC2',
    isProtected: false,
    isStandby: false,
    startedAtMs: Date.parse('2026-03-02T08:00:00Z'),
    tags: { 'chaos:opt-in': 'true' },
  });
});

it('a host that was terminated is told of by its id, with the moment that EC2 names, although its group has forgotten it', async () => {
  const { hosts, park, id, pass } = await setUp();
  pass(60_000);
  park.terminate(id(0));
  pass(120_000);
  const { members, hosts: found } = await hosts.read(OF_GROUP, [id(0)]);
  expect(found.find(({ resource }) => resource === id(0))).toMatchObject({
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    stopCode: 'UserInitiated',
    stoppedAtMs: Date.parse('2026-03-02T08:01:00Z'),
  });
  expect(members[0]?.live).toMatchObject({ running: 3, desired: 3 });
  expect(found).toHaveLength(4);
});

it('a host runs since its group has it in service, not since its launch, and not before', async () => {
  const { hosts, park, id, pass, instance } = await setUp();
  pass(60_000);
  park.terminate(id(0));
  const replacement = async () => {
    const { hosts: found } = await hosts.read(OF_GROUP);
    return found.find(({ resource }) => ![id(0), id(1), id(2)].includes(resource));
  };
  while ((await replacement()) === undefined) pass(500);
  expect(await replacement()).toMatchObject({ lastStatus: 'PENDING' });
  expect(await replacement()).not.toHaveProperty('startedAtMs');
  pass(5_000);
  const { resource = '', startedAtMs = 0 } = (await replacement()) ?? {};
  // A host takes two seconds to boot here.
  expect(startedAtMs - instance(resource).launchedAt.getTime()).toBeGreaterThanOrEqual(2_000);
  expect(park.hosts.find(({ instanceId }) => instanceId === resource)?.inServiceAt?.getTime()).toBe(startedAtMs);
});

it('an instance that stands for itself has its own ARN, and the tags and the protection of the group around it', async () => {
  const { hosts, park, id } = await setUp();
  park.changeMember(id(1), { protectedFromScaleIn: true });
  const lone = [{ kind: 'instance' as const, name: id(1) }];
  const { members, hosts: found } = await hosts.read(lone);
  expect(members).toMatchObject([
    {
      tagged: {
        kind: 'instance',
        arn: `arn:aws:ec2:eu-west-1:123456789012:instance/${id(1)}`,
        name: id(1),
        groupTags: { 'chaos:opt-in': 'true', note: 'only the group' },
      },
      live: { service: id(1), running: 1, desired: 1 },
    },
  ]);
  expect(found).toMatchObject([{ resource: id(1), member: id(1), scalingGroup: GROUP, isProtected: true }]);
});

it('a group costs one round of calls, and what does not exist is left out', async () => {
  const { hosts, calls } = await setUp();
  await hosts.read(OF_GROUP);
  expect(calls()).toEqual({
    'AutoScaling.DescribeAutoScalingGroups': 1,
    'AutoScaling.DescribeScalingActivities': 1,
    'EC2.DescribeInstances': 1,
  });
  const missing = [
    { kind: 'auto-scaling-group' as const, name: 'gone' },
    { kind: 'instance' as const, name: 'i-0000000000000dead' },
  ];
  expect(await hosts.read(missing)).toEqual({ members: [], hosts: [] });
});
