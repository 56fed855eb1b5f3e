import * as z from 'zod';
import type { ListenerRule, ListenerRules, RuleAction, RuleCondition } from '../fleet/listener-rules.ts';
import type { Tags } from '../fleet/model.ts';
import { AwsError } from './operation.ts';
import { queryBoolean, queryList, queryNumber } from './protocols/query-input.ts';

/** Limits of rules and actions (ELB's quotas for Application Load Balancers, and `Weight`, `Priority` in the API reference). */
const HEAVIEST_WEIGHT = 999;
const MOST_GROUPS = 5;
const MOST_CONDITION_VALUES = 5;
const LONGEST_BODY = 1_024;

const text = z.string().min(1);

export const tagList = queryList(z.strictObject({ Key: text.max(128), Value: z.string().max(256).default('') }));

const forwardConfig = z.strictObject({
  TargetGroups: queryList(z.strictObject({ TargetGroupArn: text, Weight: queryNumber.optional() })).optional(),
  TargetGroupStickinessConfig: z
    .strictObject({ Enabled: queryBoolean.optional(), DurationSeconds: queryNumber.optional() })
    .optional(),
});

/** One action: forward or fixed response. What signs users in or redirects is not served. */
export const actions = z
  .array(
    z.strictObject({
      Type: z.enum(['forward', 'fixed-response']),
      Order: queryNumber.optional(),
      TargetGroupArn: text.optional(),
      ForwardConfig: forwardConfig.optional(),
      FixedResponseConfig: z
        .strictObject({ StatusCode: text, MessageBody: z.string().optional(), ContentType: text.optional() })
        .optional(),
    }),
  )
  .length(1);

const values = z.strictObject({ Values: queryList(text) });

/** Regular expressions and source addresses are not served. */
export const conditions = queryList(
  z.strictObject({
    Field: z.enum(['path-pattern', 'host-header', 'http-request-method', 'http-header', 'query-string']),
    Values: queryList(text).optional(),
    PathPatternConfig: values.optional(),
    HostHeaderConfig: values.optional(),
    HttpRequestMethodConfig: values.optional(),
    HttpHeaderConfig: z.strictObject({ HttpHeaderName: text, Values: queryList(text) }).optional(),
    QueryStringConfig: z
      .strictObject({ Values: queryList(z.strictObject({ Key: text.optional(), Value: text })) })
      .optional(),
  }),
);

type AskedAction = z.output<typeof actions>[number];
type AskedCondition = z.output<typeof conditions>[number];

/** @throws AwsError for an action that ELB does not take, whatever there is. */
export function readAction([asked]: z.output<typeof actions>): RuleAction {
  if (asked === undefined) throw invalid('A rule must have an action.');
  const order = asked.Order === undefined ? {} : { order: asked.Order };
  if (asked.Type === 'fixed-response') return { type: asked.Type, ...order, ...readFixed(asked) };
  const { TargetGroupArn: single, ForwardConfig: { TargetGroups = [], TargetGroupStickinessConfig: stick } = {} } =
    asked;
  const groups = TargetGroups.length === 0 && single !== undefined ? [{ TargetGroupArn: single }] : TargetGroups;
  if (groups.length === 0) throw invalid('A forward action must name a target group.');
  if (single !== undefined && (groups.length > 1 || groups[0]?.TargetGroupArn !== single)) {
    throw invalid('TargetGroupArn and ForwardConfig must name the same one target group.');
  }
  // The name of this error is from memory.
  if (groups.length > MOST_GROUPS) throw new AwsError('TooManyTargetGroups', 'A forward action takes 5 target groups.');
  const targetGroups = groups.map((group) => {
    const { TargetGroupArn: targetGroupArn, Weight: weight = 1 } = { Weight: undefined, ...group };
    if (weight < 0 || weight > HEAVIEST_WEIGHT) throw invalid(`A weight must be between 0 and ${HEAVIEST_WEIGHT}.`);
    return { targetGroupArn, weight };
  });
  if (new Set(targetGroups.map(({ targetGroupArn }) => targetGroupArn)).size < targetGroups.length) {
    throw invalid('A forward action cannot name a target group twice.');
  }
  return {
    type: 'forward',
    ...order,
    targetGroups,
    ...(stick === undefined ? {} : { stickiness: readStickiness(stick) }),
  };
}

function readStickiness({
  Enabled = false,
  DurationSeconds,
}: NonNullable<z.output<typeof forwardConfig>['TargetGroupStickinessConfig']>) {
  if (Enabled && DurationSeconds === undefined)
    throw invalid('DurationSeconds is required when stickiness is enabled.');
  return { enabled: Enabled, ...(DurationSeconds === undefined ? {} : { durationSeconds: DurationSeconds }) };
}

