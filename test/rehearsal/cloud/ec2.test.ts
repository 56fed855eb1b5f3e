import {
  AttachVolumeCommand,
  CreateTagsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ec2Operations } from '../../../lib/rehearsal/cloud/ec2.ts';
import { compareText } from '../../../lib/rehearsal/cloud/protocols/pages.ts';
import { aPark, GROUP } from '../fleet/park.ts';
import { FakeFleet } from './fake-fleet.ts';
import { allPages, startCloud } from './local-cloud.ts';
import { fleetOf } from './machine-fleet.ts';

async function setUp(options: Parameters<typeof aPark>[0] = {}) {
  const world = aPark(options);
  const cloud = await startCloud({ services: { EC2: ec2Operations(fleetOf(world.park)) }, buckets: {} });
  const client = cloud.client(EC2Client);
  const describeInstances = async (input: DescribeInstancesCommandInput = {}) =>
    ((await client.send(new DescribeInstancesCommand(input))).Reservations ?? []).flatMap(
      ({ Instances = [] }) => Instances,
    );
  const find = async (input: DescribeInstancesCommandInput) =>
    (await describeInstances(input)).map(({ InstanceId = '' }) => InstanceId).sort(compareText);
  const statuses = () => world.park.instances.map(({ status }) => status);
  return { ...world, cloud, client, describeInstances, find, statuses };
}

const refusal = (name: string) => ({ name, $metadata: { httpStatusCode: 400 } });
const NOBODY = 'i-0123456789abcdef0';

describe('instances', () => {
  it('are described with state, place, tags, volumes and network interfaces', async () => {
    const { park, id, describeInstances } = await setUp({ dataVolumes: 1 });
    park.change(id(0), { tags: { note: '<a> & "b"' }, isSpot: true, operator: 'ecs.amazonaws.com' });
    const [one] = await describeInstances({ InstanceIds: [id(0)] });
    const [eni] = park.network.interfaces;
    const group = { GroupId: eni?.groups[0], GroupName: 'shop-hosts' };
    expect(one).toMatchObject({
      InstanceId: id(0),
      State: { Code: 16, Name: 'running' },
      LaunchTime: new Date('2026-03-02T08:00:00Z'),
      Placement: { AvailabilityZone: 'eu-west-1a' },
      VpcId: eni?.vpcId,
      PrivateIpAddress: '10.0.0.10',
      InstanceLifecycle: 'spot',
      Operator: { Managed: true, Principal: 'ecs.amazonaws.com' },
      RootDeviceType: 'ebs',
      RootDeviceName: '/dev/xvda',
      SecurityGroups: [group],
      Tags: [{ Key: 'note', Value: '<a> & "b"' }],
      NetworkInterfaces: [
        { NetworkInterfaceId: eni?.networkInterfaceId, Groups: [group], Attachment: { DeviceIndex: 0 } },
      ],
    });
    expect(one?.BlockDeviceMappings).toMatchObject([
      { DeviceName: '/dev/xvda', Ebs: { Status: 'attached', DeleteOnTermination: true } },
      { DeviceName: '/dev/xvdb', Ebs: { Status: 'attached', DeleteOnTermination: true } },
    ]);
  });

  it('are found by ids, of which each must exist, and by filters, which all must be met', async () => {
    const { park, id, ids, find } = await setUp();
    park.stop(id(2));
    expect(await find({})).toEqual([...ids].sort(compareText));
    expect(await find({ InstanceIds: [id(1)] })).toEqual([id(1)]);
    await expect(find({ InstanceIds: [id(1), NOBODY] })).rejects.toMatchObject(refusal('InvalidInstanceID.NotFound'));
    await expect(find({ InstanceIds: ['i-nonsense'] })).rejects.toMatchObject(refusal('InvalidInstanceID.Malformed'));
    const running = { Name: 'instance-state-name', Values: ['running', 'pending'] };
    expect(await find({ Filters: [running] })).toEqual([id(0), id(1)].sort(compareText));
    const inZone = { Name: 'availability-zone', Values: ['*-1b'] };
    expect(await find({ Filters: [running, inZone] })).toEqual([id(1)]);
    expect(await find({ Filters: [{ Name: 'tag:aws:autoscaling:groupName', Values: [GROUP] }] })).toHaveLength(3);
    expect(await find({ Filters: [{ Name: 'tag:chaos:opt-in', Values: ['false'] }] })).toEqual([]);
    expect(await find({ Filters: [{ Name: 'tag-key', Values: ['chaos:opt-in'] }] })).toHaveLength(3);
    await expect(find({ Filters: [{ Name: 'colour', Values: ['x'] }] })).rejects.toMatchObject(
      refusal('InvalidParameterValue'),
    );
  });

  it('come in pages of 5 to 1,000, each exactly once', async () => {
    const { client, find } = await setUp({ desired: 12 });
    const pages = await allPages(
      (NextToken) => client.send(new DescribeInstancesCommand({ MaxResults: 5, ...(NextToken ? { NextToken } : {}) })),
      ({ Reservations = [], NextToken }) => ({
        items: Reservations.flatMap(({ Instances = [] }) => Instances),
        next: NextToken,
      }),
    );
    expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(new Set(pages.flat().map(({ InstanceId }) => InstanceId)).size).toBe(12);
    await expect(find({ MaxResults: 4 })).rejects.toMatchObject(refusal('InvalidParameterValue'));
    await expect(find({ MaxResults: 5, InstanceIds: [NOBODY] })).rejects.toMatchObject(
      refusal('InvalidParameterCombination'),
    );
    await expect(find({ MaxResults: 5, NextToken: 'x' })).rejects.toMatchObject(refusal('InvalidPaginationToken'));
  });

  it('of a fleet without machines are none', async () => {
    const cloud = await startCloud({ services: { EC2: ec2Operations(new FakeFleet()) } });
    const { Reservations = [] } = await cloud.client(EC2Client).send(new DescribeInstancesCommand({}));
    expect(Reservations).toEqual([]);
  });
});

