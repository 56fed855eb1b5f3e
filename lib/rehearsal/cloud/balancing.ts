import { createHash } from 'node:crypto';
import { type ListenerRule, ListenerRules, type RuleAction } from '../fleet/listener-rules.ts';
import type { FleetState, ServiceState, Tags } from '../fleet/model.ts';
import { AwsError } from './operation.ts';
import { compareText } from './protocols/pages.ts';

/** A target group as a caller sees it. */
export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly protocolVersion: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: string;
  readonly healthCheckPath: string;
  readonly tags: Tags;
  /** The service whose tasks are in it; none for one that was created, which stays empty. */
  readonly service?: ServiceState;
}

/** The one network of a rehearsal. */
export const VPC_ID = 'vpc-0a1b2c3d4e5f60718';

/** What Elastic Load Balancing keeps: the services' target groups and listeners, and the groups that were created besides. */
export class Balancing {
  readonly fleet: FleetState;
  readonly #created = new Map<string, TargetGroup>();
  /** Of fleets that have no load balancers of their own. */
  readonly #listeners = new Map<string, ListenerRules>();

  constructor(fleet: FleetState) {
    this.fleet = fleet;
  }

  /** Every target group, by ARN. */
  groups(): readonly TargetGroup[] {
    const ofServices = this.#services().map(({ service, targetGroup }) => ({
      arn: targetGroup.arn,
      name: targetGroup.arn.split('/')[1] ?? '',
      protocol: 'HTTP',
      protocolVersion: 'HTTP1',
      port: targetGroup.containerPort,
      vpcId: VPC_ID,
      targetType: 'ip',
      healthCheckPath: targetGroup.healthCheckPath,
      tags: {},
      service,
    }));
    return [...ofServices, ...this.#created.values()].toSorted((a, b) => compareText(a.arn, b.arn));
  }

  /** @throws AwsError TargetGroupNotFound */
  group(arn: string): TargetGroup {
    const group = this.groups().find((one) => one.arn === arn);
    if (group === undefined) throw groupsNotFound();
    return group;
  }

  create(
    group: Omit<TargetGroup, 'arn' | 'service'>,
    place: { readonly region: string; readonly accountId: string },
  ): TargetGroup {
    const hex = createHash('sha256')
      .update(`${group.name}/${this.#created.size}/${Date.now()}`)
      .digest('hex')
      .slice(0, 16);
    const arn = `arn:aws:elasticloadbalancing:${place.region}:${place.accountId}:targetgroup/${group.name}/${hex}`;
    const made = { ...group, arn };
    this.#created.set(arn, made);
    return made;
  }

  remove(arn: string): void {
    this.#created.delete(arn);
  }

  /** Listeners of all load balancers, by ARN. */
  listeners(): readonly ListenerRules[] {
    return this.#services()
      .map(({ service, targetGroup }) => this.#listenerOf(service, targetGroup.arn))
      .toSorted((a, b) => compareText(a.arn, b.arn));
  }

  /** A rule with its listener. @throws AwsError RuleNotFound */
  rule(arn: string): { readonly listener: ListenerRules; readonly rule: ListenerRule } {
    for (const listener of this.listeners()) {
      const rule = listener.rules.find((one) => one.arn === arn);
      if (rule !== undefined) return { listener, rule };
    }
    throw new AwsError('RuleNotFound', `One or more rules not found`);
  }

  /** The load balancers whose rules forward to a target group. */
  balancersOf(targetGroupArn: string): readonly string[] {
    return this.listeners().flatMap(({ rules, balancerArn }) =>
      rules.some(({ action }) => forwardsTo(action, targetGroupArn)) ? [balancerArn] : [],
    );
  }

  /** @throws AwsError when the action names a group that is unknown, or another load balancer's. */
  assertTakes(listener: ListenerRules, action: RuleAction): void {
    if (action.type !== 'forward') return;
    for (const { targetGroupArn } of action.targetGroups) {
      const { service, name } = this.group(targetGroupArn);
      const others = this.balancersOf(targetGroupArn).filter((arn) => arn !== listener.balancerArn);
      // A service's tasks can be reached through its own load balancer only, also while no rule of it names their group.
      const own = service === undefined ? undefined : this.#listenerOf(service, targetGroupArn).balancerArn;
      if (others.length > 0 || (own ?? listener.balancerArn) !== listener.balancerArn) {
        throw new AwsError('TargetGroupAssociationLimit', `The target group ${name} is with another load balancer`);
      }
    }
  }

  #services() {
    const services = this.fleet.clusters.flatMap(({ arn }) => this.fleet.services(arn));
    return services.flatMap((service) =>
      service.targetGroup === undefined ? [] : [{ service, targetGroup: service.targetGroup }],
    );
  }

  #listenerOf(service: ServiceState, targetGroupArn: string): ListenerRules {
    const known = this.fleet.listenerRules?.(service.arn) ?? this.#listeners.get(service.arn);
    if (known !== undefined) return known;
    const made = new ListenerRules(
      targetGroupArn.replace(/:targetgroup\/.*$/, `:loadbalancer/${service.loadBalancer}`),
      targetGroupArn,
    );
    this.#listeners.set(service.arn, made);
    return made;
  }
}

/** Whether an action sends anything to a target group, weight 0 included. */
function forwardsTo(action: RuleAction, targetGroupArn: string): boolean {
  return action.type === 'forward' && action.targetGroups.some((group) => group.targetGroupArn === targetGroupArn);
}

export function groupsNotFound(): AwsError {
  return new AwsError('TargetGroupNotFound', 'One or more target groups not found');
}
