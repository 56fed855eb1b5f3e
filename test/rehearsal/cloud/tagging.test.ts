import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  InvalidParameterException,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { expect, it } from 'vitest';
import { taggingOperations } from '../../../lib/rehearsal/cloud/tagging.ts';
import { FakeFleet } from './fake-fleet.ts';
import { allPages, startCloud } from './local-cloud.ts';

async function setUp() {
  const fleet = new FakeFleet();
  const cluster = fleet.addCluster('shop', { 'chaos:opt-in': 'true' });
  const cloud = await startCloud({ services: { Tagging: taggingOperations(fleet) } });
  const tagging = cloud.client(ResourceGroupsTaggingAPIClient);
  const find = async (input: GetResourcesCommandInput) => {
    const { ResourceTagMappingList = [] } = await tagging.send(new GetResourcesCommand(input));
    return new Set(ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN));
  };
  return { fleet, cluster, cloud, tagging, find };
}

it('finds only what carries all keys, with any of the values of each', async () => {
  const { fleet, cluster, find } = await setUp();
  const a = fleet.addService(cluster, 'a', { tags: { 'chaos:opt-in': 'true', 'chaos:group': 'one' } });
  const b = fleet.addService(cluster, 'b', { tags: { 'chaos:opt-in': 'true', 'chaos:group': 'two' } });
  const c = fleet.addService(cluster, 'c', { tags: { 'chaos:opt-in': 'false' } });
  fleet.addService(cluster, 'untagged');

  const optIn = { Key: 'chaos:opt-in', Values: ['true'] };
  const ecsService = { ResourceTypeFilters: ['ecs:service'] };
  expect(await find({ TagFilters: [optIn] })).toEqual(new Set([cluster.arn, a.arn, b.arn]));
  expect(await find({ TagFilters: [optIn], ...ecsService })).toEqual(new Set([a.arn, b.arn]));
  expect(await find({ TagFilters: [optIn, { Key: 'chaos:group', Values: ['two', 'three'] }] })).toEqual(
    new Set([b.arn]),
  );
  expect(await find({ TagFilters: [{ Key: 'chaos:group' }] })).toEqual(new Set([a.arn, b.arn]));
  expect(await find({ TagFilters: [{ Key: 'toString' }] })).toEqual(new Set());
  expect(await find({ TagFilters: [optIn], ResourceTypeFilters: ['autoscaling:autoScalingGroup'] })).toEqual(new Set());
  expect(await find({ ResourceTypeFilters: ['ecs'] })).toEqual(new Set([cluster.arn, a.arn, b.arn, c.arn]));
});

it('finds tasks only while the fleet tags them', async () => {
  const { fleet, cluster, find } = await setUp();
  const task = fleet.addTask(fleet.addService(cluster, 'a', { tags: { x: 'y' }, propagateTags: 'SERVICE' }));
  fleet.addTask(fleet.addService(cluster, 'b', { tags: { x: 'y' } }));
  expect(await find({ ResourceTypeFilters: ['ecs:task'] })).toEqual(new Set([task.arn]));
  fleet.stopTask(task.arn, 'test', 'UserInitiated');
  expect(await find({ ResourceTypeFilters: ['ecs:task'] })).toEqual(new Set());
});

it('finds container hosts by their own tags, and never an Auto Scaling group', async () => {
  const { fleet, cluster, find } = await setUp();
  const group = fleet.addAutoScalingGroup('hosts', {
    tags: [{ key: 'chaos:opt-in', value: 'true', propagateAtLaunch: true }],
  });
  const [inGroup, alone] = [fleet.addHost(group), fleet.addHost(null, { tags: { 'chaos:opt-in': 'true' } })];
  fleet.addHost(null);
  const TagFilters = [{ Key: 'chaos:opt-in', Values: ['true'] }];
  expect(await find({ TagFilters })).toEqual(new Set([cluster.arn, inGroup.arn, alone.arn]));
  expect(await find({ TagFilters, ResourceTypeFilters: ['ec2:instance'] })).toEqual(new Set([inGroup.arn, alone.arn]));
  const byGroup = [{ Key: 'aws:autoscaling:groupName', Values: ['hosts'] }];
  expect(await find({ TagFilters: byGroup, ResourceTypeFilters: ['ec2'] })).toEqual(new Set([inGroup.arn]));
  expect(await find({ ResourceTypeFilters: ['autoscaling', 'autoscaling:autoScalingGroup'] })).toEqual(new Set());
  expect(await find({ ResourceARNList: [group.arn, alone.arn] })).toEqual(new Set([alone.arn]));
});

