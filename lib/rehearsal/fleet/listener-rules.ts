import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A target group's part of a forward action. */
export interface WeightedGroup {
  readonly targetGroupArn: string;
  /** 0 to 999. */
  readonly weight: number;
}

/** What a rule does with a request. */
export type RuleAction =
  | {
      readonly type: 'forward';
      readonly order?: number;
      readonly targetGroups: readonly WeightedGroup[];
      /** Kept and shown; a rehearsal's traffic has no cookies to stick to. */
      readonly stickiness?: { readonly enabled: boolean; readonly durationSeconds?: number };
    }
  | {
      readonly type: 'fixed-response';
      readonly order?: number;
      readonly statusCode: number;
      readonly messageBody?: string;
      readonly contentType?: string;
    };

/** One condition: any of its values will do. */
export type RuleCondition =
  | { readonly field: 'path-pattern' | 'host-header' | 'http-request-method'; readonly values: readonly string[] }
  | { readonly field: 'http-header'; readonly name: string; readonly values: readonly string[] }
  | { readonly field: 'query-string'; readonly pairs: readonly { readonly key?: string; readonly value: string }[] };

export interface ListenerRule {
  readonly arn: string;
  /** Evaluated from the lowest up; the default rule comes last. */
  readonly priority: number | 'default';
  readonly conditions: readonly RuleCondition[];
  readonly action: RuleAction;
  readonly tags: Readonly<Record<string, string>>;
}

/** Where one request goes. */
export type Route =
  | { readonly to: 'group'; readonly targetGroupArn: string }
  | { readonly to: 'fixed-response'; readonly action: Extract<RuleAction, { type: 'fixed-response' }> };

/** The one listener of a service's load balancer, with its rules. Its owner routes by them; the local cloud changes them. */
export class ListenerRules {
  readonly balancerArn: string;
  readonly arn: string;
  #rules: readonly ListenerRule[];
  #made = 0;

  /** One listener whose default rule sends everything to the service's target group. */
  constructor(balancerArn: string, targetGroupArn: string) {
    this.balancerArn = balancerArn;
    const listener = balancerArn.replace(':loadbalancer/', ':listener/');
    this.arn = `${listener}/${hex(listener)}`;
    const action: RuleAction = { type: 'forward', targetGroups: [{ targetGroupArn, weight: 1 }] };
    this.#rules = [{ arn: this.#ruleArn(), priority: 'default', conditions: [], action, tags: {} }];
  }

  /** In the order in which they are evaluated. */
  get rules(): readonly ListenerRule[] {
    return this.#rules;
  }

  add(rule: Omit<ListenerRule, 'arn'>): ListenerRule {
    const added = { ...rule, arn: this.#ruleArn() };
    this.#rules = [...this.#rules, added].toSorted((a, b) => placeOf(a) - placeOf(b));
    return added;
  }

  change(arn: string, change: Partial<Pick<ListenerRule, 'action' | 'conditions'>>): ListenerRule | undefined {
    this.#rules = this.#rules.map((rule) => (rule.arn === arn ? { ...rule, ...change } : rule));
    return this.#rules.find((rule) => rule.arn === arn);
  }

  remove(arn: string): void {
    this.#rules = this.#rules.filter((rule) => rule.arn !== arn);
  }

  /** Where a request goes. @param random uniform from 0 to below 1, which decides between weighted groups. */
  route(request: Pick<IncomingMessage, 'url' | 'method' | 'headers'>, random: () => number = Math.random): Route {
    const rule = this.#rules.find(({ conditions }) => conditions.every((condition) => meets(request, condition)));
    if (rule === undefined) throw new Error(`${this.arn} has lost its default rule`);
    if (rule.action.type === 'fixed-response') return { to: 'fixed-response', action: rule.action };
    return { to: 'group', targetGroupArn: drawn(rule.action.targetGroups, random()) };
  }

  #ruleArn(): string {
    this.#made += 1;
    return `${this.arn.replace(':listener/', ':listener-rule/')}/${hex(`${this.arn}#${this.#made}`)}`;
  }
}

function placeOf({ priority }: ListenerRule): number {
  return priority === 'default' ? Number.POSITIVE_INFINITY : priority;
}

/** Requests go to each group as its weight says, whether or not it has targets: there is no failover between groups. */
function drawn(groups: readonly WeightedGroup[], at: number): string {
  let left = at * groups.reduce((sum, { weight }) => sum + weight, 0);
  for (const { targetGroupArn, weight } of groups) {
    if (left < weight) return targetGroupArn;
    left -= weight;
  }
  return groups.at(-1)?.targetGroupArn ?? '';
}

function meets(
  { url = '/', method, headers }: Pick<IncomingMessage, 'url' | 'method' | 'headers'>,
  condition: RuleCondition,
): boolean {
  const [path = '/', query = ''] = url.split('?', 2);
  switch (condition.field) {
    case 'path-pattern':
      return condition.values.some((pattern) => matches(pattern, path));
    case 'host-header': {
      const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
      return condition.values.some((pattern) => matches(pattern.toLowerCase(), host));
    }
    case 'http-request-method':
      return condition.values.includes(method ?? 'GET');
    case 'http-header': {
      const value = String(headers[condition.name.toLowerCase()] ?? '').toLowerCase();
      return condition.values.some((pattern) => matches(pattern.toLowerCase(), value));
    }
    case 'query-string': {
      const asked = [...new URLSearchParams(query)].map((pair) => pair.map((text) => text.toLowerCase()));
      return condition.pairs.some(({ key, value }) =>
        asked.some(
          ([askedKey = '', askedValue = '']) =>
            (key === undefined || matches(key.toLowerCase(), askedKey)) && matches(value.toLowerCase(), askedValue),
        ),
      );
    }
  }
}

/** `*` stands for any text, `?` for one character (RuleCondition in the API reference). */
function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
