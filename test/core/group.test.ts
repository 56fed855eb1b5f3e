import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../lib/core/group.ts';
import { groupNameOf, isOptedIn } from '../../lib/core/tagged.ts';
import { form, IN } from './example-tags.ts';
import { anInstance, aService, someHosts } from './examples.ts';

describe('opting in', () => {
  it.each(['True', 'TRUE', 'yes', '1', ' true', 'true ', '', 'false'])('by %j is staying out', (value) => {
    expect(form([aService('shop/checkout', { 'chaos:opt-in': value })])).toEqual({
      groups: [],
      problems: [],
      excluded: [],
    });
  });

  it('is by exactly true, on the service or its cluster, and the service has the last word', () => {
    expect(form([aService('shop/checkout', IN)]).groups.map(({ name }) => name)).toEqual(['shop/checkout']);
    expect(form([aService('shop/checkout', {}, IN)]).groups.map(({ name }) => name)).toEqual(['shop/checkout']);
    const out = [
      aService('shop/checkout', { 'chaos:opt-in': 'false' }, IN),
      aService('shop/search', { 'chaos:opt-in': '' }, IN),
      aService('shop/basket', {}, IN),
    ];
    expect(form(out).groups.map(({ name }) => name)).toEqual(['shop/basket']);
    expect(form([aService('shop/checkout', IN, { 'chaos:opt-in': 'false' })]).groups).toHaveLength(1);
  });

  it('without any tag is staying out, and a tag of another prefix does not count', () => {
    expect(form([aService('shop/checkout'), aService('shop/b', { 'other:opt-in': 'true', 'opt-in': 'true' })])).toEqual(
      {
        groups: [],
        problems: [],
        excluded: [],
      },
    );
  });

  it('follows the configured prefix, and only that', () => {
    const service = aService('shop/checkout', {
      'monkey/opt-in': 'true',
      'monkey/mean-days': '9',
      'chaos:mean-days': 'x',
    });
    const { groups, problems } = form([service], { tagPrefix: 'monkey/' });
    expect(problems).toEqual([]);
    expect(groups.map(({ settings }) => settings.meanDays)).toEqual([9]);
    expect(form([service]).groups).toEqual([]);
    expect(isOptedIn(service, 'monkey/')).toBe(true);
    expect(isOptedIn(service, 'chaos:')).toBe(false);
  });
});

describe('a group', () => {
  it('is the service itself, or all that share a name', () => {
    const { groups } = form([
      aService('shop/search', { ...IN, 'chaos:group': 'front' }),
      aService('shop/basket', IN),
      aService('mall/search', {}, { ...IN, 'chaos:group': 'front' }),
    ]);
    expect(
      groups.map(({ name, members }) => [name, members.map(({ cluster, service }) => `${cluster}/${service}`)]),
    ).toEqual([
      ['front', ['mall/search', 'shop/search']],
      ['shop/basket', ['shop/basket']],
    ]);
  });

  it('is named by its tag as it stands, blanks inside it too', () => {
    expect(groupNameOf(aService('shop/search', { 'chaos:group': 'front of house' }), 'chaos:')).toBe('front of house');
  });

  it.each([
    ['mean-days', '7'],
    ['min-days', '2'],
    ['faults', 'network-latency'],
    ['hours', '10:00-11:00'],
    ['zone', 'Asia/Tokyo'],
    ['min-remaining', '2'],
  ])('whose members disagree about %s is out, and the problem names both', (tag, value) => {
    const shared = { ...IN, 'chaos:group': 'front' };
    const { groups, problems } = form([
      aService('shop/a', shared),
      aService('shop/b', { ...shared, [`chaos:${tag}`]: value }),
      aService('shop/c', shared),
    ]);
    expect(groups).toEqual([]);
    expect(problems).toEqual([
      {
        group: 'front',
        resource: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/b',
        tag: 'chaos:group',
        value: 'front',
        problem: 'the settings of shop/b differ from those of shop/a; give all members the same tags',
      },
    ]);
  });

  it('with one member that cannot be read is out as a whole', () => {
    const shared = { ...IN, 'chaos:group': 'front' };
    const { groups, problems } = form([
      aService('shop/a', shared),
      aService('shop/b', { ...shared, 'chaos:days': 'x' }),
    ]);
    expect(groups).toEqual([]);
    expect(problems.map(({ resource, tag }) => [resource.split('/').at(-1), tag])).toEqual([['b', 'chaos:days']]);
  });

  it('does not depend on the order in which services are found', () => {
    const tags = fc.record(
      {
        'chaos:opt-in': fc.constantFrom('true', 'true', 'false'),
        'chaos:group': fc.constantFrom('front', 'back', ''),
        'chaos:mean-days': fc.constantFrom('5', '7', 'x'),
        'chaos:colour': fc.constant('red'),
      },
      { requiredKeys: ['chaos:opt-in'] },
    );
    const services = fc
      .array(fc.tuple(tags, tags), { minLength: 1, maxLength: 8 })
      .map((all) => all.map(([own, cluster], index) => aService(`c${index % 3}/s${index}`, own, cluster)));
    const shuffled = services.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(form(other)).toEqual(form(one));
      }),
    );
  });
});

