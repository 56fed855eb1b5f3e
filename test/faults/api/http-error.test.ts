import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyRuleCommand,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Listeners } from '../../../lib/aws/listeners.ts';
import type { ListenerEditor } from '../../../lib/faults/http/listener-editor.ts';
import { httpError } from '../../../lib/faults/http-error.ts';
import { VPC_ID } from '../../../lib/rehearsal/cloud/balancing.ts';
import { AwsError, serve } from '../../../lib/rehearsal/cloud/operation.ts';
import { ListenerRules } from '../../../lib/rehearsal/fleet/listener-rules.ts';
import { actContext, prepareContext, serveObedientFleet } from './served-fleet.ts';

/** The calls that change something. */
const ACTS = [
  'createTargetGroup',
  'changeActions',
  'createRule',
  'restoreActions',
  'deleteRule',
  'deleteTargetGroup',
] as const;

async function setUp(change?: Parameters<typeof serveObedientFleet>[0]) {
  const { fleet, cloud } = await serveObedientFleet(change);
  const service = fleet.addBalanced('cart', 2);
  const groupArn = service.targetGroup?.arn ?? '';
  const listener = new ListenerRules(
    groupArn.replace(/:targetgroup\/.*/, ':loadbalancer/app/shop-cart/0123456789abcdef'),
    groupArn,
  );
  Object.assign(fleet, { listenerRules: () => listener });
  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const port = new Listeners();
  const target = {
    kind: 'service' as const,
    resource: service.arn,
    clusterArn: fleet.cluster.arn,
    service: 'shop/cart',
  };
  const rules = async (): Promise<Rule[]> =>
    (await elb.send(new DescribeRulesCommand({ ListenerArn: listener.arn }))).Rules ?? [];
  const addGroup = async (Name: string): Promise<string> => {
    const made = await elb.send(
      new CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port: 80, VpcId: VPC_ID, TargetType: 'ip' }),
    );
    return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
  };
  const addRule = async (Priority: number, path: string, groups: readonly (readonly [string, number])[]) => {
    const TargetGroups = groups.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }));
    const made = await elb.send(
      new CreateRuleCommand({
        ListenerArn: listener.arn,
        Priority,
        Conditions: [{ Field: 'path-pattern', Values: [path] }],
        Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
      }),
    );
    return made.Rules?.[0]?.RuleArn ?? '';
  };
  const groupCount = async () => Object.keys(await port.tags([])).length;
  const prepare = (parameters: object) => httpError.prepare(port, target, parameters, prepareContext);
  const prepared = async (parameters: object) => {
    const answer = await prepare(parameters);
    if (!answer.ready) throw new Error(answer.because);
    // As it is stored: plain JSON.
    return JSON.parse(JSON.stringify(answer.undo)) as Record<string, unknown>;
  };
  const inject = (undo: Record<string, unknown>, by: ListenerEditor = port, context = actContext()) =>
    httpError.inject(by, target, {}, undo, context);
  const undoIt = (undo: Record<string, unknown>, by: ListenerEditor = port) =>
    httpError.undo(by, target, undo, actContext());
  const confirm = (undo: Record<string, unknown>) => httpError.confirm(port, target, undo, actContext());
  /** What the load balancer does with a request, for a draw. */
  const answerTo = (url: string, random = 0) => {
    const route = listener.route({ url, method: 'GET', headers: {} }, () => random);
    return route.to === 'fixed-response' ? route.action.statusCode : route.targetGroupArn === groupArn ? 200 : 503;
  };
  const share = (url = '/') =>
    Array.from({ length: 1000 }, (_, n) => answerTo(url, (n + 0.5) / 1000)).filter((status) => status === 503).length /
    10;
  return {
    fleet,
    cloud,
    elb,
    port,
    listener,
    groupArn,
    target,
    rules,
    addGroup,
    addRule,
    groupCount,
    prepare,
    prepared,
    inject,
    undoIt,
    confirm,
    answerTo,
    share,
  };
}