it('pages through the union of several types, each resource once, while others come and go', async () => {
  const { fleet, cluster: first, tagging } = await setUp();
  const tags = { 'chaos:opt-in': 'true' };
  const firstHost = fleet.addHost(null, { tags });
  const expected = [first.arn, firstHost.arn];
  const newcomers: string[] = [];
  // A cluster's name that begins another's, and names on both sides of the slash in the order of characters.
  for (const name of ['a', 'a-b', 'a0', 'b']) {
    const cluster = fleet.addCluster(name, tags);
    expected.push(cluster.arn);
    for (let n = 0; n < 5; n += 1) expected.push(fleet.addService(cluster, `s${n}`, { tags }).arn);
    fleet.addTask(fleet.addService(cluster, 'untagged'));
    fleet.addTask(fleet.addService(cluster, 'propagating', { tags: { other: 'x' }, propagateTags: 'SERVICE' }));
  }
  for (let n = 0; n < 4; n += 1) expected.push(fleet.addHost(null, { tags }).arn);
  const seen: string[] = [];
  let token: string | undefined;
  do {
    const answer = await tagging.send(
      new GetResourcesCommand({
        TagFilters: [{ Key: 'chaos:opt-in' }],
        ResourceTypeFilters: ['ecs:service', 'ec2:instance', 'ecs:cluster', 'ecs:task'],
        ResourcesPerPage: 4,
        PaginationToken: token ?? '',
      }),
    );
    const page = (answer.ResourceTagMappingList ?? []).map(({ ResourceARN = '' }) => ResourceARN);
    expect(page.length).toBeLessThanOrEqual(4);
    seen.push(...page);
    token = answer.PaginationToken;
    // Stands before everything that is still to come, so no later page may repeat or leave out another because of it.
    newcomers.push(fleet.addHost(null, { arn: `${firstHost.arn}-${seen.length}`, tags }).arn);
  } while (token);
  const old = seen.filter((arn) => !newcomers.includes(arn));
  expect(old).toEqual(expected.toSorted((a, b) => (a < b ? -1 : 1)));
});

it('gives 50 a page unasked, any size up to 100 when asked, and an empty token at the end', async () => {
  const { fleet, cluster, tagging } = await setUp();
  for (let n = 0; n < 104; n += 1) fleet.addService(cluster, `s${n}`, { tags: { n: `${n}` } });
  const sizes = async (ResourcesPerPage?: number) => {
    const pages = await allPages(
      (PaginationToken) => tagging.send(new GetResourcesCommand({ PaginationToken, ResourcesPerPage })),
      ({ ResourceTagMappingList, PaginationToken }) => ({ items: ResourceTagMappingList, next: PaginationToken }),
    );
    expect(new Set(pages.flat().map(({ ResourceARN }) => ResourceARN)).size).toBe(105);
    return pages.map((page) => page.length);
  };
  expect(await sizes()).toEqual([50, 50, 5]);
  expect(await sizes(100)).toEqual([100, 5]);
  const { PaginationToken } = await tagging.send(new GetResourcesCommand({ ResourceTypeFilters: ['ecs:cluster'] }));
  expect(PaginationToken).toBe('');
});

it('looks named ARNs up, without failing on unknown ones, and not together with filters', async () => {
  const { cluster, tagging, find, cloud } = await setUp();
  expect(await find({ ResourceARNList: [cluster.arn, `${cluster.arn}x`] })).toEqual(new Set([cluster.arn]));
  const mixed = { ResourceARNList: [cluster.arn], ResourceTypeFilters: ['ecs:cluster'] };
  await expect(tagging.send(new GetResourcesCommand(mixed))).rejects.toThrow(InvalidParameterException);
  expect(cloud.defects).toEqual([]);
});

it('refuses pages out of range and a token of other filters, and reports a parameter that it does not serve', async () => {
  const { fleet, cluster, tagging, cloud } = await setUp();
  fleet.addService(cluster, 'a', { tags: { x: 'y' } });
  const refused = (input: GetResourcesCommandInput) =>
    expect(tagging.send(new GetResourcesCommand(input))).rejects.toThrow(InvalidParameterException);
  await refused({ ResourcesPerPage: 101 });
  const { PaginationToken } = await tagging.send(new GetResourcesCommand({ ResourcesPerPage: 1 }));
  expect(PaginationToken).not.toBe('');
  await refused({ PaginationToken, ResourceTypeFilters: ['ecs:service'] });
  expect(cloud.defects).toEqual([]);
  await refused({ TagsPerPage: 100 });
  expect(cloud.defects).toEqual([expect.stringMatching(/^Tagging\.GetResources .*TagsPerPage/)]);
});
