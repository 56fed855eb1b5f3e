import * as z from 'zod';
import type { FleetState } from '../fleet/model.ts';
import { Balancing, type TargetGroup } from './balancing.ts';
import { invalid, showTags, tagList } from './listener-shapes.ts';
import { listenerOperations } from './listeners.ts';
import { AwsError, type ServedService, serve } from './operation.ts';
import { createPager, itemsAfter, takePage } from './protocols/pages.ts';
import { queryList, queryNumber } from './protocols/query-input.ts';
import { servedOperations } from './served-operations.ts';
import { targetOperations } from './targets.ts';

const { page } = servedOperations.LoadBalancing.operations.DescribeTargetGroups;
const { atMost: mostTagged } = servedOperations.LoadBalancing.operations.DescribeTags;

const text = z.string().min(1);

const groupsInput = z.strictObject({
  TargetGroupArns: queryList(text).optional(),
  Names: queryList(text).optional(),
  LoadBalancerArn: text.optional(),
  PageSize: queryNumber.optional(),
  Marker: text.optional(),
});

const createInput = z.strictObject({
  Name: text,
  Protocol: z.enum(['HTTP', 'HTTPS']),
  ProtocolVersion: z.enum(['HTTP1', 'HTTP2', 'GRPC']).default('HTTP1'),
  Port: queryNumber,
  VpcId: text,
  TargetType: z.enum(['ip', 'instance']).default('instance'),
  HealthCheckPath: text.default('/'),
  Tags: tagList.default([]),
});

/**
 * Elastic Load Balancing on a rehearsal's fleet: the target group and the listener of each service, and groups that are created
 * besides, which stay empty. The load balancers obey the rules.
 */
export function targetGroupOperations(fleet: FleetState): ServedService {
  const balancing = new Balancing(fleet);
  return {
    ...groupOperations(balancing),
    ...targetOperations(balancing),
    ...listenerOperations(balancing),
    DescribeTags: serve({
      input: z.strictObject({ ResourceArns: queryList(text) }),
      answer: ({ ResourceArns }) => {
        if (ResourceArns.length > mostTagged) throw invalid(`ResourceArns has more than ${mostTagged} entries.`);
        const tagsOf = (arn: string) =>
          arn.includes(':listener-rule/') ? balancing.rule(arn).rule.tags : balancing.group(arn).tags;
        return { TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: showTags(tagsOf(arn)) })) };
      },
    }),
  };
}

function groupOperations(balancing: Balancing): ServedService {
  const pager = createPager();
  return {
    DescribeTargetGroups: serve({
      input: groupsInput,
      answer: (asked) => {
        const { PageSize = page.unasked, Marker, ...which } = asked;
        if (PageSize < page.least || PageSize > page.most) {
          throw invalid(`PageSize must be between ${page.least} and ${page.most}.`);
        }
        const scope = `DescribeTargetGroups ${JSON.stringify(which)}`;
        const cursor = Marker === undefined ? null : pager.cursor(scope, Marker);
        if (Marker !== undefined && cursor === null) throw invalid('The Marker is not one of this request.');
        const wanted = wantedGroups(balancing, which);
        const { items, next } = takePage(itemsAfter(wanted, arnOf, cursor), () => true, arnOf, PageSize);
        return {
          TargetGroups: items.map((group) => showGroup(group, balancing)),
          NextMarker: next === null ? undefined : pager.token(scope, next),
        };
      },
    }),
    CreateTargetGroup: serve({ input: createInput, answer: (asked, caller) => create(balancing, asked, caller) }),
    DeleteTargetGroup: serve({
      input: z.strictObject({ TargetGroupArn: text }),
      answer: ({ TargetGroupArn }) => {
        const group = balancing.groups().find(({ arn }) => arn === TargetGroupArn);
        // That a group which is not there is deleted as well is from memory; the API reference has no error for it.
        if (group === undefined) return {};
        if (group.service !== undefined || balancing.balancersOf(TargetGroupArn).length > 0) {
          throw new AwsError(
            'ResourceInUse',
            `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
          );
        }
        balancing.remove(TargetGroupArn);
        return {};
      },
    }),
  };
}

/** A second creation with the same settings answers with the first one's group (CreateTargetGroup in the API reference). */
function create(
  balancing: Balancing,
  asked: z.output<typeof createInput>,
  caller: { readonly region: string; readonly accountId: string },
): object {
  if (!/^(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/.test(asked.Name))
    throw invalid(`Target group name '${asked.Name}' is not valid`);
  if (asked.Port < 1 || asked.Port > 65_535) throw invalid('The port must be between 1 and 65535.');
  const group = {
    name: asked.Name,
    protocol: asked.Protocol,
    protocolVersion: asked.ProtocolVersion,
    port: asked.Port,
    vpcId: asked.VpcId,
    targetType: asked.TargetType,
    healthCheckPath: asked.HealthCheckPath,
    tags: Object.fromEntries(asked.Tags.map(({ Key, Value }) => [Key, Value])),
  };
  const known = balancing.groups().find(({ name }) => name === asked.Name);
  if (known !== undefined) {
    const { arn, ...settings } = known;
    if (JSON.stringify(settings) !== JSON.stringify(group)) {
      throw new AwsError(
        'DuplicateTargetGroupName',
        `A target group with the same name '${asked.Name}' exists, but with different settings`,
      );
    }
  }
  return { TargetGroups: [showGroup(known ?? balancing.create(group, caller), balancing)] };
}

/** @throws AwsError TargetGroupNotFound when one of them is unknown; that only one kind may be asked for is from memory. */
function wantedGroups(
  balancing: Balancing,
  {
    TargetGroupArns: arns,
    Names: names,
    LoadBalancerArn: balancer,
  }: Omit<z.output<typeof groupsInput>, 'PageSize' | 'Marker'>,
): readonly TargetGroup[] {
  const groups = balancing.groups();
  if ([arns, names, balancer].filter((kind) => kind !== undefined).length > 1) {
    throw invalid(
      'Target group names, target group ARNs and a load balancer ARN cannot be specified at the same time.',
    );
  }
  if (balancer !== undefined) return groups.filter(({ arn }) => balancing.balancersOf(arn).includes(balancer));
  const asked = new Set(arns ?? names);
  if (asked.size === 0) return groups;
  const found = groups.filter(({ arn, name }) => asked.has(arns === undefined ? name : arn));
  if (found.length < asked.size) throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
  return found;
}

function arnOf({ arn }: TargetGroup): string {
  return arn;
}

function showGroup(group: TargetGroup, balancing: Balancing): object {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    ProtocolVersion: group.protocolVersion,
    Port: group.port,
    VpcId: group.vpcId,
    TargetType: group.targetType,
    IpAddressType: 'ipv4',
    HealthCheckEnabled: true,
    HealthCheckProtocol: 'HTTP',
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: group.healthCheckPath,
    Matcher: { HttpCode: '200-299' },
    LoadBalancerArns: balancing.balancersOf(group.arn),
  };
}
