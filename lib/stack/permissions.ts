import { ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Config } from '../core/config.ts';
import { FAULTS } from '../faults/catalogue.ts';
import type { Fault, FaultPermission } from '../faults/contract.ts';
import { documentsOf, HOST_FAULTS, type HostFault } from '../faults/hosts/catalogue.ts';
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
      ...lookingActions(),
    ],
    resources: ['*'],
  });
  const acting = [...FAULTS.values()].flatMap((fault) =>
    fault.permissions
      .filter(({ optedInOnly }) => optedInOnly)
      .flatMap((permission) => statementsFor(fault, permission, stack, tagPrefix)),
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
  const looking = [...FAULTS.values()].flatMap(({ permissions }) => permissions.filter((one) => !one.optedInOnly));
  return [...new Set(looking.flatMap(({ actions }) => actions))].filter((action) => action !== 'ecs:DescribeTasks');
}

/** The acting statements of a fault: only on resources of its kind, in this account and region, that carry the opt-in tag themselves. */
function statementsFor(
  { name }: Pick<Fault<never>, 'name'>,
  { actions, on }: FaultPermission,
  stack: Stack,
  tagPrefix: string,
): PolicyStatement[] {
  const optIn = `${tagPrefix}opt-in`;
  if (on === 'tasks') {
    const resources = [stack.formatArn({ service: 'ecs', resource: 'task', resourceName: '*' })];
    const conditions = { StringEquals: { [`aws:ResourceTag/${optIn}`]: 'true' } };
    return [new PolicyStatement({ actions: [...actions], resources, conditions })];
  }
  const host = HOST_FAULTS.find((one) => one.name === name);
  if (on !== 'commands' || host === undefined) throw new Error(`${name}: no ARN is known for acting on "${on}"`);
  // Run Command asks for the document and for the host separately; only hosts have tags of interest.
  return [
    new PolicyStatement({ actions: [...actions], resources: documentArns(stack, host) }),
    new PolicyStatement({
      actions: [...actions],
      resources: [instances(stack)],
      conditions: { StringEquals: { [`ssm:resourceTag/${optIn}`]: 'true' } },
    }),
  ];
}

/**
 * What whoever cleans up may do: undo on any host, whatever has become of its tags, and look. It must go to a role that may send no acting
 * document: IAM would join that document's permission with this one's hosts.
 */
export function undoStatements(stack: Stack): PolicyStatement[] {
  const actions = ['ssm:SendCommand'];
  const resources = [...HOST_FAULTS.flatMap((host) => documentArns(stack, host, 'undoing only')), instances(stack)];
  return [
    new PolicyStatement({ actions, resources }),
    new PolicyStatement({ actions: ['ecs:DescribeTasks', ...lookingActions()], resources: ['*'] }),
  ];
}

function documentArns(stack: Stack, host: HostFault, which: 'both' | 'undoing only' = 'both'): string[] {
  return documentsOf(host)
    .slice(which === 'both' ? 0 : 1)
    .map(({ name }) =>
      stack.formatArn({ service: 'ssm', resource: 'document', resourceName: documentName(stack, name) }),
    );
}

const instances = (stack: Stack): string =>
  stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' });
