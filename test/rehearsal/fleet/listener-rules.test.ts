import { describe, expect, it } from 'vitest';
import { ListenerRules, type RuleCondition } from '../../../lib/rehearsal/fleet/listener-rules.ts';

function listener() {
  return new ListenerRules('arn:aws:elasticloadbalancing:r:1:loadbalancer/app/shop/1', 'own');
}

const toGroup = (targetGroupArn: string) => ({
  type: 'forward' as const,
  targetGroups: [{ targetGroupArn, weight: 1 }],
});

function routed(
  rules: ListenerRules,
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): string | number {
  const route = rules.route({ url, headers, method });
  return route.to === 'group' ? route.targetGroupArn : route.action.statusCode;
}

describe('a listener', () => {
  it('takes the first rule in the order of priorities whose conditions are all met', () => {
    const rules = listener();
    const paths = (...values: string[]): RuleCondition => ({ field: 'path-pattern', values });
    const host: RuleCondition = { field: 'host-header', values: ['a.example'] };
    const action = { type: 'fixed-response' as const, statusCode: 503 };
    rules.add({ priority: 20, conditions: [paths('/x*')], action: toGroup('late'), tags: {} });
    rules.add({ priority: 3, conditions: [paths('/x/?', '/y'), host], action, tags: {} });
    const at = { host: 'A.example:80' };
    expect(['/x/1', '/y?q=1', '/x/12', '/X/1', '/'].map((url) => routed(rules, url, at))).toEqual([
      503,
      503,
      'late',
      'own',
      'own',
    ]);
    expect(routed(rules, '/y')).toBe('own');
    expect(rules.rules.map(({ priority }) => priority)).toEqual([3, 20, 'default']);
  });

  it.each([
    [{ field: 'http-request-method', values: ['POST'] }, '/', {}, 'POST'],
    [{ field: 'http-header', name: 'X-Who', values: ['m*'] }, '/', { 'x-who': 'Me' }, 'GET'],
    [{ field: 'query-string', pairs: [{ key: 'a', value: 'b' }] }, '/?c=d&A=B', {}, 'GET'],
    [{ field: 'query-string', pairs: [{ value: 'b*' }] }, '/?any=bc', {}, 'GET'],
    [{ field: 'path-pattern', values: ['/a.b(*'] }, '/a.b(c', {}, 'GET'],
  ] as const)('meets %j', (condition, url, headers, method) => {
    const rules = listener();
    rules.add({ priority: 1, conditions: [condition], action: toGroup('met'), tags: {} });
    expect(routed(rules, url, headers, method)).toBe('met');
    expect(routed(rules, '/other')).toBe('own');
  });

  it('parts requests by weight, whether or not a group has targets', () => {
    const rules = listener();
    const targetGroups = [
      { targetGroupArn: 'own', weight: 3 },
      { targetGroupArn: 'none', weight: 0 },
      { targetGroupArn: 'empty', weight: 1 },
    ];
    rules.change(rules.rules[0]?.arn ?? '', { action: { type: 'forward', targetGroups } });
    const at = [0, 0.74, 0.75, 0.999].map((random) => {
      const route = rules.route({ url: '/', method: 'GET', headers: {} }, () => random);
      return route.to === 'group' ? route.targetGroupArn : '';
    });
    expect(at).toEqual(['own', 'own', 'empty', 'empty']);
  });
});
