import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  DescribeTargetGroupsCommand,
  type DescribeTargetGroupsCommandInput,
  DescribeTargetHealthCommand,
  type DescribeTargetHealthCommandInput,
  ElasticLoadBalancingV2Client,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, it, onTestFinished } from 'vitest';
import { VPC_ID } from '../../../lib/rehearsal/cloud/balancing.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { targetGroupOperations } from '../../../lib/rehearsal/cloud/target-groups.ts';
import { healthAfter, UNCHECKED } from '../../../lib/rehearsal/fleet/health-checks.ts';
import { startLoadBalancer } from '../../../lib/rehearsal/fleet/load-balancer.ts';
import type { TargetState } from '../../../lib/rehearsal/fleet/model.ts';
import { targetState } from '../../../lib/rehearsal/fleet/target-states.ts';
import { until } from '../fleet/until.ts';
import { ACCOUNT, FakeFleet, REGION } from './fake-fleet.ts';
import { allPages, startCloud } from './local-cloud.ts';

const groupArn = (name: string) =>
  `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/${name}/0123456789abcdef`;

async function setUp(health: () => readonly TargetState[] = () => []) {
  const fleet = new FakeFleet();
  const cluster = fleet.addCluster('shop');
  for (const name of ['cart', 'search', 'web']) {
    const targetGroup = { arn: groupArn(`shop-${name}`), containerPort: 80, healthCheckPath: `/${name}` };
    fleet.addService(cluster, name, name === 'web' ? {} : { targetGroup });
  }
  const withHealth = Object.assign(fleet, {
    targetHealth: (arn: string) => (arn === groupArn('shop-cart') ? health() : undefined),
  });
  const services = { LoadBalancing: targetGroupOperations(withHealth), ECS: ecsOperations(withHealth) };
  const cloud = await startCloud({ services, buckets: {} });
  const client = cloud.client(ElasticLoadBalancingV2Client);
  return {
    cloud,
    groups: (input: DescribeTargetGroupsCommandInput = {}) => client.send(new DescribeTargetGroupsCommand(input)),
    health: async (more: Partial<DescribeTargetHealthCommandInput> = {}) =>
      (await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: groupArn('shop-cart'), ...more })))
        .TargetHealthDescriptions,
  };
}

it('each service with a load balancer has a target group, found by ARN and by name, in pages', async () => {
  const { groups, cloud } = await setUp();
  const { TargetGroups } = await groups({ Names: ['shop-cart'] });
  expect(TargetGroups).toEqual([
    {
      TargetGroupArn: groupArn('shop-cart'),
      TargetGroupName: 'shop-cart',
      Protocol: 'HTTP',
      ProtocolVersion: 'HTTP1',
      Port: 80,
      VpcId: VPC_ID,
      TargetType: 'ip',
      IpAddressType: 'ipv4',
      HealthCheckEnabled: true,
      HealthCheckProtocol: 'HTTP',
      HealthCheckPort: 'traffic-port',
      HealthCheckPath: '/cart',
      Matcher: { HttpCode: '200-299' },
      LoadBalancerArns: [
        `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/shop-cart/0123456789abcdef`,
      ],
    },
  ]);
  expect((await groups({ TargetGroupArns: [groupArn('shop-search')] })).TargetGroups).toHaveLength(1);
  const pages = await allPages(
    (Marker) => groups({ PageSize: 1, ...(Marker === undefined ? {} : { Marker }) }),
    ({ TargetGroups: items, NextMarker: next }) => ({ items, next }),
  );
  expect(pages.map((page) => page.map(({ TargetGroupName }) => TargetGroupName))).toEqual([
    ['shop-cart'],
    ['shop-search'],
  ]);
  expect(cloud.defects).toEqual([]);
});

it('an unknown group is TargetGroupNotFound', async () => {
  const { groups, health } = await setUp();
  await expect(groups({ Names: ['shop-cart', 'nobody'] })).rejects.toBeInstanceOf(TargetGroupNotFoundException);
  await expect(health({ TargetGroupArn: groupArn('nobody') })).rejects.toBeInstanceOf(TargetGroupNotFoundException);
});