function readFixed({ FixedResponseConfig: config }: AskedAction) {
  if (config === undefined) throw invalid('A fixed-response action must have a FixedResponseConfig.');
  if (!/^[245]\d\d$/.test(config.StatusCode)) throw invalid('The status code must be 2XX, 4XX or 5XX.');
  if ((config.MessageBody?.length ?? 0) > LONGEST_BODY)
    throw invalid(`The message has more than ${LONGEST_BODY} characters.`);
  return {
    statusCode: Number(config.StatusCode),
    ...(config.MessageBody === undefined ? {} : { messageBody: config.MessageBody }),
    ...(config.ContentType === undefined ? {} : { contentType: config.ContentType }),
  };
}

/** @throws AwsError for conditions that ELB does not take. */
export function readConditions(asked: z.output<typeof conditions>): RuleCondition[] {
  const read = asked.map(readCondition);
  const single = read
    .filter(({ field }) => field !== 'http-header' && field !== 'query-string')
    .map(({ field }) => field);
  if (new Set(single).size < single.length) throw invalid('A rule can have one condition of this field.');
  const count = read.reduce((sum, one) => sum + (one.field === 'query-string' ? one.pairs : one.values).length, 0);
  // The words of this error are from memory.
  if (count > MOST_CONDITION_VALUES) throw invalid(`A rule can only have '${MOST_CONDITION_VALUES}' condition values`);
  return read;
}

function readCondition(asked: AskedCondition): RuleCondition {
  const { Field: field } = asked;
  if (field === 'http-header') {
    const { HttpHeaderName: name = '', Values = [] } = asked.HttpHeaderConfig ?? {};
    return { field, name, values: someOf(Values) };
  }
  if (field === 'query-string') {
    const pairs = (asked.QueryStringConfig?.Values ?? []).map(({ Key: key, Value: value }) => ({
      ...(key ? { key } : {}),
      value,
    }));
    return { field, pairs: someOf(pairs) };
  }
  const config = {
    'path-pattern': asked.PathPatternConfig,
    'host-header': asked.HostHeaderConfig,
    'http-request-method': asked.HttpRequestMethodConfig,
  }[field];
  if (config !== undefined && asked.Values !== undefined)
    throw invalid('Values and a condition’s own config exclude each other.');
  return { field, values: someOf(config?.Values ?? asked.Values ?? []) };
}

function someOf<Value>(list: readonly Value[]): readonly Value[] {
  if (list.length === 0) throw invalid('A condition value must be specified.');
  return list;
}

/** A listener as `DescribeListeners` and `ModifyListener` show it. */
export function showListener(listener: ListenerRules): object {
  const standard = listener.rules.find(({ priority }) => priority === 'default');
  return {
    ListenerArn: listener.arn,
    LoadBalancerArn: listener.balancerArn,
    Port: 80,
    Protocol: 'HTTP',
    DefaultActions: standard === undefined ? [] : [showAction(standard.action)],
  };
}

/** A rule as all operations show it. */
export function showRule({ arn, priority, conditions: met, action }: ListenerRule): object {
  return {
    RuleArn: arn,
    Priority: String(priority),
    Conditions: met.map(showCondition),
    Actions: [showAction(action)],
    IsDefault: priority === 'default',
  };
}

function showAction(action: RuleAction): object {
  const { type, order } = action;
  if (type === 'fixed-response') {
    const { statusCode, messageBody, contentType } = action;
    const config = { MessageBody: messageBody, StatusCode: String(statusCode), ContentType: contentType };
    return { Type: type, Order: order, FixedResponseConfig: config };
  }
  const { targetGroups, stickiness } = action;
  return {
    Type: type,
    Order: order,
    TargetGroupArn: targetGroups.length === 1 ? targetGroups[0]?.targetGroupArn : undefined,
    ForwardConfig: {
      TargetGroups: targetGroups.map(({ targetGroupArn, weight }) => ({
        TargetGroupArn: targetGroupArn,
        Weight: weight,
      })),
      TargetGroupStickinessConfig: {
        Enabled: stickiness?.enabled ?? false,
        DurationSeconds: stickiness?.durationSeconds,
      },
    },
  };
}

function showCondition(condition: RuleCondition): object {
  const { field } = condition;
  switch (field) {
    case 'http-header':
      return { Field: field, HttpHeaderConfig: { HttpHeaderName: condition.name, Values: condition.values } };
    case 'query-string':
      return {
        Field: field,
        QueryStringConfig: { Values: condition.pairs.map(({ key, value }) => ({ Key: key, Value: value })) },
      };
    case 'http-request-method':
      return { Field: field, HttpRequestMethodConfig: { Values: condition.values } };
    default: {
      // Both forms are shown, of which only one may be given.
      const config = { Values: condition.values };
      const named = field === 'path-pattern' ? { PathPatternConfig: config } : { HostHeaderConfig: config };
      return { Field: field, Values: condition.values, ...named };
    }
  }
}

/** Tags as a list. */
export function showTags(tags: Tags): object[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** ELB's error for what it does not accept. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
