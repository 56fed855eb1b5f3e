import { describe, expect, it } from 'vitest';
import { enoughLeft } from '../../../lib/core/guards/enough-left.ts';
import type { Situation } from '../../../lib/core/guards/guard.ts';
import type { TargetChoice } from '../../../lib/core/target.ts';
import { aGroup, aLiveGroup, aLiveService, aSituation, UNKNOWN, yes } from '../examples.ts';

const demanding = (minRemaining: number): Situation['group'] =>
  aLiveGroup({ group: aGroup('shop/checkout', { minRemaining }) });
const running = (...counts: number[]): Situation['services'] =>
  yes(counts.map((count) => aLiveService({ running: count, desired: count })));
const without = (ineligible: TargetChoice['ineligible']): Situation['choice'] =>
  yes({ candidates: ['a'], ineligible, picked: [], positions: [], draws: [] });

describe('the guard enough-left', () => {
  it.each([
    [1, [2], 1],
    [0, [1], 1],
    [2, [3], 1],
    [2, [4], 2],
    [0.5, [4], 2],
    [0.5, [2], 1],
    [3, [2, 2], 1],
    [0.55, [100], 45],
  ])('says yes when at least %d must stay of %j and %d goes', (minRemaining, counts, wanted) => {
    const situation = aSituation({ group: demanding(minRemaining), services: running(...counts), wanted });
    expect(enoughLeft.check(situation)).toEqual([]);
  });

  it.each([
    [1, [1], 1, 1],
    [2, [2], 1, 2],
    [2, [3], 2, 2],
    [0.5, [3], 2, 2],
    [0.01, [1], 1, 1],
    [4, [2, 2], 1, 4],
  ])('says no when at least %d must stay of %j and %d goes', (minRemaining, counts, wanted, required) => {
    const situation = aSituation({ group: demanding(minRemaining), services: running(...counts), wanted });
    const desired = counts.reduce((sum, count) => sum + count, 0);
    const remaining = desired - wanted;
    expect(enoughLeft.check(situation)).toEqual([
      {
        code: 'too-few-remaining',
        because: `${remaining} of ${desired} would stay, at least ${required} must`,
        facts: { running: desired, unhealthy: 0, wanted, remaining, required, desired },
      },
    ]);
  });

  it('counts what runs, not what is desired', () => {
    const services = yes([aLiveService({ running: 1, desired: 3 })]);
    expect(enoughLeft.check(aSituation({ group: demanding(1), services }))).toMatchObject([
      { facts: { running: 1, remaining: 0, desired: 3 } },
    ]);
  });

  it('counts no unhealthy task as one that stays, but any other that is no target', () => {
    const services = running(3);
    const sick = without([{ target: 'x', because: 'unhealthy' }]);
    expect(enoughLeft.check(aSituation({ group: demanding(2), services, choice: sick }))).toMatchObject([
      { because: '1 of 3 would stay, 1 unhealthy not counted, at least 2 must', facts: { unhealthy: 1, remaining: 1 } },
    ]);
    const spared = without([
      { target: 'x', because: 'protected' },
      { target: 'y', because: 'too-young' },
    ]);
    expect(enoughLeft.check(aSituation({ group: demanding(2), services, choice: spared }))).toEqual([]);
  });

  it('says nothing about a group that has its refusal already', () => {
    expect(enoughLeft.check(aSituation({ group: aLiveGroup({ group: undefined }) }))).toEqual([]);
  });

  it.each(['services', 'group', 'choice'] as const)('says no when the %s cannot be had', (part) => {
    expect(enoughLeft.check(aSituation({ [part]: UNKNOWN }))).toEqual([
      {
        code: 'too-few-remaining',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