it('DescribeServices shows where a service is registered', async () => {
  const { cloud } = await setUp();
  const ask = new DescribeServicesCommand({ cluster: 'shop', services: ['cart', 'web'] });
  const { services = [] } = await cloud.client(ECSClient).send(ask);
  expect(services.map(({ loadBalancers }) => loadBalancers)).toEqual([
    [{ targetGroupArn: groupArn('shop-cart'), containerName: 'cart', containerPort: 80 }],
    [],
  ]);
});

it('targets that are asked for and not there are unused', async () => {
  const here: TargetState = { id: '127.0.0.1', port: 4000, availabilityZone: `${REGION}a`, state: 'healthy' };
  const { health } = await setUp(() => [here, { ...here, port: 4001 }]);
  expect(await health()).toHaveLength(2);
  expect(
    await health({
      Targets: [
        { Id: '127.0.0.1', Port: 4000 },
        { Id: '127.0.0.1', Port: 5000 },
      ],
    }),
  ).toEqual([
    {
      Target: { Id: '127.0.0.1', Port: 4000, AvailabilityZone: `${REGION}a` },
      HealthCheckPort: '4000',
      TargetHealth: { State: 'healthy' },
    },
    {
      Target: { Id: '127.0.0.1', Port: 5000 },
      HealthCheckPort: '5000',
      TargetHealth: {
        State: 'unused',
        Reason: 'Target.NotRegistered',
        Description: 'Target is not registered to the target group',
      },
    },
  ]);
});

it('a target that is still unhealthy keeps the reason of its last failure; one in its first checks is initial', () => {
  const failed = { passed: false, found: 'answered 500', failure: { kind: 'status', status: 500 } } as const;
  const passed = { passed: true, found: 'answered 200' };
  const shown = (...checks: Parameters<typeof healthAfter>[1][]) => {
    const health = checks.reduce(healthAfter, UNCHECKED);
    return targetState({ id: 't', host: '127.0.0.1', port: 1, health, draining: false }, 'a');
  };
  expect(shown(failed, failed, passed)).toMatchObject({
    state: 'unhealthy',
    reason: 'Target.ResponseCodeMismatch',
    description: 'Health checks failed with these codes: [500]',
  });
  expect(shown(failed, failed, passed, passed)).toEqual({
    id: '127.0.0.1',
    port: 1,
    availabilityZone: 'a',
    state: 'healthy',
  });
  expect(shown(passed)).toMatchObject({ state: 'initial', reason: 'Elb.InitialHealthChecking' });
});

async function program(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

it('targets are shown as a real load balancer finds them, until they are drained', async () => {
  const balancer = await startLoadBalancer(
    { healthPath: '/health', timing: { intervalMs: 20, firstIntervalMs: 20, timeoutMs: 300 } },
    { checked: () => {}, ended: () => {} },
  );
  onTestFinished(() => balancer.close());
  const { health } = await setUp(() => balancer.targets().map((target) => targetState(target, `${REGION}b`)));
  let slow: (() => void) | undefined;
  const well = await program((incoming, response) => {
    if (incoming.url === '/health') response.end();
    else slow = () => response.end('done');
  });
  const ports = [well, await program((_, response) => response.writeHead(503).end()), await program(() => {}), 1];
  for (const [index, port] of ports.entries()) balancer.register({ id: `t${index}`, host: '127.0.0.1', port });
  const now = async () => (await health())?.map(({ TargetHealth }) => TargetHealth) ?? [];
  const initial = { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: expect.any(String) };
  expect(balancer.targets().map((target) => targetState(target, 'a').reason)).toEqual(ports.map(() => initial.Reason));

  await until('all are found out', async () => (await now()).every((found) => found?.State !== 'initial'));
  expect(await now()).toEqual([
    { State: 'healthy' },
    {
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [503]',
    },
    { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' },
    { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' },
  ]);

  const answered = fetch(`${balancer.url}/slow`).then((response) => response.text());
  await until('the request is in flight', () => slow !== undefined);
  const drained = balancer.deregister('t0');
  expect((await now()).find((found) => found?.State === 'draining')).toMatchObject({
    Reason: 'Target.DeregistrationInProgress',
  });
  slow?.();
  expect(await answered).toBe('done');
  await drained;
  expect(await now()).toHaveLength(3);
});