describe('terminating', () => {
  it('tells the states before and after, may be repeated, and shows the instance as terminated afterwards', async () => {
    const { client, id, pass, describeInstances } = await setUp();
    const terminate = () => client.send(new TerminateInstancesCommand({ InstanceIds: [id(0)] }));
    const [PreviousState, CurrentState] = [
      { Code: 16, Name: 'running' },
      { Code: 32, Name: 'shutting-down' },
    ];
    expect((await terminate()).TerminatingInstances).toEqual([{ InstanceId: id(0), PreviousState, CurrentState }]);
    expect((await terminate()).TerminatingInstances).toEqual([
      { InstanceId: id(0), PreviousState: CurrentState, CurrentState },
    ]);
    pass(2_000);
    expect(await describeInstances({ InstanceIds: [id(0)] })).toMatchObject([
      {
        State: { Code: 48, Name: 'terminated' },
        StateTransitionReason: 'User initiated (2026-03-02 08:00:00 GMT)',
        StateReason: { Code: 'Client.UserInitiatedShutdown' },
      },
    ]);
  });

  it('of several spares all of the zone of a protected one, and takes the others', async () => {
    const { client, id, ids, statuses, park } = await setUp({ desired: 4 });
    const protect = new ModifyInstanceAttributeCommand({ InstanceId: id(0), DisableApiTermination: { Value: true } });
    await client.send(protect);
    const asked = { InstanceId: id(0), Attribute: 'disableApiTermination' } as const;
    const { DisableApiTermination } = await client.send(new DescribeInstanceAttributeCommand(asked));
    expect(DisableApiTermination).toEqual({ Value: true });
    // The fourth is in the zone of the first.
    const all = client.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
    await expect(all).rejects.toMatchObject({
      ...refusal('OperationNotPermitted'),
      message: expect.stringContaining(id(0)),
    });
    expect(statuses()).toEqual(['running', 'shutting-down', 'shutting-down', 'running']);
    expect(park.instances[3]?.availabilityZone).toBe('eu-west-1a');
  });

  it('of several takes none when one does not exist', async () => {
    const { client, id, statuses } = await setUp();
    const both = client.send(new TerminateInstancesCommand({ InstanceIds: [id(0), NOBODY] }));
    await expect(both).rejects.toMatchObject(refusal('InvalidInstanceID.NotFound'));
    expect(statuses()).toEqual(['running', 'running', 'running']);
  });
});

