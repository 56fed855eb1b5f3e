import type * as z from 'zod';
import { type MetricAlarmInput, readMetricAlarm } from './alarm-definition.ts';
import type { alertingProperties } from './alerting-properties.ts';
import { compilePattern, EventPatternError } from './event-pattern.ts';
import { busName, ruleArn } from './events.ts';
import { AwsError } from './operation.ts';
import { TemplateError } from './template.ts';

type AlertingType = keyof typeof alertingProperties;
type PropertiesOf<Type extends AlertingType> = z.output<(typeof alertingProperties)[Type]>;

/** The resources of a type, with what `Ref` answers for each. */
type Every = <Type extends AlertingType>(
  type: Type,
) => readonly { readonly logicalId: string; readonly ref: string; readonly properties: PropertiesOf<Type> }[];

export interface ProvisionedRule {
  readonly name: string;
  readonly arn: string;
  /** Name of its bus. */
  readonly bus: string;
  readonly enabled: boolean;
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly targets: readonly { readonly arn: string; readonly input: string | null }[];
}

export interface ProvisionedTopic {
  readonly arn: string;
  /** Statements of the topic's own policies; null when it has none but SNS's default. */
  readonly policy: readonly Readonly<Record<string, unknown>>[] | null;
}

export type ProvisionedPermission = PropertiesOf<'AWS::Lambda::Permission'>;

/** What a stack has that watches, matches and tells. */
export interface ProvisionedAlerting {
  readonly alarms: readonly MetricAlarmInput[];
  readonly rules: readonly ProvisionedRule[];
  readonly topics: readonly ProvisionedTopic[];
  /** Who may invoke which function. */
  readonly permissions: readonly ProvisionedPermission[];
}

/**
 * Turns a stack's alarms, rules and topics into plain data.
 * @throws TemplateError naming the logical id, for an alarm that cannot be evaluated or a pattern that cannot be matched.
 */
export function provisionAlerting(every: Every, account: { accountId: string; region: string }): ProvisionedAlerting {
  const policies = every('AWS::SNS::TopicPolicy').map(({ properties }) => properties);
  return {
    alarms: every('AWS::CloudWatch::Alarm').map(({ logicalId, ref, properties: { Tags: _, ...properties } }) => {
      const alarm = { ...properties, AlarmName: ref };
      return checked(logicalId, () => readMetricAlarm(alarm), alarm);
    }),
    rules: every('AWS::Events::Rule').map(({ logicalId, ref, properties }) => {
      const rule = ruleOf(ref, properties, account);
      return checked(logicalId, () => compilePattern(rule.pattern), rule);
    }),
    topics: every('AWS::SNS::Topic').map(({ ref }) => {
      const own = policies.filter(({ Topics }) => Topics.includes(ref));
      const policy = own.length === 0 ? null : own.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      return { arn: ref, policy };
    }),
    permissions: every('AWS::Lambda::Permission').map(({ properties }) => properties),
  };
}

function ruleOf(
  ref: string,
  properties: PropertiesOf<'AWS::Events::Rule'>,
  account: { accountId: string; region: string },
): ProvisionedRule {
  const { EventBusName, EventPattern, State, Targets } = properties;
  const name = ref.slice(ref.indexOf('|') + 1);
  const bus = busName(EventBusName);
  return {
    name,
    arn: ruleArn(account, bus, name),
    bus,
    enabled: State === 'ENABLED',
    pattern: EventPattern,
    targets: Targets.map(({ Arn, Input }) => ({ arn: Arn, input: Input ?? null })),
  };
}

/** Gives what was checked; what the check throws gets the name of the resource. */
function checked<Checked>(logicalId: string, check: () => unknown, what: Checked): Checked {
  try {
    check();
    return what;
  } catch (cause) {
    if (!(cause instanceof EventPatternError) && !(cause instanceof AwsError)) throw cause;
    throw new TemplateError(`${logicalId}: the local cloud cannot provide it: ${cause.message}`, { cause });
  }
}
