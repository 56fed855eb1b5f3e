import { describe, expect, it } from 'vitest';
import { AutoScaling } from '../../lib/aws/auto-scaling.ts';
import { Discovery } from '../../lib/aws/discovery.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { formGroups } from '../../lib/core/group.ts';
import { AwsError, type ServedOperation, type ServedService, serve } from '../../lib/rehearsal/cloud/operation.ts';
import type { Tags } from '../../lib/rehearsal/fleet/model.ts';
import { aConfig } from '../core/examples.ts';
import { inOrder } from '../functions/in-order.ts';
import type { FakeFleet } from '../rehearsal/cloud/fake-fleet.ts';
import { plainFleet } from '../rehearsal/cloud/plain-fleet.ts';
import { serveFleet, serveFleetState } from './serve-cloud.ts';

const OPT_IN = { 'chaos:opt-in': 'true' };
const discovery = (prefix = 'chaos:') => new Discovery(new Ecs(), new AutoScaling(), prefix);
const discover = () => discovery().find();

/** An Auto Scaling group's tags, which its hosts get at launch. */
const groupTags = (tags: Tags) => Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true }));

/** Lets an operation fail for some of what is asked of it. */
function failing(
  service: ServedService,
  name: string,
  error: AwsError,
  isWanted: (asked: unknown) => boolean,
): ServedService {
  const { input, answer } = service[name] as ServedOperation;
  const altered = serve({
    input,
    answer: (asked, caller) => {
      if (isWanted(asked)) throw error;
      return answer(asked, caller);
    },
  });
  return { ...service, [name]: altered };
}

const DENIED = new AwsError('AccessDeniedException', 'not authorized', 400);

describe('costs one call for the clusters, one for the Auto Scaling groups, and one for each hundred tagged services', () => {
  it.each([
    [0, 1],
    [20, 1],
    [100, 1],
    [101, 2],
    [230, 3],
  ])('%d tagged services: 1 + %d', async (tagged, pages) => {
    const { fleet, callLog } = await serveFleet();
    for (let n = 0; n < 5; n++) fleet.addCluster(`cluster-${n}`, { team: 'web' });
    const [cluster] = fleet.clusters;
    if (cluster === undefined) throw new Error('no cluster');
    for (let n = 0; n < tagged; n++) fleet.addService(cluster, `in-${n}`, { tags: OPT_IN });
    // However many have not opted in, they cost nothing.
    for (let n = 0; n < 300; n++) fleet.addService(cluster, `out-${n}`, { tags: { team: 'web' } });
    const found = await discover();
    expect(new Set(found.services.map(({ service }) => service))).toEqual(
      new Set(Array.from({ length: tagged }, (_, n) => `in-${n}`)),
    );
    expect(found).toMatchObject({ hosts: [], unread: [] });
    expect(callLog.counts()).toEqual({
      'Tagging.GetResources': 1 + pages,
      'AutoScaling.DescribeAutoScalingGroups': 1,
    });
  });

  it('2,000 among 10,000, with AWS’s throttle on: no call more is answered, and what was refused is asked again', async () => {
    const { callLog } = await serveFleetState(
      plainFleet({ clusters: 20, services: 10_000, optedIn: 2_000, tasksPerService: 10 }),
    );
    const { services, unread } = await discover();
    expect(new Set(services.map(({ serviceArn }) => serviceArn)).size).toBe(2_000);
    expect(services.every(({ tags }) => tags['chaos:opt-in'] === 'true')).toBe(true);
    expect(unread).toEqual([]);
    const { 'Tagging.GetResources': refused = 0 } = callLog.throttled();
    // The clusters of this fleet bear no tags, which is one empty page.
    expect(callLog.counts()).toEqual({
      'Tagging.GetResources': 1 + 20 + refused,
      'AutoScaling.DescribeAutoScalingGroups': 1,
    });
  });

  it('and is carried through by the SDK’s retries when the throttle refuses', async () => {
    let refusals = 0;
    const tagging = (served: ServedService) =>
      // Every third call finds the bucket empty.
      failing(
        served,
        'GetResources',
        new AwsError('ThrottlingException', 'Rate exceeded', 400),
        () => refusals++ % 3 === 2,
      );
    const { fleet, callLog } = await serveFleet({}, undefined, { tagging });
    const cluster = fleet.addCluster('shop');
    for (let n = 0; n < 450; n++) fleet.addService(cluster, `in-${n}`, { tags: OPT_IN });
    const { services } = await discover();
    expect(new Set(services.map(({ service }) => service)).size).toBe(450);
    expect(callLog.counts()['Tagging.GetResources']).toBeGreaterThan(1 + 5);
  });
});

