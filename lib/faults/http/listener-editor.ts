import type { Rule, RuleAction, RuleCondition } from './listener-rule.ts';

type Tags = Readonly<Record<string, string>>;
type RuleName = Pick<Rule, 'listenerArn' | 'ruleArn' | 'priority'>;
interface Refused {
  readonly refused: { readonly code: string; readonly message: string };
}

/** What `http-error` needs of ECS and Elastic Load Balancing. Acts are tried once, and answer `refused` when AWS said no; undoing may be repeated. */
export interface ListenerEditor {
  /** Where a service registers its tasks; undefined when ECS does not know it. */
  serviceGroups(
    clusterArn: string,
    serviceArn: string,
  ): Promise<
    | {
        readonly targetGroupArns: readonly string[];
        /** Its deployments change listener rules themselves: blue/green, CodeDeploy, or an external controller. */
        readonly shiftsTraffic: boolean;
      }
    | undefined
  >;
  targetGroup(arn: string): Promise<
    | {
        readonly arn: string;
        readonly protocol: string;
        readonly protocolVersion: string;
        readonly port: number;
        readonly vpcId: string;
        readonly targetType: string;
        readonly loadBalancerArns: readonly string[];
      }
    | undefined
  >;
  targetGroupNamed(name: string): Promise<{ readonly arn: string; readonly tags: Tags } | undefined>;
  /** All rules of a load balancer, the default ones too; undefined when it is gone. */
  rules(loadBalancerArn: string): Promise<readonly Rule[] | undefined>;
  tags(arns: readonly string[]): Promise<ReadonlyMap<string, Tags>>;

  createTargetGroup(group: {
    readonly name: string;
    readonly protocol: string;
    readonly protocolVersion: string;
    readonly port: number;
    readonly vpcId: string;
    readonly targetType: string;
    readonly tags: Tags;
  }): Promise<{ readonly arn: string } | Refused>;
  changeActions(rule: RuleName, actions: readonly RuleAction[]): Promise<Partial<Refused>>;
  createRule(rule: {
    readonly listenerArn: string;
    readonly priority: number;
    readonly conditions: readonly RuleCondition[];
    readonly actions: readonly RuleAction[];
    readonly tags: Tags;
  }): Promise<Partial<Refused>>;

  /** Nothing happens to a rule that is gone. */
  restoreActions(rule: RuleName, actions: readonly RuleAction[]): Promise<void>;
  deleteRule(ruleArn: string): Promise<void>;
  deleteTargetGroup(arn: string): Promise<'deleted' | 'in use'>;
}
