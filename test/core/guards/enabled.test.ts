import { describe, expect, it } from 'vitest';
import { enabled } from '../../../lib/core/guards/enabled.ts';
import { aLiveGroup, aSituation, UNKNOWN } from '../examples.ts';

describe('the guard enabled', () => {
  it('says yes when the config leaves nothing of the group out', () => {
    expect(enabled.check(aSituation())).toEqual([]);
  });

  it('says no for everything that it does, also when the rest of the group is still there', () => {
    const excluded = [
      { group: 'front', resource: 'arn:a', code: 'excepted', because: 'the config excepts service=a' },
      {
        group: 'front',
        resource: 'arn:b',
        code: 'not-enabled',
        because: 'region eu-west-1 is not enabled in the config',
      },
    ] as const;
    const expected = [
      { code: 'excepted', because: 'the config excepts service=a', facts: { resource: 'arn:a' } },
      { code: 'not-enabled', because: 'region eu-west-1 is not enabled in the config', facts: { resource: 'arn:b' } },
    ];
    expect(enabled.check(aSituation({ group: aLiveGroup({ excluded }) }))).toEqual(expected);
    expect(enabled.check(aSituation({ group: aLiveGroup({ group: undefined, excluded }) }))).toEqual(expected);
  });

  it('says no when the tags cannot be had', () => {
    expect(enabled.check(aSituation({ group: UNKNOWN }))).toEqual([
      { code: 'not-enabled', because: `cannot tell: ${UNKNOWN.because}`, facts: { cannotTell: UNKNOWN.because } },
    ]);
  });
});
