import * as z from 'zod';
import type { AutoScalingGroupState, FleetState, HostState } from '../fleet/model.ts';
import { scalingActivityOperations } from './auto-scaling-activities.ts';
import { scalingActOperations } from './auto-scaling-acts.ts';
import { arnOf, sortedByArn } from './fleet-lists.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { compareText, createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { queryBoolean, queryList, queryNumber } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const { page } = servedOperations.AutoScaling.operations.DescribeAutoScalingGroups;

interface TagFilter {
  readonly Name: string;
  readonly Values: readonly string[];
}

const input = z.strictObject({
  AutoScalingGroupNames: queryList(z.string().min(1)).optional(),
  Filters: queryList(z.strictObject({ Name: z.string().min(1), Values: queryList(z.string()).default([]) })).optional(),
  IncludeInstances: queryBoolean.optional(),
  MaxRecords: queryNumber.optional(),
  NextToken: z.string().optional(),
});

/**
 * EC2 Auto Scaling on a rehearsal's fleet: groups with their hosts. Launch templates, policies and everything else that a
 * fleet of plain hosts does not have are left out of the answers.
 */
export function autoScalingOperations(fleet: FleetState): ServedService {
  const pager = createPager();
  return {
    ...scalingActOperations(fleet),
    ...scalingActivityOperations(fleet),
    DescribeAutoScalingGroups: serve({
      input,
      answer: (asked) => {
        const { AutoScalingGroupNames: names = [], Filters: filters = [], IncludeInstances = true } = asked;
        const size = pageSize(asked.MaxRecords, names.length);
        for (const { Name } of filters) assertFilter(Name);
        const scope = `DescribeAutoScalingGroups ${JSON.stringify([names, filters])}`;
        const cursor = asked.NextToken === undefined ? null : pager.cursor(scope, asked.NextToken);
        if (asked.NextToken !== undefined && cursor === null) {
          throw new AwsError('InvalidNextToken', 'The NextToken value is not valid.');
        }
        // AWS says nothing of names and filters in one call; here a group must meet both.
        const isWanted = (group: AutoScalingGroupState) =>
          (names.length === 0 || names.includes(group.name)) && filters.every((filter) => meets(group, filter));
        const groups = itemsAfter(sortedByArn(fleet.autoScalingGroups ?? []), arnOf, cursor);
        const { items, next } = takePage(groups, isWanted, arnOf, size);
        const hosts = hostsByGroup(fleet);
        return {
          AutoScalingGroups: items.map((group) => toGroup(group, hosts.get(group.name) ?? [], IncludeInstances)),
          NextToken: next === null ? undefined : pager.token(scope, next),
        };
      },
    }),
  };
}

function pageSize(asked: number | undefined, names: number): number {
  const size = asked ?? page.unasked;
  if (size < page.least || size > page.most) {
    throw invalid(`MaxRecords must be between ${page.least} and ${page.most}, it is ${size}.`);
  }
  if (names > size) throw invalid(`The number of group names, ${names}, must not exceed MaxRecords, ${size}.`);
  return size;
}

function assertFilter(name: string): void {
  if (name === 'tag-key' || name === 'tag-value' || name.startsWith('tag:')) return;
  throw invalid(`Filter type ${name} is not correct. Allowed Filter types are: tag-key, tag-value, tag:<key>.`);
}

/** One filter's values are alternatives. */
function meets({ tags }: AutoScalingGroupState, { Name, Values }: TagFilter): boolean {
  if (Name === 'tag-key') return tags.some(({ key }) => Values.includes(key));
  if (Name === 'tag-value') return tags.some(({ value }) => Values.includes(value));
  return tags.some(({ key, value }) => Name === `tag:${key}` && Values.includes(value));
}

function hostsByGroup({ hosts = [] }: FleetState): ReadonlyMap<string, readonly HostState[]> {
  const grouped = hosts.flatMap((host) =>
    host.autoScalingGroup === null ? [] : [{ host, group: host.autoScalingGroup }],
  );
  return new Map(
    [...Map.groupBy(grouped, ({ group }) => group)].map(([group, entries]) => [group, entries.map(({ host }) => host)]),
  );
}

function toGroup(group: AutoScalingGroupState, hosts: readonly HostState[], withInstances: boolean): object {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    AvailabilityZones: [...new Set(group.zones ?? hosts.map((host) => host.availabilityZone))].sort(compareText),
    SuspendedProcesses: (group.suspended ?? []).map(({ name, reason }) => ({
      ProcessName: name,
      SuspensionReason: reason,
    })),
    Tags: group.tags.map(({ key, value, propagateAtLaunch }) => ({
      ResourceId: group.name,
      ResourceType: 'auto-scaling-group',
      Key: key,
      Value: value,
      PropagateAtLaunch: propagateAtLaunch,
    })),
    Instances: withInstances ? hosts.map(toInstance) : [],
  };
}

function toInstance(host: HostState): object {
  return {
    InstanceId: host.instanceId,
    AvailabilityZone: host.availabilityZone,
    LifecycleState: host.lifecycleState,
    HealthStatus: host.healthStatus,
    ProtectedFromScaleIn: host.protectedFromScaleIn,
  };
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
