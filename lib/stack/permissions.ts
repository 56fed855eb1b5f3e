import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Config } from '../core/config.ts';
import { FAULTS } from '../faults/catalogue.ts';
import type { FaultPermission, PermissionResource } from '../faults/contract.ts';
import { UNDO_DOCUMENT } from '../faults/hosts/documents.ts';
import { documentName } from './documents.ts';

/** Finding who opted in: these calls change nothing, and most of them know no resource to be bound to. */
export function discoveryStatement(): PolicyStatement {
  const actions = ['tag:GetResources', 'ecs:ListServices', 'autoscaling:DescribeAutoScalingGroups'];
  return new PolicyStatement({ actions, resources: ['*'] });
}

/** Looking up one group by its service's name. */
export function lookUpStatement(): PolicyStatement {
  return new PolicyStatement({ actions: ['ecs:DescribeServices', 'ecs:DescribeClusters'], resources: ['*'] });
}

/** What the experiment function may do: look, and what the faults of the catalogue declare, bound to the opt-in tag. */
export function experimentStatements(stack: Stack, config: Config): PolicyStatement[] {
  const { tagPrefix, changeCalendars } = config;
  const looking = new PolicyStatement({
    actions: [
      'ecs:DescribeServices',
      'ecs:DescribeClusters',
      'ecs:ListTasks',
      'ecs:DescribeTasks',
      'ecs:GetTaskProtection',
      'cloudwatch:DescribeAlarms',
      'cloudwatch:GetMetricData',
      'elasticloadbalancing:DescribeTargetHealth',
      'autoscaling:DescribeAutoScalingGroups',
      'autoscaling:DescribeScalingActivities',
      'ec2:DescribeInstances',
      ...lookingActions(),
    ],
    resources: ['*'],
  });
  const acting = [...permissionsOf('acting'), ...permissionsOf('undoing')].flatMap((one) =>
    statementsFor(one, stack, `${tagPrefix}opt-in`),
  );
  return [looking, ...changeCalendarStatements(stack, changeCalendars), ...checkStatements(stack, config), ...acting];
}

/** Asking the Change Calendars that the config names, and no others. */
function changeCalendarStatements(stack: Stack, calendars: readonly string[]): PolicyStatement[] {
  if (calendars.length === 0) return [];
  const resources = calendars.map((calendar) =>
    calendar.startsWith('arn:')
      ? calendar
      : stack.formatArn({ service: 'ssm', resource: 'document', resourceName: calendar }),
  );
  return [new PolicyStatement({ actions: ['ssm:GetCalendarState'], resources })];
}

/** Invoking the checks that the config's probes name, each exactly as it is named, and no other function. */
function checkStatements(stack: Stack, { profiles, hypotheses }: Config): PolicyStatement[] {
  const probes = [
    ...Object.values(profiles).flatMap(({ steadyState }) => steadyState),
    ...Object.values(hypotheses).flat(),
  ];
  const names = new Set(probes.flatMap((probe) => (probe.type === 'lambda' ? probe.functionName : [])));
  if (names.size === 0) return [];
  const resources = [...names].map((name) =>
    name.startsWith('arn:')
      ? name
      : stack.formatArn({
          service: 'lambda',
          resource: 'function',
          resourceName: name,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
  );
  return [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources })];
}

/** What the faults look at besides. */
function lookingActions(): string[] {
  const looking = permissionsOf('looking').flatMap(({ actions }) => actions);
  return [...new Set(looking)].filter((action) => action !== 'ecs:DescribeTasks');
}

/** What the faults of the catalogue need for one use, each statement once. */
function permissionsOf(use: FaultPermission['use']): FaultPermission[] {
  const all = [...FAULTS.values()].flatMap(({ permissions }) => permissions.filter((one) => one.use === use));
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** ARNs of a kind of resource in this account and region. Those of Capuchin's making are named so, and only they are made or deleted. */
function arnsOf(on: Exclude<PermissionResource, 'commands' | 'any'>, stack: Stack): string[] {
  const arn = (service: string, resource: string, name = '*'): string =>
    stack.formatArn({ service, resource, resourceName: name });
  switch (on) {
    case 'tasks':
      return [arn('ecs', 'task')];
    case 'services':
      return [arn('ecs', 'service')];
    case 'container-instances':
      return [arn('ecs', 'container-instance')];
    case 'instances':
      return [arn('ec2', 'instance')];
    case 'volumes':
      return [arn('ec2', 'volume')];
    case 'network-interfaces':
      return [arn('ec2', 'network-interface')];
    case 'security-groups':
      return [arn('ec2', 'security-group')];
    case 'scaling-groups':
      return [
        stack.formatArn({
          service: 'autoscaling',
          resource: 'autoScalingGroup',
          resourceName: '*:autoScalingGroupName/*',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ];
    case 'target-groups':
      return [arn('elasticloadbalancing', 'targetgroup')];
    case 'own-target-groups':
      return [arn('elasticloadbalancing', 'targetgroup', 'capuchin-*/*')];
    case 'listeners':
      return [arn('elasticloadbalancing', 'listener', 'app/*'), arn('elasticloadbalancing', 'listener-rule', 'app/*')];
  }
}

/** The statements of one need: on resources of its kind, bound to the opt-in tag unless whoever cleans up must get by without it. */
function statementsFor(
  { actions, on, instead }: FaultPermission,
  stack: Stack,
  optInTag: string | undefined,
): PolicyStatement[] {
  if (on === 'any') throw new Error(`${actions.join(', ')} would be allowed on anything`);
  if (on === 'commands') return commandStatements(actions, stack, optInTag);
  const tagged = optInTag === undefined ? {} : { StringEquals: { [`aws:ResourceTag/${optInTag}`]: 'true' } };
  const conditions = instead?.conditions ?? tagged;
  return [new PolicyStatement({ actions: [...actions], resources: arnsOf(on, stack), conditions })];
}

/** Run Command asks for the document and for the host separately; only hosts have tags of interest. */
function commandStatements(actions: readonly string[], stack: Stack, optInTag: string | undefined): PolicyStatement[] {
  if (optInTag === undefined) throw new Error('whoever cleans up has statements of its own for commands');
  return [
    // By the stack's name: two ARNs for each fault would be a third of what IAM takes for a role.
    new PolicyStatement({ actions: [...actions], resources: [documentArn(stack, '*')] }),
    new PolicyStatement({
      actions: [...actions],
      resources: arnsOf('instances', stack),
      conditions: { StringEquals: { [`ssm:resourceTag/${optInTag}`]: 'true' } },
    }),
  ];
}

/**
 * What whoever cleans up may do: undo on any host, whatever has become of its tags, and look. It must go to a role that may send no acting
 * document: IAM would join that document's permission with this one's hosts. What faults of AWS's own calls need to be undone is allowed on
 * resources of their kind, tagged or not, for the same reason.
 */
export function undoStatements(stack: Stack): PolicyStatement[] {
  const documents = [documentArn(stack, UNDO_DOCUMENT.name)];
  return [
    new PolicyStatement({ actions: ['ssm:SendCommand'], resources: [...documents, ...arnsOf('instances', stack)] }),
    new PolicyStatement({ actions: ['ecs:DescribeTasks', ...lookingActions()], resources: ['*'] }),
    ...permissionsOf('undoing').flatMap((one) => statementsFor(one, stack, undefined)),
  ];
}

const documentArn = (stack: Stack, name: string): string =>
  stack.formatArn({ service: 'ssm', resource: 'document', resourceName: documentName(stack, name) });
