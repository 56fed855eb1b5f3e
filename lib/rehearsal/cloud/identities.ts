import { createHash } from 'node:crypto';
import { busName, ruleArn } from './events.ts';
import { type Identify, type ResourceIdentity, type StackIdentity, TemplateError } from './template.ts';

/**
 * Names the resources of a stack as CloudFormation does: the name that the template gives, or stack name, logical id and a
 * suffix. The suffix is derived, not random, so that the same template has the same names in every rehearsal.
 *
 * @throws TemplateError for a resource type that the local cloud does not know.
 */
export function identities(stack: StackIdentity): Identify {
  return ({ logicalId, type, property }) => {
    const describe = descriptions[type];
    if (!describe) {
      throw new TemplateError(
        `${logicalId}: the local cloud does not know the resource type ${type}; ` +
          `teach lib/rehearsal/cloud to provide it, or take it out of the stack`,
      );
    }
    return describe({
      stack,
      logicalId,
      named: (name, longest) => {
        const given = property(name);
        return typeof given === 'string' ? given : generatedName(stack.stackName, logicalId, longest);
      },
      text: (name) => String(property(name)),
    });
  };
}

interface Described {
  readonly stack: StackIdentity;
  readonly logicalId: string;
  /** The name in this property, or a generated one of at most so many characters. */
  named(property: string, longest: number): string;
  text(property: string): string;
}

function generatedName(stackName: string, logicalId: string, longest: number): string {
  const digest = createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex');
  const suffix = `-${digest.slice(0, 12).toUpperCase()}`;
  return `${stackName}-${logicalId}`.slice(0, longest - suffix.length) + suffix;
}

const arn = ({ accountId, region }: StackIdentity, service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

const noAttributes = (ref: string): ResourceIdentity => ({ ref, attributes: {} });

function table({ stack, named }: Described): ResourceIdentity {
  const name = named('TableName', 255);
  return { ref: name, attributes: { Arn: arn(stack, 'dynamodb', `table/${name}`), TableId: name } };
}

/** By resource type: what `Ref` answers, and which attributes `Fn::GetAtt` knows. Source: the types' "Return values" pages. */
const descriptions: Readonly<Record<string, (resource: Described) => ResourceIdentity>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::Lambda::Function': ({ stack, named }) => {
    const name = named('FunctionName', 64);
    return { ref: name, attributes: { Arn: arn(stack, 'lambda', `function:${name}`) } };
  },
  // The first version of a function is 1, and a fresh stack cannot publish a second one of unchanged code.
  'AWS::Lambda::Version': ({ stack, text }) => {
    const qualified = arn(stack, 'lambda', `function:${functionNameOf(text('FunctionName'))}:1`);
    return { ref: qualified, attributes: { Version: '1', FunctionArn: qualified } };
  },
  'AWS::Lambda::Alias': ({ stack, text }) => {
    const qualified = arn(stack, 'lambda', `function:${functionNameOf(text('FunctionName'))}:${text('Name')}`);
    return { ref: qualified, attributes: { AliasArn: qualified } };
  },
  'AWS::Lambda::EventInvokeConfig': ({ logicalId }) => noAttributes(logicalId),
  'AWS::Lambda::Permission': ({ logicalId }) => noAttributes(logicalId),
  'AWS::IAM::Role': ({ stack, named, logicalId }) => {
    const name = named('RoleName', 64);
    const attributes = { Arn: `arn:aws:iam::${stack.accountId}:role/${name}`, RoleId: `AROA${logicalId}` };
    return { ref: name, attributes };
  },
  'AWS::IAM::Policy': ({ logicalId }) => noAttributes(logicalId),
  'AWS::IAM::ManagedPolicy': ({ stack, named }) => {
    const policyArn = `arn:aws:iam::${stack.accountId}:policy/${named('ManagedPolicyName', 128)}`;
    return { ref: policyArn, attributes: { PolicyArn: policyArn } };
  },
  'AWS::Scheduler::ScheduleGroup': ({ stack, named }) => {
    const name = named('Name', 64);
    return { ref: name, attributes: { Arn: arn(stack, 'scheduler', `schedule-group/${name}`) } };
  },
  'AWS::Scheduler::Schedule': ({ stack, named, text }) => {
    const name = named('Name', 64);
    const group = text('GroupName') === 'undefined' ? 'default' : text('GroupName');
    return { ref: name, attributes: { Arn: arn(stack, 'scheduler', `schedule/${group}/${name}`) } };
  },
  'AWS::SSM::Parameter': ({ named, text }) => {
    const name = named('Name', 2048);
    return { ref: name, attributes: { Type: text('Type'), Value: text('Value') } };
  },
  'AWS::SSM::Document': ({ named }) => noAttributes(named('Name', 128)),
  'AWS::Events::EventBus': ({ stack, text }) => {
    const name = text('Name');
    return { ref: name, attributes: { Arn: arn(stack, 'events', `event-bus/${name}`), Name: name } };
  },
  'AWS::Events::Rule': ({ stack, named, text }) => {
    const name = named('Name', 64);
    const bus = text('EventBusName') === 'undefined' ? 'default' : busName(text('EventBusName'));
    return { ref: bus === 'default' ? name : `${bus}|${name}`, attributes: { Arn: ruleArn(stack, bus, name) } };
  },
  'AWS::CloudWatch::Alarm': ({ stack, named }) => {
    const name = named('AlarmName', 255);
    return { ref: name, attributes: { Arn: arn(stack, 'cloudwatch', `alarm:${name}`) } };
  },
  'AWS::SNS::Topic': ({ stack, named }) => {
    const TopicName = named('TopicName', 256);
    const TopicArn = arn(stack, 'sns', TopicName);
    return { ref: TopicArn, attributes: { TopicArn, TopicName } };
  },
  'AWS::SNS::TopicPolicy': ({ logicalId }) => noAttributes(logicalId),
  'AWS::SNS::Subscription': ({ logicalId }) => noAttributes(logicalId),
  'AWS::Logs::LogGroup': ({ stack, named }) => {
    const name = named('LogGroupName', 512);
    return { ref: name, attributes: { Arn: arn(stack, 'logs', `log-group:${name}:*`) } };
  },
  'AWS::SQS::Queue': ({ stack, named }) => {
    const QueueName = named('QueueName', 80);
    const QueueUrl = `https://sqs.${stack.region}.amazonaws.com/${stack.accountId}/${QueueName}`;
    return { ref: QueueUrl, attributes: { Arn: arn(stack, 'sqs', QueueName), QueueName, QueueUrl } };
  },
  'AWS::SQS::QueuePolicy': ({ logicalId }) => noAttributes(logicalId),
  'AWS::CDK::Metadata': ({ logicalId }) => noAttributes(logicalId),
};

/** The bare name in a function's name or ARN, qualified or not. */
function functionNameOf(nameOrArn: string): string {
  return /function:([^:]+)/.exec(nameOrArn)?.[1] ?? String(nameOrArn.split(':')[0]);
}