it('tells each service with its own tags and its cluster’s', async () => {
  const { fleet } = await serveFleet();
  const cluster = fleet.addCluster('shop', { 'chaos:zone': 'Europe/Berlin' });
  const cart = fleet.addService(cluster, 'cart', { tags: { ...OPT_IN, 'chaos:mean-days': '3' } });
  expect((await discover()).services).toEqual([
    {
      serviceArn: cart.arn,
      service: 'cart',
      clusterArn: cluster.arn,
      cluster: 'shop',
      tags: { ...OPT_IN, 'chaos:mean-days': '3' },
      clusterTags: { 'chaos:zone': 'Europe/Berlin' },
    },
  ]);
});

describe('a cluster that opted in as a whole', () => {
  it('is found with every service, those without any tag too, for two calls a hundred', async () => {
    const { fleet, callLog } = await serveFleet();
    const cluster = fleet.addCluster('shop', OPT_IN);
    for (let n = 0; n < 250; n++) fleet.addService(cluster, `s${n}`);
    fleet.addService(cluster, 'out', { tags: { 'chaos:opt-in': 'false' } });
    fleet.addService(cluster, 'own', { tags: { 'chaos:mean-days': '3' } });
    fleet.addService(fleet.addCluster('other'), 'elsewhere');
    const { services } = await discover();
    expect(services).toHaveLength(252);
    expect(services.find(({ service }) => service === 'own')).toMatchObject({
      tags: { 'chaos:mean-days': '3' },
      clusterTags: OPT_IN,
    });
    const { groups, problems } = formGroups(services, aConfig(), ['stop-task']);
    expect(problems).toEqual([]);
    const names = groups.map(({ name }) => name);
    expect(names).toHaveLength(251);
    // The nearest tag wins: the service's no over its cluster's yes.
    expect(names).not.toContain('shop/out');
    expect(callLog.counts()).toEqual({
      'Tagging.GetResources': 2 + 3,
      'AutoScaling.DescribeAutoScalingGroups': 1,
      'ECS.ListServices': 3,
    });
  });

  it('is taken at its word: only exactly "true" opts in', async () => {
    const { fleet, callLog } = await serveFleet();
    fleet.addService(fleet.addCluster('shop', { 'chaos:opt-in': 'True' }), 'cart');
    expect((await discover()).services).toEqual([]);
    expect(callLog.counts()).toEqual({ 'Tagging.GetResources': 2, 'AutoScaling.DescribeAutoScalingGroups': 1 });
  });

  it.each(['ListServices', 'GetResources'])(
    'and whose %s fails is named, and hides nothing else',
    async (operation) => {
      const isBroken = (asked: unknown) => /cluster\/broken|service\/broken/.test(JSON.stringify(asked));
      const breaking = (served: ServedService) =>
        operation in served ? failing(served, operation, DENIED, isBroken) : served;
      const { fleet } = await serveFleet({}, breaking, { tagging: breaking });
      const broken = fleet.addCluster('broken', OPT_IN);
      fleet.addService(broken, 'hidden');
      fleet.addService(broken, 'tagged', { tags: OPT_IN });
      fleet.addService(fleet.addCluster('whole', OPT_IN), 'seen');
      fleet.addService(fleet.addCluster('plain'), 'alone', { tags: OPT_IN });
      const { services, unread } = await discover();
      // What carries the tag itself stands in the index, whatever its cluster is like.
      expect(inOrder(services.map(({ cluster, service }) => `${cluster}/${service}`))).toEqual([
        'broken/tagged',
        'plain/alone',
        'whole/seen',
      ]);
      expect(unread).toEqual([{ resource: broken.arn, because: 'AccessDeniedException: not authorized' }]);
    },
  );
});

