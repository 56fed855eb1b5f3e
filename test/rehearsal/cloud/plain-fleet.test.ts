import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { expect, it } from 'vitest';
import { ecsOperations } from '../../../lib/rehearsal/cloud/ecs.ts';
import { taggingOperations } from '../../../lib/rehearsal/cloud/tagging.ts';
import type { FleetState, ServiceState } from '../../../lib/rehearsal/fleet/model.ts';
import { allPages, startCloud } from './local-cloud.ts';
import { plainFleet } from './plain-fleet.ts';

const LARGE = { clusters: 20, services: 10_000, optedIn: 2_000, tasksPerService: 10 };

/** Counts how often each method of a fleet is asked. */
function counted(fleet: FleetState) {
  const counts = { services: 0, tasks: 0, tasksOf: 0, task: 0 };
  const watched: FleetState = {
    clusters: fleet.clusters,
    services: (arn) => {
      counts.services += 1;
      return fleet.services(arn);
    },
    tasks: (arn) => {
      counts.tasks += 1;
      return fleet.tasks(arn);
    },
    tasksOf: (arn, name) => {
      counts.tasksOf += 1;
      return fleet.tasksOf?.(arn, name) ?? [];
    },
    task: (arn, id) => {
      counts.task += 1;
      return fleet.task?.(arn, id);
    },
    stopTask: (...stop) => fleet.stopTask(...stop),
  };
  return { counts, watched };
}

async function serve(fleet: FleetState) {
  const cloud = await startCloud({
    services: { ECS: ecsOperations(fleet), Tagging: taggingOperations(fleet) },
    buckets: {},
  });
  return { ecs: cloud.client(ECSClient), tagging: cloud.client(ResourceGroupsTaggingAPIClient) };
}

function firstService(fleet: FleetState, nth = 0): ServiceState {
  const [service] = fleet.services(fleet.clusters[nth]?.arn ?? '');
  if (service === undefined) throw new Error('The fleet has no service.');
  return service;
}

it('a fleet has as many of everything as it was asked for, spread over its clusters', () => {
  const fleet = plainFleet({ clusters: 3, services: 10, optedIn: 4, tasksPerService: 2, region: 'us-east-1' });
  const services = fleet.clusters.flatMap(({ arn }) => fleet.services(arn));
  expect(fleet.clusters.map(({ arn }) => fleet.services(arn).length)).toEqual([4, 3, 3]);
  expect(services.filter(({ tags }) => tags['chaos:opt-in'] === 'true')).toHaveLength(4);
  expect(new Set(services.map(({ arn }) => arn)).size).toBe(10);
  expect(services[0]?.arn).toBe('arn:aws:ecs:us-east-1:123456789012:service/cluster-0000/service-000000');
  const tasks = fleet.clusters.flatMap(({ arn }) => fleet.tasks(arn));
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(20);
  for (const { clusterArn, name, tags } of services) {
    const own = fleet.tasksOf?.(clusterArn, name) ?? [];
    expect(own).toEqual(tasks.filter(({ serviceName }) => serviceName === name));
    expect(own.map((task) => task.tags)).toEqual([tags, tags]);
    for (const task of own) {
      expect(fleet.task?.(clusterArn, task.id)).toEqual(task);
      expect(fleet.task?.(clusterArn, task.arn)).toEqual(task);
    }
  }
  expect(fleet.task?.(fleet.clusters[1]?.arn ?? '', tasks[0]?.arn ?? '')).toBeUndefined();
  expect(fleet.task?.(fleet.clusters[0]?.arn ?? '', 'f'.repeat(32))).toBeUndefined();
  expect(fleet.tasksOf?.(fleet.clusters[0]?.arn ?? '', 'gone')).toEqual([]);
});

it('a stopped task is stopped wherever it is looked at', async () => {
  const fleet = plainFleet({ clusters: 1, services: 2, optedIn: 2, tasksPerService: 2 });
  const service = firstService(fleet);
  const { ecs } = await serve(fleet);
  const list = async (desiredStatus: 'RUNNING' | 'STOPPED') =>
    (await ecs.send(new ListTasksCommand({ cluster: 'cluster-0000', desiredStatus }))).taskArns ?? [];
  const [first = '', ...others] = await list('RUNNING');
  await ecs.send(new StopTaskCommand({ cluster: 'cluster-0000', task: first, reason: 'test' }));
  expect(await list('RUNNING')).toEqual(others);
  expect(await list('STOPPED')).toEqual([first]);
  expect(fleet.tasksOf?.(service.clusterArn, service.name)[0]).toMatchObject({ stoppedReason: 'test', tags: {} });
  const { services } = await ecs.send(
    new DescribeServicesCommand({ cluster: 'cluster-0000', services: [service.name, service.arn] }),
  );
  expect(services?.[0]).toMatchObject({ desiredCount: 2, runningCount: 1 });
  expect(() => fleet.stopTask(`${first}0`, 'test', 'UserInitiated')).toThrow('There is no task');
});

it('2,000 opted-in services among 10,000 are found in twenty pages that never touch a task', async () => {
  const { watched, counts } = counted(plainFleet(LARGE));
  const { tagging } = await serve(watched);
  const pages = await allPages(
    (PaginationToken) =>
      tagging.send(
        new GetResourcesCommand({
          TagFilters: [{ Key: 'chaos:opt-in', Values: ['true'] }],
          ResourceTypeFilters: ['ecs:service', 'ecs:cluster', 'ec2:instance'],
          ResourcesPerPage: 100,
          PaginationToken,
        }),
      ),
    ({ ResourceTagMappingList, PaginationToken }) => ({ items: ResourceTagMappingList, next: PaginationToken }),
  );
  expect(pages.map((page) => page.length)).toEqual(Array.from({ length: 20 }, () => 100));
  expect(new Set(pages.flat().map(({ ResourceARN }) => ResourceARN)).size).toBe(2_000);
  // A page lists the one cluster that its cursor is in, and those that it goes on to: not all twenty each time.
  expect(counts).toEqual({ services: expect.any(Number), tasks: 0, tasksOf: 0, task: 0 });
  expect(counts.services).toBeLessThanOrEqual(2 * 20 + 20);
});

it('the tasks of one service among 100,000 are listed and described without looking at the others', async () => {
  const large = plainFleet(LARGE);
  const { watched, counts } = counted(large);
  const { ecs } = await serve(watched);
  const service = firstService(large, 7);
  const cluster = service.clusterArn;
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: service.name }));
  expect(taskArns).toHaveLength(10);
  const { tasks = [] } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns, include: ['TAGS'] }));
  expect(tasks.map(({ group }) => group)).toEqual(Array.from({ length: 10 }, () => `service:${service.name}`));
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service.name] }));
  expect(services?.[0]).toMatchObject({ runningCount: 10, tags: [] });
  expect(counts).toMatchObject({ tasks: 0, tasksOf: 2, task: 10 });
});
