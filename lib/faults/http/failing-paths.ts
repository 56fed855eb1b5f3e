import { forwardTo, groupsOf, type Rule, type RuleCondition } from './listener-rule.ts';
import { both } from './path-patterns.ts';

/** How many values all conditions of a rule may have, and the largest priority (ELB's quotas and API reference). */
const MOST_VALUES = 5;
const LAST_PRIORITY = 50_000;
/** More rules than this are a mistake, or a load balancer that is not to be touched. */
const MOST_RULES = 10;

/** A rule that will answer in the service's stead. */
export interface FailingPath {
  readonly listenerArn: string;
  readonly priority: number;
  readonly conditions: readonly RuleCondition[];
}

/**
 * The rules that make the paths fail for one service and for no other: each has the conditions of a rule of the service and a path
 * besides, and stands right before it, so that no request which goes elsewhere now meets it.
 *
 * @param rules all rules of the load balancer.
 */
export function failingPaths(
  rules: readonly Rule[],
  targetGroupArn: string,
  paths: readonly string[],
): { readonly failing: readonly FailingPath[] } | { readonly because: string } {
  const failing: FailingPath[] = [];
  try {
    for (const [listenerArn, ofListener] of Map.groupBy(rules, (rule) => rule.listenerArn)) {
      for (const rule of inOrder(ofListener).filter(({ actions }) => forwardTo(actions, targetGroupArn))) {
        if (!rule.actions.every((action) => isOnly(groupsOf(action), targetGroupArn))) {
          return { because: `rule ${rule.priority} of ${listenerArn} does more than forward to the service` };
        }
        const wanted = [
          ...new Set(paths.flatMap((path) => conditionsFor(rule, path)).map((one) => JSON.stringify(one))),
        ];
        const taken = failing.filter((one) => one.listenerArn === listenerArn).map(({ priority }) => priority);
        const free = freeBefore(rule, ofListener, targetGroupArn, taken);
        if (free.length < wanted.length) {
          return { because: `there is no free priority right before rule ${rule.priority} of ${listenerArn}` };
        }
        failing.push(
          ...wanted.map((conditions, index) => ({
            listenerArn,
            priority: free[index] ?? 0,
            conditions: JSON.parse(conditions) as RuleCondition[],
          })),
        );
      }
    }
  } catch (error) {
    if (error instanceof RangeError) return { because: error.message };
    throw error;
  }
  if (failing.length === 0) return { because: 'no rule forwards these paths to the service' };
  if (failing.length > MOST_RULES) return { because: `it would take ${failing.length} rules, more than ${MOST_RULES}` };
  return { failing };
}

function inOrder(rules: readonly Rule[]): readonly Rule[] {
  return rules.toSorted((a, b) => placeOf(a) - placeOf(b));
}

const placeOf = ({ priority }: Rule): number => (priority === 'default' ? LAST_PRIORITY + 1 : priority);

/** The rule's conditions with one path, one list for each of the rule's own paths that it meets. A rule has one path condition at most. */
function conditionsFor({ conditions, priority }: Rule, path: string): RuleCondition[][] {
  const others = conditions.filter(({ Field }) => Field !== 'path-pattern');
  const own = conditions.find(({ Field }) => Field === 'path-pattern');
  const regular = own?.RegexValues ?? own?.PathPatternConfig?.RegexValues ?? [];
  if (regular.length > 0) throw new RangeError(`rule ${priority} matches paths by regular expressions`);
  const patterns = own?.PathPatternConfig?.Values ?? own?.Values ?? ['*'];
  if (others.reduce((sum, one) => sum + valuesIn(one), 1) > MOST_VALUES) {
    throw new RangeError(`the conditions of rule ${priority} leave no room for a path`);
  }
  return patterns.flatMap((pattern) => {
    const met = both(pattern, path);
    return met === undefined
      ? []
      : [[...others.map(asGiven), { Field: 'path-pattern', PathPatternConfig: { Values: [met] } }]];
  });
}

/** ELB shows a condition's values twice and takes them once (`Values` of RuleCondition in the API reference). */
function asGiven({ Values, RegexValues, ...condition }: RuleCondition): RuleCondition {
  const hasConfig = Object.keys(condition).some((key) => key.endsWith('Config'));
  return hasConfig
    ? condition
    : { ...condition, ...(Values ? { Values } : {}), ...(RegexValues ? { RegexValues } : {}) };
}

/** How many values a condition has; whatever is a list in it counts, once. */
function valuesIn(condition: RuleCondition): number {
  return Object.values(asGiven(condition)).reduce((sum: number, part: unknown) => sum + longest(part), 0);
}

function longest(part: unknown): number {
  if (Array.isArray(part)) return part.length;
  if (typeof part !== 'object' || part === null) return 0;
  return Object.values(part).reduce((sum: number, inside: unknown) => sum + longest(inside), 0);
}

/**
 * Free priorities before a rule, nearest first, that overtake no rule but those which send everything to the same service: a request
 * they would have taken must not fail.
 */
function freeBefore(rule: Rule, rules: readonly Rule[], targetGroupArn: string, taken: readonly number[]): number[] {
  const before = inOrder(rules).filter((other) => placeOf(other) < placeOf(rule));
  const barrier = before.findLast(
    ({ actions }) => !actions.every((action) => isOnly(groupsOf(action), targetGroupArn)),
  );
  const used = new Set([...before.map(placeOf), ...taken]);
  const free: number[] = [];
  const least = barrier === undefined ? 1 : placeOf(barrier) + 1;
  for (let priority = placeOf(rule) - 1; priority >= least && free.length <= MOST_RULES; priority -= 1) {
    if (!used.has(priority)) free.push(priority);
  }
  return free;
}

function isOnly(groups: readonly { readonly arn: string }[], targetGroupArn: string): boolean {
  return groups.length > 0 && groups.every(({ arn }) => arn === targetGroupArn);
}
