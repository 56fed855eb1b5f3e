import * as z from 'zod';

/** A rule's action, in ELB's own words. What this fault does not know of it is kept as it is. */
export const actionSchema = z.looseObject({
  Type: z.string(),
  Order: z.number().optional(),
  TargetGroupArn: z.string().optional(),
  ForwardConfig: z
    .looseObject({
      TargetGroups: z.array(z.looseObject({ TargetGroupArn: z.string(), Weight: z.number().optional() })).optional(),
      TargetGroupStickinessConfig: z.looseObject({ Enabled: z.boolean().optional() }).optional(),
    })
    .optional(),
});
export type RuleAction = z.output<typeof actionSchema>;

const valuesSchema = z.looseObject({
  Values: z.array(z.string()).optional(),
  RegexValues: z.array(z.string()).optional(),
});

/** A rule's condition, in ELB's own words. */
export const conditionSchema = z.looseObject({
  Field: z.string(),
  Values: z.array(z.string()).optional(),
  RegexValues: z.array(z.string()).optional(),
  PathPatternConfig: valuesSchema.optional(),
  HostHeaderConfig: valuesSchema.optional(),
});
export type RuleCondition = z.output<typeof conditionSchema>;

/** A rule of a listener; its default actions are a rule too, which is changed through the listener. */
export interface Rule {
  readonly listenerArn: string;
  readonly ruleArn: string;
  readonly priority: number | 'default';
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly RuleAction[];
}

/** A target group's part of a forward action. */
export interface WeightedGroup {
  readonly arn: string;
  readonly weight: number;
}

/** Where an action forwards to; none for other actions. A single group may be named in either place, and its weight left out. */
export function groupsOf({ Type, TargetGroupArn, ForwardConfig }: RuleAction): readonly WeightedGroup[] {
  if (Type !== 'forward') return [];
  const { TargetGroups = [] } = ForwardConfig ?? {};
  if (TargetGroups.length === 0) return TargetGroupArn === undefined ? [] : [{ arn: TargetGroupArn, weight: 1 }];
  return TargetGroups.map(({ TargetGroupArn: arn, Weight: weight = 1 }) => ({ arn, weight }));
}

/** Whether actions forward to a target group, weight 0 included. */
export function forwardTo(actions: readonly RuleAction[], targetGroupArn: string): boolean {
  return actions.some((action) => groupsOf(action).some(({ arn }) => arn === targetGroupArn));
}

/** The action with other groups; stickiness and order stay. */
export function withGroups(
  { TargetGroupArn: _, ForwardConfig, ...action }: RuleAction,
  groups: readonly WeightedGroup[],
): RuleAction {
  const TargetGroups = groups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight }));
  return { ...action, ForwardConfig: { ...ForwardConfig, TargetGroups } };
}

/** Whether two lists of actions do the same: the ways to write a single group, and what is left out, count for nothing. */
export function sameActions(one: readonly RuleAction[], other: readonly RuleAction[]): boolean {
  return JSON.stringify(one.map(canonical)) === JSON.stringify(other.map(canonical));
}

function canonical(action: RuleAction): unknown {
  if (action.Type !== 'forward') return sorted(action);
  const groups = groupsOf(action).toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  const { Enabled = false, ...sticky } = action.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  const [only] = groups;
  // One group gets everything, whatever its weight.
  const meant = groups.length === 1 && only !== undefined ? [{ ...only, weight: 1 }] : groups;
  return sorted({ Type: action.Type, Order: action.Order ?? 1, groups: meant, sticky: { Enabled, ...sticky } });
}

/** With keys in order and without what is undefined, so that equal things have equal text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inside]) => inside !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, inside]) => [key, sorted(inside)]),
  );
}
