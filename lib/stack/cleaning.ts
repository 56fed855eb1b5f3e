import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { CapuchinFunctions } from './functions.ts';
import { schedulerRole } from './planner.ts';

/** What ends experiments from outside: alarms that go off, and the sweep that comes every minute. */
export class Cleaning extends Construct {
  constructor(scope: Construct, id: string, { functions }: { readonly functions: CapuchinFunctions }) {
    super(scope, id);
    // Stop conditions are named by tags, which nobody knows here: every alarm is heard, and the function knows whose it is.
    new Rule(this, 'Alarms', {
      description: 'Capuchin: an alarm that goes off ends the experiments whose stop condition it is',
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { state: { value: ['ALARM'] } },
      },
      targets: [new LambdaFunction(functions.halt, { retryAttempts: 3 })],
    });
    new CfnSchedule(this, 'Sweep', {
      description: 'Capuchin: undoes and settles what a crash left behind',
      scheduleExpression: 'rate(1 minute)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functions.sweep.functionArn,
        roleArn: schedulerRole(this, 'SweepRole', functions.sweep.functionArn).roleArn,
        input: JSON.stringify({ version: 1, sweep: 'all' }),
        // The next one comes in a minute.
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: 60 },
      },
    });
  }
}
