import { expect, it } from 'vitest';
import { ChangeCalendars } from '../../lib/aws/change-calendars.ts';
import { changeCalendars } from '../../lib/rehearsal/cloud/calendars.ts';
import { AwsError, serve } from '../../lib/rehearsal/cloud/operation.ts';
import { parameterStore } from '../../lib/rehearsal/cloud/parameters.ts';
import { ACCOUNT, REGION } from '../rehearsal/cloud/fake-fleet.ts';
import { serveCloud } from './serve-cloud.ts';

const NOW = new Date('2026-03-02T10:00:00Z');
const ARN = `arn:aws:ssm:${REGION}:${ACCOUNT}:document/everywhere`;

async function serveCalendars() {
  const calendars = changeCalendars({ now: () => NOW });
  const { callLog } = await serveCloud({ services: { SSM: parameterStore(new Map(), { calendars }).operations } });
  return { calendars, callLog, read: (names: readonly string[]) => new ChangeCalendars().read(names) };
}

it('says of each calendar whether it is open and when that changes, one call for each', async () => {
  const { calendars, callLog, read } = await serveCalendars();
  const event = { from: new Date('2026-03-02T09:00:00Z'), to: new Date('2026-03-02T12:00:00Z') };
  calendars.set('freezes', { usually: 'OPEN', events: [event] });
  calendars.set('windows', { usually: 'CLOSED', events: [event] });
  calendars.set(ARN, 'OPEN');
  expect(await read(['freezes', 'windows', ARN])).toEqual([
    { calendar: 'freezes', isOpen: false, nextChange: '2026-03-02T12:00:00.000Z' },
    { calendar: 'windows', isOpen: true, nextChange: '2026-03-02T12:00:00.000Z' },
    { calendar: ARN, isOpen: true },
  ]);
  expect(callLog.counts()).toEqual({ 'SSM.GetCalendarState': 3 });
});

it('asks nothing when none is named', async () => {
  const { callLog, read } = await serveCalendars();
  expect(await read([])).toEqual([]);
  expect(callLog.counts()).toEqual({});
});

it('throws for a calendar that does not exist, also beside one that does: nobody can tell', async () => {
  const { calendars, read } = await serveCalendars();
  calendars.set('changes', 'OPEN');
  await expect(read(['changes', 'gone'])).rejects.toMatchObject({ name: 'InvalidDocument' });
});

it.each(['HALF_OPEN', 'open', undefined])('takes the state %j, which is not OPEN, for closed', async (State) => {
  const { calendars } = await serveCalendars();
  const GetCalendarState = serve({
    input: calendars.operations.GetCalendarState?.input ?? expect.fail('not served'),
    answer: () => ({ State }),
  });
  await serveCloud({ services: { SSM: { ...parameterStore(new Map()).operations, GetCalendarState } } });
  expect(await new ChangeCalendars().read(['changes'])).toEqual([{ calendar: 'changes', isOpen: false }]);
});

it('throws when SSM refuses to say', async () => {
  const { calendars } = await serveCalendars();
  const GetCalendarState = serve({
    input: calendars.operations.GetCalendarState?.input ?? expect.fail('not served'),
    answer: () => {
      throw new AwsError('AccessDeniedException', 'no', 400);
    },
  });
  await serveCloud({ services: { SSM: { ...parameterStore(new Map()).operations, GetCalendarState } } });
  await expect(new ChangeCalendars().read(['changes'])).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
