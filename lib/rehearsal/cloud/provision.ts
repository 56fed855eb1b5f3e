import * as z from 'zod';
import type { SynthesizedStack } from './assembly.ts';
import type { ProvisionedDocument } from './documents.ts';
import { identities } from './identities.ts';
import { type ProvisionedAlerting, provisionAlerting } from './provision-alerting.ts';
import { type PropertiesOf, resourceProperties, type ServedResourceType } from './resource-properties.ts';
import { type ResolvedResource, resolveTemplate, TemplateError } from './template.ts';

/** How Lambda treats events that arrive asynchronously (`InvocationType: Event`). */
export interface EventInvokeRules {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** Where an event goes that was given up, or null: it is lost. */
  readonly failureDestinationArn: string | null;
}

export interface ProvisionedFunction {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Folder of the unpacked bundle. */
  readonly codeFolder: string;
  readonly handler: string;
  readonly runtime: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly roleArn: string;
  /** Null for a function that is not durable. */
  readonly durable: { readonly executionTimeoutSeconds: number } | null;
  readonly reservedConcurrency: number | null;
  /** Published versions, without `$LATEST`. */
  readonly versions: readonly string[];
  /** Alias name → version. */
  readonly aliases: Readonly<Record<string, string>>;
  /** By qualifier: a version, an alias or `$LATEST`. */
  readonly eventInvoke: Readonly<Record<string, EventInvokeRules>>;
  /** The function's own dead-letter queue, or null. */
  readonly deadLetterArn: string | null;
}

interface ProvisionedSchedule {
  readonly logicalId: string;
  readonly name: string;
  readonly groupName: string;
  readonly properties: PropertiesOf<'AWS::Scheduler::Schedule'>;
}

export interface ProvisionedTable {
  readonly logicalId: string;
  readonly name: string;
  readonly properties: PropertiesOf<'AWS::DynamoDB::Table'> | PropertiesOf<'AWS::DynamoDB::GlobalTable'>;
}

interface ProvisionedParameter {
  readonly name: string;
  readonly type: 'String' | 'StringList';
  readonly value: string;
  readonly allowedPattern?: string | undefined;
}

interface ProvisionedRole {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly managedPolicyArns: readonly string[];
  /** The policy documents written into the stack, as the template has them. */
  readonly policies: readonly { readonly name: string; readonly document: Readonly<Record<string, unknown>> }[];
}

