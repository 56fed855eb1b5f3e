import * as z from 'zod';
import { metricAlarmProperties } from './alarm-definition.ts';

const text = z.string().min(1);
/** Known, and without any effect on what a rehearsal can show. */
const withoutEffect = z.unknown().optional();

const target = z.strictObject({
  Arn: text.regex(/^arn:aws[\w-]*:(lambda|sns):/, 'the local cloud has Lambda functions and SNS topics as targets'),
  Id: text.max(64),
  /** Takes the place of the event. */
  Input: z.string().optional(),
  // A target here takes what it is given, or never will: there is nothing to try again or to put aside.
  RetryPolicy: withoutEffect,
  DeadLetterConfig: withoutEffect,
});

/**
 * The properties of alarms, event rules, topics and permissions that a rehearsal honours; closed, as all of
 * `resource-properties.ts` are. Event patterns are read when the stack is provided.
 */
export const alertingProperties = {
  'AWS::CloudWatch::Alarm': z.strictObject({
    ...metricAlarmProperties,
    AlarmName: metricAlarmProperties.AlarmName.optional(),
    Tags: withoutEffect,
  }),
  'AWS::Events::Rule': z.strictObject({
    Name: text.optional(),
    EventBusName: text.default('default'),
    EventPattern: z.record(z.string(), z.unknown()),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    // Most targets of a rule. Source: EventBridge quotas.
    Targets: z.array(target).max(5).default([]),
    Description: withoutEffect,
    Tags: withoutEffect,
  }),
  'AWS::SNS::Topic': z.strictObject({
    TopicName: text.optional(),
    FifoTopic: z.literal(false).optional(),
    DataProtectionPolicy: withoutEffect,
    DeliveryStatusLogging: withoutEffect,
    DisplayName: withoutEffect,
    KmsMasterKeyId: withoutEffect,
    SignatureVersion: withoutEffect,
    Tags: withoutEffect,
    TracingConfig: withoutEffect,
  }),
  'AWS::SNS::TopicPolicy': z.strictObject({
    Topics: z.array(text).min(1),
    PolicyDocument: z.looseObject({
      Statement: z.array(
        z.looseObject({ Effect: z.enum(['Allow', 'Deny']), Action: z.unknown(), Principal: z.unknown() }),
      ),
    }),
  }),
  'AWS::SNS::Subscription': z.strictObject({
    TopicArn: text,
    Protocol: z.enum(['email', 'email-json', 'http', 'https', 'sms'], {
      error: 'the local cloud delivers no message inside the account: use email, email-json, http, https or sms',
    }),
    Endpoint: text,
    FilterPolicy: withoutEffect,
    FilterPolicyScope: withoutEffect,
    RawMessageDelivery: withoutEffect,
    RedrivePolicy: withoutEffect,
    DeliveryPolicy: withoutEffect,
    Region: withoutEffect,
  }),
  'AWS::Lambda::Permission': z.strictObject({
    Action: text,
    FunctionName: text,
    Principal: text,
    SourceAccount: text.optional(),
    SourceArn: text.optional(),
  }),
} as const;