it('goes by the prefix that it was given', async () => {
  const { fleet } = await serveFleet();
  const cluster = fleet.addCluster('shop');
  fleet.addService(cluster, 'cart', { tags: OPT_IN });
  fleet.addService(cluster, 'web', { tags: { 'monkey/opt-in': 'true' } });
  fleet.addAutoScalingGroup('workers', { tags: groupTags(OPT_IN) });
  fleet.addAutoScalingGroup('monkeys', { tags: groupTags({ 'monkey/opt-in': 'true' }) });
  const found = await discovery('monkey/').find();
  expect(found.services.map(({ service }) => service)).toEqual(['web']);
  expect(found.hosts.map(({ name }) => name)).toEqual(['monkeys']);
});

it('knows the tags of more clusters than one page holds', async () => {
  const { fleet, callLog } = await serveFleet();
  for (let n = 0; n < 130; n++) {
    const cluster = fleet.addCluster(`c${n}`, { number: `${n}` });
    if (n % 10 === 0) fleet.addService(cluster, 's', { tags: OPT_IN });
  }
  const { services } = await discover();
  expect(services).toHaveLength(13);
  for (const { cluster, clusterTags } of services) expect(`c${clusterTags.number}`).toBe(cluster);
  expect(callLog.counts()).toEqual({ 'Tagging.GetResources': 3, 'AutoScaling.DescribeAutoScalingGroups': 1 });
});

