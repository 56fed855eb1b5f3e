import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Ecs } from '../../lib/aws/ecs.ts';
import { AwsError, type ServedOperation, type ServedService, serve } from '../../lib/rehearsal/cloud/operation.ts';
import { ACCOUNT, type FakeFleet, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { serveFleet } from './serve-cloud.ts';
import { pointClientsAt } from './start-stack-tables.ts';

/** Replaces what one operation answers; `answer` gets what the fleet would have said. */
function changed(
  service: ServedService,
  name: string,
  change: (answer: Record<string, unknown>) => unknown,
): ServedService {
  const { input, answer } = service[name] as ServedOperation;
  const altered = serve({
    input,
    answer: async (asked, caller) => change((await answer(asked, caller)) as Record<string, unknown>) as object,
  });
  return { ...service, [name]: altered };
}

function shopOf(fleet: FakeFleet, tasks: number) {
  const cluster = fleet.addCluster('shop', { 'chaos:opt-in': 'true', team: 'web' });
  const tags = { 'chaos:opt-in': 'true' };
  const cart = fleet.addService(cluster, 'cart', { desired: tasks, tags, propagateTags: 'SERVICE' });
  const arns = Array.from({ length: tasks }, () => fleet.addTask(cart).arn);
  return { cluster, cart, arns };
}

describe('services', () => {
  it('come with their own tags and their cluster’s, whichever name the cluster is asked by', async () => {
    const { fleet, callLog } = await serveFleet();
    const { cluster, cart } = shopOf(fleet, 2);
    for (const name of ['shop', cluster.arn]) {
      expect(await new Ecs().services([{ cluster: name, service: 'cart' }])).toEqual([
        {
          tagged: {
            serviceArn: cart.arn,
            service: 'cart',
            clusterArn: cluster.arn,
            cluster: 'shop',
            tags: { 'chaos:opt-in': 'true' },
            clusterTags: { 'chaos:opt-in': 'true', team: 'web' },
          },
          live: {
            service: 'shop/cart',
            running: 2,
            desired: 2,
            deploying: false,
            schedulingStrategy: 'REPLICA',
            targetGroups: [],
          },
          events: [],
        },
      ]);
    }
    expect(callLog.counts()).toEqual({ 'ECS.DescribeServices': 2, 'ECS.DescribeClusters': 2 });
  });

  it('come with the target groups that they register with, but for a pair of which only one is in use', async () => {
    const loadBalancers = [
      { targetGroupArn: 'one', containerName: 'app', containerPort: 80 },
      { targetGroupArn: 'blue', advancedConfiguration: { alternateTargetGroupArn: 'green' } },
      { loadBalancerName: 'classic' },
      { targetGroupArn: 'two' },
    ];
    const { fleet } = await serveFleet({}, (ecs) =>
      changed(ecs, 'DescribeServices', ({ services, ...rest }) => ({
        ...rest,
        services: (services as object[]).map((one) => ({ ...one, loadBalancers })),
      })),
    );
    shopOf(fleet, 1);
    const [found] = await new Ecs().services([{ cluster: 'shop', service: 'cart' }]);
    expect(found?.live.targetGroups).toEqual(['one', 'two']);
  });

  it('are asked for ten at a time, over several clusters, each exactly once', async () => {
    const { fleet, callLog } = await serveFleet();
    const wanted = [];
    for (const name of ['a', 'b']) {
      const cluster = fleet.addCluster(name);
      for (let n = 0; n < 23; n++) {
        fleet.addService(cluster, `${name}-${n}`);
        wanted.push({ cluster: name, service: `${name}-${n}` });
      }
    }
    const found = await new Ecs().services(wanted);
    expect(new Set(found.map(({ tagged }) => `${tagged.cluster}/${tagged.service}`))).toEqual(
      new Set(wanted.map(({ cluster, service }) => `${cluster}/${service}`)),
    );
    expect(found).toHaveLength(46);
    expect(callLog.counts()).toEqual({ 'ECS.DescribeServices': 6, 'ECS.DescribeClusters': 1 });
  });

  it('that are missing or no longer active are left out', async () => {
    const { fleet } = await serveFleet({}, (ecs) =>
      changed(ecs, 'DescribeServices', ({ services, ...rest }) => ({
        ...rest,
        services: (services as { serviceName: string }[]).map((one) =>
          one.serviceName === 'old'
            ? { ...one, status: 'INACTIVE' }
            : one.serviceName === 'going'
              ? { ...one, status: 'DRAINING' }
              : one,
        ),
      })),
    );
    const cluster = fleet.addCluster('shop');
    for (const name of ['cart', 'old', 'going']) fleet.addService(cluster, name);
    const found = await new Ecs().services(
      ['cart', 'old', 'going', 'gone'].map((service) => ({ cluster: 'shop', service })),
    );
    expect(found.map(({ tagged }) => tagged.service)).toEqual(['cart']);
  });

  it.each([
    ['a rollout in progress', [{ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' }], true],
    [
      'an old deployment beside the new one',
      [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }, { status: 'ACTIVE' }],
      true,
    ],
    ['no deployment', [], true],
    ['one finished deployment', [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }], false],
    ['one deployment of a service without rollout states', [{ status: 'PRIMARY' }], false],
  ])('with %s: deploying is told', async (_what, deployments, deploying) => {
    const { fleet } = await serveFleet({}, (ecs) =>
      changed(ecs, 'DescribeServices', ({ services }) => ({
        services: (services as object[]).map((one) => ({ ...one, deployments })),
      })),
    );
    fleet.addService(fleet.addCluster('shop'), 'cart');
    const [found] = await new Ecs().services([{ cluster: 'shop', service: 'cart' }]);
    expect(found?.live.deploying).toBe(deploying);
  });

  it('of a cluster are listed page by page', async () => {
    const { fleet, callLog } = await serveFleet();
    const cluster = fleet.addCluster('shop');
    const arns = Array.from({ length: 250 }, (_, n) => fleet.addService(cluster, `s${n}`).arn);
    expect(new Set(await new Ecs().serviceArns(cluster.arn))).toEqual(new Set(arns));
    expect(callLog.counts()).toEqual({ 'ECS.ListServices': 3 });
  });

  it('of a cluster that does not exist cannot be told, and that is an error, not an empty list', async () => {
    await serveFleet();
    await expect(new Ecs().services([{ cluster: 'none', service: 'cart' }])).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
    });
  });
});

