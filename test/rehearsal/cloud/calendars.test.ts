import { GetCalendarStateCommand, InvalidDocument, SSMClient } from '@aws-sdk/client-ssm';
import { expect, it } from 'vitest';
import { changeCalendars } from '../../../lib/rehearsal/cloud/calendars.ts';
import { parameterStore } from '../../../lib/rehearsal/cloud/parameters.ts';
import { ACCOUNT, REGION } from './fake-fleet.ts';
import { startCloud } from './local-cloud.ts';

const NOW = new Date('2026-03-02T10:00:00.000Z');
const ownArn = (name: string) => `arn:aws:ssm:${REGION}:${ACCOUNT}:document/${name}`;

async function setUp() {
  const calendars = changeCalendars({ now: () => NOW });
  const cloud = await startCloud({ services: { SSM: parameterStore(new Map(), { calendars }).operations } });
  const ssm = cloud.client(SSMClient);
  const ask = async (CalendarNames: string[], AtTime?: string) => {
    const {
      State,
      AtTime: at,
      NextTransitionTime,
    } = await ssm.send(new GetCalendarStateCommand({ CalendarNames, AtTime }));
    return [State, at, NextTransitionTime];
  };
  return { calendars, cloud, ask };
}

it('a calendar is open or closed as it was set, by name and by ARN', async () => {
  const { calendars, ask } = await setUp();
  calendars.set('changes', 'OPEN');
  calendars.set(ownArn('by-arn'), 'CLOSED');
  expect(await ask(['changes'])).toEqual(['OPEN', NOW.toISOString(), undefined]);
  expect(await ask([ownArn('changes')])).toEqual(['OPEN', NOW.toISOString(), undefined]);
  expect((await ask(['by-arn']))[0]).toBe('CLOSED');
  calendars.set('changes', 'CLOSED');
  expect((await ask(['changes']))[0]).toBe('CLOSED');
});

it('several calendars are open only while all of them are', async () => {
  const { calendars, ask } = await setUp();
  for (const name of ['a', 'b']) calendars.set(name, 'OPEN');
  calendars.set('c', 'CLOSED');
  expect((await ask(['a', 'b']))[0]).toBe('OPEN');
  expect((await ask(['a', 'c', 'b']))[0]).toBe('CLOSED');
});

it('events turn a calendar’s usual state over, at the time that is asked for', async () => {
  const { calendars, ask } = await setUp();
  const event = (from: string, to: string) => ({ from: new Date(from), to: new Date(to) });
  calendars.set('freezes', { usually: 'OPEN', events: [event('2026-03-03T00:00:00Z', '2026-03-04T00:00:00Z')] });
  calendars.set('windows', { usually: 'CLOSED', events: [event('2026-03-02T09:00:00Z', '2026-03-05T00:00:00Z')] });
  expect(await ask(['freezes'])).toEqual(['OPEN', NOW.toISOString(), '2026-03-03T00:00:00.000Z']);
  expect(await ask(['freezes'], '2026-03-03T01:00:00+01:00')).toEqual([
    'CLOSED',
    '2026-03-03T00:00:00.000Z',
    '2026-03-04T00:00:00.000Z',
  ]);
  expect(await ask(['freezes'], '2026-03-04T00:00:00Z')).toEqual(['OPEN', '2026-03-04T00:00:00.000Z', undefined]);
  expect((await ask(['windows'], '2026-03-02T08:59:59Z'))[0]).toBe('CLOSED');
  // Together they next change when the freeze begins, then when it ends, then when the window closes.
  expect((await ask(['freezes', 'windows']))[2]).toBe('2026-03-03T00:00:00.000Z');
  expect((await ask(['freezes', 'windows'], '2026-03-03T12:00:00Z'))[2]).toBe('2026-03-04T00:00:00.000Z');
  expect((await ask(['freezes', 'windows'], '2026-03-04T12:00:00Z'))[2]).toBe('2026-03-05T00:00:00.000Z');
});

it('an edge at which the state stays as it is, is no transition', async () => {
  const { calendars, ask } = await setUp();
  const overlapping = [
    { from: new Date('2026-03-02T09:00:00Z'), to: new Date('2026-03-02T12:00:00Z') },
    { from: new Date('2026-03-02T11:00:00Z'), to: new Date('2026-03-02T16:00:00Z') },
  ];
  calendars.set('freezes', { usually: 'OPEN', events: overlapping });
  expect(await ask(['freezes'])).toEqual(['CLOSED', NOW.toISOString(), '2026-03-02T16:00:00.000Z']);
});

it('an unknown calendar is InvalidDocument, also beside known ones and after it was removed', async () => {
  const { calendars, ask, cloud } = await setUp();
  calendars.set('changes', 'OPEN');
  await expect(ask(['changes', 'gone'])).rejects.toThrow(InvalidDocument);
  await expect(ask([ownArn('changes').replace(ACCOUNT, '999999999999')])).rejects.toThrow(InvalidDocument);
  calendars.remove('changes');
  await expect(ask(['changes'])).rejects.toThrow(InvalidDocument);
  await expect(ask([])).rejects.toMatchObject({ name: 'ValidationException' });
  expect(cloud.defects).toEqual([]);
});
