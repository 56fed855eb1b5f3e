import * as z from 'zod';
import { type FaultTarget, targetOfKind } from '../core/fault-target.ts';
import type { Confirmation, FaultPermission, Preparation, ReversibleFault, UndoData, Undoing } from './contract.ts';
import { confirmPaths, injectPaths, pathsSchema, preparePaths, undoPaths } from './http/failing-paths-mode.ts';
import { confirmShare, injectShare, prepareShare, shareSchema, undoShare } from './http/failing-share.ts';
import type { ListenerEditor } from './http/listener-editor.ts';
import type { Rule } from './http/listener-rule.ts';
import { EXPERIMENT_TAG, groupName } from './http/marks.ts';

const DEFAULT_PERCENT = 10;
const DEFAULT_STATUS = 503;

/** What a path pattern may hold (RuleCondition in ELB's API reference), and a slash first. */
const PATH = /^\/[A-Za-z0-9_\-.$/~"'@:+&*?]{0,127}$/;

const parameterSchema = z
  .strictObject({
    percent: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe(
        `share of the service's requests that fails with 503, in percent; ${DEFAULT_PERCENT} when no paths are given. ` +
          'Where the rule has sticky target groups, it is a share of clients',
      ),
    paths: z
      .array(
        z
          .string()
          .regex(PATH, { error: 'write a path such as /cart/* (letters, digits, _ - . $ / ~ " \' @ : + & * ?)' }),
      )
      .min(1)
      .max(5)
      .optional()
      .describe('paths of which every request fails, in place of a share; * stands for any text, ? for one character'),
    statusCode: z
      .int()
      .min(500)
      .max(599)
      .optional()
      .describe(
        `status that the paths are answered with; ${DEFAULT_STATUS} by default. A share is always answered with 503`,
      ),
    durationSeconds: z.int().min(10).max(3_600).default(120).describe('how long requests fail, in seconds'),
  })
  .refine(({ percent, paths }) => percent === undefined || paths === undefined, {
    message: 'give percent or paths, not both',
  })
  .refine(({ statusCode, paths }) => statusCode === undefined || paths !== undefined, {
    message: 'statusCode goes with paths; a share of requests fails with 503',
  });

const undoSchema = z.discriminatedUnion('mode', [shareSchema, pathsSchema]);

/** What this fault makes carries the experiment's tag and not the opt-in tag, which no function may give. */
const MADE = { Null: { [`aws:ResourceTag/${EXPERIMENT_TAG}`]: 'false' } };
const ITS_OWN = 'it is of Capuchin’s making, and carries the experiment’s tag';

/** Tags only while the resource is being made (https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/tagging-resources-during-creation.html). */
function onlyWhile(action: string): FaultPermission['instead'] {
  const because = 'tags are given only to what is being made in the same call';
  // No other tag either: a function that could give the opt-in tag could open its own fence.
  const conditions = {
    StringEquals: { 'elasticloadbalancing:CreateAction': action },
    'ForAllValues:StringEquals': { 'aws:TagKeys': [EXPERIMENT_TAG] },
  };
  return { because, conditions };
}

const PERMISSIONS: readonly FaultPermission[] = [
  {
    actions: [
      'elasticloadbalancing:ModifyRule',
      'elasticloadbalancing:ModifyListener',
      'elasticloadbalancing:CreateRule',
    ],
    on: 'listeners',
    use: 'acting',
  },
  { actions: ['elasticloadbalancing:AddTags'], on: 'listeners', use: 'acting', instead: onlyWhile('CreateRule') },
  {
    actions: ['elasticloadbalancing:CreateTargetGroup'],
    on: 'own-target-groups',
    use: 'acting',
    instead: {
      because: 'it is not there yet, and gets the experiment’s tag',
      conditions: { Null: { [`aws:RequestTag/${EXPERIMENT_TAG}`]: 'false' } },
    },
  },
  {
    actions: ['elasticloadbalancing:AddTags'],
    on: 'own-target-groups',
    use: 'acting',
    instead: onlyWhile('CreateTargetGroup'),
  },
  {
    actions: [
      'ecs:DescribeServices',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTags',
    ],
    on: 'any',
    use: 'looking',
  },
  {
    actions: ['elasticloadbalancing:ModifyRule', 'elasticloadbalancing:ModifyListener'],
    on: 'listeners',
    use: 'undoing',
  },
  {
    actions: ['elasticloadbalancing:DeleteRule'],
    on: 'listeners',
    use: 'undoing',
    instead: { because: ITS_OWN, conditions: MADE },
  },
  {
    actions: ['elasticloadbalancing:DeleteTargetGroup'],
    on: 'own-target-groups',
    use: 'undoing',
    instead: { because: ITS_OWN, conditions: MADE },
  },
];

export const httpError: ReversibleFault<ListenerEditor> = {
  name: 'http-error',
  summary:
    'Lets a share of a service’s requests, or every request to some paths, fail at its Application Load Balancer.',
  scopes: ['service'],
  reach: ['fargate', 'ec2', 'external'],
  parameters: parameterSchema,
  kind: 'reversible',
  prerequisites: [
    'the service has one target group, behind an Application Load Balancer, and no blue/green deployments',
    'for a share: its rules do nothing but forward, to at most four target groups',
    'for paths: there are free priorities right before the service’s rules, whose paths are not matched by regular expressions',
    'the listeners and rules carry the opt-in tag',
  ],
  permissions: PERMISSIONS,
  undoing:
    'gives every rule its former actions and deletes what was made; of rules that somebody else changed meanwhile it takes out only its own',

  durationSeconds: (parameters) => parameterSchema.parse(parameters).durationSeconds,

  async prepare(port, target, parameters, { experiment }): Promise<Preparation> {
    const { percent = DEFAULT_PERCENT, paths, statusCode = DEFAULT_STATUS } = parameterSchema.parse(parameters);
    const { clusterArn, resource } = targetOfKind(target, 'service');
    const found = await balancerOf(port, clusterArn, resource);
    if ('because' in found) return { ready: false, because: found.because };
    const { loadBalancerArn, group, rules } = found;
    const common = { loadBalancerArn, targetGroupArn: group.arn };
    if (paths !== undefined) return preparePaths({ ...common, paths, statusCode }, rules);
    const { protocol, protocolVersion, port: listens, vpcId, targetType } = group;
    const made = { name: groupName(experiment, resource), protocol, protocolVersion, port: listens, vpcId, targetType };
    // Such a group of another's would be taken for ours, or ELB would refuse the name.
    if (await port.targetGroupNamed(made.name))
      return { ready: false, because: `there is a target group ${made.name} already` };
    return prepareShare({ ...common, percent, group: made }, rules);
  },

  async plan(_port, _target, _parameters, stored) {
    const undo = undoSchema.parse(stored);
    if (undo.mode === 'paths') {
      return undo.failing.map(
        ({ listenerArn, priority, conditions }) =>
          `make rule ${priority} of ${listenerArn}, which answers ${undo.statusCode}: ${JSON.stringify(conditions)}`,
      );
    }
    const changes = undo.rules.map(
      ({ listenerArn, priority }) => `let rule ${priority} of ${listenerArn} send it ${undo.percent} percent`,
    );
    return [`make the empty target group ${undo.group.name}`, ...changes];
  },

  inject(port, _target, _parameters, stored, context) {
    const undo = undoSchema.parse(stored);
    return undo.mode === 'share' ? injectShare(port, undo, context) : injectPaths(port, undo, context);
  },

  confirm(port, _target, stored, context): Promise<Confirmation> {
    const undo = undoSchema.parse(stored);
    return undo.mode === 'share' ? confirmShare(port, undo, context) : confirmPaths(port, undo, context);
  },

  undo(port, _target, stored, context): Promise<Undoing> {
    const undo = undoSchema.parse(stored);
    return undo.mode === 'share' ? undoShare(port, undo, context) : undoPaths(port, undo, context);
  },

  byHand(_target: FaultTarget, stored: UndoData, { experiment }): string {
    const undo = undoSchema.parse(stored);
    if (undo.mode === 'paths') {
      return `On ${undo.loadBalancerArn}, delete the rules with the tag capuchin:experiment=${experiment} (aws elbv2 delete-rule).`;
    }
    const rules = undo.rules.map(
      ({ priority, listenerArn, actions }) => `${priority} of ${listenerArn}: ${JSON.stringify(actions)}`,
    );
    return (
      `On ${undo.loadBalancerArn}, give the rules their former actions (${rules.join('; ')}), ` +
      `then delete the target group ${undo.group.name} (aws elbv2 modify-rule, modify-listener, delete-target-group).`
    );
  },
};

interface Balanced {
  readonly loadBalancerArn: string;
  readonly group: NonNullable<Awaited<ReturnType<ListenerEditor['targetGroup']>>>;
  readonly rules: readonly Rule[];
}

interface Unfit {
  readonly because: string;
}

/** The service's one target group with its load balancer's rules, or why this fault cannot work there. */
async function balancerOf(port: ListenerEditor, clusterArn: string, serviceArn: string): Promise<Balanced | Unfit> {
  const service = await port.serviceGroups(clusterArn, serviceArn);
  if (service === undefined) return { because: 'ECS does not know the service' };
  const { targetGroupArns, shiftsTraffic } = service;
  const [targetGroupArn] = targetGroupArns;
  if (shiftsTraffic) return { because: 'its deployments change the listener rules themselves' };
  if (targetGroupArn === undefined) return { because: 'the service has no target group' };
  if (targetGroupArns.length > 1) return { because: `the service has ${targetGroupArns.length} target groups` };
  const group = await port.targetGroup(targetGroupArn);
  if (group === undefined) return { because: `there is no target group ${targetGroupArn}` };
  const [loadBalancerArn] = group.loadBalancerArns;
  if (loadBalancerArn === undefined) return { because: 'no load balancer sends requests to the service' };
  if (group.loadBalancerArns.length > 1) return { because: 'the service is behind more than one load balancer' };
  if (!loadBalancerArn.includes(':loadbalancer/app/')) {
    return { because: `${loadBalancerArn} is not an Application Load Balancer` };
  }
  const rules = await port.rules(loadBalancerArn);
  if (rules === undefined) return { because: `there is no load balancer ${loadBalancerArn}` };
  return { loadBalancerArn, group, rules };
}
