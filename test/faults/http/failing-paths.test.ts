import { describe, expect, it } from 'vitest';
import { failingPaths } from '../../../lib/faults/http/failing-paths.ts';
import type { Rule, RuleCondition } from '../../../lib/faults/http/listener-rule.ts';

const path = (...Values: string[]): RuleCondition => ({ Field: 'path-pattern', Values, PathPatternConfig: { Values } });
const host = (...Values: string[]): RuleCondition => ({ Field: 'host-header', Values, HostHeaderConfig: { Values } });

function rule(
  priority: number | 'default',
  groups: readonly string[],
  conditions: readonly RuleCondition[] = [],
): Rule {
  const TargetGroups = groups.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 1 }));
  return {
    listenerArn: 'L',
    ruleArn: `rule-${priority}`,
    priority,
    conditions,
    actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
  };
}

const planned = (rules: readonly Rule[], ...paths: string[]) => {
  const answer = failingPaths(rules, 'cart', paths);
  return 'because' in answer
    ? answer.because
    : answer.failing.map(({ priority, conditions }) => [
        priority,
        ...conditions.flatMap(({ Field, HostHeaderConfig, PathPatternConfig }) => [
          Field,
          ...((HostHeaderConfig ?? PathPatternConfig)?.Values ?? []),
        ]),
      ]);
};

describe('rules that make paths fail', () => {
  it('stand right before the service’s rule, with its conditions and a path', () => {
    const rules = [rule(10, ['cart'], [host('a.example', 'b.example')]), rule('default', ['web'])];
    expect(planned(rules, '/x', '/y')).toEqual([
      [9, 'host-header', 'a.example', 'b.example', 'path-pattern', '/x'],
      [8, 'host-header', 'a.example', 'b.example', 'path-pattern', '/y'],
    ]);
    expect(planned([rule('default', ['cart'])], '/x')).toEqual([[50_000, 'path-pattern', '/x']]);
  });

  it('give a condition’s values once, as ELB takes them', () => {
    const answer = failingPaths([rule(10, ['cart'], [host('a.example')])], 'cart', ['/x']);
    expect('failing' in answer && answer.failing[0]?.conditions).toEqual([
      { Field: 'host-header', HostHeaderConfig: { Values: ['a.example'] } },
      { Field: 'path-pattern', PathPatternConfig: { Values: ['/x'] } },
    ]);
  });

  it('match only what both the rule and the path match', () => {
    const rules = [rule(10, ['cart'], [path('/cart/*', '/basket')]), rule('default', ['web'])];
    expect(planned(rules, '/*')).toEqual([
      [9, 'path-pattern', '/cart/*'],
      [8, 'path-pattern', '/basket'],
    ]);
    expect(planned(rules, '/other')).toBe('no rule forwards these paths to the service');
    expect(planned(rules, '*x')).toContain('overlap, and no pattern says where');
  });

  it('overtake no rule that sends requests elsewhere, but those of the same service', () => {
    const own = [rule(4, ['cart'], [path('/a')]), rule(5, ['cart'], [path('/b')])];
    expect(planned([rule(3, ['web'], [path('/w')]), ...own], '/b')).toContain('no free priority right before rule 5');
    expect(planned([rule(2, ['web'], [path('/w')]), ...own], '/b')).toEqual([[3, 'path-pattern', '/b']]);
    expect(planned([rule(1, ['cart'], [path('/b')]), rule('default', ['web'])], '/b')).toContain('no free priority');
  });

  it('are not made where a rule does more than forward to the service, or leaves no room', () => {
    expect(planned([rule('default', ['cart', 'web'])], '/x')).toContain('does more than forward');
    expect(planned([rule(9, ['cart'], [{ Field: 'path-pattern', RegexValues: ['^/x'] }])], '/x')).toContain('regular');
    expect(planned([rule(9, ['cart'], [host('a', 'b', 'c', 'd', 'e')])], '/x')).toContain('leave no room');
    const many = Array.from({ length: 11 }, (_, n) => rule(20 * (n + 1), ['cart'], [host(`h${n}`)]));
    expect(planned(many, '/x')).toBe('it would take 11 rules, more than 10');
  });
});
