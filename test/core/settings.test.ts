import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../lib/core/config.ts';
import { formGroups } from '../../lib/core/group.ts';
import type { Tags } from '../../lib/core/tagged.ts';
import { form, IN, only, settingsOf } from './example-tags.ts';
import { aConfig, alike, aService, FAULTS, someHosts } from './examples.ts';

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
    ['max-days', '30', '40', 'maxDays'],
    ['targets', '2', '0.5', 'targets'],
    ['alarms', 'checkout-5xx', 'shop-5xx', 'alarms'],
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
        'chaos:max-days': '30',
        'chaos:targets': '0.25',
        'chaos:hours': '22:00-06:00',
        'chaos:days': 'sun-thu',
        'chaos:zone': 'asia/jerusalem',
        'chaos:min-remaining': '0.5',
        'chaos:alarms': 'checkout-5xx checkout-p99',
      }),
    ).toEqual({
      parameters: {},
      profile: 'default',
      faults: alike('stop-task', 'network-latency'),
      holidays: [],
      meanDays: 2.5,
      minDays: 2,
      maxDays: 30,
      window: {
        hours: [{ fromMinute: 1320, toMinute: 360 }],
        days: ['mon', 'tue', 'wed', 'thu', 'sun'],
        zone: 'Asia/Jerusalem',
      },
      minRemaining: 0.5,
      targets: 0.25,
      observeSeconds: 300,
      intervalSeconds: 10,
      recoveryLimitSeconds: 600,
      maxReplacementFailures: 3,
      alarms: ['checkout-5xx', 'checkout-p99'],
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

describe('a tag that makes no sense', () => {
  const blamed = (...from: Parameters<typeof only>): unknown[] =>
    only(...from).problems.map(({ tag, value, problem }) => [tag, value, problem]);

  it('with the profile that another tag names is the one that is blamed', () => {
    const profiles: ConfigInput['profiles'] = { calm: { meanDays: 20, minDays: 10, maxDays: 40 } };
    const calm = { 'chaos:profile': 'calm' };
    expect(blamed({ ...calm, 'chaos:mean-days': '9' }, {}, { profiles })).toEqual([
      ['chaos:mean-days', '9', 'the least spacing of 10 days is above the mean of 9 days'],
    ]);
    expect(blamed({ ...calm, 'chaos:mean-days': '41' }, {}, { profiles })).toEqual([
      ['chaos:mean-days', '41', 'the maximum of 40 days is below the mean of 41 days'],
    ]);
    expect(blamed({ ...calm, 'chaos:min-days': '21' }, {}, { profiles })).toEqual([
      ['chaos:min-days', '21', 'the least spacing of 21 days is above the mean of 20 days'],
    ]);
    expect(blamed({ ...calm, 'chaos:max-days': '19' }, {}, { profiles })).toEqual([
      ['chaos:max-days', '19', 'the maximum of 19 days is below the mean of 20 days'],
    ]);
    expect(blamed({ ...calm, 'chaos:mean-days': '40', 'chaos:min-days': '40' }, {}, { profiles })).toEqual([]);
  });

  it('with another tag of the resource or its cluster is the least spacing', () => {
    expect(blamed({ 'chaos:mean-days': '3', 'chaos:min-days': '4' })).toEqual([
      ['chaos:min-days', '4', 'the least spacing of 4 days is above the mean of 3 days'],
    ]);
    expect(blamed({ 'chaos:mean-days': '3' }, { 'chaos:min-days': '4' })).toEqual([
      ['chaos:min-days', '4', 'the least spacing of 4 days is above the mean of 3 days'],
    ]);
  });

  it('because its window is never open names the first tag of the window', () => {
    const closures = { freezes: [{ fromDate: '2026-01-01', toDate: '2029-12-31', name: 'for ever' }] };
    const never = (tags: Tags): unknown[] =>
      formGroups([aService('shop/checkout', { ...IN, ...tags })], aConfig({}, closures), FAULTS).problems.map(
        ({ tag, value, problem }) => [tag, value, problem],
      );
    const because = (hours: string, zone: string): string =>
      `the window ${hours} on mon-fri in ${zone} is never open; look at holidays and freezes`;
    expect(never({ 'chaos:zone': 'Asia/Tokyo' })).toEqual([
      ['chaos:zone', 'Asia/Tokyo', because('09:00-17:00', 'Asia/Tokyo')],
    ]);
    expect(never({ 'chaos:zone': 'UTC', 'chaos:hours': '10:00-11:00' })).toEqual([
      ['chaos:hours', '10:00-11:00', because('10:00-11:00', 'UTC')],
    ]);
    // What the config alone made was looked at when the stack was synthesized.
    expect(never({})).toEqual([]);
  });

  it('because every one of its days is a holiday is told so, too', () => {
    const mondays = Array.from({ length: 80 }, (_, week) => ({
      date: new Date(Date.UTC(2026, 9, 26 + 7 * week)).toISOString().slice(0, 10),
      name: 'Monday',
    }));
    const config = aConfig({}, { closedDates: mondays });
    const { groups, problems } = formGroups(
      [aService('shop/a', { ...IN, 'chaos:days': 'mon' }), aService('shop/b', { ...IN, 'chaos:days': 'mon tue' })],
      config,
      FAULTS,
    );
    expect(problems.map(({ group, tag, value }) => [group, tag, value])).toEqual([['shop/a', 'chaos:days', 'mon']]);
    expect(groups.map(({ name }) => name)).toEqual(['shop/b']);
  });
});

describe('faults', () => {
  it('have the weights that the tag gives them, or 1', () => {
    expect(settingsOf({ 'chaos:faults': 'stop-task=3  network-latency' })?.faults).toEqual([
      { name: 'stop-task', weight: 3 },
      { name: 'network-latency', weight: 1 },
    ]);
    expect(settingsOf({ 'chaos:faults': 'stop-task=1000' })?.faults).toEqual([{ name: 'stop-task', weight: 1000 }]);
  });

  it('of a profile have theirs, and a tag takes their place', () => {
    const config: ConfigInput = { profiles: { default: { faults: { 'stop-task': 2, 'network-latency': 5 } } } };
    expect(settingsOf({}, {}, config)?.faults).toEqual([
      { name: 'stop-task', weight: 2 },
      { name: 'network-latency', weight: 5 },
    ]);
    expect(settingsOf({ 'chaos:faults': 'stop-task' }, {}, config)?.faults).toEqual(alike('stop-task'));
  });

  it('are stop-task for services and terminate-host for hosts where nobody says anything', () => {
    const { groups } = form([aService('shop/checkout', IN), someHosts('shop-hosts', IN)]);
    expect(groups.map(({ name, settings }) => [name, settings.faults])).toEqual([
      ['shop-hosts', alike('terminate-host')],
      ['shop/checkout', alike('stop-task')],
    ]);
  });
});

describe('a least spacing of 0', () => {
  it('is read', () => {
    expect(settingsOf({ 'chaos:min-days': '0' })?.minDays).toBe(0);
  });
});

describe('stop alarms', () => {
  it('are those of the tag in place of the profile’s, and none where nobody names any', () => {
    const config: ConfigInput = { profiles: { watched: { alarms: ['of the profile', 'another'] } } };
    const watched = { 'chaos:profile': 'watched' };
    expect(settingsOf({}, {}, config)?.alarms).toEqual([]);
    expect(settingsOf(watched, {}, config)?.alarms).toEqual(['of the profile', 'another']);
    expect(settingsOf({ ...watched, 'chaos:alarms': 'mine' }, {}, config)?.alarms).toEqual(['mine']);
  });
});

describe('holidays', () => {
  it('are the config’s, unless the profile names its own', () => {
    const config: ConfigInput = {
      holidays: ['GB-ENG'],
      profiles: { berlin: { holidays: ['DE-BE'] }, none: { holidays: [] } },
    };
    expect(settingsOf({}, {}, config)?.holidays).toEqual(['GB-ENG']);
    expect(settingsOf({ 'chaos:profile': 'berlin' }, {}, config)?.holidays).toEqual(['DE-BE']);
    expect(settingsOf({ 'chaos:profile': 'none' }, {}, config)?.holidays).toEqual([]);
  });
});
