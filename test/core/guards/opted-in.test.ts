import { describe, expect, it } from 'vitest';
import { optedIn } from '../../../lib/core/guards/opted-in.ts';
import { aGroup, aLiveGroup, anOrder, aSituation, UNKNOWN } from '../examples.ts';

const group = aGroup('front');
const order = anOrder({
  group: 'front',
  services: [
    { cluster: 'shop', service: 'checkout' },
    { cluster: 'shop', service: 'search' },
  ],
});
const both = ['shop/checkout', 'shop/search'];
const problem = {
  group: 'front',
  resource: 'arn:search',
  tag: 'chaos:zone',
  value: 'Mars',
  problem: '"Mars" is not a zone',
};

describe('the guard opted-in', () => {
  it('says yes when every service of the order still belongs to the group', () => {
    expect(optedIn.check(aSituation({ order, group: aLiveGroup({ group, problems: [], present: both }) }))).toEqual([]);
    const more = [...both, 'shop/new'];
    expect(optedIn.check(aSituation({ order, group: aLiveGroup({ group, problems: [], present: more }) }))).toEqual([]);
  });

  it('says no when one of them does not any more, and names it', () => {
    expect(
      optedIn.check(aSituation({ order, group: aLiveGroup({ group, problems: [], present: ['shop/checkout'] }) })),
    ).toEqual([
      {
        code: 'not-opted-in',
        because: 'shop/search is not opted in to the group front (any more)',
        facts: { services: ['shop/search'] },
      },
    ]);
  });

  it('says no when there is no such group at all', () => {
    const [refusal, ...rest] = optedIn.check(
      aSituation({ order, group: aLiveGroup({ group: undefined, problems: [], present: [] }) }),
    );
    expect(refusal).toEqual({
      code: 'not-opted-in',
      because: 'shop/checkout, shop/search is not opted in to the group front (any more)',
      facts: { services: both },
    });
    expect(rest).toEqual([]);
    const odd = optedIn.check(
      aSituation({ order, group: aLiveGroup({ group: undefined, problems: [], present: both }) }),
    );
    expect(odd).toMatchObject([
      { code: 'not-opted-in', because: 'front is not opted in to the group front (any more)' },
    ]);
  });

  it('leaves what the config leaves out to the guard for that', () => {
    const excluded = [
      {
        group: 'front',
        resource: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/search',
        code: 'excepted',
        because: 'the config excepts service=search',
      },
    ] as const;
    const some = aLiveGroup({ group, excluded, present: ['shop/checkout'] });
    expect(optedIn.check(aSituation({ order, group: some }))).toEqual([]);
    const onlyOne = anOrder({ group: 'front', services: [{ cluster: 'shop', service: 'search' }] });
    const none = aLiveGroup({ group: undefined, excluded, present: [] });
    expect(optedIn.check(aSituation({ order: onlyOne, group: none }))).toEqual([]);
    // What is gone besides is still told.
    expect(optedIn.check(aSituation({ order, group: aLiveGroup({ group, excluded, present: [] }) }))).toMatchObject([
      { code: 'not-opted-in', facts: { services: ['shop/checkout'] } },
    ]);
  });

  it('says no for every tag that cannot be read, with resource, tag and value', () => {
    const problems = [problem, { ...problem, tag: 'chaos:days', value: 'x', problem: '"x" is not a day' }];
    expect(
      optedIn.check(aSituation({ order, group: aLiveGroup({ group: undefined, problems, present: both }) })),
    ).toEqual([
      {
        code: 'tag-unparsable',
        because: 'the tag chaos:zone of arn:search: "Mars" is not a zone',
        facts: { resource: 'arn:search', tag: 'chaos:zone', value: 'Mars' },
      },
      {
        code: 'tag-unparsable',
        because: 'the tag chaos:days of arn:search: "x" is not a day',
        facts: { resource: 'arn:search', tag: 'chaos:days', value: 'x' },
      },
    ]);
  });

  it('says no when the tags cannot be had', () => {
    expect(optedIn.check(aSituation({ order, group: UNKNOWN }))).toEqual([
      {
        code: 'not-opted-in',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
