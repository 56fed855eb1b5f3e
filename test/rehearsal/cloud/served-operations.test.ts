import { AutoScaling } from '@aws-sdk/client-auto-scaling';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { Lambda } from '@aws-sdk/client-lambda';
import { ResourceGroupsTaggingAPI } from '@aws-sdk/client-resource-groups-tagging-api';
import { Scheduler } from '@aws-sdk/client-scheduler';
import { SNS } from '@aws-sdk/client-sns';
import { SSM } from '@aws-sdk/client-ssm';
import { STS } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { autoScalingOperations } from '../../../lib/rehearsal/cloud/auto-scaling.ts';
import { createCallLog } from '../../../lib/rehearsal/cloud/call-log.ts';
import { cloudWatchOperations } from '../../../lib/rehearsal/cloud/cloudwatch.ts';
import { ec2Operations } from '../../../lib/rehearsal/cloud/ec2.ts';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { eventBuses } from '../../../lib/rehearsal/cloud/events.ts';
import { identityOperations } from '../../../lib/rehearsal/cloud/identity.ts';
import { createMetricStore } from '../../../lib/rehearsal/cloud/metric-store.ts';
import { type ServedService, serve } from '../../../lib/rehearsal/cloud/operation.ts';
import { parameterStore } from '../../../lib/rehearsal/cloud/parameters.ts';
import { operationsWithoutRoute, routesOutsideTheTable } from '../../../lib/rehearsal/cloud/protocols/find-call.ts';
import {
  assertServed,
  type ServiceKey,
  servedOperationLines,
  servedService,
  serviceKeys,
} from '../../../lib/rehearsal/cloud/served-operations.ts';
import { startServer } from '../../../lib/rehearsal/cloud/server.ts';
import { taggingOperations } from '../../../lib/rehearsal/cloud/tagging.ts';
import { targetGroupOperations } from '../../../lib/rehearsal/cloud/target-groups.ts';
import { createTopics } from '../../../lib/rehearsal/cloud/topics.ts';
import { FakeFleet } from './fake-fleet.ts';

/** The SDK's own idea of each client: protocol and target. */
const clients: Readonly<Record<ServiceKey, { readonly config: object }>> = {
  ECS: new ECS({}),
  Tagging: new ResourceGroupsTaggingAPI({}),
  AutoScaling: new AutoScaling({}),
  EC2: new EC2({}),
  CloudWatch: new CloudWatch({}),
  LoadBalancing: new ElasticLoadBalancingV2({}),
  SNS: new SNS({}),
  SSM: new SSM({}),
  Events: new EventBridge({}),
  STS: new STS({}),
  Lambda: new Lambda({}),
  Scheduler: new Scheduler({}),
  DynamoDB: new DynamoDB({}),
};

const clientConfig = z.object({
  protocol: z.object({ constructor: z.function(), serviceTarget: z.string().optional(), getShapeId: z.function() }),
});

describe('the table of served operations', () => {
  it.each(serviceKeys)('names for %s the protocol that the installed SDK client speaks', (service) => {
    const { protocol } = clientConfig.parse(clients[service].config);
    const shape = Reflect.apply(protocol.getShapeId, (clients[service].config as { protocol: object }).protocol, []);
    const row = servedService(service);
    expect(shape).toBe(`aws.protocols#${row.protocol}`);
    if (row.target !== null) expect(protocol.serviceTarget).toBe(row.target);
  });

  it('lists only operations that the SDK client has', () => {
    for (const { service, operation } of servedOperationLines()) {
      const method = operation.charAt(0).toLowerCase() + operation.slice(1);
      expect(clients[service], `${service}.${operation}`).toHaveProperty(method);
    }
  });

  it('keeps the rates that ECS publishes', () => {
    const ecs = servedOperationLines().filter(({ service }) => service === 'ECS');
    expect(
      Object.fromEntries(ecs.map(({ operation, bucket }) => [operation, [bucket?.burst, bucket?.perSecond]])),
    ).toEqual({
      ListClusters: [50, 20],
      DescribeClusters: [50, 20],
      ListServices: [100, 20],
      DescribeServices: [100, 20],
      UpdateService: [50, 5],
      ListTasks: [100, 20],
      DescribeTasks: [100, 20],
      StopTask: [100, 40],
      GetTaskProtection: [200, 80],
      UpdateTaskProtection: [200, 80],
      DescribeContainerInstances: [100, 20],
      ListContainerInstances: [100, 20],
      UpdateContainerInstancesState: [100, 40],
    });
  });

  it('has a route for each REST operation and no route besides', () => {
    expect(operationsWithoutRoute()).toEqual([]);
    expect(routesOutsideTheTable()).toEqual([]);
  });

  it('is exactly what the handlers in this folder serve', () => {
    const fleet = new FakeFleet();
    const services: Partial<Record<ServiceKey, ServedService>> = {
      ECS: ecsOperations(fleet),
      Tagging: taggingOperations(fleet),
      AutoScaling: autoScalingOperations(fleet),
      EC2: ec2Operations(fleet),
      CloudWatch: cloudWatchOperations(createMetricStore()),
      SSM: parameterStore(new Map()).operations,
      Events: eventBuses().operations,
      LoadBalancing: targetGroupOperations(fleet),
      SNS: createTopics([]).operations,
      STS: identityOperations(() => undefined),
    };
    for (const [service, handlers] of Object.entries(services)) {
      expect(() => assertServed(service as ServiceKey, handlers)).not.toThrow();
    }
  });

  it('keeps a server from starting with handlers that differ from it', async () => {
    const handler = serve({ input: z.strictObject({}), answer: () => ({}) });
    const start = startServer({
      services: { STS: { GetSessionToken: handler } },
      port: 0,
      accountId: '123456789012',
      callLog: createCallLog(),
      onDefect: () => undefined,
    });
    await expect(start).rejects.toThrow(
      /STS .*without a handler: GetCallerIdentity; not in the table: GetSessionToken/,
    );
  });
});
