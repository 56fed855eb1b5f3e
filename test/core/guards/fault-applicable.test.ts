import { describe, expect, it } from 'vitest';
import type { Scope } from '../../../lib/core/fault-choice.ts';
import { faultApplicable } from '../../../lib/core/guards/fault-applicable.ts';
import { aHostGroup, aLiveGroup, anOrder, aSituation, UNKNOWN } from '../examples.ts';

const fault = (scope: Scope) => ({ name: 'stop-task', scopes: [scope], reach: ['ec2'] as const });
const hosts = aLiveGroup({ group: aHostGroup('shop/checkout') });

describe('the guard fault-applicable', () => {
  it.each(['task', 'container', 'service', 'zone'] as const)('says yes to a fault of a %s for services', (scope) => {
    expect(faultApplicable.check(aSituation({ fault: fault(scope) }))).toEqual([]);
  });

  it.each(['host', 'zone'] as const)('says yes to a fault of a %s for hosts', (scope) => {
    expect(faultApplicable.check(aSituation({ fault: fault(scope), group: hosts }))).toEqual([]);
  });

  it('says no to a fault of a host for services, and to one of a task for hosts', () => {
    expect(faultApplicable.check(aSituation({ fault: fault('host'), order: anOrder() }))).toEqual([
      {
        code: 'fault-not-applicable',
        because: 'stop-task acts on a host; shop/checkout is a group of services',
        facts: { fault: 'stop-task', scopes: ['host'], kind: 'service' },
      },
    ]);
    expect(faultApplicable.check(aSituation({ fault: fault('task'), group: hosts }))).toEqual([
      {
        code: 'fault-not-applicable',
        because: 'stop-task acts on a task; shop/checkout is a group of hosts',
        facts: { fault: 'stop-task', scopes: ['task'], kind: 'hosts' },
      },
    ]);
  });

  it('says no to a number of targets where the fault takes a whole', () => {
    const order = anOrder({ targets: 2 });
    expect(faultApplicable.check(aSituation({ fault: fault('task'), order }))).toEqual([]);
    expect(faultApplicable.check(aSituation({ fault: fault('zone'), order }))).toEqual([
      {
        code: 'targets-not-applicable',
        because: 'stop-task takes all of a zone, so 2 targets cannot be asked for',
        facts: { fault: 'stop-task', targets: 2 },
      },
    ]);
    for (const [scope, group] of [
      ['service', aLiveGroup({})],
      ['scaling-group', hosts],
    ] as const) {
      const [refusal] = faultApplicable.check(aSituation({ fault: fault(scope), order, group }));
      expect(refusal?.code).toBe('targets-not-applicable');
    }
  });

  it('says nothing about a group or a fault that has its refusal already', () => {
    expect(faultApplicable.check(aSituation({ fault: undefined }))).toEqual([]);
    const none = aLiveGroup({ group: undefined });
    expect(faultApplicable.check(aSituation({ fault: fault('host'), group: none }))).toEqual([]);
  });

  it('says no when the tags cannot be had', () => {
    expect(faultApplicable.check(aSituation({ group: UNKNOWN }))).toEqual([
      {
        code: 'fault-not-applicable',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