/** A stack as plain data: every name is final, nothing refers to anything any more. */
export interface Provision {
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  readonly tables: readonly ProvisionedTable[];
  readonly functions: readonly ProvisionedFunction[];
  readonly schedules: readonly ProvisionedSchedule[];
  readonly scheduleGroups: readonly string[];
  readonly parameters: readonly ProvisionedParameter[];
  /** SSM's Command documents. */
  readonly documents: readonly ProvisionedDocument[];
  readonly eventBuses: readonly string[];
  readonly alerting: ProvisionedAlerting;
  readonly roles: readonly ProvisionedRole[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What `Ref` answers for each resource: its physical name, for most types. */
  readonly names: Readonly<Record<string, string>>;
}

/** Lambda's defaults for asynchronous events: two retries, six hours. Source: AWS::Lambda::EventInvokeConfig. */
export const defaultEventInvokeRules: EventInvokeRules = {
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 21_600,
  failureDestinationArn: null,
};

/**
 * Turns a synthesized stack into plain data.
 *
 * @throws TemplateError naming the logical id, for a resource type or a property that a rehearsal would not honour.
 */
export function provision(stack: SynthesizedStack, account: { accountId: string; region: string }): Provision {
  const identity = { ...account, stackName: stack.name };
  const { resources, outputs } = resolveTemplate(stack.template, identity, identities(identity));
  const every = <Type extends ServedResourceType>(type: Type): Served<Type>[] => served(resources, type);
  for (const resource of resources) parseProperties(resource);
  return {
    stackName: stack.name,
    ...account,
    tables: [...every('AWS::DynamoDB::Table'), ...every('AWS::DynamoDB::GlobalTable')].map(
      ({ logicalId, ref, properties }) => ({ logicalId, name: ref, properties }),
    ),
    functions: every('AWS::Lambda::Function').map((declared) => functionOf(declared, stack, account, every)),
    schedules: every('AWS::Scheduler::Schedule').map(({ logicalId, ref, properties }) => ({
      logicalId,
      name: ref,
      groupName: properties.GroupName,
      properties,
    })),
    scheduleGroups: every('AWS::Scheduler::ScheduleGroup').map(({ ref }) => ref),
    parameters: every('AWS::SSM::Parameter').map(({ ref, properties }) => ({
      name: ref,
      type: properties.Type,
      value: properties.Value,
      allowedPattern: properties.AllowedPattern,
    })),
    documents: every('AWS::SSM::Document').map(({ ref, properties: { Content } }) => ({ name: ref, content: Content })),
    eventBuses: every('AWS::Events::EventBus').map(({ ref }) => ref),
    alerting: provisionAlerting(every, account),
    roles: every('AWS::IAM::Role').map((declared) => roleOf(declared, account.accountId, every)),
    outputs,
    names: Object.fromEntries(resources.map(({ logicalId, ref }) => [logicalId, ref])),
  };
}

interface Served<Type extends ServedResourceType> {
  readonly logicalId: string;
  readonly ref: string;
  readonly properties: PropertiesOf<Type>;
}
type Every = <Type extends ServedResourceType>(type: Type) => Served<Type>[];

function served<Type extends ServedResourceType>(resources: readonly ResolvedResource[], type: Type): Served<Type>[] {
  return resources
    .filter((resource) => resource.type === type)
    .map((resource) => ({
      logicalId: resource.logicalId,
      ref: resource.ref,
      properties: parseProperties(resource) as PropertiesOf<Type>,
    }));
}

function parseProperties({ logicalId, type, properties }: ResolvedResource): unknown {
  // `identities` has refused unknown types already: every type that has a name has a schema.
  const parsed = resourceProperties[type as ServedResourceType].safeParse(properties);
  if (parsed.success) return parsed.data;
  throw new TemplateError(
    `${logicalId} (${type}): the local cloud does not honour its properties: ${z.prettifyError(parsed.error)}`,
  );
}

function functionOf(
  { logicalId, ref: name, properties }: Served<'AWS::Lambda::Function'>,
  stack: SynthesizedStack,
  { accountId, region }: { accountId: string; region: string },
  every: Every,
): ProvisionedFunction {
  const codeFolder = stack.assetFolders.get(properties.Code.S3Key);
  if (!codeFolder) throw new TemplateError(`${logicalId}: its code ${properties.Code.S3Key} is not in the assembly`);
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${name}`;
  const mine = ({ properties: { FunctionName } }: { properties: { FunctionName: string } }): boolean =>
    FunctionName === name || FunctionName === arn;
  const versions = every('AWS::Lambda::Version').filter(mine);
  if (versions.length > 1) {
    throw new TemplateError(
      `${logicalId}: a stack can publish one version of a function at a time, this one has several`,
    );
  }
  const eventInvoke = every('AWS::Lambda::EventInvokeConfig')
    .filter(mine)
    .map(({ properties: rules }) => [rules.Qualifier, eventInvokeRules(rules)] as const);
  return {
    logicalId,
    name,
    arn,
    codeFolder,
    handler: properties.Handler,
    runtime: properties.Runtime,
    environment: properties.Environment.Variables,
    timeoutSeconds: properties.Timeout,
    memoryMegabytes: properties.MemorySize,
    roleArn: properties.Role,
    durable: properties.DurableConfig ? { executionTimeoutSeconds: properties.DurableConfig.ExecutionTimeout } : null,
    reservedConcurrency: properties.ReservedConcurrentExecutions ?? null,
    versions: versions.map(() => '1'),
    aliases: Object.fromEntries(
      every('AWS::Lambda::Alias')
        .filter(mine)
        .map(({ properties: alias }) => [alias.Name, alias.FunctionVersion]),
    ),
    eventInvoke: Object.fromEntries(eventInvoke),
    deadLetterArn: properties.DeadLetterConfig?.TargetArn ?? null,
  };
}

function eventInvokeRules(rules: PropertiesOf<'AWS::Lambda::EventInvokeConfig'>): EventInvokeRules {
  return {
    maximumRetryAttempts: rules.MaximumRetryAttempts ?? defaultEventInvokeRules.maximumRetryAttempts,
    maximumEventAgeSeconds: rules.MaximumEventAgeInSeconds ?? defaultEventInvokeRules.maximumEventAgeSeconds,
    failureDestinationArn: rules.DestinationConfig?.OnFailure?.Destination ?? null,
  };
}

function roleOf(
  { logicalId, ref: name, properties }: Served<'AWS::IAM::Role'>,
  accountId: string,
  every: Every,
): ProvisionedRole {
  const attached = [
    ...every('AWS::IAM::Policy').map(({ properties: policy, logicalId: id }) => ({ ...policy, id })),
    ...every('AWS::IAM::ManagedPolicy').map(({ properties: policy, logicalId: id }) => ({ ...policy, id })),
  ].filter(({ Roles }) => Roles.includes(name));
  return {
    logicalId,
    name,
    arn: `arn:aws:iam::${accountId}:role/${name}`,
    managedPolicyArns: properties.ManagedPolicyArns,
    policies: [
      ...properties.Policies.map((policy) => ({ name: policy.PolicyName, document: policy.PolicyDocument })),
      ...attached.map((policy) => ({ name: policy.id, document: policy.PolicyDocument })),
    ],
  };
}
