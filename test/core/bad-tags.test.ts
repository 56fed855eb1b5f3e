import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../lib/core/config.ts';
import { form, IN, only } from './example-tags.ts';
import { aService } from './examples.ts';

describe('a tag that cannot be read', () => {
  it.each([
    ['profile', 'wild', 'no profile of this name'],
    ['profile', '', 'no profile of this name'],
    ['profile', 'constructor', 'no profile of this name'],
    ['faults', 'stop-tsak', '"stop-tsak" is not a fault; known are stop-task, network-latency'],
    ['faults', 'stop-task reboot', '"reboot" is not a fault'],
    ['faults', ' ', 'it is empty'],
    ['mean-days', '0', '"0" is not a number from 1 to 1000'],
    ['mean-days', 'often', '"often" is not a number from 1 to 1000'],
    ['mean-days', '-5', 'is not a number from 1 to 1000'],
    ['mean-days', '1e2', 'is not a number from 1 to 1000'],
    ['min-days', '1.5', '"1.5" is not a whole number from 0 to 1000'],
    ['min-days', '-1', '"-1" is not a whole number from 0 to 1000'],
    ['min-days', '1001', '"1001" is not a whole number from 0 to 1000'],
    ['min-days', '6', 'the least spacing of 6 days is above the mean of 5 days'],
    ['max-days', '0', '"0" is not a whole number from 1 to 3000'],
    ['max-days', 'never', '"never" is not a whole number from 1 to 3000'],
    ['max-days', '4', 'the maximum of 4 days is below the mean of 5 days'],
    ['targets', '0', '"0" is neither a whole number from 1 to 10 nor a fraction below 1'],
    ['targets', '1.5', '"1.5" is neither a whole number from 1 to 10'],
    ['faults', 'stop-task=0', '"stop-task=0" is not a fault with a weight like stop-task=3, from 1 to 1000'],
    ['faults', 'stop-task=1001', '"stop-task=1001" is not a fault with a weight'],
    ['faults', 'stop-task=a', '"stop-task=a" is not a fault'],
    ['faults', 'stop-tsak=2', '"stop-tsak=2" is not a fault'],
    ['faults', 'stop-task stop-task', '"stop-task" stands there twice; give it a weight instead'],
    ['hours', '9-17', 'is not a range of hours'],
    ['days', 'weekdays', 'is not a day'],
    ['zone', 'Berlin', 'is not a zone'],
    ['min-remaining', '50%', 'is neither a whole number nor a fraction'],
    ['alarms', '', 'it is empty; write names of alarms with a space between, or take it away'],
    ['alarms', ' ', 'it is empty; write names of alarms'],
    ['alarms', 'a b c d e f g h i j k l m n o p q r s t u', 'it names 21 alarms; at most 20 are watched'],
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
        excluded: [],
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