describe('tasks', () => {
  it('come over all pages with tags, times and protection', async () => {
    const protectedIds = new Set<string>();
    const { fleet, callLog } = await serveFleet({ isProtected: ({ arn }) => protectedIds.has(arn) });
    const { arns } = shopOf(fleet, 230);
    for (const arn of arns.filter((_, n) => n % 50 === 0)) protectedIds.add(arn);
    const tasks = await new Ecs().tasks([{ cluster: 'shop', service: 'cart' }], { stoppedToo: false });
    expect(new Set(tasks.map(({ resource }) => resource))).toEqual(new Set(arns));
    expect(new Set(tasks.filter(({ isProtected }) => isProtected).map(({ resource }) => resource))).toEqual(
      protectedIds,
    );
    expect(tasks[0]).toEqual({
      kind: 'task',
      resource: expect.stringContaining(':task/shop/'),
      member: 'shop/cart',
      clusterArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/shop`,
      zone: expect.stringMatching(/^eu-/),
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      healthStatus: 'HEALTHY',
      launchType: 'FARGATE',
      tags: { 'chaos:opt-in': 'true' },
      isProtected: expect.any(Boolean),
      createdAtMs: Date.parse('2026-03-02T08:00:00.250Z'),
      startedAtMs: Date.parse('2026-03-02T08:00:01.750Z'),
    });
    expect(callLog.counts()).toEqual({ 'ECS.ListTasks': 3, 'ECS.DescribeTasks': 3, 'ECS.GetTaskProtection': 3 });
  });

  it('come with the stopped ones when asked: how and when they stopped, and without their tags', async () => {
    const { fleet, callLog } = await serveFleet();
    const { arns } = shopOf(fleet, 3);
    const struck = arns[1] ?? '';
    fleet.stopTask(struck, 'Capuchin experiment e-1: test', 'UserInitiated');
    const service = [{ cluster: 'shop', service: 'cart' }];
    const ecs = new Ecs();
    expect((await ecs.tasks(service, { stoppedToo: false })).map(({ resource }) => resource)).toEqual(
      arns.filter((arn) => arn !== struck),
    );
    const all = await ecs.tasks(service, { stoppedToo: true });
    expect(all).toHaveLength(3);
    expect(all.find(({ resource }) => resource === struck)).toMatchObject({
      desiredStatus: 'STOPPED',
      lastStatus: 'DEACTIVATING',
      stopCode: 'UserInitiated',
      stoppedReason: 'Capuchin experiment e-1: test',
      stoppingAtMs: Date.parse('2026-03-02T08:01:00.250Z'),
      tags: {},
    });
    expect(callLog.counts()['ECS.GetTaskProtection']).toBe(1);
  });

  it('of a service without any are none, without a call in vain', async () => {
    const { fleet, callLog } = await serveFleet();
    shopOf(fleet, 0);
    expect(await new Ecs().tasks([{ cluster: 'shop', service: 'cart' }], { stoppedToo: false })).toEqual([]);
    expect(callLog.counts()).toEqual({ 'ECS.ListTasks': 1 });
  });

  it('are described one by one; an unknown one is undefined', async () => {
    const { fleet } = await serveFleet();
    const { cluster, arns } = shopOf(fleet, 1);
    const ecs = new Ecs();
    const arn = arns[0] ?? '';
    expect(await ecs.describeTask(cluster.arn, arn)).toEqual({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' });
    fleet.stopTask(arn, 'why', 'UserInitiated');
    expect(await ecs.describeTask(cluster.arn, arn)).toMatchObject({
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'why',
    });
    expect(await ecs.describeTask(cluster.arn, `${arn.slice(0, -1)}f`)).toBeUndefined();
  });
});

describe('StopTask', () => {
  it('stops one task and names the reason', async () => {
    const { fleet, callLog } = await serveFleet();
    const { cluster, arns } = shopOf(fleet, 2);
    expect(await new Ecs().stopTask(cluster.arn, arns[1] ?? '', 'because')).toEqual({ lastStatus: 'DEACTIVATING' });
    expect(fleet.tasks(cluster.arn).map(({ desiredStatus, stoppedReason }) => [desiredStatus, stoppedReason])).toEqual([
      ['RUNNING', undefined],
      ['STOPPED', 'because'],
    ]);
    expect(callLog.counts()).toEqual({ 'ECS.StopTask': 1 });
  });

  it.each([
    ['AccessDeniedException', 400],
    ['InvalidParameterException', 400],
  ])('refused with %s is a no, not an error', async (code, status) => {
    const { fleet } = await serveFleet({}, (ecs) =>
      changed(ecs, 'StopTask', () => {
        throw new AwsError(code, 'not today', status);
      }),
    );
    const { cluster, arns } = shopOf(fleet, 1);
    expect(await new Ecs().stopTask(cluster.arn, arns[0] ?? '', 'r')).toEqual({
      refused: { code, message: 'not today' },
    });
  });

  it('whose answer is lost every time throws: nobody can tell', async () => {
    const { fleet, callLog } = await serveFleet({}, (ecs) =>
      changed(ecs, 'StopTask', () => {
        throw new AwsError('ServerException', 'internal', 500);
      }),
    );
    const { cluster, arns } = shopOf(fleet, 1);
    await expect(new Ecs().stopTask(cluster.arn, arns[0] ?? '', 'r')).rejects.toMatchObject({
      name: 'ServerException',
    });
    expect(callLog.counts()['ECS.StopTask']).toBeGreaterThan(1);
  });

  it('refused only after a try whose answer was lost throws too: that try may have been carried out', async () => {
    let tries = 0;
    const { fleet } = await serveFleet({}, (ecs) =>
      changed(ecs, 'StopTask', () => {
        if (tries++ === 0) throw new AwsError('ServerException', 'internal', 500);
        throw new AwsError('InvalidParameterException', 'The referenced task was not found.', 400);
      }),
    );
    const { cluster, arns } = shopOf(fleet, 1);
    await expect(new Ecs().stopTask(cluster.arn, arns[0] ?? '', 'r')).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    expect(fleet.tasks(cluster.arn)[0]?.desiredStatus).toBe('STOPPED');
  });

  it('at an endpoint that is not there throws', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    pointClientsAt(`http://127.0.0.1:${port}`);
    await expect(new Ecs().stopTask('c', 't', 'r')).rejects.toThrow('ECONNREFUSED');
  });
});

it('a call that is never answered ends as an error, not as a wait without end', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  onTestFinished(async () => {
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });
  const { CLIENT_OPTIONS } = await import('../../lib/aws/client-options.ts');
  const { DescribeTasksCommand, ECSClient } = await import('@aws-sdk/client-ecs');
  pointClientsAt(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  // The real options with a shorter patience, so that the test need not wait as long as a function would.
  const requestHandler = { ...CLIENT_OPTIONS.requestHandler, requestTimeout: 50 };
  const client = new ECSClient({ ...CLIENT_OPTIONS, maxAttempts: 1, requestHandler });
  await expect(client.send(new DescribeTasksCommand({ tasks: ['x'] }))).rejects.toMatchObject({ name: 'TimeoutError' });
});
