import { expect, it } from 'vitest';
import { haltEventSchema } from '../../../functions/halt/event.ts';

/** As EventBridge delivers it (CloudWatch user guide, "Alarm events and EventBridge"), shortened. */
const ALARM = {
  version: '0',
  id: 'c4c1c1c9-6542-e61b-6ef0-8c4d36933a92',
  'detail-type': 'CloudWatch Alarm State Change',
  source: 'aws.cloudwatch',
  account: '123456789012',
  time: '2026-03-02T10:00:05Z',
  region: 'eu-west-1',
  resources: ['arn:aws:cloudwatch:eu-west-1:123456789012:alarm:cart-is-slow'],
  detail: {
    alarmName: 'cart-is-slow',
    configuration: { metrics: [] },
    previousState: { value: 'OK', timestamp: '2026-03-02T09:50:05.000+0000' },
    state: { value: 'ALARM', reason: 'Threshold Crossed', reasonData: '{}', timestamp: '2026-03-02T10:00:05.000+0000' },
  },
};
const ORDER = { version: 1, halt: 'all', actor: 'Ann', reason: 'enough' };

it('takes an alarm’s change of state as EventBridge delivers it, whatever else is in it', () => {
  expect(haltEventSchema.parse(ALARM)).toEqual({
    kind: 'alarm',
    alarm: 'cart-is-slow',
    value: 'ALARM',
    reason: 'Threshold Crossed',
  });
});

it('takes an order to halt everything, or some experiments, with who and why', () => {
  expect(haltEventSchema.parse(ORDER)).toEqual({ kind: 'order', halt: 'all', actor: 'Ann', reason: 'enough' });
  expect(haltEventSchema.parse({ ...ORDER, halt: ['cart-1'] })).toMatchObject({ halt: ['cart-1'] });
});

it.each([
  ['an event of another source', { ...ALARM, source: 'aws.ecs' }],
  ['another event of CloudWatch', { ...ALARM, 'detail-type': 'CloudWatch Alarm Configuration Change' }],
  ['an alarm without a name', { ...ALARM, detail: { ...ALARM.detail, alarmName: '' } }],
  ['an alarm without a state', { ...ALARM, detail: { alarmName: 'cart-is-slow' } }],
  ['an order for nobody', { ...ORDER, halt: [] }],
  ['an order for some word', { ...ORDER, halt: 'some' }],
  ['an order of nobody', { ...ORDER, actor: '' }],
  ['an order without a reason', { ...ORDER, reason: '  ' }],
  ['an order of another version', { ...ORDER, version: 2 }],
  ['an order with more than an order has', { ...ORDER, force: true }],
])('does not take %s', (_, event) => {
  expect(haltEventSchema.safeParse(event).success).toBe(false);
});
