import { describe, expect, it } from 'vitest';
import { enoughEligible } from '../../../lib/core/guards/enough-eligible.ts';
import { type TargetChoice, targetOf } from '../../../lib/core/target.ts';
import { aSituation, aTask, UNKNOWN, yes } from '../examples.ts';

const choice = (candidates: readonly string[], ineligible: TargetChoice['ineligible'] = []) =>
  yes<TargetChoice>({ candidates, ineligible, picked: [], positions: [], draws: [] });

describe('the guard enough-eligible', () => {
  it('says yes when there are as many eligible tasks as wanted', () => {
    expect(enoughEligible.check(aSituation({ choice: choice(['a', 'b']), wanted: 2 }))).toEqual([]);
    expect(enoughEligible.check(aSituation({ choice: choice(['a', 'b', 'c']), wanted: 2 }))).toEqual([]);
  });

  it('says no when there are fewer, and counts why the others are not', () => {
    const ineligible = [
      { target: 'x', because: 'too-young' },
      { target: 'y', because: 'protected' },
      { target: 'z', because: 'too-young' },
    ] as const;
    expect(enoughEligible.check(aSituation({ choice: choice(['a'], ineligible), wanted: 2 }))).toEqual([
      {
        code: 'too-few-eligible',
        because: '1 eligible of 2 wanted (2 too-young, 1 protected)',
        facts: { eligible: 1, wanted: 2, ineligible: { 'too-young': 2, protected: 1 } },
      },
    ]);
  });

  it('says how to mend it when the tasks do not carry the tag that IAM asks for', () => {
    const [refusal] = enoughEligible.check(
      aSituation({ choice: choice([], [{ target: 'x', because: 'tag-not-propagated' }]) }),
    );
    expect(refusal?.because).toBe(
      '0 eligible of 1 wanted (1 tag-not-propagated); let the service propagate its tags to its tasks, or the Auto Scaling group to its instances',
    );
  });

  it('says no when there is none at all', () => {
    expect(enoughEligible.check(aSituation({ choice: choice([]) }))).toEqual([
      {
        code: 'too-few-eligible',
        because: '0 eligible of 1 wanted',
        facts: { eligible: 0, wanted: 1, ineligible: {} },
      },
    ]);
  });

  it('says no when a zone holds more than an experiment may take, and when the zone that is asked for holds nobody', () => {
    const all = Array.from({ length: 31 }, (_, index) => `t${index}`);
    const positions = all.map((_, index) => index);
    const among = [{ name: 'a', positions }];
    const ofZone = (picked: number, zone: TargetChoice['zone']) =>
      yes<TargetChoice>({
        candidates: all,
        ineligible: [],
        picked: positions.slice(0, picked).map((index) => targetOf(aTask(`t${index}`))),
        positions: positions.slice(0, picked),
        draws: [],
        ...(zone === undefined ? {} : { zone }),
      });
    expect(enoughEligible.check(aSituation({ choice: ofZone(30, { name: 'a', among }), wanted: 30 }))).toEqual([]);
    expect(enoughEligible.check(aSituation({ choice: ofZone(31, { name: 'a', among }), wanted: 31 }))).toEqual([
      {
        code: 'too-many-in-zone',
        because: '31 eligible targets are in a, an experiment takes at most 30; split the group',
        facts: { zone: 'a', zones: { a: 31 } },
      },
    ]);
    expect(enoughEligible.check(aSituation({ choice: ofZone(0, { asked: 'b', among }), wanted: 1 }))).toEqual([
      {
        code: 'too-few-eligible',
        because: 'no eligible target is in b; they are in a (31)',
        facts: { zone: 'b', zones: { a: 31 } },
      },
    ]);
  });

  it('says no when the tasks cannot be read', () => {
    expect(enoughEligible.check(aSituation({ choice: UNKNOWN }))).toEqual([
      {
        code: 'too-few-eligible',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
