import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeTasksCommand,
  ECSClient,
  ListServicesCommand,
  ListTasksCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { taggingOperations } from '../../../lib/rehearsal/cloud/tagging.ts';
import { createThrottle } from '../../../lib/rehearsal/cloud/throttle.ts';
import { awsBuckets, type BucketKey } from '../../../lib/rehearsal/cloud/throttle-buckets.ts';
import { FakeFleet, REGION } from './fake-fleet.ts';
import { startCloud } from './local-cloud.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

/** How often one call is let in at one moment. */
function burstOf(admits: () => boolean): number {
  for (let calls = 0; calls < 20_000; calls += 1) if (!admits()) return calls;
  return Number.POSITIVE_INFINITY;
}

describe('the buckets', () => {
  it('are shared by the operations that share one in AWS, and by no others', () => {
    const throttle = createThrottle(awsBuckets, () => 0);
    const tasks = burstOf(() => throttle.admits('ECS', 'ListTasks', REGION));
    expect(tasks).toBe(100);
    expect(throttle.admits('ECS', 'DescribeTasks', REGION)).toBe(false);
    expect(burstOf(() => throttle.admits('ECS', 'DescribeServices', REGION))).toBe(100);
    expect(throttle.admits('ECS', 'ListServices', REGION)).toBe(false);
    expect(burstOf(() => throttle.admits('ECS', 'StopTask', REGION))).toBe(100);
    expect(burstOf(() => throttle.admits('ECS', 'GetTaskProtection', REGION))).toBe(200);
    expect(burstOf(() => throttle.admits('ECS', 'DescribeClusters', REGION))).toBe(50);
    expect(burstOf(() => throttle.admits('SSM', 'GetParameter', REGION))).toBe(40);
    expect(throttle.admits('SSM', 'GetParameters', REGION)).toBe(false);
    expect(throttle.admits('SSM', 'PutParameter', REGION)).toBe(true);
  });

  it('are each region’s own, refill with time, and leave DynamoDB alone', () => {
    let nowMs = 0;
    const throttle = createThrottle(awsBuckets, () => nowMs);
    const admits = () => throttle.admits('ECS', 'ListTasks', 'eu-west-1');
    expect(burstOf(admits)).toBe(100);
    expect(throttle.admits('ECS', 'ListTasks', 'us-east-1')).toBe(true);
    nowMs += 1_000;
    expect(burstOf(admits)).toBe(20);
    expect(burstOf(() => throttle.admits('DynamoDB', 'PutItem', 'eu-west-1'))).toBe(Number.POSITIVE_INFINITY);
  });

  it('that are left out throttle nothing', () => {
    const throttle = createThrottle({}, () => 0);
    expect(burstOf(() => throttle.admits('ECS', 'ListTasks', REGION))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a server', () => {
  it('keeps AWS’s rates unasked: the 101st call at one moment is ThrottlingException, and no defect', async () => {
    const fleet = new FakeFleet();
    const task = fleet.addTask(fleet.addService(fleet.addCluster('shop'), 'cart'));
    const cloud = await startCloud({ services: { ECS: ecsOperations(fleet) }, nowMs: () => 0 });
    const ecs = cloud.client(ECSClient);
    const list = () => ecs.send(new ListTasksCommand({ cluster: 'shop' }));
    await Promise.all(Array.from({ length: 100 }, list));
    const refused = { name: 'ThrottlingException', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } };
    await expect(list()).rejects.toMatchObject(refused);
    await expect(ecs.send(new DescribeTasksCommand({ cluster: 'shop', tasks: [task.arn] }))).rejects.toMatchObject(
      refused,
    );
    // Other buckets are untouched.
    await ecs.send(new ListServicesCommand({ cluster: 'shop' }));
    expect(cloud.callLog.counts()).toEqual({ 'ECS.ListTasks': 101, 'ECS.DescribeTasks': 1, 'ECS.ListServices': 1 });
    expect(cloud.callLog.throttled()).toEqual({ 'ECS.ListTasks': 1, 'ECS.DescribeTasks': 1 });
    expect(cloud.callLog.latest().filter(({ throttled }) => throttled)).toHaveLength(2);
    expect(cloud.defects).toEqual([]);
  });

  it('does nothing for a throttled call', async () => {
    const fleet = new FakeFleet();
    const cluster = fleet.addCluster('shop');
    const task = fleet.addTask(fleet.addService(cluster, 'cart'));
    const buckets = { ecsClusterResourceModify: { burst: 0, perSecond: 0 } };
    const { client } = await startCloud({ services: { ECS: ecsOperations(fleet) }, buckets });
    const stop = client(ECSClient).send(new StopTaskCommand({ cluster: 'shop', task: task.arn }));
    await expect(stop).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(fleet.tasks(cluster.arn)[0]?.desiredStatus).toBe('RUNNING');
  });

  it('makes the unmodified SDK slow down: many calls at once beyond the burst all succeed in the end', async () => {
    const fleet = new FakeFleet();
    fleet.addCluster('shop', { 'chaos:opt-in': 'true' });
    fleet.addAutoScalingGroup('hosts');
    const rate = { burst: 4, perSecond: 2 };
    const { server, callLog, defects } = await startCloud({
      services: {
        ECS: ecsOperations(fleet),
        Tagging: taggingOperations(fleet),
        AutoScaling: autoScalingOperations(fleet),
      },
      buckets: { ecsClusterResourceRead: rate, taggingRead: rate, autoScaling: rate },
    });
    const config = { endpoint: server.url, region: REGION, credentials, retryMode: 'adaptive', maxAttempts: 20 };
    const ecs = new ECSClient(config);
    const tagging = new ResourceGroupsTaggingAPIClient(config);
    const autoScaling = new AutoScalingClient(config);
    onTestFinished(() => {
      for (const client of [ecs, tagging, autoScaling]) client.destroy();
    });
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const [tasks, resources, groups] = await Promise.all([
          ecs.send(new ListTasksCommand({ cluster: 'shop' })),
          tagging.send(new GetResourcesCommand({})),
          autoScaling.send(new DescribeAutoScalingGroupsCommand({})),
        ]);
        return [
          tasks.taskArns?.length,
          resources.ResourceTagMappingList?.length,
          groups.AutoScalingGroups?.[0]?.AutoScalingGroupName,
        ];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 8 }, () => [0, 1, 'hosts']));
    for (const call of ['ECS.ListTasks', 'Tagging.GetResources', 'AutoScaling.DescribeAutoScalingGroups']) {
      const [asked = 0, throttled = 0] = [callLog.counts()[call], callLog.throttled()[call]];
      expect(throttled, call).toBeGreaterThan(0);
      expect(asked - throttled, call).toBe(8);
    }
    expect(defects).toEqual([]);
  }, 60_000);

  it('gives each service’s own error, which the SDK takes for throttling and retries', async () => {
    const none = Object.fromEntries(Object.keys(awsBuckets).map((key) => [key, { burst: 0, perSecond: 0 }]));
    const buckets = none as Record<BucketKey, { burst: number; perSecond: number }>;
    const { server, callLog, defects } = await startCloud({ services: {}, buckets });
    const config = { endpoint: server.url, region: REGION, credentials, maxAttempts: 2 };
    const [from, to] = [new Date(0), new Date(60_000)];
    const clients = {
      ECS: new ECSClient(config),
      Tagging: new ResourceGroupsTaggingAPIClient(config),
      AutoScaling: new AutoScalingClient(config),
      CloudWatch: new CloudWatchClient(config),
      SSM: new SSMClient(config),
      Events: new EventBridgeClient(config),
      STS: new STSClient(config),
      Lambda: new LambdaClient(config),
      Scheduler: new SchedulerClient(config),
    };
    onTestFinished(() => {
      for (const client of Object.values(clients)) client.destroy();
    });
    const calls: Readonly<Record<keyof typeof clients, Promise<unknown>>> = {
      ECS: clients.ECS.send(new ListTasksCommand({})),
      Tagging: clients.Tagging.send(new GetResourcesCommand({})),
      AutoScaling: clients.AutoScaling.send(new DescribeAutoScalingGroupsCommand({})),
      CloudWatch: clients.CloudWatch.send(
        new GetMetricDataCommand({ StartTime: from, EndTime: to, MetricDataQueries: [] }),
      ),
      SSM: clients.SSM.send(new GetParameterCommand({ Name: 'x' })),
      Events: clients.Events.send(new PutEventsCommand({ Entries: [] })),
      STS: clients.STS.send(new GetCallerIdentityCommand({})),
      Lambda: clients.Lambda.send(new InvokeCommand({ FunctionName: 'plan' })),
      Scheduler: clients.Scheduler.send(new ListSchedulesCommand({})),
    };
    const seen = await Promise.all(
      Object.entries(calls).map(async ([service, call]) => {
        const error = (await call.catch((thrown: unknown) => thrown)) as {
          name: string;
          $metadata: { httpStatusCode: number; attempts: number };
        };
        return [service, [error.name, error.$metadata.httpStatusCode, error.$metadata.attempts]] as const;
      }),
    );
    expect(Object.fromEntries(seen)).toEqual({
      ECS: ['ThrottlingException', 400, 2],
      Tagging: ['ThrottledException', 400, 2],
      AutoScaling: ['Throttling', 400, 2],
      CloudWatch: ['Throttling', 400, 2],
      SSM: ['ThrottlingException', 400, 2],
      Events: ['ThrottlingException', 400, 2],
      STS: ['Throttling', 400, 2],
      Lambda: ['TooManyRequestsException', 429, 2],
      Scheduler: ['ThrottlingException', 429, 2],
    });
    expect(callLog.throttled()).toEqual(callLog.counts());
    expect(defects).toEqual([]);
  }, 30_000);
});
