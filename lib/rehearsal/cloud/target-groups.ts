import * as z from 'zod';
import type { FleetState, ServiceState, TargetGroupState, TargetState } from '../fleet/model.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { compareText, createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { queryList, queryNumber } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';

const { page } = servedOperations.LoadBalancing.operations.DescribeTargetGroups;

const text = z.string().min(1);

const groupsInput = z.strictObject({
  TargetGroupArns: queryList(text).optional(),
  Names: queryList(text).optional(),
  PageSize: queryNumber.optional(),
  Marker: text.optional(),
});

const healthInput = z.strictObject({
  TargetGroupArn: text,
  Targets: queryList(z.strictObject({ Id: text, Port: queryNumber.optional() })).optional(),
});

type AskedTarget = NonNullable<z.output<typeof healthInput>['Targets']>[number];

interface TargetGroup extends TargetGroupState {
  readonly name: string;
  readonly service: ServiceState;
}

/** Elastic Load Balancing on a rehearsal's fleet: the target group of each service, and what its load balancer finds. */
export function targetGroupOperations(fleet: FleetState): ServedService {
  const pager = createPager();
  return {
    DescribeTargetGroups: serve({
      input: groupsInput,
      answer: (asked) => {
        const { PageSize = page.unasked, Marker, Names, TargetGroupArns } = asked;
        if (PageSize < page.least || PageSize > page.most) {
          throw invalid(`PageSize must be between ${page.least} and ${page.most}.`);
        }
        const wanted = wantedGroups(groupsOf(fleet), TargetGroupArns, Names);
        const scope = `DescribeTargetGroups ${JSON.stringify([TargetGroupArns, Names])}`;
        const cursor = Marker === undefined ? null : pager.cursor(scope, Marker);
        if (Marker !== undefined && cursor === null) throw invalid('The Marker is not one of this request.');
        const { items, next } = takePage(itemsAfter(wanted, arnOf, cursor), () => true, arnOf, PageSize);
        return { TargetGroups: items.map(showGroup), NextMarker: next === null ? undefined : pager.token(scope, next) };
      },
    }),
    DescribeTargetHealth: serve({
      input: healthInput,
      answer: ({ TargetGroupArn, Targets = [] }) => {
        const targets = fleet.targetHealth?.(TargetGroupArn);
        if (targets === undefined) throw groupsNotFound();
        const shown = Targets.length === 0 ? targets : Targets.flatMap((asked) => findTargets(targets, asked));
        return { TargetHealthDescriptions: shown.map(showTarget) };
      },
    }),
  };
}

/** Every group of the fleet, by ARN. */
function groupsOf(fleet: FleetState): readonly TargetGroup[] {
  const services = fleet.clusters.flatMap(({ arn }) => fleet.services(arn));
  const groups = services.flatMap((service) => {
    const { targetGroup } = service;
    return targetGroup === undefined ? [] : { ...targetGroup, service, name: targetGroup.arn.split('/')[1] ?? '' };
  });
  return groups.sort((a, b) => compareText(a.arn, b.arn));
}

/** @throws AwsError TargetGroupNotFound when one of them is unknown; that only one kind may be asked for is from memory. */
function wantedGroups(
  groups: readonly TargetGroup[],
  arns: readonly string[] | undefined,
  names: readonly string[] | undefined,
): readonly TargetGroup[] {
  if (arns !== undefined && names !== undefined) {
    throw invalid('Target group names and target group ARNs cannot be specified at the same time.');
  }
  const asked = new Set(arns ?? names);
  if (asked.size === 0) return groups;
  const found = groups.filter(({ arn, name }) => asked.has(arns === undefined ? name : arn));
  if (found.length < asked.size) throw groupsNotFound();
  return found;
}

function arnOf({ arn }: TargetGroup): string {
  return arn;
}

function showGroup({ arn, name, containerPort, healthCheckPath, service }: TargetGroup): object {
  const balancer = arn.replace(/:targetgroup\/.*$/, `:loadbalancer/${service.loadBalancer}`);
  return {
    TargetGroupArn: arn,
    TargetGroupName: name,
    Protocol: 'HTTP',
    ProtocolVersion: 'HTTP1',
    Port: containerPort,
    TargetType: 'ip',
    IpAddressType: 'ipv4',
    HealthCheckEnabled: true,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: healthCheckPath,
    Matcher: { HttpCode: '200-299' },
    LoadBalancerArns: [balancer],
  };
}

/** The targets that are meant; one that is not there is shown as not registered. */
function findTargets(targets: readonly TargetState[], { Id, Port }: AskedTarget): readonly TargetState[] {
  const found = targets.filter(({ id, port }) => id === Id && (Port === undefined || Port === port));
  if (found.length > 0) return found;
  const unknown: TargetState = {
    id: Id,
    port: Port ?? 0,
    availabilityZone: '',
    state: 'unused',
    reason: 'Target.NotRegistered',
    description: 'Target is not registered to the target group',
  };
  return [unknown];
}

function showTarget({ id, port, availabilityZone, state, reason, description }: TargetState): object {
  return {
    Target: { Id: id, Port: port === 0 ? undefined : port, AvailabilityZone: availabilityZone || undefined },
    HealthCheckPort: port === 0 ? undefined : String(port),
    TargetHealth: { State: state, Reason: reason, Description: description },
  };
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

function groupsNotFound(): AwsError {
  return new AwsError('TargetGroupNotFound', 'One or more target groups not found');
}