describe('hosts', () => {
  it('are a group of their own name, be they an Auto Scaling group or an instance', () => {
    const all = [someHosts('shop-hosts', IN), anInstance('i-0abc', IN)];
    const { groups, problems } = form(all);
    expect(problems).toEqual([]);
    expect(groups.map(({ name, members, hosts }) => [name, members.length, hosts.map((one) => one.name)])).toEqual([
      ['i-0abc', 0, ['i-0abc']],
      ['shop-hosts', 0, ['shop-hosts']],
    ]);
    expect(groups.map(kindOf)).toEqual(['hosts', 'hosts']);
    expect(form([aService('shop/checkout', IN)]).groups.map(kindOf)).toEqual(['service']);
  });

  it('take the tags of the instance before those of its Auto Scaling group', () => {
    const outer = { ...IN, 'chaos:mean-days': '9', 'chaos:zone': 'Asia/Tokyo' };
    const [group] = form([anInstance('i-0abc', { 'chaos:mean-days': '7' }, outer)]).groups;
    expect(group?.settings).toMatchObject({ meanDays: 7, window: { zone: 'Asia/Tokyo' } });
    expect(form([anInstance('i-0abc', { 'chaos:opt-in': 'false' }, IN)]).groups).toEqual([]);
  });

  it('share a group by its tag', () => {
    const shared = { ...IN, 'chaos:group': 'fleet' };
    const { groups } = form([someHosts('b', shared), someHosts('a', shared)]);
    expect(groups.map(({ name, hosts }) => [name, hosts.map((one) => one.name)])).toEqual([['fleet', ['a', 'b']]]);
  });

  it('and services are no group together, and the problem says what to do', () => {
    const shared = { ...IN, 'chaos:group': 'front', 'chaos:faults': 'stop-task' };
    const { groups, problems } = form([
      aService('shop/checkout', shared),
      someHosts('shop-hosts', shared),
      aService('shop/other', IN),
    ]);
    expect(groups.map(({ name }) => name)).toEqual(['shop/other']);
    expect(problems).toEqual([
      {
        group: 'front',
        resource: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout',
        tag: 'chaos:group',
        value: 'front',
        problem:
          'shop/checkout and shop-hosts are a service and a host; a group is one or the other, give them two names',
      },
    ]);
  });
});

describe('what the config leaves out', () => {
  const front = { ...IN, 'chaos:group': 'front' };

  it('is in no group, and is listed with the reason: a group of which nothing is left is not planned at all', () => {
    const exceptions = [{ cluster: 'shop', service: 'check*', reason: 'pays the bills' }];
    const all = [aService('shop/checkout', IN), aService('shop/search', IN), aService('mall/checkout', IN)];
    const { groups, problems, excluded } = form(all, { exceptions });
    expect(problems).toEqual([]);
    expect(groups.map(({ name }) => name)).toEqual(['mall/checkout', 'shop/search']);
    expect(excluded).toEqual([
      {
        group: 'shop/checkout',
        resource: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout',
        code: 'excepted',
        because: 'the config excepts cluster=shop service=check* (pays the bills)',
      },
    ]);
  });

  it('leaves the rest of its group in', () => {
    const { groups, excluded } = form([aService('shop/a', front), aService('shop/b', front)], {
      exceptions: [{ service: 'a' }],
    });
    expect(groups.map(({ name, members }) => [name, members.map(({ service }) => service)])).toEqual([
      ['front', ['b']],
    ]);
    expect(excluded.map(({ group, resource }) => [group, resource.split('/').at(-1)])).toEqual([['front', 'a']]);
  });

  it('is not read, so that its tags trouble nobody', () => {
    const broken = aService('shop/a', { ...front, 'chaos:zone': 'Mars' });
    const { groups, problems } = form([broken, aService('shop/b', front)], { exceptions: [{ service: 'a' }] });
    expect(groups.map(({ name }) => name)).toEqual(['front']);
    expect(problems).toEqual([]);
  });

  it('is only listed when it opted in', () => {
    expect(form([aService('shop/a')], { exceptions: [{ service: 'a' }] }).excluded).toEqual([]);
  });

  it('may be hosts by name, and then no service of that name', () => {
    const all = [someHosts('shop-hosts', IN), aService('shop/shop-hosts', IN)];
    const { groups, excluded } = form(all, { exceptions: [{ hosts: 'shop-*' }] });
    expect(groups.map(({ name }) => name)).toEqual(['shop/shop-hosts']);
    expect(excluded.map(({ group }) => group)).toEqual(['shop-hosts']);
  });

  it.each([
    [{ accounts: ['999900001111'] }, 'account 111122223333 is not enabled in the config'],
    [{ regions: ['us-east-1'] }, 'region eu-west-1 is not enabled in the config'],
    [{ accounts: [] }, 'account 111122223333 is not enabled in the config'],
  ])('is everything where only %j is enabled', (enabled, because) => {
    const { groups, excluded } = form([aService('shop/a', IN), someHosts('hosts', IN)], { enabled });
    expect(groups).toEqual([]);
    expect(excluded.map((one) => [one.group, one.code, one.because])).toEqual([
      ['shop/a', 'not-enabled', because],
      ['hosts', 'not-enabled', because],
    ]);
  });
});