/** The port, which dies before or after its n-th call that changes something. */
function dyingAt(port: ListenerEditor, dies: number, when: 'before' | 'after'): ListenerEditor {
  let acts = 0;
  return new Proxy(port, {
    get(whole, name) {
      const method = Reflect.get(whole, name) as (...call: unknown[]) => Promise<unknown>;
      return async (...call: unknown[]) => {
        const isAct = ACTS.some((act) => act === name);
        if (isAct && acts >= dies) throw new Error('crashed');
        if (isAct) acts += 1;
        if (isAct && when === 'before' && acts === dies) throw new Error('crashed');
        return await method.apply(whole, call);
      };
    },
  });
}

describe('a share of requests', () => {
  it.each([1, 10, 33, 50, 99, 100])(
    'of %i percent fails with 503, and then none, by exactly the former rules',
    async (percent) => {
      const { prepared, inject, undoIt, confirm, rules, share, port } = await setUp();
      const before = await rules();
      const undo = await prepared({ percent });
      expect(await confirm(undo)).toMatchObject({ effect: 'pending' });
      expect(await inject(undo)).toMatchObject({ outcome: 'accepted' });
      expect(share()).toBeCloseTo(percent, 0);
      expect(await confirm(undo)).toMatchObject({
        effect: 'took-effect',
        because: expect.stringContaining('1 of 1 rules'),
      });
      const { group } = z.object({ group: z.object({ name: z.string() }) }).parse(undo);
      expect(await port.targetGroupNamed(group.name)).toMatchObject({ tags: { 'capuchin:experiment': 'shop-cart-1' } });
      expect(await undoIt(undo)).toMatchObject({ undone: true, because: expect.stringContaining('is as before') });
      expect([share(), await rules(), await port.targetGroupNamed(group.name)]).toEqual([0, before, undefined]);
      expect(await undoIt(undo)).toMatchObject({ undone: true, because: expect.stringContaining('no target group') });
    },
  );

  it('leaves every other group of a rule its share, and rules of others alone', async () => {
    const { prepared, inject, undoIt, addGroup, addRule, rules, groupArn, listener } = await setUp();
    const other = await addGroup('other');
    const [mixed, foreign] = [
      await addRule(5, '/mixed', [
        [groupArn, 3],
        [other, 1],
      ]),
      await addRule(7, '/other', [[other, 1]]),
    ];
    const before = await rules();
    const undo = await prepared({ percent: 50 });
    await inject(undo);
    const now = listener.rules.find(({ arn }) => arn === mixed)?.action;
    const weights = now?.type === 'forward' ? now.targetGroups : [];
    const sum = weights.reduce((total, { weight }) => total + weight, 0);
    expect(weights.map(({ weight }) => weight / sum)).toEqual([0.375, 0.25, 0.375]);
    expect((await rules()).find(({ RuleArn }) => RuleArn === foreign)).toEqual(
      before.find(({ RuleArn }) => RuleArn === foreign),
    );
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect(await rules()).toEqual(before);
  });

  it('whatever the rules and weights are, act and undo leave exactly the former ones, wherever the act broke off', async () => {
    const weight = fc.integer({ min: 0, max: 999 });
    const shape = fc.record({
      percent: fc.integer({ min: 1, max: 100 }),
      paths: fc.array(
        fc.tuple(weight, fc.array(weight, { maxLength: 3 }), fc.option(fc.integer({ min: 1, max: 60 }))),
        { maxLength: 3 },
      ),
      dies: fc.integer({ min: 1, max: 8 }),
      when: fc.constantFrom('before' as const, 'after' as const),
      undoDies: fc.integer({ min: 1, max: 8 }),
    });
    let acted = 0;
    const world = await setUp();
    const others = [await world.addGroup('a'), await world.addGroup('b'), await world.addGroup('c')];
    await fc.assert(
      fc.asyncProperty(shape, async ({ percent, paths, dies, when, undoDies }) => {
        const { elb, prepare, inject, undoIt, rules, groupArn, listener, port } = world;
        for (const { arn, priority } of listener.rules) if (priority !== 'default') listener.remove(arn);
        for (const [index, [own, rest, sticky]] of paths.entries()) {
          const groups = [groupArn, ...others]
            .slice(0, rest.length + 1)
            .map((TargetGroupArn, at) => ({ TargetGroupArn, Weight: [own, ...rest][at] ?? 0 }));
          const stickiness =
            sticky === null ? {} : { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: sticky } };
          await elb.send(
            new CreateRuleCommand({
              ListenerArn: listener.arn,
              Priority: index + 1,
              Conditions: [{ Field: 'path-pattern', Values: [`/p${index}`] }],
              Actions: [{ Type: 'forward', Order: 1, ForwardConfig: { TargetGroups: groups, ...stickiness } }],
            }),
          );
        }
        const before = await rules();
        const answer = await prepare({ percent });
        if (!answer.ready) return;
        const undo = JSON.parse(JSON.stringify(answer.undo)) as Record<string, unknown>;
        await inject(undo, dyingAt(port, dies, when)).then(
          ({ outcome }) => (acted += outcome === 'accepted' ? 1 : 0),
          () => {},
        );
        await undoIt(undo, dyingAt(port, undoDies, when)).catch(() => {});
        expect(await undoIt(undo)).toMatchObject({ undone: true });
        expect(await rules()).toEqual(before);
        expect(
          await port.targetGroupNamed(z.object({ group: z.object({ name: z.string() }) }).parse(undo).group.name),
        ).toBeUndefined();
      }),
      { numRuns: 25 },
    );
    expect(acted).toBeGreaterThan(3);
  });

  it('an act that arrives after the undo finds its target group gone', async () => {
    const { prepared, inject, undoIt, rules, port } = await setUp();
    const before = await rules();
    const undo = await prepared({ percent: 20 });
    const late = new Proxy(port, {
      get: (whole, name) =>
        name === 'changeActions'
          ? async (...call: Parameters<ListenerEditor['changeActions']>) => {
              expect(await undoIt(undo)).toMatchObject({ undone: true });
              return await whole.changeActions(...call);
            }
          : (Reflect.get(whole, name) as (...call: unknown[]) => unknown).bind(whole),
    });
    expect(await inject(undo, late)).toMatchObject({
      outcome: 'accepted',
      facts: { code: 'TargetGroupNotFoundException', changed: [] },
    });
    expect(await rules()).toEqual(before);
    expect(await undoIt(undo)).toMatchObject({ undone: true });
  });

  it('takes out only what is its own when somebody else changed the rule meanwhile, and says so', async () => {
    const { elb, prepared, inject, undoIt, addGroup, addRule, groupArn, listener } = await setUp();
    const other = await addGroup('other');
    const rule = await addRule(5, '/x', [[groupArn, 1]]);
    const undo = await prepared({ percent: 25 });
    await inject(undo);
    const held = listener.rules.find(({ arn }) => arn === rule)?.action;
    const weights = held?.type === 'forward' ? held.targetGroups : [];
    const changed = [
      ...weights.map(({ targetGroupArn, weight }) => ({ TargetGroupArn: targetGroupArn, Weight: weight })),
      { TargetGroupArn: other, Weight: 4 },
    ];
    await elb.send(
      new ModifyRuleCommand({
        RuleArn: rule,
        Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups: changed } }],
      }),
    );
    // The default rule no longer forwards to the empty group at all.
    await elb.send(
      new ModifyListenerCommand({
        ListenerArn: listener.arn,
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
      }),
    );
    const { undone, because } = await undoIt(undo);
    expect(undone).toBe(true);
    expect(because).toContain('rule 5');
    expect(because).toContain('only what is the experiment’s was taken out');
    expect(because).toMatch(/rule default .* it was left/);
    const after = listener.rules.map(({ action }) =>
      action.type === 'forward' ? action.targetGroups : action.statusCode,
    );
    expect(after).toEqual([
      [
        { targetGroupArn: groupArn, weight: 4 },
        { targetGroupArn: other, weight: 4 },
      ],
      404,
    ]);
  });

  it('gives the weights back that somebody else left as they were, and keeps what they changed', async () => {
    const { elb, prepared, inject, undoIt, rules, groupArn, listener } = await setUp();
    const undo = await prepared({ percent: 25 });
    await inject(undo);
    const actions = (await rules())[0]?.Actions ?? [];
    const sticky = { Enabled: true, DurationSeconds: 9 };
    const DefaultActions = actions.map((action) => ({
      ...action,
      ForwardConfig: { ...action.ForwardConfig, TargetGroupStickinessConfig: sticky },
    }));
    await elb.send(new ModifyListenerCommand({ ListenerArn: listener.arn, DefaultActions }));
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect((await rules())[0]?.Actions?.[0]?.ForwardConfig).toEqual({
      TargetGroups: [{ TargetGroupArn: groupArn, Weight: 1 }],
      TargetGroupStickinessConfig: sticky,
    });
  });

  it('is not undone while ELB says that the empty group is in use', async () => {
    let inUse: boolean = true;
    const { prepared, inject, undoIt, share } = await setUp(({ ECS, LoadBalancing }) => ({
      ECS,
      LoadBalancing: {
        ...LoadBalancing,
        DeleteTargetGroup: serve({
          input: z.looseObject({}),
          answer: (input, caller) => {
            if (inUse) throw new AwsError('ResourceInUse', 'by a rule elsewhere');
            return LoadBalancing.DeleteTargetGroup?.answer(input, caller) ?? {};
          },
        }),
      },
    }));
    const undo = await prepared({ percent: 25 });
    await inject(undo);
    expect(await undoIt(undo)).toMatchObject({ undone: false, because: expect.stringContaining('forwards to') });
    expect(share()).toBe(0);
    inUse = false;
    expect(await undoIt(undo)).toMatchObject({ undone: true });
  });

  it('gives a rule its former actions when somebody left nothing but the empty group in it', async () => {
    const { elb, prepared, inject, undoIt, rules, listener, groupArn } = await setUp();
    const before = await rules();
    const undo = await prepared({ percent: 25 });
    await inject(undo);
    const [rule] = listener.rules;
    const groups = rule?.action.type === 'forward' ? rule.action.targetGroups : [];
    const empty = groups.find(({ targetGroupArn }) => targetGroupArn !== groupArn)?.targetGroupArn;
    await elb.send(
      new ModifyListenerCommand({
        ListenerArn: listener.arn,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: empty }],
      }),
    );
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect(await rules()).toEqual(before);
  });

  it('takes the empty group out of a rule that somebody copied it to', async () => {
    const { prepared, inject, undoIt, addRule, listener, groupArn } = await setUp();
    const undo = await prepared({ percent: 50 });
    await inject(undo);
    const [standard] = listener.rules;
    const groups = standard?.action.type === 'forward' ? standard.action.targetGroups : [];
    await addRule(
      9,
      '/copied',
      groups.map(({ targetGroupArn, weight }) => [targetGroupArn, weight] as const),
    );
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect(listener.rules.map(({ action }) => action)).toMatchObject([
      { targetGroups: [{ targetGroupArn: groupArn, weight: 2 }] },
      { targetGroups: [{ targetGroupArn: groupArn, weight: 1 }] },
    ]);
  });

  it('does not touch a target group of the same name that it did not make', async () => {
    const { prepared, undoIt, prepare, addGroup, port } = await setUp();
    const undo = await prepared({});
    const { name } = z.object({ name: z.string() }).parse(undo.group);
    await addGroup(name);
    expect(await prepare({})).toMatchObject({ ready: false, because: expect.stringContaining('already') });
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect(await port.targetGroupNamed(name)).toBeDefined();
  });

  it('does not begin late, nor when a rule was changed since it was read, and is a no when the first call is', async () => {
    let refused: boolean = true;
    const { elb, cloud, prepared, inject, addRule, groupArn, port } = await setUp(({ ECS, LoadBalancing }) => ({
      ECS,
      LoadBalancing: {
        ...LoadBalancing,
        CreateTargetGroup: serve({
          input: z.looseObject({}),
          answer: (input, caller) => {
            if (refused) throw new AwsError('TooManyTargetGroups', 'enough');
            return LoadBalancing.CreateTargetGroup?.answer(input, caller) ?? {};
          },
        }),
      },
    }));
    const rule = await addRule(5, '/x', [[groupArn, 1]]);
    const undo = await prepared({});
    expect(await inject(undo)).toMatchObject({ outcome: 'failed', facts: { code: 'TooManyTargetGroupsException' } });
    refused = false;
    const late = actContext('shop-cart-1', Date.now() - 1);
    expect(await inject(undo, port, late)).toMatchObject({ outcome: 'failed', facts: { code: 'too-late' } });
    await elb.send(
      new ModifyRuleCommand({
        RuleArn: rule,
        Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
      }),
    );
    expect(await inject(undo)).toMatchObject({ outcome: 'failed', facts: { code: 'rule-changed' } });
    expect(cloud.callLog.counts()['LoadBalancing.CreateTargetGroup']).toBe(1);
  });
});

