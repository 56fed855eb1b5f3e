import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { telemetryVariables } from '../../functions/telemetry.ts';
import { METRIC_NAMESPACE } from '../../lib/audit/metrics-of.ts';
import { configSchema, readConfig } from '../../lib/core/config.ts';
import { Notices } from '../../lib/stack/notices.ts';
import { aConfig } from '../core/examples.ts';

function synthesize(notify: readonly string[] = []): Template {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Monkey');
  const notices = new Notices(stack, 'Notices', { config: aConfig({ notify: [...notify] }) });
  const code = Code.fromInline('exports.handler = () => {}');
  const teller = new LambdaFunction(stack, 'Teller', { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code });
  notices.tellBy(teller);
  return Template.fromStack(stack);
}

const TOPIC = { Ref: Match.stringLikeRegexp('^NoticesTopic') };

describe('the topic of notices', () => {
  it('has a subscription for each address of the config, and none by default', () => {
    synthesize().resourceCountIs('AWS::SNS::Subscription', 0);
    const template = synthesize(['ada@example.org', 'ops@example.org']);
    template.resourceCountIs('AWS::SNS::Subscription', 2);
    for (const Endpoint of ['ada@example.org', 'ops@example.org']) {
      // A filter would keep the alarm's own message away, which has no attributes.
      const expected = { Protocol: 'email', Endpoint, TopicArn: TOPIC, FilterPolicy: Match.absent() };
      template.hasResourceProperties('AWS::SNS::Subscription', expected);
    }
  });

  it('has no key that would keep an alarm from publishing, lets only TLS in, and the alarms of this account', () => {
    const template = synthesize();
    template.hasResourceProperties('AWS::SNS::Topic', { DisplayName: 'Monkey', KmsMasterKeyId: Match.absent() });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Resource: TOPIC,
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnLike: { 'aws:SourceArn': Match.objectLike({ 'Fn::Join': Match.anyValue() }) },
            },
          }),
        ]),
      },
    });
    expect(JSON.stringify(template.findResources('AWS::SNS::TopicPolicy'))).toContain(':alarm:*');
  });
});

describe('whoever tells', () => {
  it('gets every variable that telemetry reads besides the bus, and may publish to this topic and nothing else', () => {
    const template = synthesize();
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { NOTICE_TOPIC: TOPIC, POWERTOOLS_SERVICE_NAME: 'Monkey' } },
    });
    expect(Object.keys(telemetryVariables)).toEqual(['EVENT_BUS', 'NOTICE_TOPIC', 'POWERTOOLS_SERVICE_NAME']);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'sns:Publish', Effect: 'Allow', Resource: TOPIC }] },
    });
  });
});

it('an undo that failed raises an alarm that tells the same people, what to do, and where that is written', () => {
  synthesize().hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'Monkey-undo-failed',
    AlarmDescription: Match.stringLikeRegexp('capuchin show .*capuchin halt .*docs/runbook\\.md#undo-failed$'),
    Namespace: METRIC_NAMESPACE,
    MetricName: 'UndoFailed',
    Dimensions: [{ Name: 'service', Value: 'Monkey' }],
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 5,
    DatapointsToAlarm: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [TOPIC],
  });
});

describe('the config key notify', () => {
  it('is empty by default, and comes out of a deployed config as it went in', () => {
    expect(aConfig().notify).toEqual([]);
    const config = aConfig({ notify: ['ada@example.org'] });
    expect(configSchema.parse(JSON.parse(JSON.stringify(config))).notify).toEqual(['ada@example.org']);
  });

  it.each(['ada', 'ada@', 'https://example.org', ''])('does not take "%s" for an address', (address) => {
    const read = readConfig({ notify: ['ops@example.org', address] }, []);
    expect(read).toEqual({ ok: false, problem: 'notify.1: write a mail address like ops@example.org' });
  });
});
