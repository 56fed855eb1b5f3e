import { describe, expect, it } from 'vitest';
import { faultAllowed } from '../../../lib/core/guards/fault-allowed.ts';
import { aGroup, aLiveGroup, alike, anOrder, aSituation, UNKNOWN } from '../examples.ts';

const allowing = (...faults: string[]) => aLiveGroup({ group: aGroup('shop/checkout', { faults: alike(...faults) }) });

describe('the guard fault-allowed', () => {
  it('says yes to a fault that the group names', () => {
    expect(faultAllowed.check(aSituation({ group: allowing('network-latency', 'stop-task') }))).toEqual([]);
  });

  it('says no to another, and what the group allows', () => {
    const situation = aSituation({ order: anOrder({ fault: 'stop-task' }), group: allowing('network-latency', 'cpu') });
    expect(faultAllowed.check(situation)).toEqual([
      {
        code: 'fault-not-allowed',
        because: 'shop/checkout allows network-latency, cpu, not stop-task',
        facts: { fault: 'stop-task', allowed: ['network-latency', 'cpu'] },
      },
    ]);
  });

  it('says nothing about a group that has its refusal already', () => {
    const none = aLiveGroup({ group: undefined });
    expect(faultAllowed.check(aSituation({ group: none }))).toEqual([]);
  });

  it('says no when the tags cannot be had', () => {
    expect(faultAllowed.check(aSituation({ group: UNKNOWN }))).toEqual([
      {
        code: 'fault-not-allowed',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
