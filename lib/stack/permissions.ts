import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Config } from '../core/config.ts';
import { FAULTS } from '../faults/catalogue.ts';
import type { FaultPermission } from '../faults/contract.ts';

/** Finding who opted in: these calls change nothing, and most of them know no resource to be bound to. */
export function discoveryStatement(): PolicyStatement {
  const actions = ['tag:GetResources', 'ecs:ListServices', 'autoscaling:DescribeAutoScalingGroups'];
  return new PolicyStatement({ actions, resources: ['*'] });
}

/** Looking up one group by its service's name. */
export function lookUpStatement(): PolicyStatement {
  return new PolicyStatement({ actions: ['ecs:DescribeServices', 'ecs:DescribeClusters'], resources: ['*'] });
}

/** What the experiment function may do: look, and what the faults of the catalogue declare, bound to the opt-in tag. */
export function experimentStatements(stack: Stack, { tagPrefix, changeCalendars }: Config): PolicyStatement[] {
  const looking = new PolicyStatement({
    actions: [
      'ecs:DescribeServices',
      'ecs:DescribeClusters',
      'ecs:ListTasks',
      'ecs:DescribeTasks',
      'ecs:GetTaskProtection',
      'cloudwatch:GetMetricData',
    ],
    resources: ['*'],
  });
  const acting = [...FAULTS.values()].flatMap(({ permissions }) =>
    permissions
      .filter(({ optedInOnly }) => optedInOnly)
      .map((permission) => statementFor(permission, stack, tagPrefix)),
  );
  return [looking, ...changeCalendarStatements(stack, changeCalendars), ...acting];
}

/** Asking the Change Calendars that the config names, and no others. */
function changeCalendarStatements(stack: Stack, calendars: readonly string[]): PolicyStatement[] {
  if (calendars.length === 0) return [];
  const resources = calendars.map((calendar) =>
    calendar.startsWith('arn:')
      ? calendar
      : stack.formatArn({ service: 'ssm', resource: 'document', resourceName: calendar }),
  );
  return [new PolicyStatement({ actions: ['ssm:GetCalendarState'], resources })];
}

/** One acting statement: only on resources of its kind, in this account and region, that carry the opt-in tag themselves. */
function statementFor({ actions, on }: FaultPermission, stack: Stack, tagPrefix: string): PolicyStatement {
  if (on !== 'tasks') throw new Error(`no ARN is known for acting on "${on}"`);
  return new PolicyStatement({
    actions: [...actions],
    resources: [stack.formatArn({ service: 'ecs', resource: 'task', resourceName: '*' })],
    conditions: { StringEquals: { [`aws:ResourceTag/${tagPrefix}opt-in`]: 'true' } },
  });
}
