import * as z from 'zod';
import { alertingProperties } from './alerting-properties.ts';
import { commandDocument } from './documents.ts';

/**
 * The properties of each resource type that a rehearsal honours. The objects are closed: a property that is not here would
 * change what is deployed without changing what is rehearsed, so provisioning stops and names it.
 */

/** Known, and without any effect on what a rehearsal can show: tags, log settings, encryption, protection of data. */
const withoutEffect = z.unknown().optional();
const text = z.string().min(1);
const wholeSeconds = z.int().min(1);
const document = z.record(z.string(), z.unknown());

const keySchema = z
  .array(z.strictObject({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) }))
  .min(1)
  .max(2);

const secondaryIndexes = z
  .array(
    z.strictObject({
      IndexName: text,
      KeySchema: keySchema,
      Projection: z.strictObject({
        ProjectionType: z.enum(['ALL', 'INCLUDE', 'KEYS_ONLY']),
        NonKeyAttributes: z.array(text).optional(),
      }),
      ContributorInsightsSpecification: withoutEffect,
      OnDemandThroughput: withoutEffect,
      ProvisionedThroughput: withoutEffect,
      WarmThroughput: withoutEffect,
    }),
  )
  .default([]);

const tableProperties = {
  TableName: text.optional(),
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: text, AttributeType: z.enum(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: secondaryIndexes,
  LocalSecondaryIndexes: secondaryIndexes,
  // The rehearsal's tables never throttle, never expire an item within its hour, and have no stream readers.
  BillingMode: z.enum(['PAY_PER_REQUEST', 'PROVISIONED']).optional(),
  SSESpecification: withoutEffect,
  StreamSpecification: withoutEffect,
  TimeToLiveSpecification: withoutEffect,
  WarmThroughput: withoutEffect,
};

const dynamoTable = z.strictObject({
  ...tableProperties,
  ContributorInsightsSpecification: withoutEffect,
  DeletionProtectionEnabled: withoutEffect,
  OnDemandThroughput: withoutEffect,
  PointInTimeRecoverySpecification: withoutEffect,
  ProvisionedThroughput: withoutEffect,
  ResourcePolicy: withoutEffect,
  TableClass: withoutEffect,
  Tags: withoutEffect,
});

const globalTable = z.strictObject({
  ...tableProperties,
  // A replica in another region would be a second table; the local cloud is one region.
  Replicas: z
    .array(
      z.strictObject({
        Region: text,
        ContributorInsightsSpecification: withoutEffect,
        DeletionProtectionEnabled: withoutEffect,
        GlobalSecondaryIndexes: withoutEffect,
        PointInTimeRecoverySpecification: withoutEffect,
        ResourcePolicy: withoutEffect,
        SSESpecification: withoutEffect,
        TableClass: withoutEffect,
        Tags: withoutEffect,
      }),
    )
    .max(1),
  WriteOnDemandThroughputSettings: withoutEffect,
  WriteProvisionedThroughputSettings: withoutEffect,
});

const lambdaFunction = z.strictObject({
  FunctionName: text.optional(),
  Code: z.strictObject({ S3Bucket: text, S3Key: text }),
  Handler: text,
  Role: text,
  Runtime: z.string().regex(/^nodejs\d+\.x$/, 'the local cloud runs Node.js functions only'),
  // Defaults of AWS::Lambda::Function: 3 seconds, 128 MB.
  Timeout: wholeSeconds.max(900).default(3),
  MemorySize: z.int().min(128).default(128),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
  DurableConfig: z
    .strictObject({
      ExecutionTimeout: wholeSeconds.max(31_622_400),
      RetentionPeriodInDays: z.int().min(1).max(90).default(14),
      KMSKeyArn: withoutEffect,
    })
    .optional(),
  ReservedConcurrentExecutions: z.int().min(0).optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: text }).optional(),
  PackageType: z.literal('Zip').optional(),
  Architectures: withoutEffect,
  Description: withoutEffect,
  EphemeralStorage: withoutEffect,
  KmsKeyArn: withoutEffect,
  LoggingConfig: withoutEffect,
  RuntimeManagementConfig: withoutEffect,
  Tags: withoutEffect,
  TracingConfig: withoutEffect,
});

