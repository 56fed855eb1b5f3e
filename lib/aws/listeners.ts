import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  type Action,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
  type RuleCondition,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerEditor } from '../faults/http/listener-editor.ts';
import { actionSchema, conditionSchema, type Rule, type RuleAction } from '../faults/http/listener-rule.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';
import { chunks } from './ecs.ts';
import { ONE_TRY, type Refused, refusedBy } from './one-try.ts';

/** How many resources one DescribeTags takes (its API reference). */
const TAGGED_PER_CALL = 20;

/** Listeners, their rules and target groups of load balancers, read and changed. One instance a process. */
export class Listeners implements ListenerEditor {
  readonly #ecs = new ECSClient(CLIENT_OPTIONS);
  readonly #once = new ElasticLoadBalancingV2Client(ONE_TRY);
  readonly #client = new ElasticLoadBalancingV2Client(CLIENT_OPTIONS);

  async serviceGroups(cluster: string, serviceArn: string): ReturnType<ListenerEditor['serviceGroups']> {
    const { services: [service] = [], failures: [failure] = [] } = await this.#ecs.send(
      new DescribeServicesCommand({ cluster, services: [serviceArn] }),
    );
    if (service === undefined) {
      if (failure?.reason === 'MISSING') return undefined;
      throw new Error(`ECS did not describe ${serviceArn}: ${failure?.reason ?? 'without a reason'}`);
    }
    const balancers = service.loadBalancers ?? [];
    return {
      targetGroupArns: balancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []),
      shiftsTraffic:
        (service.deploymentController?.type ?? 'ECS') !== 'ECS' ||
        balancers.some(({ advancedConfiguration }) => advancedConfiguration?.alternateTargetGroupArn !== undefined),
    };
  }

  targetGroup(arn: string): ReturnType<ListenerEditor['targetGroup']> {
    return this.#targetGroup({ TargetGroupArns: [arn] });
  }

  async targetGroupNamed(name: string): ReturnType<ListenerEditor['targetGroupNamed']> {
    const group = await this.#targetGroup({ Names: [name] });
    if (group === undefined) return undefined;
    return { arn: group.arn, tags: (await this.tags([group.arn])).get(group.arn) ?? {} };
  }

  async rules(loadBalancerArn: string): Promise<Rule[] | undefined> {
    try {
      const listeners = await this.#listenerArns(loadBalancerArn);
      return (await Promise.all(listeners.map((listener) => this.#rulesOf(listener)))).flat();
    } catch (error) {
      if (awsErrorOf(error)?.name === 'LoadBalancerNotFoundException') return undefined;
      throw error;
    }
  }

  async tags(arns: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    const answers = await Promise.all(
      chunks(arns, TAGGED_PER_CALL).map((some) => this.#client.send(new DescribeTagsCommand({ ResourceArns: some }))),
    );
    const described = answers.flatMap(({ TagDescriptions = [] }) => TagDescriptions);
    return new Map(
      described.map(({ ResourceArn = '', Tags = [] }) => [
        ResourceArn,
        Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
      ]),
    );
  }

  async createTargetGroup(
    group: Parameters<ListenerEditor['createTargetGroup']>[0],
  ): ReturnType<ListenerEditor['createTargetGroup']> {
    const { name, protocol, protocolVersion, port, vpcId, targetType, tags } = group;
    try {
      const { TargetGroups: [made] = [] } = await this.#once.send(
        new CreateTargetGroupCommand({
          Name: name,
          Protocol: protocol as TargetGroup['Protocol'],
          ProtocolVersion: protocolVersion,
          Port: port,
          VpcId: vpcId,
          TargetType: targetType as TargetGroup['TargetType'],
          Tags: tagList(tags),
        }),
      );
      if (made?.TargetGroupArn === undefined) throw new Error('CreateTargetGroup was answered without an ARN');
      return { arn: made.TargetGroupArn };
    } catch (error) {
      return refusedBy(error);
    }
  }

  async changeActions(
    rule: Pick<Rule, 'listenerArn' | 'ruleArn' | 'priority'>,
    actions: readonly RuleAction[],
  ): Promise<Refused> {
    try {
      await this.#setActions(this.#once, rule, actions);
      return {};
    } catch (error) {
      return refusedBy(error);
    }
  }

  async restoreActions(
    rule: Pick<Rule, 'listenerArn' | 'ruleArn' | 'priority'>,
    actions: readonly RuleAction[],
  ): Promise<void> {
    await unlessGone(
      this.#setActions(this.#client, rule, actions),
      'RuleNotFoundException',
      'ListenerNotFoundException',
    );
  }

  async createRule(rule: Parameters<ListenerEditor['createRule']>[0]): ReturnType<ListenerEditor['createRule']> {
    const { listenerArn, priority, conditions, actions, tags } = rule;
    try {
      await this.#once.send(
        new CreateRuleCommand({
          ListenerArn: listenerArn,
          Priority: priority,
          Conditions: [...conditions] as RuleCondition[],
          Actions: [...actions] as Action[],
          Tags: tagList(tags),
        }),
      );
      return {};
    } catch (error) {
      return refusedBy(error);
    }
  }

  async deleteRule(ruleArn: string): Promise<void> {
    await unlessGone(this.#client.send(new DeleteRuleCommand({ RuleArn: ruleArn })), 'RuleNotFoundException');
  }

  async deleteTargetGroup(arn: string): ReturnType<ListenerEditor['deleteTargetGroup']> {
    try {
      await unlessGone(
        this.#client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn })),
        'TargetGroupNotFoundException',
      );
      return 'deleted';
    } catch (error) {
      if (awsErrorOf(error)?.name === 'ResourceInUseException') return 'in use';
      throw error;
    }
  }

  async #setActions(
    client: ElasticLoadBalancingV2Client,
    { listenerArn, ruleArn, priority }: Pick<Rule, 'listenerArn' | 'ruleArn' | 'priority'>,
    given: readonly RuleAction[],
  ): Promise<void> {
    const actions = given.map(asTaken) as Action[];
    // A default rule is changed through its listener (ModifyRule in the API reference).
    if (priority === 'default') {
      await client.send(new ModifyListenerCommand({ ListenerArn: listenerArn, DefaultActions: actions }));
    } else {
      await client.send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions: actions }));
    }
  }

  async #targetGroup(
    which: { readonly TargetGroupArns: string[] } | { readonly Names: string[] },
  ): ReturnType<ListenerEditor['targetGroup']> {
    try {
      const { TargetGroups: [group] = [] } = await this.#client.send(new DescribeTargetGroupsCommand(which));
      if (group === undefined) return undefined;
      return {
        arn: group.TargetGroupArn ?? '',
        protocol: group.Protocol ?? 'unknown',
        protocolVersion: group.ProtocolVersion ?? 'HTTP1',
        port: group.Port ?? 80,
        vpcId: group.VpcId ?? '',
        targetType: group.TargetType ?? 'unknown',
        loadBalancerArns: group.LoadBalancerArns ?? [],
      };
    } catch (error) {
      if (awsErrorOf(error)?.name === 'TargetGroupNotFoundException') return undefined;
      throw error;
    }
  }

  async #listenerArns(LoadBalancerArn: string): Promise<string[]> {
    const arns: string[] = [];
    let Marker: string | undefined;
    do {
      const answer = await this.#client.send(new DescribeListenersCommand({ LoadBalancerArn, Marker }));
      arns.push(...(answer.Listeners ?? []).flatMap(({ ListenerArn }) => ListenerArn ?? []));
      Marker = answer.NextMarker;
    } while (Marker);
    return arns;
  }

  async #rulesOf(listenerArn: string): Promise<Rule[]> {
    const rules: Rule[] = [];
    let Marker: string | undefined;
    do {
      const answer = await this.#client.send(new DescribeRulesCommand({ ListenerArn: listenerArn, Marker }));
      for (const { RuleArn: ruleArn = '', Priority, IsDefault, Conditions = [], Actions = [] } of answer.Rules ?? []) {
        const priority = IsDefault ? 'default' : Number(Priority);
        if (Number.isNaN(priority)) throw new Error(`ELB shows the priority of ${ruleArn} as ${Priority}`);
        rules.push({
          listenerArn,
          ruleArn,
          priority,
          conditions: Conditions.map((one) => conditionSchema.parse(one)),
          actions: Actions.map((one) => actionSchema.parse(one)),
        });
      }
      Marker = answer.NextMarker;
    } while (Marker);
    return rules;
  }
}

/** ELB does not show the secret of a sign-in, and keeps it when it is told so (`UseExistingClientSecret` in the API reference). */
function asTaken(action: RuleAction): RuleAction {
  if (action.Type !== 'authenticate-oidc') return action;
  return {
    ...action,
    AuthenticateOidcConfig: { ...(action.AuthenticateOidcConfig as object), UseExistingClientSecret: true },
  };
}

async function unlessGone(call: Promise<unknown>, ...names: readonly string[]): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!names.includes(awsErrorOf(error)?.name ?? '')) throw error;
  }
}

function tagList(tags: Readonly<Record<string, string>>) {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
