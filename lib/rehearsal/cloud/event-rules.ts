import { compilePattern, type EventMatcher } from './event-pattern.ts';
import type { ReceivedEvent } from './events.ts';
import type { ProvisionedPermission, ProvisionedRule } from './provision-alerting.ts';
import type { Topics } from './topics.ts';

const EVENT_BRIDGE = 'events.amazonaws.com';

export interface EventRulesOptions {
  readonly rules: readonly ProvisionedRule[];
  readonly permissions: readonly ProvisionedPermission[];
  readonly accountId: string;
  readonly region: string;
  readonly topics: Topics;
  /** Hands an event to a function as an asynchronous invocation. */
  readonly invoke: (functionArn: string, payload: string) => Promise<void>;
  /** Told in a sentence when a target does not get an event. */
  readonly onLog: (sentence: string) => void;
}

/** EventBridge's rules: they hand the events that fit to their targets, at once. */
export class EventRules {
  readonly #options: EventRulesOptions;
  readonly #rules: readonly (ProvisionedRule & { readonly fits: EventMatcher })[];
  readonly #invoking = new Set<Promise<void>>();

  /** @throws EventPatternError for a pattern that cannot be matched. */
  constructor(options: EventRulesOptions) {
    this.#options = options;
    this.#rules = options.rules.map((rule) => ({ ...rule, fits: compilePattern(rule.pattern) }));
  }

  /** Shows an event to the rules of its bus. What becomes of it at a function shows in the function's log. */
  take(event: ReceivedEvent): void {
    const shown = this.#envelope(event);
    for (const rule of this.#rules) {
      if (!rule.enabled || rule.bus !== event.bus || !rule.fits(shown)) continue;
      for (const { arn, input } of rule.targets) this.#deliver(rule, arn, input ?? JSON.stringify(shown));
    }
  }

  /** Waits until the functions have taken what is on its way to them. */
  async close(): Promise<void> {
    await Promise.all(this.#invoking);
  }

  #deliver(rule: ProvisionedRule, targetArn: string, payload: string): void {
    const { permissions, accountId, topics, onLog, invoke } = this.#options;
    const failed = (why: string) => onLog(`The rule ${rule.name} does not reach ${targetArn}: ${why}.`);
    if (targetArn.includes(':sns:')) {
      const problem = topics.publishAs(EVENT_BRIDGE, { topicArn: targetArn, subject: null, message: payload });
      if (problem !== null) failed(problem);
      return;
    }
    if (!permissions.some((permission) => permits(permission, targetArn, rule.arn, accountId))) {
      failed(`no AWS::Lambda::Permission lets ${EVENT_BRIDGE} invoke it for this rule`);
      return;
    }
    const invoking = invoke(targetArn, payload)
      .catch((error: unknown) => failed(error instanceof Error ? error.message : String(error)))
      .finally(() => this.#invoking.delete(invoking));
    this.#invoking.add(invoking);
  }

  /** An event as targets get it. Source: EventBridge user guide, "Event structure". */
  #envelope({ id, source, detailType, detail, resources, at }: ReceivedEvent): Readonly<Record<string, unknown>> {
    const { accountId: account, region } = this.#options;
    const time = `${at.toISOString().slice(0, 19)}Z`;
    return { version: '0', id, 'detail-type': detailType, source, account, time, region, resources, detail };
  }
}

/** Whether a permission lets EventBridge invoke a function for a rule; it speaks for the very qualifier that it names. */
function permits(permission: ProvisionedPermission, functionArn: string, ruleArn: string, accountId: string): boolean {
  const { Action, FunctionName, Principal, SourceAccount, SourceArn } = permission;
  return (
    (Action === 'lambda:InvokeFunction' || Action === 'lambda:*') &&
    Principal === EVENT_BRIDGE &&
    qualifiedName(FunctionName) === qualifiedName(functionArn) &&
    (SourceAccount === undefined || SourceAccount === accountId) &&
    (SourceArn === undefined || likeArn(SourceArn).test(ruleArn))
  );
}

/** `name` or `name:qualifier`, of a name or an ARN. */
function qualifiedName(nameOrArn: string): string {
  return /function:(.+)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** IAM's ArnLike: `*` stands for any text, `?` for one character. */
function likeArn(pattern: string): RegExp {
  const text = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