describe('stopping, starting and rebooting', () => {
  it('goes through the states of EC2', async () => {
    const { client, id, pass, park, describeInstances } = await setUp();
    park.suspend(GROUP, ['HealthCheck']);
    const InstanceIds = [id(0)];
    const { StoppingInstances } = await client.send(new StopInstancesCommand({ InstanceIds }));
    expect(StoppingInstances).toMatchObject([
      { PreviousState: { Name: 'running' }, CurrentState: { Code: 64, Name: 'stopping' } },
    ]);
    await expect(client.send(new StartInstancesCommand({ InstanceIds }))).rejects.toMatchObject(
      refusal('IncorrectInstanceState'),
    );
    await expect(client.send(new RebootInstancesCommand({ InstanceIds }))).rejects.toMatchObject(
      refusal('IncorrectInstanceState'),
    );
    pass(1_000);
    expect(await describeInstances({ InstanceIds })).toMatchObject([{ State: { Code: 80, Name: 'stopped' } }]);
    const { StartingInstances } = await client.send(new StartInstancesCommand({ InstanceIds }));
    expect(StartingInstances).toMatchObject([
      { PreviousState: { Name: 'stopped' }, CurrentState: { Code: 0, Name: 'pending' } },
    ]);
    pass(3_000);
    await client.send(new RebootInstancesCommand({ InstanceIds }));
    const checks = async () => {
      const { InstanceStatuses = [] } = await client.send(new DescribeInstanceStatusCommand({ InstanceIds }));
      return InstanceStatuses.map(({ InstanceState, InstanceStatus }) => [InstanceState?.Name, InstanceStatus?.Status]);
    };
    expect(await checks()).toEqual([['running', 'initializing']]);
    pass(3_000);
    expect(await checks()).toEqual([['running', 'ok']]);
    await client.send(new StopInstancesCommand({ InstanceIds }));
    expect(await checks()).toEqual([]);
  });

  it('is refused for instances that EC2 cannot stop, all or none', async () => {
    const { client, id, park, statuses } = await setUp({ desired: 4 });
    const stop = (...InstanceIds: string[]) => client.send(new StopInstancesCommand({ InstanceIds }));
    park.change(id(0), { isSpot: true });
    park.change(id(1), { rootDevice: 'instance-store' });
    await client.send(new ModifyInstanceAttributeCommand({ InstanceId: id(2), DisableApiStop: { Value: true } }));
    await expect(stop(id(3), id(0))).rejects.toMatchObject(refusal('UnsupportedOperation'));
    await expect(stop(id(1))).rejects.toMatchObject(refusal('UnsupportedOperation'));
    await expect(stop(id(2))).rejects.toMatchObject(refusal('OperationNotPermitted'));
    expect(statuses()).toEqual(['running', 'running', 'running', 'running']);
    park.terminate(id(3));
    await expect(stop(id(3))).rejects.toMatchObject(refusal('IncorrectInstanceState'));
  });
});

describe('network interfaces', () => {
  it('are given other groups in order, by EC2’s rules', async () => {
    const { client, id, park } = await setUp();
    const { NetworkInterfaces: [eni] = [] } = await client.send(
      new DescribeNetworkInterfacesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id(0)] }] }),
    );
    const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({}));
    const quarantine = SecurityGroups.find(({ Tags = [] }) => Tags.some(({ Key }) => Key === 'capuchin:quarantine'));
    expect(quarantine).toMatchObject({ IpPermissions: [], IpPermissionsEgress: [], VpcId: eni?.VpcId });
    const own = SecurityGroups.find(({ GroupName }) => GroupName === 'shop-hosts');
    expect(own?.IpPermissions).toEqual([
      expect.objectContaining({ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }),
    ]);
    const set = (Groups: string[]) =>
      client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: eni?.NetworkInterfaceId, Groups }));
    const both = [quarantine?.GroupId ?? '', own?.GroupId ?? ''];
    await set(both);
    expect(park.network.interfaces[0]?.groups).toEqual(both);
    await expect(set(['sg-0123456789abcdef0'])).rejects.toMatchObject(refusal('InvalidGroup.NotFound'));
    const six = Array.from({ length: 6 }, () => both[0] ?? '');
    await expect(set(six)).rejects.toMatchObject(refusal('SecurityGroupsPerInterfaceLimitExceeded'));
    const elsewhere = {
      ...(park.network.groups[0] as (typeof park.network.groups)[0]),
      groupId: 'sg-0123456789abcdef1',
      vpcId: 'vpc-1',
    };
    park.network.putGroup(elsewhere);
    await expect(set([elsewhere.groupId])).rejects.toMatchObject(refusal('InvalidParameterValue'));
    expect(park.network.interfaces[0]?.groups).toEqual(both);
  });
});

