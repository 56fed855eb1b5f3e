import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../lib/core/config.ts';
import {
  formGroups,
  groupNameOf,
  isOptedIn,
  type OptedIn,
  type TaggedService,
  type Tags,
} from '../../lib/core/group.ts';
import { aConfig, aService, FAULTS } from './examples.ts';

const IN: Tags = { 'chaos:opt-in': 'true' };
const form = (services: readonly TaggedService[], config: ConfigInput = {}): OptedIn =>
  formGroups(services, aConfig(config), FAULTS);
const only = (tags: Tags, clusterTags: Tags = {}, config: ConfigInput = {}): OptedIn =>
  form([aService('shop/checkout', { ...IN, ...tags }, clusterTags)], config);
const settingsOf = (...from: Parameters<typeof only>) => {
  const { groups, problems } = only(...from);
  expect(problems).toEqual([]);
  return groups[0]?.settings;
};

describe('opting in', () => {
  it.each(['True', 'TRUE', 'yes', '1', ' true', 'true ', '', 'false'])('by %j is staying out', (value) => {
    expect(form([aService('shop/checkout', { 'chaos:opt-in': value })])).toEqual({ groups: [], problems: [] });
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

describe('the nearest tag', () => {
  it.each([
    ['group', 'front', 'back', 'name'],
    ['profile', 'calm', 'wild', 'profile'],
    ['faults', 'network-latency', 'stop-task', 'faults'],
    ['mean-days', '7', '9', 'meanDays'],
    ['min-days', '2', '3', 'minDays'],
    ['hours', '10:00-11:00', '12:00-13:00', 'window'],
    ['days', 'mon', 'tue', 'window'],
    ['zone', 'Europe/Paris', 'Asia/Tokyo', 'window'],
    ['min-remaining', '2', '3', 'minRemaining'],
  ])('%s of the service wins over its cluster, which wins over profile and config', (tag, near, far, setting) => {
    const config: ConfigInput = { profiles: { calm: {}, wild: {} } };
    const read = (tags: Tags, clusterTags: Tags): unknown => {
      const [group] = only(tags, clusterTags, config).groups;
      return setting === 'name'
        ? group?.name
        : Object.entries(group?.settings ?? {}).find(([key]) => key === setting)?.[1];
    };
    const key = `chaos:${tag}`;
    const ofService = read({ [key]: near }, {});
    const ofCluster = read({}, { [key]: far });
    const ofNone = read({}, {});
    expect(read({ [key]: near }, { [key]: far })).toEqual(ofService);
    expect(new Set([ofService, ofCluster, ofNone].map((value) => JSON.stringify(value))).size).toBeGreaterThan(1);
    expect(ofService).not.toEqual(ofCluster);
    expect(ofService).toBeDefined();
    expect(ofCluster).toBeDefined();
  });

  it('hides a broken one behind it', () => {
    expect(settingsOf({ 'chaos:mean-days': '4' }, { 'chaos:mean-days': 'often' })?.meanDays).toBe(4);
  });
});

describe('the settings', () => {
  it('are read from every tag', () => {
    expect(
      settingsOf({
        'chaos:faults': 'stop-task network-latency',
        'chaos:mean-days': '2.5',
        'chaos:min-days': '2',
        'chaos:hours': '22:00-06:00',
        'chaos:days': 'sun-thu',
        'chaos:zone': 'asia/jerusalem',
        'chaos:min-remaining': '0.5',
      }),
    ).toEqual({
      profile: 'default',
      faults: ['stop-task', 'network-latency'],
      meanDays: 2.5,
      minDays: 2,
      window: {
        hours: [{ fromMinute: 1320, toMinute: 360 }],
        days: ['mon', 'tue', 'wed', 'thu', 'sun'],
        zone: 'Asia/Jerusalem',
      },
      minRemaining: 0.5,
      targets: 1,
      observeSeconds: 300,
      intervalSeconds: 10,
      recoveryLimitSeconds: 600,
      maxReplacementFailures: 3,
      steadyState: [{ type: 'service-stable', name: 'service-stable', phases: ['before', 'after'] }],
    });
  });

  it('come from the profile of the tag, single tags override it, and the window falls back part by part', () => {
    const config: ConfigInput = {
      window: { hours: '08:00-10:00', days: 'mon', zone: 'UTC' },
      profiles: { calm: { meanDays: 20, minDays: 4, hours: '11:00-12:00', targets: 2, minRemaining: 3 } },
    };
    const settings = settingsOf(
      { 'chaos:profile': 'calm', 'chaos:min-days': '5', 'chaos:zone': 'Asia/Tokyo' },
      {},
      config,
    );
    expect(settings).toMatchObject({ profile: 'calm', meanDays: 20, minDays: 5, targets: 2, minRemaining: 3 });
    expect(settings?.window).toEqual({
      hours: [{ fromMinute: 660, toMinute: 720 }],
      days: ['mon'],
      zone: 'Asia/Tokyo',
    });
  });

  it.each([
    ['1', '1'],
    ['3', '3'],
  ])('take a mean of %s with a least spacing of %s, its bounds', (mean, min) => {
    const settings = settingsOf({ 'chaos:mean-days': mean, 'chaos:min-days': min });
    expect(settings).toMatchObject({ meanDays: Number(mean), minDays: Number(min) });
  });

  it('are not made of a config that nobody has read', () => {
    const config = { ...aConfig(), window: { hours: '9-17', days: 'mon-fri', zone: 'UTC' } };
    expect(() => formGroups([aService('shop/checkout', IN)], config, FAULTS)).toThrow(
      'the config was not validated: "9-17" is not a range of hours',
    );
  });

  it('take a hypothesis of the group in place of the profile’s', () => {
    const steadyState = [{ type: 'service-stable' as const, name: 'mine', phases: ['after' as const] }];
    const config: ConfigInput = { hypotheses: { 'shop/checkout': steadyState } };
    expect(settingsOf({}, {}, config)?.steadyState).toEqual(steadyState);
    expect(settingsOf({ 'chaos:group': 'other' }, {}, config)?.steadyState).not.toEqual(steadyState);
  });

  it('do not stumble over a group that is named like something that every object has', () => {
    expect(settingsOf({ 'chaos:group': 'constructor' })?.steadyState).toHaveLength(1);
  });
});

describe('a tag that cannot be read', () => {
  it.each([
    ['profile', 'wild', 'no profile of this name'],
    ['profile', '', 'no profile of this name'],
    ['profile', 'constructor', 'no profile of this name'],
    ['faults', 'stop-tsak', '"stop-tsak" is not a fault; known are stop-task, network-latency'],
    ['faults', 'stop-task reboot', '"reboot" is not a fault'],
    ['faults', ' ', 'it is empty'],
    ['mean-days', '0', '"0" is not a number from 1 up'],
    ['mean-days', 'often', '"often" is not a number from 1 up'],
    ['mean-days', '-5', 'is not a number from 1 up'],
    ['mean-days', '1e2', 'is not a number from 1 up'],
    ['min-days', '1.5', '"1.5" is not a whole number from 1 up'],
    ['min-days', '0', '"0" is not a whole number from 1 up'],
    ['min-days', '6', 'the least spacing of 6 days is above the mean of 5 days'],
    ['hours', '9-17', 'is not a range of hours'],
    ['days', 'weekdays', 'is not a day'],
    ['zone', 'Berlin', 'is not a zone'],
    ['min-remaining', '50%', 'is neither a whole number nor a fraction'],
    ['alarms', 'checkout-5xx', 'this version does not watch alarms yet'],
    ['group', '', 'it is empty; write a name'],
    ['group', ' ', 'it is empty; write a name'],
    ['mean-day', '5', 'it is not a tag of Capuchin; known are opt-in, group'],
    ['Zone', 'UTC', 'it is not a tag of Capuchin'],
    ['', 'x', 'it is not a tag of Capuchin'],
  ])('chaos:%s=%j takes the group out, and the problem names tag and value', (tag, value, problem) => {
    for (const services of [
      [aService('shop/checkout', { ...IN, [`chaos:${tag}`]: value })],
      [aService('shop/checkout', IN, { [`chaos:${tag}`]: value })],
    ]) {
      expect(form(services)).toEqual({
        groups: [],
        problems: [
          {
            group: 'shop/checkout',
            resource: 'arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout',
            tag: `chaos:${tag}`,
            value,
            problem: expect.stringContaining(problem),
          },
        ],
      });
    }
  });

  it('is the mean, where the mean alone contradicts the profile’s least spacing', () => {
    const config: ConfigInput = { profiles: { default: { minDays: 3 } } };
    const [problem] = only({ 'chaos:mean-days': '2' }, {}, config).problems;
    expect(problem).toMatchObject({ tag: 'chaos:mean-days', value: '2' });
  });

  it('is reported with all others of its group, and without consequences that are not mistakes', () => {
    const tags = { 'chaos:mean-days': 'often', 'chaos:min-days': '9', 'chaos:zone': 'Mars', 'chaos:colour': 'red' };
    const found = only(tags).problems.map(({ tag }) => tag);
    expect(found).toHaveLength(3);
    expect(new Set(found)).toEqual(new Set(['chaos:mean-days', 'chaos:zone', 'chaos:colour']));
  });

  it('never hides another group, and is never read on a service that stays out', () => {
    const { groups, problems } = form([
      aService('shop/bad', { ...IN, 'chaos:zone': 'Mars' }),
      aService('shop/good', IN),
      aService('shop/out', { 'chaos:zone': 'Mars' }),
    ]);
    expect(groups.map(({ name }) => name)).toEqual(['shop/good']);
    expect(problems.map(({ group }) => group)).toEqual(['shop/bad']);
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
