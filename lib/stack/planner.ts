import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { MAXIMUM_EVENT_AGE_SECONDS } from '../aws/schedules.ts';
import type { CapuchinFunctions } from './functions.ts';

/** The planner's own schedule, and the group in which it puts the one-time schedules of planned experiments. */
export class Planner extends Construct {
  readonly scheduleGroup: CfnScheduleGroup;

  constructor(scope: Construct, id: string, { functions }: { readonly functions: CapuchinFunctions }) {
    super(scope, id);
    const stack = Stack.of(this);
    this.scheduleGroup = new CfnScheduleGroup(this, 'Experiments', { name: `${stack.stackName}-experiments` });
    const group = this.scheduleGroup.ref;

    const strikeRole = schedulerRole(this, 'StrikeRole', functions.experimentAlias.functionArn);
    functions.plan.addEnvironment('SCHEDULE_GROUP', group);
    functions.plan.addEnvironment('SCHEDULE_ROLE', strikeRole.roleArn);
    const schedules = stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group}/*` });
    functions.plan.addToRolePolicy(
      new PolicyStatement({
        actions: ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
        resources: [schedules],
      }),
    );
    // Listing knows no resource to be bound to.
    functions.plan.addToRolePolicy(new PolicyStatement({ actions: ['scheduler:ListSchedules'], resources: ['*'] }));
    functions.plan.addToRolePolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [strikeRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );

    // Each zone has its own midnight, and a plan that exists stays: asking every hour costs little and forgets nobody.
    new CfnSchedule(this, 'Hourly', {
      description: 'Capuchin: draws the day of each zone',
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functions.plan.functionArn,
        roleArn: schedulerRole(this, 'PlannerRole', functions.plan.functionArn).roleArn,
        input: JSON.stringify({ version: 1, plan: 'today', actor: 'planner schedule', reason: "the day's plan" }),
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: MAXIMUM_EVENT_AGE_SECONDS },
      },
    });
  }
}

/** A role that the scheduler, for this account only, takes to invoke one function. */
export function schedulerRole(scope: Construct, id: string, functionArn: string): Role {
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
  return role;
}