describe('volumes', () => {
  it('are detached and attached by EC2’s rules', async () => {
    const { client, id, pass, park } = await setUp({ dataVolumes: 1 });
    const describeVolumes = async () =>
      (
        await client.send(
          new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id(0)] }] }),
        )
      ).Volumes ?? [];
    const volumes = await describeVolumes();
    const at = (device: string) =>
      volumes.find(({ Attachments = [] }) => Attachments[0]?.Device === device)?.VolumeId ?? '';
    const [root, data] = [at('/dev/xvda'), at('/dev/xvdb')];
    const detach = (VolumeId: string, InstanceId = id(0)) =>
      client.send(new DetachVolumeCommand({ VolumeId, InstanceId }));
    const attach = (VolumeId: string, InstanceId: string, Device = '/dev/xvdb') =>
      client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device }));
    await expect(detach(root)).rejects.toMatchObject(refusal('OperationNotPermitted'));
    await expect(detach(data, id(1))).rejects.toMatchObject(refusal('InvalidAttachment.NotFound'));
    await expect(attach(data, id(1), '/dev/xvdz')).rejects.toMatchObject(refusal('VolumeInUse'));
    expect(await detach(data)).toMatchObject({ State: 'detaching', Device: '/dev/xvdb', InstanceId: id(0) });
    pass(500);
    expect(await describeVolumes()).toHaveLength(1);
    await expect(detach(data)).rejects.toMatchObject(refusal('IncorrectState'));
    await expect(attach(data, id(1), '/dev/xvdz')).rejects.toMatchObject(refusal('InvalidVolume.ZoneMismatch'));
    await expect(attach(data, id(0), '/dev/xvda')).rejects.toMatchObject(refusal('InvalidParameterValue'));
    await expect(attach('vol-0123456789abcdef0', id(0))).rejects.toMatchObject(refusal('InvalidVolume.NotFound'));
    expect(await attach(data, id(0))).toMatchObject({ State: 'attaching' });
    pass(500);
    const keep = { DeviceName: '/dev/xvdb', Ebs: { DeleteOnTermination: true } };
    const modify = (BlockDeviceMappings: (typeof keep)[]) =>
      client.send(new ModifyInstanceAttributeCommand({ InstanceId: id(0), BlockDeviceMappings }));
    const attached = () => park.disks.volumes.find(({ volumeId }) => volumeId === data)?.attachment;
    expect(attached()).toMatchObject({ state: 'attached', deleteOnTermination: false });
    await modify([keep]);
    expect(attached()).toMatchObject({ deleteOnTermination: true });
    await expect(modify([{ ...keep, DeviceName: '/dev/xvdq' }])).rejects.toMatchObject(
      refusal('InvalidInstanceAttributeValue'),
    );
    park.terminate(id(1));
    await expect(attach(at('/dev/xvdb'), id(1))).rejects.toMatchObject(refusal('VolumeInUse'));
  });
});

it('reports a parameter and an operation that it does not serve', async () => {
  const { client, id, cloud } = await setUp();
  const dry = client.send(new StopInstancesCommand({ InstanceIds: [id(0)], DryRun: true }));
  await expect(dry).rejects.toMatchObject(refusal('InvalidParameterValue'));
  const tags = client.send(new CreateTagsCommand({ Resources: [id(0)], Tags: [{ Key: 'a', Value: 'b' }] }));
  await expect(tags).rejects.toMatchObject(refusal('UnknownOperationException'));
  expect(cloud.defects).toEqual([expect.stringContaining('DryRun'), expect.stringContaining('EC2.CreateTags')]);
});

it('throttles by EC2’s own error', async () => {
  const world = aPark();
  const buckets = { ec2Mutate: { burst: 1, perSecond: 0.001 } };
  const cloud = await startCloud({ services: { EC2: ec2Operations(fleetOf(world.park)) }, buckets });
  const reboot = () => cloud.client(EC2Client).send(new RebootInstancesCommand({ InstanceIds: [world.id(0)] }));
  await reboot();
  await expect(reboot()).rejects.toMatchObject({ name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } });
});
