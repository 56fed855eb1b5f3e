import {
  ClusterNotFoundException,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  GetTaskProtectionCommand,
  InvalidParameterException,
  ListContainerInstancesCommand,
  ListServicesCommand,
  ListTasksCommand,
  paginateListTasks,
  ServiceNotFoundException,
  StopTaskCommand,
  UpdateTaskProtectionCommand,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { type EcsOptions, ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { ACCOUNT, FakeFleet, REGION } from './fake-fleet.ts';
import { allPages, startCloud } from './local-cloud.ts';

async function setUp(options: EcsOptions = {}) {
  const fleet = new FakeFleet();
  const cluster = fleet.addCluster('shop', { team: 'web' });
  const cloud = await startCloud({ services: { ECS: ecsOperations(fleet, options) } });
  return { fleet, cluster, defects: cloud.defects, ecs: cloud.client(ECSClient) };
}

describe('clusters', () => {
  it('are described by name and by ARN, with tags only when asked, and unknown ones are failures', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const service = fleet.addService(cluster, 'cart');
    fleet.addTask(service);
    fleet.addTask(service, { lastStatus: 'PENDING' });

    const plain = await ecs.send(new DescribeClustersCommand({ clusters: ['shop', 'nowhere'] }));
    expect(plain.clusters).toMatchObject([
      {
        clusterArn: cluster.arn,
        status: 'ACTIVE',
        runningTasksCount: 1,
        pendingTasksCount: 1,
        activeServicesCount: 1,
        tags: [],
      },
    ]);
    expect(plain.failures).toMatchObject([{ arn: 'nowhere', reason: 'MISSING' }]);

    const tagged = await ecs.send(new DescribeClustersCommand({ clusters: [cluster.arn], include: ['TAGS'] }));
    expect(tagged.clusters?.[0]?.tags).toEqual([{ key: 'team', value: 'web' }]);
  });

  it('that do not exist are ClusterNotFoundException, and "default" is meant where none is named', async () => {
    const { ecs, defects } = await setUp();
    await expect(ecs.send(new ListServicesCommand({ cluster: 'nowhere' }))).rejects.toThrow(ClusterNotFoundException);
    await expect(ecs.send(new ListTasksCommand({}))).rejects.toThrow(ClusterNotFoundException);
    expect(defects).toEqual([]);
  });
});

describe('services', () => {
  it('are listed ten a page unless more are asked for, each exactly once', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const arns = Array.from({ length: 23 }, (_, n) => fleet.addService(cluster, `s${n}`).arn);
    const list = (maxResults?: number) =>
      allPages(
        (nextToken) => ecs.send(new ListServicesCommand({ cluster: 'shop', nextToken, maxResults })),
        ({ serviceArns, nextToken }) => ({ items: serviceArns, next: nextToken }),
      );
    const unasked = await list();
    expect(unasked.map((page) => page.length)).toEqual([10, 10, 3]);
    expect(unasked.flat()).toHaveLength(23);
    expect(new Set(unasked.flat())).toEqual(new Set(arns));
    expect((await list(9)).map((page) => page.length)).toEqual([9, 9, 5]);
    expect((await list(23)).map((page) => page.length)).toEqual([23]);
  });

  it('are described with counts, the deployment and, when asked, tags', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const cart = fleet.addService(cluster, 'cart', { desired: 2, tags: { a: 'b' }, propagateTags: 'SERVICE' });
    fleet.addTask(cart);
    fleet.addTask(cart, { lastStatus: 'PROVISIONING' });
    fleet.addTask(fleet.addService(cluster, 'other'));

    const answer = await ecs.send(
      new DescribeServicesCommand({ cluster: cluster.arn, services: ['cart', 'gone'], include: ['TAGS'] }),
    );
    expect(answer.services).toHaveLength(1);
    expect(answer.services?.[0]).toMatchObject({
      serviceArn: cart.arn,
      status: 'ACTIVE',
      launchType: 'FARGATE',
      schedulingStrategy: 'REPLICA',
      enableECSManagedTags: false,
      propagateTags: 'SERVICE',
      desiredCount: 2,
      runningCount: 1,
      pendingCount: 1,
      createdAt: cart.createdAt,
      tags: [{ key: 'a', value: 'b' }],
      deployments: [
        { status: 'PRIMARY', desiredCount: 2, runningCount: 1, pendingCount: 1, rolloutState: 'IN_PROGRESS' },
      ],
    });
    expect(answer.failures).toMatchObject([
      { arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/shop/gone`, reason: 'MISSING' },
    ]);
  });

  it('keep a completed rollout completed when a task dies later', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const task = fleet.addTask(fleet.addService(cluster, 'cart'));
    const rollout = async () => {
      const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: ['cart'] }));
      return [services?.[0]?.runningCount, services?.[0]?.deployments?.[0]?.rolloutState];
    };
    expect(await rollout()).toEqual([1, 'COMPLETED']);
    fleet.stopTask(task.arn, 'test', 'UserInitiated');
    expect(await rollout()).toEqual([0, 'COMPLETED']);
  });

  it('come ten at most per call', async () => {
    const { ecs, defects } = await setUp();
    const services = Array.from({ length: 11 }, (_, n) => `s${n}`);
    await expect(ecs.send(new DescribeServicesCommand({ cluster: 'shop', services }))).rejects.toThrow(
      InvalidParameterException,
    );
    await expect(ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: [] }))).rejects.toThrow(
      'cannot be empty',
    );
    expect(defects).toEqual([]);
  });
});

describe('container hosts', () => {
  const arnOf = (n: number) =>
    `arn:aws:ecs:${REGION}:${ACCOUNT}:container-instance/shop/${n.toString(16).padStart(32, '0')}`;

  async function withHosts(count: number) {
    const world = await setUp();
    const { fleet, cluster } = world;
    const hosts = Array.from({ length: count }, (_, n) =>
      fleet.addHost(null, { tags: { a: 'b' }, containerInstance: { arn: arnOf(n), clusterArn: cluster.arn } }),
    );
    fleet.addHost(null);
    return { ...world, hosts };
  }

  it('are described by id and by ARN with their instance and zone, and unknown ones are failures', async () => {
    const { fleet, cluster, ecs, hosts } = await withHosts(2);
    const cart = fleet.addService(cluster, 'cart', { launchType: 'EC2' });
    fleet.addTask(cart, { containerInstanceArn: arnOf(1) });
    fleet.addTask(cart, { containerInstanceArn: arnOf(1), lastStatus: 'PENDING' });
    const containerInstances = [arnOf(0), arnOf(1).split('/').at(-1) ?? '', 'gone'];
    const answer = await ecs.send(
      new DescribeContainerInstancesCommand({ cluster: 'shop', containerInstances, include: ['TAGS'] }),
    );
    const attributes = expect.arrayContaining([{ name: 'ecs.availability-zone', value: `${REGION}a` }]);
    const common = { status: 'ACTIVE', agentConnected: true, attributes, tags: [] };
    expect(answer.containerInstances).toMatchObject([
      { ...common, containerInstanceArn: arnOf(0), ec2InstanceId: hosts[0]?.instanceId, runningTasksCount: 0 },
      { ...common, ec2InstanceId: hosts[1]?.instanceId, runningTasksCount: 1, pendingTasksCount: 1 },
    ]);
    const gone = `arn:aws:ecs:${REGION}:${ACCOUNT}:container-instance/shop/gone`;
    expect(answer.failures).toMatchObject([{ arn: gone, reason: 'MISSING' }]);
    const clusters = await ecs.send(new DescribeClustersCommand({ clusters: ['shop'] }));
    expect(clusters.clusters?.[0]?.registeredContainerInstancesCount).toBe(2);
  });

  it('are listed in pages, of one cluster and one status', async () => {
    const { fleet, ecs } = await withHosts(5);
    fleet.addCluster('other');
    const pages = await allPages(
      (nextToken) => ecs.send(new ListContainerInstancesCommand({ cluster: 'shop', maxResults: 2, nextToken })),
      ({ containerInstanceArns, nextToken }) => ({ items: containerInstanceArns, next: nextToken }),
    );
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual([0, 1, 2, 3, 4].map(arnOf));
    const draining = await ecs.send(new ListContainerInstancesCommand({ cluster: 'shop', status: 'DRAINING' }));
    expect(draining.containerInstanceArns).toEqual([]);
    const other = await ecs.send(new ListContainerInstancesCommand({ cluster: 'other' }));
    expect(other.containerInstanceArns).toEqual([]);
  });

  it('come a hundred at most per call', async () => {
    const { ecs, defects } = await withHosts(1);
    const containerInstances = Array.from({ length: 101 }, (_, n) => arnOf(n));
    const describe = new DescribeContainerInstancesCommand({ cluster: 'shop', containerInstances });
    await expect(ecs.send(describe)).rejects.toThrow(InvalidParameterException);
    expect(defects).toEqual([]);
  });

  it('are told with the tasks on them, and their launch type with tasks and services', async () => {
    const { fleet, cluster, ecs } = await withHosts(1);
    const cart = fleet.addService(cluster, 'cart', { launchType: 'EC2' });
    const task = fleet.addTask(cart, { containerInstanceArn: arnOf(0), runtimeId: 'ab'.repeat(32) });
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [task.arn] }));
    expect(tasks).toMatchObject([
      { launchType: 'EC2', containerInstanceArn: arnOf(0), containers: [{ runtimeId: 'ab'.repeat(32) }] },
    ]);
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: ['cart'] }));
    expect(services).toMatchObject([{ launchType: 'EC2', deployments: [{ launchType: 'EC2' }] }]);
    const stopped = await ecs.send(new StopTaskCommand({ cluster: 'shop', task: task.arn }));
    expect(stopped.task).toMatchObject({ launchType: 'EC2', containerInstanceArn: arnOf(0) });
  });
});

it('a service’s events are its scheduler’s log', async () => {
  const { fleet, cluster, ecs } = await setUp();
  fleet.addService(cluster, 'cart');
  fleet.addService(cluster, 'quiet');
  const event = { id: 'e-1', createdAt: new Date('2026-03-02T10:00:00.500Z'), message: '(service cart) has begun.' };
  fleet.logs.set('cart', [event]);
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: ['cart', 'quiet'] }));
  expect(services?.map(({ events }) => events)).toEqual([[event], []]);
});

describe('tasks', () => {
  it('are listed by service and desired status: a stopping task stands under STOPPED', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const cart = fleet.addService(cluster, 'cart');
    const [kept, stopped] = [fleet.addTask(cart), fleet.addTask(cart)];
    const other = fleet.addTask(fleet.addService(cluster, 'other'));
    fleet.stopTask(stopped.arn, 'test', 'UserInitiated');
    const list = async (input: object) =>
      (await ecs.send(new ListTasksCommand({ cluster: 'shop', ...input }))).taskArns ?? [];

    expect(await list({})).toEqual([kept.arn, other.arn]);
    expect(await list({ serviceName: 'cart' })).toEqual([kept.arn]);
    expect(await list({ serviceName: cart.arn, desiredStatus: 'STOPPED' })).toEqual([stopped.arn]);
    expect(await list({ desiredStatus: 'PENDING' })).toEqual([]);
    await expect(list({ serviceName: 'gone' })).rejects.toThrow(ServiceNotFoundException);
  });

  it('are paged without losing any when one vanishes between two pages', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const cart = fleet.addService(cluster, 'cart');
    const tasks = Array.from({ length: 205 }, () => fleet.addTask(cart));
    const pages: string[][] = [];
    for await (const page of paginateListTasks({ client: ecs }, { cluster: 'shop' })) {
      pages.push(page.taskArns ?? []);
      if (pages.length === 1) fleet.removeTask(pages[0]?.[0] ?? '');
    }
    expect(pages.map((page) => page.length)).toEqual([100, 100, 5]);
    expect(new Set(pages.flat())).toEqual(new Set(tasks.map((task) => task.arn)));
  });

  it('refuse a page size out of range and a token of another list', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const cart = fleet.addService(cluster, 'cart');
    for (let n = 0; n < 3; n += 1) fleet.addTask(cart);
    await expect(ecs.send(new ListTasksCommand({ cluster: 'shop', maxResults: 101 }))).rejects.toThrow(
      InvalidParameterException,
    );
    await expect(ecs.send(new ListTasksCommand({ cluster: 'shop', maxResults: 0 }))).rejects.toThrow(
      InvalidParameterException,
    );
    const { nextToken } = await ecs.send(new ListTasksCommand({ cluster: 'shop', maxResults: 2 }));
    expect(nextToken).toBeDefined();
    const foreign = new ListTasksCommand({ cluster: 'shop', serviceName: 'cart', nextToken });
    await expect(ecs.send(foreign)).rejects.toThrow(InvalidParameterException);
    await expect(ecs.send(new ListServicesCommand({ cluster: 'shop', nextToken }))).rejects.toThrow(
      InvalidParameterException,
    );
    await expect(ecs.send(new ListTasksCommand({ cluster: 'shop', nextToken: 'made-up' }))).rejects.toThrow(
      InvalidParameterException,
    );
  });

  it('are described with their life so far, by id and by ARN', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const cart = fleet.addService(cluster, 'cart', { tags: { a: 'b' }, propagateTags: 'SERVICE' });
    const running = fleet.addTask(cart);
    const dead = fleet.addTask(cart, {
      lastStatus: 'STOPPED',
      desiredStatus: 'STOPPED',
      tags: {},
      stoppedAt: new Date('2026-03-02T09:00:00.125Z'),
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      exitCode: 137,
    });
    const { tasks, failures } = await ecs.send(
      new DescribeTasksCommand({ cluster: 'shop', tasks: [running.id, dead.arn, 'f'.repeat(32)], include: ['TAGS'] }),
    );
    expect(tasks).toMatchObject([
      {
        taskArn: running.arn,
        group: 'service:cart',
        launchType: 'FARGATE',
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        healthStatus: 'HEALTHY',
        availabilityZone: 'eu-west-1a',
        createdAt: running.createdAt,
        startedAt: running.startedAt,
        containers: [{ name: 'cart', lastStatus: 'RUNNING' }],
        tags: [{ key: 'a', value: 'b' }],
      },
      {
        taskArn: dead.arn,
        lastStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        stoppedAt: new Date('2026-03-02T09:00:00.125Z'),
        containers: [{ lastStatus: 'STOPPED', exitCode: 137 }],
        tags: [],
      },
    ]);
    const { services } = await ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: ['cart'] }));
    expect(tasks?.[0]?.startedBy).toBe(services?.[0]?.deployments?.[0]?.id);
    expect(failures).toMatchObject([{ arn: expect.stringContaining(':task/shop/ffff'), reason: 'MISSING' }]);
    const plain = await ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [running.id] }));
    expect(plain.tasks?.[0]?.tags).toEqual([]);
  });

  it('stop through the fleet as UserInitiated, and lose their tags', async () => {
    const { fleet, cluster, ecs, defects } = await setUp();
    const task = fleet.addTask(fleet.addService(cluster, 'cart', { tags: { a: 'b' }, propagateTags: 'SERVICE' }));
    const answer = await ecs.send(new StopTaskCommand({ cluster: 'shop', task: task.id, reason: 'capuchin e-1' }));
    expect(answer.task).toMatchObject({
      taskArn: task.arn,
      desiredStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      tags: [],
    });
    expect(fleet.tasks(cluster.arn)[0]).toMatchObject({ desiredStatus: 'STOPPED', stoppedReason: 'capuchin e-1' });

    const unknown = ecs.send(new StopTaskCommand({ cluster: 'shop', task: 'f'.repeat(32) }));
    await expect(unknown).rejects.toThrow(InvalidParameterException);
    await expect(unknown).rejects.toThrow('The referenced task was not found.');
    const wordy = ecs.send(new StopTaskCommand({ cluster: 'shop', task: task.id, reason: 'x'.repeat(1_025) }));
    await expect(wordy).rejects.toThrow(InvalidParameterException);
    expect(defects).toEqual([]);
  });

  it('tell their scale-in protection', async () => {
    const { fleet, cluster, ecs } = await setUp({ isProtected: (task) => task.id.endsWith('1') });
    const cart = fleet.addService(cluster, 'cart');
    const [open, shielded] = [fleet.addTask(cart), fleet.addTask(cart)];
    const answer = await ecs.send(
      new GetTaskProtectionCommand({ cluster: 'shop', tasks: [open.id, shielded.arn, 'f'.repeat(32)] }),
    );
    expect(answer.protectedTasks).toEqual([
      { taskArn: open.arn, protectionEnabled: false },
      { taskArn: shielded.arn, protectionEnabled: true },
    ]);
    expect(answer.failures).toMatchObject([{ reason: 'MISSING' }]);
  });
});

describe('tasks of a host', () => {
  it('are listed by it, and shown with the port that is mapped to their container', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const host = `arn:aws:ecs:${REGION}:${ACCOUNT}:container-instance/shop/${'a'.repeat(32)}`;
    const targetGroup = { arn: 'arn:group', containerPort: 80, healthCheckPath: '/' };
    const cart = fleet.addService(cluster, 'cart', { launchType: 'EC2', targetGroup });
    const [here] = [fleet.addTask(cart, { containerInstanceArn: host }), fleet.addTask(cart)];
    Object.assign(fleet, {
      addressOf: (arn: string) => (arn === here.arn ? { host: '127.0.0.1', port: 4001 } : undefined),
    });
    const list = (containerInstance: string) => ecs.send(new ListTasksCommand({ cluster: 'shop', containerInstance }));
    expect((await list(host)).taskArns).toEqual([here.arn]);
    expect((await list('a'.repeat(32))).taskArns).toEqual([here.arn]);
    expect((await list('b'.repeat(32))).taskArns).toEqual([]);
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [here.arn] }));
    expect(tasks?.[0]?.containers?.[0]).toMatchObject({
      networkInterfaces: [{ privateIpv4Address: '127.0.0.1' }],
      networkBindings: [{ containerPort: 80, hostPort: 4001, protocol: 'tcp' }],
    });
  });

  it('are put under scale-in protection', async () => {
    const { fleet, cluster, ecs } = await setUp();
    const task = fleet.addTask(fleet.addService(cluster, 'cart'));
    Object.assign(fleet, {
      setProtected: (arn: string, isProtected: boolean) => fleet.change(arn, (one) => ({ ...one, isProtected })),
    });
    const answer = await ecs.send(
      new UpdateTaskProtectionCommand({ cluster: 'shop', tasks: [task.arn, 'gone'], protectionEnabled: true }),
    );
    expect(answer.protectedTasks).toEqual([{ taskArn: task.arn, protectionEnabled: true }]);
    expect(answer.failures).toMatchObject([{ reason: 'MISSING' }]);
    const shown = await ecs.send(new GetTaskProtectionCommand({ cluster: 'shop', tasks: [task.arn] }));
    expect(shown.protectedTasks).toMatchObject([{ protectionEnabled: true }]);
  });
});