describe('hosts', () => {
  it('are the Auto Scaling groups that carry the tag, and the instances that opt in for themselves', async () => {
    const { fleet } = await serveFleet();
    const workers = fleet.addAutoScalingGroup('workers', { tags: groupTags({ ...OPT_IN, 'chaos:group': 'pool' }) });
    fleet.addHost(workers);
    fleet.addHost(workers);
    fleet.addAutoScalingGroup('others', { tags: groupTags({ team: 'web' }) });
    const shy = fleet.addAutoScalingGroup('shy', {
      tags: groupTags({ 'chaos:opt-in': 'false', 'chaos:zone': 'Asia/Tokyo' }),
    });
    const brave = fleet.addHost(shy, { tags: OPT_IN });
    const alone = fleet.addHost(null, { tags: { ...OPT_IN, 'chaos:mean-days': '3' } });
    fleet.addHost(null, { tags: { team: 'web' } });
    const { hosts, services, unread } = await discover();
    expect([services, unread]).toEqual([[], []]);
    expect(inOrder(hosts.map(({ name }) => name))).toEqual(
      inOrder(['workers', 'shy', brave.instanceId, alone.instanceId]),
    );
    // An instance of a group that opted in is one of the group's, not a group of its own.
    expect(hosts.find(({ name }) => name === 'workers')).toEqual({
      kind: 'auto-scaling-group',
      arn: workers.arn,
      name: 'workers',
      tags: { ...OPT_IN, 'chaos:group': 'pool' },
      groupTags: {},
    });
    expect(hosts.find(({ name }) => name === brave.instanceId)).toEqual({
      kind: 'instance',
      arn: brave.arn,
      name: brave.instanceId,
      tags: { ...OPT_IN, 'chaos:zone': 'Asia/Tokyo', 'aws:autoscaling:groupName': 'shy' },
      groupTags: { 'chaos:opt-in': 'false', 'chaos:zone': 'Asia/Tokyo' },
    });
    expect(hosts.find(({ name }) => name === alone.instanceId)).toMatchObject({ kind: 'instance', groupTags: {} });
    const { groups } = formGroups(hosts, aConfig(), ['stop-task', 'terminate-host']);
    expect(inOrder(groups.map(({ name }) => name))).toEqual(inOrder(['pool', brave.instanceId, alone.instanceId]));
  });

  it('are found over all pages of both lists', async () => {
    const { fleet, callLog } = await serveFleet();
    for (let n = 0; n < 230; n++) {
      fleet.addHost(fleet.addAutoScalingGroup(`g${n}`, { tags: groupTags(OPT_IN) }));
      fleet.addAutoScalingGroup(`plain-${n}`);
    }
    const alone = Array.from({ length: 130 }, () => fleet.addHost(null, { tags: OPT_IN }).instanceId);
    const { hosts } = await discover();
    expect(new Set(hosts.map(({ name }) => name))).toEqual(
      new Set([...Array.from({ length: 230 }, (_, n) => `g${n}`), ...alone]),
    );
    expect(hosts).toHaveLength(360);
    expect(callLog.counts()).toEqual({
      // 230 instances of groups and 130 others make four pages.
      'Tagging.GetResources': 1 + 4,
      'AutoScaling.DescribeAutoScalingGroups': 3,
    });
  });

  it('that cannot be read are named, and hide no service', async () => {
    const autoScaling = (served: ServedService) => failing(served, 'DescribeAutoScalingGroups', DENIED, () => true);
    const { fleet } = await serveFleet({}, undefined, { autoScaling });
    fleet.addService(fleet.addCluster('shop'), 'cart', { tags: OPT_IN });
    const alone = fleet.addHost(null, { tags: OPT_IN });
    const { services, hosts, unread } = await discover();
    expect(services.map(({ service }) => service)).toEqual(['cart']);
    expect(hosts.map(({ name }) => name)).toEqual([alone.instanceId]);
    expect(unread).toEqual([{ resource: 'Auto Scaling groups', because: 'AccessDeniedException: not authorized' }]);
  });
});

