import * as z from 'zod';
import type { FleetState, HostState } from '../fleet/model.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { queryNumber } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const { page } = servedOperations.AutoScaling.operations.DescribeScalingActivities;

/** What Auto Scaling tells of what it did: of all activities the launches alone, newest first, of the hosts that there are. */
export function scalingActivityOperations(fleet: FleetState): ServedService {
  return {
    DescribeScalingActivities: serve({
      input: z.strictObject({ AutoScalingGroupName: z.string().min(1), MaxRecords: queryNumber.optional() }),
      answer: ({ AutoScalingGroupName: name, MaxRecords: most = page.unasked }) => {
        if (most < page.least || most > page.most) {
          const message = `MaxRecords must be between ${page.least} and ${page.most}, it is ${most}.`;
          throw new AwsError('ValidationError', message);
        }
        if (!(fleet.autoScalingGroups ?? []).some((group) => group.name === name)) {
          // From memory.
          throw new AwsError('ValidationError', `AutoScalingGroup name not found - no such group: ${name}`);
        }
        const launched = (fleet.hosts ?? []).filter(
          ({ autoScalingGroup, launchedAt }) => autoScalingGroup === name && launchedAt !== undefined,
        );
        const newest = launched.toSorted((a, b) => launchMs(b) - launchMs(a)).slice(0, most);
        return { Activities: newest.map((host) => toLaunch(host, name)) };
      },
    }),
  };
}

const launchMs = ({ launchedAt }: HostState): number => launchedAt?.getTime() ?? 0;

function toLaunch({ instanceId, launchedAt, inServiceAt }: HostState, group: string): object {
  return {
    ActivityId: `launch-${instanceId}`,
    AutoScalingGroupName: group,
    Description: `Launching a new EC2 instance: ${instanceId}`,
    Cause: 'an instance was started in response to a difference between desired and actual capacity',
    StartTime: launchedAt,
    ...(inServiceAt === undefined
      ? { StatusCode: 'InProgress', Progress: 30 }
      : { EndTime: inServiceAt, StatusCode: 'Successful', Progress: 100 }),
  };
}