describe('paths', () => {
  it('fail with the status that was asked for, where they are the service’s, and nowhere else', async () => {
    const { prepared, inject, undoIt, confirm, addGroup, addRule, rules, answerTo, groupArn } = await setUp();
    const other = await addGroup('other');
    await addRule(10, '/cart/*', [[groupArn, 1]]);
    await addRule(20, '/other/*', [[other, 1]]);
    const before = await rules();
    const undo = await prepared({ paths: ['/cart/pay*', '/other*', '/help'], statusCode: 507 });
    expect(await inject(undo)).toMatchObject({ outcome: 'accepted' });
    expect(['/cart/pay/now', '/help', '/otherwise'].map((url) => answerTo(url))).toEqual([507, 507, 507]);
    // The paths of another service go where they went, although the pattern matches them.
    expect(['/cart/see', '/other/x', '/'].map((url) => answerTo(url))).toEqual([200, 503, 200]);
    expect(await confirm(undo)).toMatchObject({ effect: 'took-effect' });
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect(await rules()).toEqual(before);
    expect(await undoIt(undo)).toMatchObject({ undone: true, because: expect.stringContaining('0 were deleted') });
  });

  it.each([1, 2, 3, 4])('are put right by the undo when the act broke off at its call %i', async (dies) => {
    for (const when of ['before', 'after'] as const) {
      const { prepared, inject, undoIt, addRule, rules, groupArn, port } = await setUp();
      await addRule(10, '/a*', [[groupArn, 1]]);
      const before = await rules();
      const undo = await prepared({ paths: ['/a', '/ab', '/b'] });
      await inject(undo, dyingAt(port, dies, when)).catch(() => {});
      await undoIt(undo, dyingAt(port, dies, when)).catch(() => {});
      expect(await undoIt(undo)).toMatchObject({ undone: true });
      expect(await rules()).toEqual(before);
    }
  });

  it('leave rules of others alone, also those that look like ours', async () => {
    const { prepared, inject, undoIt, addRule, rules, groupArn } = await setUp();
    const undo = await prepared({ paths: ['/x'] });
    await inject(undo);
    await addRule(77, '/x', [[groupArn, 1]]);
    expect(await undoIt(undo)).toMatchObject({ undone: true });
    expect(new Set((await rules()).map(({ Priority }) => Priority))).toEqual(new Set(['default', '77']));
  });

  it('are not begun when the rules have changed since, and refused where no priority is free', async () => {
    const { prepared, prepare, inject, addRule, addGroup, groupArn, rules } = await setUp();
    const other = await addGroup('other');
    const undo = await prepared({ paths: ['/x'] });
    await addRule(50_000, '/y', [[groupArn, 1]]);
    expect(await inject(undo)).toMatchObject({ outcome: 'failed', facts: { code: 'rule-changed' } });
    await addRule(49_999, '/z', [[other, 1]]);
    expect(await inject(undo)).toMatchObject({ outcome: 'failed', facts: { code: 'rule-changed' } });
    await addRule(1, '/cart', [[groupArn, 1]]);
    expect(await prepare({ paths: ['/cart'] })).toMatchObject({
      ready: false,
      because: expect.stringContaining('no free priority'),
    });
    expect(await rules()).toHaveLength(4);
  });
});

