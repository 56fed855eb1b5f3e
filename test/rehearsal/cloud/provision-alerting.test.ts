import { expect, it } from 'vitest';
import { provision } from '../../../lib/rehearsal/cloud/provision.ts';
import type { DeclaredResource } from '../../../lib/rehearsal/cloud/template.ts';

const account = { accountId: '123456789012', region: 'eu-central-1' };

function provide(Resources: Record<string, DeclaredResource>) {
  const template = { Resources };
  return provision({ name: 'Fixture', template, assetFolders: new Map() }, account);
}

const alarm = {
  Namespace: 'Capuchin',
  MetricName: 'undoFailed',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 0,
  ComparisonOperator: 'GreaterThanThreshold',
};
const rule = { EventPattern: { source: ['shop'] } };

it('names alarms, rules and topics as CloudFormation does, and ties them together', () => {
  const { alerting, names } = provide({
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'records' } },
    Topic: { Type: 'AWS::SNS::Topic' },
    Policy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: {
        Topics: [{ Ref: 'Topic' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Principal: '*' }] },
      },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { ...alarm, AlarmName: 'undo-failed', AlarmActions: [{ Ref: 'Topic' }], Tags: [] },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ...rule,
        Name: 'all',
        EventBusName: { 'Fn::GetAtt': ['Bus', 'Arn'] },
        State: 'DISABLED',
        Targets: [{ Id: 'a', Arn: { Ref: 'Topic' }, Input: '{}' }],
      },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: 'halt',
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
      },
    },
  });
  const topicArn = names.Topic;
  expect(topicArn).toMatch(/^arn:aws:sns:eu-central-1:123456789012:Fixture-Topic-[0-9A-F]{12}$/);
  const ruleArn = 'arn:aws:events:eu-central-1:123456789012:rule/records/all';
  expect(names).toMatchObject({ Alarm: 'undo-failed', Rule: 'records|all' });
  expect(alerting.alarms).toEqual([expect.objectContaining({ AlarmName: 'undo-failed', AlarmActions: [topicArn] })]);
  expect(alerting.rules).toEqual([
    {
      name: 'all',
      arn: ruleArn,
      bus: 'records',
      enabled: false,
      pattern: rule.EventPattern,
      targets: [{ arn: topicArn, input: '{}' }],
    },
  ]);
  expect(alerting.topics).toEqual([
    { arn: topicArn, policy: [{ Effect: 'Allow', Action: 'sns:Publish', Principal: '*' }] },
  ]);
  expect(alerting.permissions).toEqual([expect.objectContaining({ FunctionName: 'halt', SourceArn: ruleArn })]);
});

it('leaves the default bus out of a rule’s ARN, and knows a topic without a policy of its own', () => {
  const { alerting } = provide({
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'people' } },
    Rule: { Type: 'AWS::Events::Rule', Properties: { ...rule, Name: 'all' } },
  });
  expect(alerting.rules[0]).toMatchObject({ bus: 'default', arn: 'arn:aws:events:eu-central-1:123456789012:rule/all' });
  expect(alerting.topics).toEqual([{ arn: 'arn:aws:sns:eu-central-1:123456789012:people', policy: null }]);
});

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:people';
it.each<[string, DeclaredResource, RegExp]>([
  [
    'a pattern with an operator that is not built',
    { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: [{ wildcard: '*' }] } } },
    /^Extra: the local cloud cannot provide it: the event pattern\.source: wildcard is not built in the local cloud$/,
  ],
  [
    'a rule on a schedule',
    { Type: 'AWS::Events::Rule', Properties: { ...rule, ScheduleExpression: 'rate(1 hour)' } },
    /^Extra \(AWS::Events::Rule\): .*ScheduleExpression/s,
  ],
  [
    'a target that is neither function nor topic',
    {
      Type: 'AWS::Events::Rule',
      Properties: { ...rule, Targets: [{ Id: 'q', Arn: 'arn:aws:sqs:eu-central-1:123456789012:queue' }] },
    },
    /^Extra .*Lambda functions and SNS topics as targets/s,
  ],
  [
    'an alarm that looks further back than metrics are kept',
    { Type: 'AWS::CloudWatch::Alarm', Properties: { ...alarm, EvaluationPeriods: 30 } },
    /^Extra: the local cloud cannot provide it: The local cloud keeps metrics for 1200 seconds/,
  ],
  [
    'an alarm with an action that is not performed',
    {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { ...alarm, AlarmActions: ['arn:aws:automate:eu-central-1:ec2:stop'] },
    },
    /^Extra .*performs no other action/s,
  ],
  [
    'a subscription inside the account, which would have to be delivered',
    { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: topicArn, Protocol: 'lambda', Endpoint: 'arn' } },
    /^Extra .*delivers no message inside the account/s,
  ],
])('refuses %s, and names it', (_, Extra, message) => {
  expect(() => provide({ Extra })).toThrow(message);
});

it('accepts a subscription that leads out of the account', () => {
  const Properties = { TopicArn: topicArn, Protocol: 'email', Endpoint: 'people@example.com' };
  expect(() => provide({ Extra: { Type: 'AWS::SNS::Subscription', Properties } })).not.toThrow();
});
