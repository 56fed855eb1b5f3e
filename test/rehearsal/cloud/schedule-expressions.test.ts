import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { nextOccurrence, parseScheduleExpression } from '../../../lib/rehearsal/cloud/schedule-expressions.ts';

function next(expression: string, after: string, zone = 'UTC', createdAt = after): string | undefined {
  const schedule = { zone, createdAt: new Date(createdAt) };
  return nextOccurrence(parseScheduleExpression(expression), schedule, new Date(after))?.toISOString();
}

it.each([
  // 2026-03-02 is a Monday.
  ['cron(0 5 * * ? *)', '2026-03-02T04:59:59.999Z', 'UTC', '2026-03-02T05:00:00.000Z'],
  ['cron(0 5 * * ? *)', '2026-03-02T05:00:00.000Z', 'UTC', '2026-03-03T05:00:00.000Z'],
  ['cron(0 9 ? * MON-FRI *)', '2026-03-06T10:00:00.000Z', 'UTC', '2026-03-09T09:00:00.000Z'],
  ['cron(0 9 ? * FRI-MON *)', '2026-03-02T10:00:00.000Z', 'UTC', '2026-03-06T09:00:00.000Z'],
  ['cron(0/20 9-10 * * ? *)', '2026-03-02T09:40:00.000Z', 'UTC', '2026-03-02T10:00:00.000Z'],
  ['cron(15,45 * * * ? *)', '2026-03-02T09:16:00.000Z', 'UTC', '2026-03-02T09:45:00.000Z'],
  ['cron(0 12 L * ? *)', '2026-02-10T00:00:00.000Z', 'UTC', '2026-02-28T12:00:00.000Z'],
  ['cron(0 12 LW * ? *)', '2026-05-01T00:00:00.000Z', 'UTC', '2026-05-29T12:00:00.000Z'],
  ['cron(0 12 1W * ? *)', '2026-08-01T00:00:00.000Z', 'UTC', '2026-08-03T12:00:00.000Z'],
  ['cron(0 12 31W * ? *)', '2026-05-01T00:00:00.000Z', 'UTC', '2026-05-29T12:00:00.000Z'],
  ['cron(0 12 ? * 6L *)', '2026-03-01T00:00:00.000Z', 'UTC', '2026-03-27T12:00:00.000Z'],
  ['cron(0 12 ? * FRI#3 *)', '2026-03-01T00:00:00.000Z', 'UTC', '2026-03-20T12:00:00.000Z'],
  ['cron(0 0 29 FEB ? *)', '2026-03-01T00:00:00.000Z', 'UTC', '2028-02-29T00:00:00.000Z'],
  ['cron(0 9 1 1 ? 2027)', '2026-03-01T00:00:00.000Z', 'UTC', '2027-01-01T09:00:00.000Z'],
  ['cron(0 9 1 1 ? 2025)', '2026-03-01T00:00:00.000Z', 'UTC', undefined],
  ['cron(0 9 * * ? *)', '2026-03-02T00:00:00.000Z', 'America/New_York', '2026-03-02T14:00:00.000Z'],
  // Berlin: 02:30 does not exist on 29 March 2026, and exists twice on 25 October.
  ['cron(30 2 * * ? *)', '2026-03-28T12:00:00.000Z', 'Europe/Berlin', '2026-03-30T00:30:00.000Z'],
  ['cron(30 2 * * ? *)', '2026-10-24T12:00:00.000Z', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['cron(30 2 * * ? *)', '2026-10-25T00:30:00.000Z', 'Europe/Berlin', '2026-10-26T01:30:00.000Z'],
  ['at(2026-03-02T09:30:15)', '2026-03-01T00:00:00.000Z', 'Europe/Berlin', '2026-03-02T08:30:15.000Z'],
  ['at(2026-03-02T09:30:15)', '2026-03-02T08:30:15.000Z', 'Europe/Berlin', undefined],
])('%s after %s in %s is %s', (expression, after, zone, expected) => {
  expect(next(expression, after, zone)).toBe(expected);
});

it('counts a rate from the creation of its schedule', () => {
  const createdAt = '2026-03-02T09:00:10.000Z';
  expect(next('rate(5 minutes)', '2026-03-02T09:00:09.999Z', 'UTC', createdAt)).toBe(createdAt);
  expect(next('rate(5 minutes)', createdAt, 'UTC', createdAt)).toBe('2026-03-02T09:05:10.000Z');
  expect(next('rate(1 hour)', '2026-03-02T12:00:10.000Z', 'UTC', createdAt)).toBe('2026-03-02T13:00:10.000Z');
});

it.each([
  'cron(0 5 * * * *)',
  'cron(0 5 ? * ? *)',
  'cron(0 5 * * ?)',
  'cron(60 5 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 5 0 * ? *)',
  'cron(0 5 ? * MOM *)',
  'cron(0 5 * 13 ? *)',
  'cron(0/0 5 * * ? *)',
  'cron(1-2-3 5 * * ? *)',
  'rate(0 minutes)',
  'rate(5)',
  'rate(5 seconds)',
  'at(2026-02-30T09:00:00)',
  'at(2026-02-20T09:00)',
  'at(2026-02-20T09:00:00Z)',
  'every day',
])('refuses %s', (expression) => {
  expect(() => parseScheduleExpression(expression)).toThrow(RangeError);
});

it('never gives a moment that is not later, or not at the wall clock time that the cron names', () => {
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
  const moment = fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
  void fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: 23 }),
      zone,
      moment,
      (minute, hour, tz, after) => {
        const found = next(`cron(${minute} ${hour} * * ? *)`, after.toISOString(), tz);
        const local = Temporal.Instant.from(String(found)).toZonedDateTimeISO(tz);
        expect([local.hour, local.minute, local.second]).toEqual([hour, minute, 0]);
        const waitHours = (local.epochMilliseconds - after.getTime()) / 3_600_000;
        expect(waitHours).toBeGreaterThan(0);
        // A day, an hour of daylight saving, and one more day when the time was skipped.
        expect(waitHours).toBeLessThanOrEqual(49);
      },
    ),
    { numRuns: 200 },
  );
});