const eventInvokeConfig = z.strictObject({
  FunctionName: text,
  Qualifier: text,
  MaximumRetryAttempts: z.int().min(0).max(2).optional(),
  MaximumEventAgeInSeconds: z.int().min(60).max(21_600).optional(),
  DestinationConfig: z.strictObject({ OnFailure: z.strictObject({ Destination: text }).optional() }).optional(),
});

const schedule = z.strictObject({
  Name: text.optional(),
  GroupName: text.default('default'),
  ScheduleExpression: text,
  ScheduleExpressionTimezone: text.default('UTC'),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  Target: z.strictObject({
    Arn: text,
    RoleArn: text,
    Input: z.string().optional(),
    RetryPolicy: z
      .strictObject({
        MaximumRetryAttempts: z.int().min(0).max(185).optional(),
        MaximumEventAgeInSeconds: z.int().min(60).max(86_400).optional(),
      })
      .optional(),
    DeadLetterConfig: z.strictObject({ Arn: text }).optional(),
  }),
  Description: withoutEffect,
  KmsKeyArn: withoutEffect,
});

const role = z.strictObject({
  RoleName: text.optional(),
  AssumeRolePolicyDocument: document,
  ManagedPolicyArns: z.array(z.string()).default([]),
  Policies: z.array(z.strictObject({ PolicyName: text, PolicyDocument: document })).default([]),
  PermissionsBoundary: z.string().optional(),
  Description: withoutEffect,
  MaxSessionDuration: withoutEffect,
  Tags: withoutEffect,
});

/** By resource type, the closed schema of its properties. */
export const resourceProperties = {
  'AWS::DynamoDB::Table': dynamoTable,
  'AWS::DynamoDB::GlobalTable': globalTable,
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Version': z.strictObject({ FunctionName: text, Description: withoutEffect }),
  'AWS::Lambda::Alias': z.strictObject({
    FunctionName: text,
    FunctionVersion: text,
    Name: text,
    Description: withoutEffect,
  }),
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
  ...alertingProperties,
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': z.strictObject({ PolicyName: text, PolicyDocument: document, Roles: z.array(text) }),
  'AWS::IAM::ManagedPolicy': z.strictObject({
    ManagedPolicyName: text.optional(),
    PolicyDocument: document,
    Roles: z.array(text).default([]),
    Path: z.literal('/').optional(),
    Description: withoutEffect,
  }),
  'AWS::Scheduler::Schedule': schedule,
  'AWS::Scheduler::ScheduleGroup': z.strictObject({ Name: text.optional(), Tags: withoutEffect }),
  'AWS::SSM::Parameter': z.strictObject({
    Name: text.optional(),
    Type: z.enum(['String', 'StringList']),
    Value: text,
    AllowedPattern: text.optional(),
    DataType: z.literal('text').optional(),
    Description: withoutEffect,
    Tags: withoutEffect,
    Tier: withoutEffect,
  }),
  'AWS::SSM::Document': z.strictObject({
    Name: z.string().regex(/^[\w.-]{3,128}$/, { error: 'must be given: 3 to 128 letters, digits, _ - and .' }),
    Content: commandDocument,
    DocumentType: z.literal('Command'),
    DocumentFormat: z.literal('JSON').optional(),
    TargetType: withoutEffect,
    // A stack that is updated would make a new version; a rehearsal's stack is always new.
    UpdateMethod: withoutEffect,
    Tags: withoutEffect,
  }),
  'AWS::Events::EventBus': z.strictObject({
    Name: text,
    DeadLetterConfig: withoutEffect,
    Description: withoutEffect,
    KmsKeyIdentifier: withoutEffect,
    LogConfig: withoutEffect,
    Policy: withoutEffect,
    Tags: withoutEffect,
  }),
  'AWS::Logs::LogGroup': z.looseObject({}),
  'AWS::SQS::Queue': z.strictObject({
    QueueName: text.optional(),
    KmsMasterKeyId: withoutEffect,
    KmsDataKeyReusePeriodSeconds: withoutEffect,
    MessageRetentionPeriod: withoutEffect,
    SqsManagedSseEnabled: withoutEffect,
    Tags: withoutEffect,
    VisibilityTimeout: withoutEffect,
  }),
  'AWS::SQS::QueuePolicy': z.looseObject({}),
  'AWS::CDK::Metadata': z.looseObject({}),
} as const;

export type ServedResourceType = keyof typeof resourceProperties;
export type PropertiesOf<Type extends ServedResourceType> = z.output<(typeof resourceProperties)[Type]>;
