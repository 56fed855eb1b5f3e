import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { expect, it } from 'vitest';
import { eventBuses } from '../../../lib/rehearsal/cloud/events.ts';
import { startCloud } from './local-cloud.ts';

const NOW = new Date('2026-03-02T10:00:00Z');

async function setUp() {
  const buses = eventBuses({ buses: ['capuchin'], now: () => NOW });
  const cloud = await startCloud({ services: { Events: buses.operations } });
  const client = cloud.client(EventBridgeClient);
  return { buses, cloud, put: (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries })) };
}

const event = { Source: 'capuchin', DetailType: 'started', Detail: '{"experiment":"e-1"}' };

it('keeps the events of known buses, named or by ARN, with their own time or the present one', async () => {
  const { buses, put } = await setUp();
  const Time = new Date('2026-03-02T09:59:00Z');
  const arn = 'arn:aws:events:eu-west-1:123456789012:event-bus/capuchin';
  const answer = await put(
    { ...event, EventBusName: 'capuchin', Time, Resources: ['r'] },
    { ...event, EventBusName: arn },
    event,
  );
  expect(answer.FailedEntryCount).toBe(0);
  const detail = { experiment: 'e-1' };
  const [first, second, third] = answer.Entries?.map(({ EventId }) => EventId) ?? [];
  expect(buses.received()).toEqual([
    { id: first, bus: 'capuchin', source: 'capuchin', detailType: 'started', detail, resources: ['r'], at: Time },
    { id: second, bus: 'capuchin', source: 'capuchin', detailType: 'started', detail, resources: [], at: NOW },
    { id: third, bus: 'default', source: 'capuchin', detailType: 'started', detail, resources: [], at: NOW },
  ]);
});

it('refuses entries one by one and keeps the others', async () => {
  const { buses, put, cloud } = await setUp();
  const answer = await put(
    { ...event, EventBusName: 'nowhere' },
    { ...event, Detail: 'no json' },
    { ...event, Detail: '[1]' },
    { ...event, Source: undefined },
    event,
  );
  expect(answer.FailedEntryCount).toBe(4);
  expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    'InvalidArgument',
    'MalformedDetail',
    'MalformedDetail',
    'InvalidArgument',
    undefined,
  ]);
  expect(buses.received()).toHaveLength(1);
  expect(cloud.defects).toEqual([]);
});

it('takes ten entries at most', async () => {
  const { buses, put } = await setUp();
  await expect(put(...Array.from({ length: 11 }, () => event))).rejects.toMatchObject({ name: 'ValidationException' });
  expect(buses.received()).toEqual([]);
});