it.each(['ecs:cluster', 'ecs:service'])(
  'throws when the index cannot be read for %s: then nobody can tell who opted in',
  async (type) => {
    const tagging = (served: ServedService) =>
      failing(served, 'GetResources', DENIED, (asked) => JSON.stringify(asked).includes(type));
    const { fleet } = await serveFleet({}, undefined, { tagging });
    fleet.addService(fleet.addCluster('shop', OPT_IN), 'cart', { tags: OPT_IN });
    await expect(discover()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  },
);

describe('one group', () => {
  const namesOf = async (name: string) => {
    const { services, hosts, unread } = await discovery().findGroup(name);
    expect(unread).toEqual([]);
    const formed = formGroups([...services, ...hosts], aConfig(), ['stop-task', 'terminate-host']);
    const group = formed.groups.find((one) => one.name === name);
    return group && inOrder([...group.members.map(({ service }) => service), ...group.hosts.map((one) => one.name)]);
  };

  /** Groups of every kind, in the midst of others. */
  function fleetOf(fleet: FakeFleet): void {
    const shop = fleet.addCluster('shop', { team: 'web' });
    fleet.addService(shop, 'cart', { tags: OPT_IN });
    fleet.addService(shop, 'one', { tags: { ...OPT_IN, 'chaos:group': 'both' } });
    fleet.addService(shop, 'not', { tags: { 'chaos:group': 'both' } });
    const front = fleet.addCluster('front', { 'chaos:group': 'both' });
    fleet.addService(front, 'two', { tags: OPT_IN });
    fleet.addService(front, 'own', { tags: { ...OPT_IN, 'chaos:group': 'own' } });
    const whole = fleet.addCluster('whole', OPT_IN);
    fleet.addService(whole, 'bare');
    fleet.addService(whole, 'no', { tags: { 'chaos:opt-in': 'no' } });
    fleet.addAutoScalingGroup('workers', { tags: groupTags(OPT_IN) });
    fleet.addAutoScalingGroup('crew-1', { tags: groupTags({ ...OPT_IN, 'chaos:group': 'crew' }) });
  }

  it.each([
    ['shop/cart', ['cart']],
    ['both', ['one', 'two']],
    ['own', ['own']],
    ['whole/bare', ['bare']],
    ['whole/no', undefined],
    ['shop/one', undefined],
    ['workers', ['workers']],
    ['crew', ['crew-1']],
    ['crew-1', undefined],
    ['shop/none', undefined],
    ['none/cart', undefined],
    ['no such group', undefined],
    ['a/b/c', undefined],
    ['/', undefined],
    ['shop/', undefined],
    ['x/c a r t!', undefined],
  ])('"%s" is made of %j, as among all groups', async (name, wanted) => {
    const { fleet } = await serveFleet();
    fleetOf(fleet);
    expect(await namesOf(name)).toEqual(wanted);
    const { services, hosts } = await discover();
    const all = formGroups([...services, ...hosts], aConfig(), ['stop-task', 'terminate-host']).groups;
    expect(all.some((one) => one.name === name)).toBe(wanted !== undefined);
  });

  it('costs a handful of calls among 10,000 services', async () => {
    const { callLog } = await serveFleetState(
      plainFleet({ clusters: 20, services: 10_000, optedIn: 2_000, tasksPerService: 10 }),
    );
    expect(await namesOf('cluster-0003/service-001504')).toEqual(['service-001504']);
    expect(callLog.counts()).toEqual({
      'Tagging.GetResources': 2,
      'AutoScaling.DescribeAutoScalingGroups': 1,
      'ECS.DescribeServices': 1,
      'ECS.DescribeClusters': 1,
    });
  });

  it('that ECS cannot read is an error, never a group that nobody has', async () => {
    const ecs = (served: ServedService) => failing(served, 'DescribeServices', DENIED, () => true);
    const { fleet } = await serveFleet({}, ecs);
    fleetOf(fleet);
    await expect(discovery().findGroup('shop/cart')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('what cannot be told apart is left alone, and what has an odd name is found', () => {
  it('instances of Auto Scaling groups are no groups of their own while the groups cannot be read', async () => {
    const { fleet } = await serveFleet({}, undefined, {
      autoScaling: (service) =>
        failing(service, 'DescribeAutoScalingGroups', new AwsError('AccessDenied', 'no', 403), () => true),
    });
    const group = fleet.addAutoScalingGroup('workers', { tags: groupTags(OPT_IN) });
    fleet.addHost(group);
    const single = fleet.addHost(null, { tags: OPT_IN });
    const { hosts, unread } = await discover();
    expect(hosts.map(({ name }) => name)).toEqual([single.instanceId]);
    expect(unread.map(({ resource }) => resource)).toEqual(['Auto Scaling groups']);
  });

  it('a service whose name with its cluster is longer than a tag may be', async () => {
    const { fleet } = await serveFleet();
    const cluster = fleet.addCluster('c'.repeat(200));
    fleet.addService(cluster, 's'.repeat(200), { tags: OPT_IN });
    const { services } = await discovery().findGroup(`${'c'.repeat(200)}/${'s'.repeat(200)}`);
    expect(services).toHaveLength(1);
  });

  it('an instance that opted in for itself, by its id', async () => {
    const { fleet } = await serveFleet();
    const host = fleet.addHost(null, { tags: OPT_IN });
    const { hosts } = await discovery().findGroup(host.instanceId);
    expect(hosts.map(({ name }) => name)).toEqual([host.instanceId]);
  });
});
