import {
  CreateRuleCommand,
  type CreateRuleCommandInput,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { expect, it } from 'vitest';
import { VPC_ID } from '../../../lib/rehearsal/cloud/balancing.ts';
import { targetGroupOperations } from '../../../lib/rehearsal/cloud/target-groups.ts';
import { ACCOUNT, FakeFleet, REGION } from './fake-fleet.ts';
import { allPages, startCloud } from './local-cloud.ts';

const groupArn = (name: string) =>
  `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/${name}/0123456789abcdef`;

async function setUp() {
  const fleet = new FakeFleet();
  const cluster = fleet.addCluster('shop');
  for (const name of ['cart', 'web']) {
    fleet.addService(cluster, name, { targetGroup: { arn: groupArn(name), containerPort: 80, healthCheckPath: '/' } });
  }
  const cloud = await startCloud({ services: { LoadBalancing: targetGroupOperations(fleet) }, buckets: {} });
  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const { TargetGroups = [] } = await elb.send(
    new DescribeTargetGroupsCommand({ TargetGroupArns: [groupArn('cart')] }),
  );
  const LoadBalancerArn = TargetGroups[0]?.LoadBalancerArns?.[0] ?? '';
  const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const ListenerArn = Listeners[0]?.ListenerArn ?? '';
  const forward = (...arns: string[]) => [
    {
      Type: 'forward' as const,
      ForwardConfig: { TargetGroups: arns.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 })) },
    },
  ];
  const create = async (input: Partial<CreateRuleCommandInput> = {}) => {
    const Conditions = [{ Field: 'path-pattern', Values: ['/x'] }];
    const made = await elb.send(
      new CreateRuleCommand({ ListenerArn, Priority: 5, Conditions, Actions: forward(groupArn('cart')), ...input }),
    );
    return made.Rules?.[0]?.RuleArn ?? '';
  };
  const group = async (input: Partial<CreateTargetGroupCommandInput> = {}) => {
    const made = await elb.send(
      new CreateTargetGroupCommand({
        Name: 'empty',
        Protocol: 'HTTP',
        Port: 80,
        VpcId: VPC_ID,
        TargetType: 'ip',
        ...input,
      }),
    );
    return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
  };
  return { cloud, elb, LoadBalancerArn, ListenerArn, forward, create, group, listener: Listeners[0] };
}

const named = (name: string) => expect.objectContaining({ name });

it('each service’s load balancer has a listener that forwards to its target group', async () => {
  const { elb, listener, LoadBalancerArn, ListenerArn } = await setUp();
  expect(listener).toMatchObject({
    LoadBalancerArn,
    Protocol: 'HTTP',
    DefaultActions: [
      {
        Type: 'forward',
        TargetGroupArn: groupArn('cart'),
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: groupArn('cart'), Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ],
  });
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
  expect(Rules).toMatchObject([{ Priority: 'default', IsDefault: true, Conditions: [] }]);
  const gone = elb.send(new DescribeListenersCommand({ LoadBalancerArn: `${LoadBalancerArn}0` }));
  await expect(gone).rejects.toEqual(named('LoadBalancerNotFoundException'));
  await expect(elb.send(new DescribeRulesCommand({ ListenerArn: 'no' }))).rejects.toEqual(
    named('ListenerNotFoundException'),
  );
  await expect(elb.send(new DescribeRulesCommand({}))).rejects.toThrow('either');
});

it('rules are made with tags, shown in pages, changed and deleted', async () => {
  const { cloud, elb, ListenerArn, create, forward, group } = await setUp();
  const Tags = [{ Key: 'a', Value: 'b' }];
  const FixedResponseConfig = { StatusCode: '503', MessageBody: 'no', ContentType: 'text/plain' };
  const header = { HttpHeaderName: 'X', Values: ['1'] };
  const arns = [
    await create({ Tags, Actions: [{ Type: 'fixed-response', Order: 2, FixedResponseConfig }] }),
    await create({
      Priority: 6,
      Conditions: [
        { Field: 'host-header', HostHeaderConfig: { Values: ['a', 'b'] } },
        { Field: 'http-header', HttpHeaderConfig: header },
        { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'k', Value: 'v' }] } },
      ],
    }),
  ];
  const pages = await allPages(
    (Marker) => elb.send(new DescribeRulesCommand({ ListenerArn, PageSize: 1, ...(Marker ? { Marker } : {}) })),
    ({ Rules, NextMarker }) => ({ items: Rules, next: NextMarker }),
  );
  expect(pages.map((page) => page.length)).toEqual([1, 1, 1]);
  const { Rules = [] } = await elb.send(new DescribeRulesCommand({ RuleArns: arns }));
  const byPriority = new Map(Rules.map((rule) => [rule.Priority, rule]));
  expect(byPriority.get('5')).toMatchObject({
    Conditions: [{ Field: 'path-pattern', Values: ['/x'], PathPatternConfig: { Values: ['/x'] } }],
    Actions: [{ Type: 'fixed-response', Order: 2, FixedResponseConfig }],
    IsDefault: false,
  });
  expect(byPriority.get('6')?.Conditions).toMatchObject([
    { HostHeaderConfig: { Values: ['a', 'b'] } },
    { HttpHeaderConfig: header },
    { QueryStringConfig: { Values: [{ Key: 'k', Value: 'v' }] } },
  ]);
  const empty = await group();
  const tagged = await elb.send(new DescribeTagsCommand({ ResourceArns: [arns[0] ?? '', empty] }));
  expect(tagged.TagDescriptions?.map((one) => one.Tags)).toEqual([Tags, []]);
  const stickiness = { Enabled: true, DurationSeconds: 60 };
  const [action] = forward(groupArn('cart'), empty);
  const Actions = [
    {
      ...action,
      Type: 'forward' as const,
      ForwardConfig: { ...action?.ForwardConfig, TargetGroupStickinessConfig: stickiness },
    },
  ];
  const changed = await elb.send(new ModifyRuleCommand({ RuleArn: arns[0], Actions }));
  expect(changed.Rules?.[0]?.Actions?.[0]).toMatchObject({
    ForwardConfig: { TargetGroupStickinessConfig: stickiness },
  });
  expect(changed.Rules?.[0]?.Actions?.[0]?.TargetGroupArn).toBeUndefined();
  expect(changed.Rules?.[0]?.Conditions?.[0]?.Values).toEqual(['/x']);
  await elb.send(new DeleteRuleCommand({ RuleArn: arns[1] }));
  await expect(elb.send(new DeleteRuleCommand({ RuleArn: arns[1] }))).rejects.toEqual(named('RuleNotFoundException'));
  expect(cloud.defects).toEqual([]);
});

