import { describe, expect, it } from 'vitest';
import { Discovery } from '../../lib/aws/discovery.ts';
import { Ecs } from '../../lib/aws/ecs.ts';
import { configSchema } from '../../lib/core/config.ts';
import { formGroups } from '../../lib/core/group.ts';
import { serveFleet } from './serve-cloud.ts';

const OPT_IN = { 'chaos:opt-in': 'true' };
const discover = () => new Discovery(new Ecs(), 'chaos:').taggedServices();

describe('costs one call for the clusters and one for each hundred tagged services', () => {
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
    expect(new Set(found.map(({ service }) => service))).toEqual(
      new Set(Array.from({ length: tagged }, (_, n) => `in-${n}`)),
    );
    expect(callLog.counts()).toEqual({ 'Tagging.GetResources': 1 + pages });
  });
});

it('tells each service with its own tags and its cluster’s', async () => {
  const { fleet } = await serveFleet();
  const cluster = fleet.addCluster('shop', { 'chaos:zone': 'Europe/Berlin' });
  const cart = fleet.addService(cluster, 'cart', { tags: { ...OPT_IN, 'chaos:mean-days': '3' } });
  expect(await discover()).toEqual([
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

it('finds every service of a cluster that opted in as a whole, those without any tag too', async () => {
  const { fleet, callLog } = await serveFleet();
  const cluster = fleet.addCluster('shop', OPT_IN);
  for (let n = 0; n < 250; n++) fleet.addService(cluster, `s${n}`);
  fleet.addService(cluster, 'out', { tags: { 'chaos:opt-in': 'false' } });
  fleet.addService(fleet.addCluster('other'), 'elsewhere');
  const found = await discover();
  expect(found).toHaveLength(251);
  const { groups, problems } = formGroups(found, configSchema.parse({}), ['stop-task']);
  expect(problems).toEqual([]);
  const names = groups.map(({ name }) => name);
  expect(names).toHaveLength(250);
  // The nearest tag wins: the service's no over its cluster's yes.
  expect(names).not.toContain('shop/out');
  expect(callLog.counts()).toEqual({
    'Tagging.GetResources': 2,
    'ECS.ListServices': 3,
    'ECS.DescribeServices': 26,
    'ECS.DescribeClusters': 1,
  });
});

it('takes a cluster’s tag at its word: only exactly "true" opts in', async () => {
  const { fleet, callLog } = await serveFleet();
  fleet.addService(fleet.addCluster('shop', { 'chaos:opt-in': 'True' }), 'cart');
  expect(await discover()).toEqual([]);
  expect(callLog.counts()).toEqual({ 'Tagging.GetResources': 2 });
});

it('goes by the prefix that it was given', async () => {
  const { fleet } = await serveFleet();
  const cluster = fleet.addCluster('shop');
  fleet.addService(cluster, 'cart', { tags: OPT_IN });
  fleet.addService(cluster, 'web', { tags: { 'monkey/opt-in': 'true' } });
  const found = await new Discovery(new Ecs(), 'monkey/').taggedServices();
  expect(found.map(({ service }) => service)).toEqual(['web']);
});

it('knows the tags of more clusters than one page holds', async () => {
  const { fleet, callLog } = await serveFleet();
  for (let n = 0; n < 130; n++) {
    const cluster = fleet.addCluster(`c${n}`, { number: `${n}` });
    if (n % 10 === 0) fleet.addService(cluster, 's', { tags: OPT_IN });
  }
  const found = await discover();
  expect(found).toHaveLength(13);
  for (const { cluster, clusterTags } of found) expect(`c${clusterTags.number}`).toBe(cluster);
  expect(callLog.counts()).toEqual({ 'Tagging.GetResources': 3 });
});
