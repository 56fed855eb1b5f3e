import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, type MetricName } from '../audit/metrics-of.ts';
import type { Config } from '../core/config.ts';

export interface NoticesProps {
  readonly config: Pick<Config, 'notify'>;
}

/**
 * Where people hear of acts, verdicts, switches, and of an undo that could not be confirmed.
 *
 * The topic has no KMS key: an alarm cannot publish through the AWS-managed one, whose policy nobody can change, and a key of our own
 * would be one more thing that can keep the one message from arriving that must arrive. SNS encrypts its disks anyway, and notices hold
 * names and reasons, no secrets. Only TLS is let in.
 */
export class Notices extends Construct {
  readonly topic: Topic;
  /** In ALARM for five minutes after each record of an undo that could not be confirmed. */
  readonly undoFailed: Alarm;

  constructor(scope: Construct, id: string, { config }: NoticesProps) {
    super(scope, id);
    const stack = Stack.of(this);
    this.topic = new Topic(this, 'Topic', { displayName: stack.stackName, enforceSSL: true });
    for (const address of config.notify) this.topic.addSubscription(new EmailSubscription(address));
    this.undoFailed = this.#undoFailedAlarm(stack.stackName);
    this.undoFailed.addAlarmAction(new SnsAction(this.topic));
    // A policy of its own takes the place of the one that SNS gives a topic, and with it alarms lose their leave to publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: '*',
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
  }

  /** Gives a function what `functions/telemetry.ts` reads, and leave to publish. */
  tellBy(teller: LambdaFunction): void {
    teller.addEnvironment('NOTICE_TOPIC', this.topic.topicArn);
    teller.addEnvironment('POWERTOOLS_SERVICE_NAME', Stack.of(this).stackName);
    teller.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }));
  }

  #undoFailedAlarm(stackName: string): Alarm {
    const metricName: MetricName = 'UndoFailed';
    return new Alarm(this, 'UndoFailed', {
      alarmName: `${stackName}-undo-failed`,
      alarmDescription: [
        'Capuchin could not confirm that a fault was taken away; it may still be on.',
        'Read the mail "ACTION NEEDED" or "capuchin history", do by hand what it says, and check with "capuchin show EXPERIMENT".',
        '"capuchin halt --reason ..." keeps anything new from starting. More: docs/runbook.md#undo-failed',
      ].join(' '),
      metric: new Metric({
        namespace: METRIC_NAMESPACE,
        metricName,
        dimensionsMap: { service: stackName },
        statistic: 'Sum',
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Metrics out of logs may come some minutes late; one in the last five is enough.
      evaluationPeriods: 5,
      datapointsToAlarm: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