it('ELB’s rules are kept, with its errors', async () => {
  const { elb, create, forward, group, ListenerArn } = await setUp();
  await create();
  await expect(create()).rejects.toEqual(named('PriorityInUseException'));
  await expect(create({ Priority: 50_001 })).rejects.toThrow('Priority');
  await expect(create({ Priority: 7, Conditions: [] })).rejects.toThrow('condition');
  const six = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/1', '/2', '/3', '/4', '/5', '/6'] } }];
  await expect(create({ Priority: 7, Conditions: six })).rejects.toThrow('5');
  await expect(create({ Priority: 7, Actions: forward('unknown') })).rejects.toEqual(
    named('TargetGroupNotFoundException'),
  );
  await expect(create({ Priority: 7, Actions: forward(groupArn('web')) })).rejects.toEqual(
    named('TargetGroupAssociationLimitException'),
  );
  const arns = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((Name) => group({ Name })));
  await expect(create({ Priority: 7, Actions: forward(groupArn('cart'), ...arns) })).rejects.toEqual(
    named('TooManyTargetGroupsException'),
  );
  const heavy = [
    {
      Type: 'forward' as const,
      ForwardConfig: { TargetGroups: [{ TargetGroupArn: groupArn('cart'), Weight: 1_000 }] },
    },
  ];
  await expect(create({ Priority: 7, Actions: heavy })).rejects.toThrow('weight');
  const odd = [
    {
      Type: 'forward' as const,
      TargetGroupArn: groupArn('cart'),
      ForwardConfig: forward(arns[0] ?? '')[0]?.ForwardConfig,
    },
  ];
  await expect(create({ Priority: 7, Actions: odd })).rejects.toThrow('same');
  const teapot = [{ Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '302' } }];
  await expect(create({ Priority: 7, Actions: teapot })).rejects.toThrow('2XX');
  const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
  const RuleArn = Rules.find(({ IsDefault }) => IsDefault)?.RuleArn;
  await expect(elb.send(new DeleteRuleCommand({ RuleArn }))).rejects.toEqual(named('OperationNotPermittedException'));
  const modify = new ModifyRuleCommand({ RuleArn, Actions: forward(groupArn('cart')) });
  await expect(elb.send(modify)).rejects.toEqual(named('OperationNotPermittedException'));
  for (let Priority = 100; Priority < 199; Priority += 1) await create({ Priority });
  await expect(create({ Priority: 7 })).rejects.toEqual(named('TooManyRulesException'));
});

it('a target group is made once, and deleted only when no rule names it', async () => {
  const { elb, ListenerArn, forward, group } = await setUp();
  const arn = await group();
  expect(await group()).toBe(arn);
  await expect(group({ Port: 81 })).rejects.toEqual(named('DuplicateTargetGroupNameException'));
  await expect(group({ Name: '-no' })).rejects.toThrow('not valid');
  const listen = (...arns: string[]) =>
    elb.send(new ModifyListenerCommand({ ListenerArn, DefaultActions: forward(...arns) }));
  await listen(groupArn('cart'), arn);
  const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ Names: ['empty'] }));
  expect(TargetGroups?.[0]?.LoadBalancerArns).toHaveLength(1);
  const remove = () => elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
  await expect(remove()).rejects.toEqual(named('ResourceInUseException'));
  await listen(groupArn('cart'));
  await remove();
  await remove();
  await expect(listen(arn)).rejects.toEqual(named('TargetGroupNotFoundException'));
});
