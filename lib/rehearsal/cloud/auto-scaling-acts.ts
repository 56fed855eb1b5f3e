import * as z from 'zod';
import type { AutoScalingGroupState, FleetState, HostState } from '../fleet/model.ts';
import { SCALING_PROCESSES } from '../fleet/scaling-group.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { compareText, createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { queryBoolean, queryList, queryNumber } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const { page } = servedOperations.AutoScaling.operations.DescribeAutoScalingInstances;

/** What Auto Scaling does to groups and their members. The words of refusals are from memory. */
export function scalingActOperations(fleet: FleetState): ServedService {
  return {
    DescribeAutoScalingInstances: describeInstances(fleet),
    TerminateInstanceInAutoScalingGroup: serve({
      input: z.strictObject({ InstanceId: z.string().min(1), ShouldDecrementDesiredCapacity: queryBoolean }),
      answer: ({ InstanceId, ShouldDecrementDesiredCapacity: decrement }) => {
        const host = (fleet.hosts ?? []).find((one) => one.instanceId === InstanceId);
        const group = groups(fleet).find(({ name }) => name === host?.autoScalingGroup);
        if (host === undefined || group === undefined)
          throw invalid(`Instance Id not found - No managed instance found for instance ID: ${InstanceId}`);
        assertRetirable(host, group, decrement);
        machinesOf(fleet).retire(InstanceId, decrement);
        return { Activity: activity(group, InstanceId) };
      },
    }),
    SuspendProcesses: serve({
      input: processesInput,
      answer: (asked) => {
        const { group, processes } = readProcesses(fleet, asked);
        machinesOf(fleet).suspend(group.name, processes);
        return {};
      },
    }),
    ResumeProcesses: serve({
      input: processesInput,
      answer: (asked) => {
        const { group, processes } = readProcesses(fleet, asked);
        machinesOf(fleet).resume(group.name, processes);
        return {};
      },
    }),
  };
}

function describeInstances(fleet: FleetState) {
  const pager = createPager();
  return serve({
    input: z.strictObject({
      InstanceIds: queryList(z.string()).default([]),
      MaxRecords: queryNumber.optional(),
      NextToken: z.string().optional(),
    }),
    answer: ({ InstanceIds, MaxRecords: size = page.unasked, NextToken }) => {
      if (size < page.least || size > page.most) throw invalid(`MaxRecords must be between 1 and ${page.most}.`);
      if (InstanceIds.length > page.most) throw invalid(`The number of instance ids must not exceed ${page.most}.`);
      const scope = `DescribeAutoScalingInstances ${JSON.stringify(InstanceIds)}`;
      const cursor = NextToken === undefined ? null : pager.cursor(scope, NextToken);
      if (NextToken !== undefined && cursor === null) {
        throw new AwsError('InvalidNextToken', 'The NextToken value is not valid.');
      }
      const idOf = ({ instanceId }: HostState): string => instanceId;
      const sorted = (fleet.hosts ?? []).toSorted((a, b) => compareText(idOf(a), idOf(b)));
      const isWanted = (host: HostState): boolean =>
        host.autoScalingGroup !== null && (InstanceIds.length === 0 || InstanceIds.includes(host.instanceId));
      const { items, next } = takePage(itemsAfter(sorted, idOf, cursor), isWanted, idOf, size);
      return {
        AutoScalingInstances: items.map(toDetails),
        NextToken: next === null ? undefined : pager.token(scope, next),
      };
    },
  });
}

function toDetails(host: HostState): object {
  return {
    InstanceId: host.instanceId,
    AutoScalingGroupName: host.autoScalingGroup,
    AvailabilityZone: host.availabilityZone,
    LifecycleState: host.lifecycleState,
    // Unlike DescribeAutoScalingGroups, this call writes it in capitals (from memory).
    HealthStatus: host.healthStatus.toUpperCase(),
    ProtectedFromScaleIn: host.protectedFromScaleIn,
  };
}

/** Protection from scale-in does not protect from this call (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html). */
function assertRetirable(host: HostState, group: AutoScalingGroupState, decrement: boolean): void {
  if (host.lifecycleState.startsWith('Terminating') || host.lifecycleState === 'Terminated') {
    throw invalid(`The instance ${host.instanceId} is not in a state from which it can be terminated.`);
  }
  if (decrement && group.desired <= group.min) {
    throw invalid(
      `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint.`,
    );
  }
}

function activity(group: AutoScalingGroupState, instanceId: string): object {
  return {
    ActivityId: `${instanceId}-termination`,
    AutoScalingGroupName: group.name,
    Description: `Terminating EC2 instance: ${instanceId}`,
    Cause: 'an instance was taken out of service in response to a user request',
    StartTime: new Date(),
    StatusCode: 'InProgress',
    Progress: 0,
  };
}

const processesInput = z.strictObject({
  AutoScalingGroupName: z.string().min(1),
  ScalingProcesses: queryList(z.string()).optional(),
});

function readProcesses(
  fleet: FleetState,
  { AutoScalingGroupName: name, ScalingProcesses: asked = [] }: z.output<typeof processesInput>,
): { readonly group: AutoScalingGroupState; readonly processes: readonly string[] } {
  const group = groups(fleet).find((one) => one.name === name || one.arn === name);
  if (group === undefined) throw invalid(`AutoScalingGroup name not found - AutoScalingGroup ${name} not found`);
  const unknown = asked.filter((process) => !SCALING_PROCESSES.some((known) => known === process));
  if (unknown.length > 0) throw invalid(`${unknown[0]} is not a valid process type`);
  return { group, processes: asked.length === 0 ? SCALING_PROCESSES : asked };
}

function groups({ autoScalingGroups = [] }: FleetState): readonly AutoScalingGroupState[] {
  return autoScalingGroups;
}

function machinesOf({ machines }: FleetState) {
  if (machines === undefined) throw new Error('this fleet has Auto Scaling groups, but no machines');
  return machines;
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