describe('prepare', () => {
  const answer = (given: () => object) => serve({ input: z.unknown(), answer: given });

  it.each([
    [{ services: [], failures: [{ reason: 'MISSING' }] }, 'ECS does not know the service'],
    [{ services: [{ loadBalancers: [] }] }, 'the service has no target group'],
    [
      { services: [{ loadBalancers: [{ targetGroupArn: 'a' }, { targetGroupArn: 'b' }] }] },
      'the service has 2 target groups',
    ],
    [
      {
        services: [
          { loadBalancers: [{ targetGroupArn: 'a', advancedConfiguration: { alternateTargetGroupArn: 'b' } }] },
        ],
      },
      'its deployments change the listener rules themselves',
    ],
    [
      { services: [{ loadBalancers: [{ targetGroupArn: 'a' }], deploymentController: { type: 'CODE_DEPLOY' } }] },
      'its deployments change the listener rules themselves',
    ],
  ])('of %j is refused: %s', async (shown, because) => {
    const { prepare } = await setUp(({ ECS, LoadBalancing }) => ({
      LoadBalancing,
      ECS: { ...ECS, DescribeServices: answer(() => shown) },
    }));
    expect(await prepare({})).toEqual({ ready: false, because });
  });

  it.each([
    [['arn:aws:elasticloadbalancing:r:1:loadbalancer/net/shop/1'], 'is not an Application Load Balancer'],
    [['arn:aws:elasticloadbalancing:r:1:loadbalancer/app/a/1', 'arn:b'], 'behind more than one load balancer'],
    [[], 'no load balancer sends requests'],
  ])('behind %j is refused', async (LoadBalancerArns, because) => {
    const { prepare } = await setUp(({ ECS, LoadBalancing }) => ({
      ECS,
      LoadBalancing: {
        ...LoadBalancing,
        DescribeTargetGroups: answer(() => ({ TargetGroups: [{ TargetGroupArn: 'a', LoadBalancerArns }] })),
      },
    }));
    expect(await prepare({})).toEqual({ ready: false, because: expect.stringContaining(because) });
  });

  it('refuses weights that leave no room, five groups, and rules that do not send the service anything', async () => {
    const { prepare, addRule, addGroup, groupArn, elb, listener } = await setUp();
    const others = await Promise.all(['a', 'b', 'c', 'd'].map(addGroup));
    const rule = await addRule(5, '/x', [
      [groupArn, 1],
      [others[0] ?? '', 999],
    ]);
    expect(await prepare({})).toMatchObject({
      because: expect.stringContaining('weights 1:999 leave no room for 10 percent'),
    });
    listener.remove(rule);
    await addRule(6, '/x', [[groupArn, 1], ...others.map((arn) => [arn, 1] as const)]);
    expect(await prepare({})).toMatchObject({ because: expect.stringContaining('5 target groups already') });
    for (const { arn, priority } of listener.rules) if (priority !== 'default') listener.remove(arn);
    await elb.send(
      new ModifyListenerCommand({
        ListenerArn: listener.arn,
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: groupArn, Weight: 0 },
                { TargetGroupArn: others[0], Weight: 1 },
              ],
            },
          },
        ],
      }),
    );
    expect(await prepare({})).toEqual({
      ready: false,
      because: 'no rule of the load balancer sends requests to the service',
    });
  });

  it.each([
    { percent: 0 },
    { percent: 101 },
    { percent: 1.5 },
    { percent: 5, paths: ['/x'] },
    { statusCode: 500 },
    { paths: ['/x'], statusCode: 404 },
    { paths: [] },
    { paths: ['x'] },
    { paths: ['/a b'] },
    { paths: ['/a', '/b', '/c', '/d', '/e', '/f'] },
  ])('%j are no parameters', (parameters) => {
    expect(httpError.parameters.safeParse(parameters).success).toBe(false);
  });
});
