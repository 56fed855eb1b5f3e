import * as z from 'zod';
import type { ListenerRule, ListenerRules } from '../fleet/listener-rules.ts';
import type { Balancing } from './balancing.ts';
import {
  actions,
  conditions,
  invalid,
  readAction,
  readConditions,
  showListener,
  showRule,
  tagList,
} from './listener-shapes.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { queryList, queryNumber } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const limits = servedOperations.LoadBalancing.operations;

/** Rules of a load balancer besides the default ones (ELB's quotas), and the largest priority (CreateRule in the API reference). */
const MOST_RULES = 100;
const LAST_PRIORITY = 50_000;

const text = z.string().min(1);
const paging = { PageSize: queryNumber.optional(), Marker: text.optional() };

/** Listeners and their rules: the load balancers of the rehearsal obey them at once. */
export function listenerOperations(balancing: Balancing): ServedService {
  return { ...describing(balancing), ...changing(balancing) };
}

function describing(balancing: Balancing): ServedService {
  const pager = createPager();
  return {
    DescribeListeners: serve({
      input: z.strictObject({ LoadBalancerArn: text.optional(), ListenerArns: queryList(text).optional(), ...paging }),
      answer: ({ LoadBalancerArn, ListenerArns, ...asked }) => {
        const all = balancing.listeners();
        if ((LoadBalancerArn === undefined) === (ListenerArns === undefined)) {
          throw invalid('You must specify either listener ARNs or a load balancer ARN');
        }
        const found = all.filter(
          ({ arn, balancerArn }) => balancerArn === LoadBalancerArn || ListenerArns?.includes(arn),
        );
        if (LoadBalancerArn !== undefined && found.length === 0) {
          throw new AwsError('LoadBalancerNotFound', `Load balancer '${LoadBalancerArn}' not found`);
        }
        if (found.length < new Set(ListenerArns).size) throw listenersNotFound();
        const page = pageOf(pager, `DescribeListeners ${LoadBalancerArn} ${ListenerArns}`, found, asked);
        return { Listeners: page.items.map(showListener), NextMarker: page.next };
      },
    }),
    DescribeRules: serve({
      input: z.strictObject({ ListenerArn: text.optional(), RuleArns: queryList(text).optional(), ...paging }),
      answer: ({ ListenerArn, RuleArns, ...asked }) => {
        if ((ListenerArn === undefined) === (RuleArns === undefined)) {
          throw invalid('You must specify either listener rule ARNs or a listener ARN');
        }
        const found =
          ListenerArn === undefined
            ? [...new Set(RuleArns)].map((arn) => balancing.rule(arn).rule)
            : listenerBy(balancing, ListenerArn).rules;
        const page = pageOf(pager, `DescribeRules ${ListenerArn} ${RuleArns}`, found, asked);
        return { Rules: page.items.map(showRule), NextMarker: page.next };
      },
    }),
  };
}

function changing(balancing: Balancing): ServedService {
  return {
    ModifyListener: serve({
      input: z.strictObject({ ListenerArn: text, DefaultActions: actions }),
      answer: ({ ListenerArn, DefaultActions }) => {
        const listener = listenerBy(balancing, ListenerArn);
        const action = readAction(DefaultActions);
        balancing.assertTakes(listener, action);
        const standard = listener.rules.find(({ priority }) => priority === 'default');
        listener.change(standard?.arn ?? '', { action });
        return { Listeners: [showListener(listener)] };
      },
    }),
    CreateRule: serve({
      input: z.strictObject({
        ListenerArn: text,
        Priority: queryNumber,
        Conditions: conditions,
        Actions: actions,
        Tags: tagList.optional(),
      }),
      answer: ({ ListenerArn, Priority, Conditions, Actions, Tags = [] }) => {
        const listener = listenerBy(balancing, ListenerArn);
        const [action, met] = [readAction(Actions), readConditions(Conditions)];
        if (met.length === 0) throw invalid('A condition must be specified');
        if (Priority < 1 || Priority > LAST_PRIORITY) throw invalid(`Priority must be between 1 and ${LAST_PRIORITY}.`);
        if (listener.rules.some(({ priority }) => priority === Priority)) {
          throw new AwsError('PriorityInUse', `Priority '${Priority}' is currently in use`);
        }
        if (listener.rules.length > MOST_RULES)
          throw new AwsError('TooManyRules', 'The maximum number of rules is reached');
        balancing.assertTakes(listener, action);
        const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
        return { Rules: [showRule(listener.add({ priority: Priority, conditions: met, action, tags }))] };
      },
    }),
    ModifyRule: serve({
      input: z.strictObject({ RuleArn: text, Conditions: conditions.optional(), Actions: actions.optional() }),
      answer: ({ RuleArn, Conditions, Actions }) => {
        const { listener, rule } = balancing.rule(RuleArn);
        assertNotDefault(rule, 'modified');
        const action = Actions === undefined ? rule.action : readAction(Actions);
        balancing.assertTakes(listener, action);
        const met = Conditions === undefined ? rule.conditions : readConditions(Conditions);
        const changed = listener.change(RuleArn, { action, conditions: met });
        return { Rules: changed === undefined ? [] : [showRule(changed)] };
      },
    }),
    DeleteRule: serve({
      input: z.strictObject({ RuleArn: text }),
      answer: ({ RuleArn }) => {
        const { listener, rule } = balancing.rule(RuleArn);
        assertNotDefault(rule, 'deleted');
        listener.remove(RuleArn);
        return {};
      },
    }),
  };
}

/** The default rule's actions are changed with ModifyListener (ModifyRule and DeleteRule in the API reference; the words are from memory). */
function assertNotDefault({ arn, priority }: ListenerRule, done: string): void {
  if (priority === 'default') throw new AwsError('OperationNotPermitted', `Default rule '${arn}' cannot be ${done}`);
}

function listenerBy(balancing: Balancing, arn: string): ListenerRules {
  const found = balancing.listeners().find((one) => one.arn === arn);
  if (found === undefined) throw listenersNotFound();
  return found;
}

function listenersNotFound(): AwsError {
  return new AwsError('ListenerNotFound', 'One or more listeners not found');
}

function pageOf<Item extends { readonly arn: string }>(
  pager: ReturnType<typeof createPager>,
  scope: string,
  found: readonly Item[],
  { PageSize, Marker }: { readonly PageSize?: number | undefined; readonly Marker?: string | undefined },
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const { least, most, unasked } = limits.DescribeRules.page;
  const size = PageSize ?? unasked;
  if (size < least || size > most) throw invalid(`PageSize must be between ${least} and ${most}.`);
  const cursor = Marker === undefined ? null : pager.cursor(scope, Marker);
  if (Marker !== undefined && cursor === null) throw invalid('The Marker is not one of this request.');
  const sorted = found.toSorted((a, b) => (a.arn < b.arn ? -1 : 1));
  const arnOf = ({ arn }: Item): string => arn;
  const { items, next } = takePage(itemsAfter(sorted, arnOf, cursor), () => true, arnOf, size);
  return { items, next: next === null ? undefined : pager.token(scope, next) };
}
