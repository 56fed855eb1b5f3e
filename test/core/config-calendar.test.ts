import { describe, expect, it } from 'vitest';
import type { Closures } from '../../lib/core/closures.ts';
import { type ConfigInput, configSchema, readConfig, withCalendar } from '../../lib/core/config.ts';
import { NO_CLOSURES, read } from './examples.ts';

const FAULTS = ['stop-task', 'network-latency'];

const problemOf = (input: unknown): string => {
  const answer = readConfig(input, FAULTS);
  return answer.ok ? 'none' : answer.problem;
};

describe('when nothing may happen, and where', () => {
  it('can be written in every form that there is', () => {
    const input: ConfigInput = {
      holidays: ['GB', 'GB-ENG', 'DE-BY-A'],
      holidayTypes: ['public', 'bank'],
      closedDates: ['2026-12-24', { date: '2026-12-31', name: 'Inventory' }],
      freezes: ['2026-11-27', { from: '2026-12-20', to: '2027-01-04' }, { calendar: 'freezes.ics' }],
      changeCalendars: ['quarter-end'],
      enabled: { accounts: ['111122223333'], regions: ['eu-west-1', 'us-gov-west-1'] },
      exceptions: [{ cluster: 'shop', service: 'pay*', reason: 'pays the bills' }, { hosts: 'db-*' }],
      profiles: { berlin: { holidays: ['DE-BE'], maxDays: 20, faults: { 'stop-task': 3, 'network-latency': 1 } } },
    };
    const config = read(readConfig(input, FAULTS));
    expect(config).toMatchObject({
      ...input,
      freezes: ['2026-11-27', { from: '2026-12-20', to: '2027-01-04', name: 'freeze' }, { calendar: 'freezes.ics' }],
      profiles: {
        berlin: {
          faults: [
            { name: 'stop-task', weight: 3 },
            { name: 'network-latency', weight: 1 },
          ],
        },
      },
    });
  });

  const noDate = 'write a date that exists, like 2026-12-24';
  const noCode = 'write a country or a country and its region, like GB or GB-ENG';
  const noException = 'name at least one of account, region, cluster, service, hosts';

  it.each([
    [{ freezes: ['2026-02-30'] }, `freezes.0: ${noDate}`],
    [{ freezes: ['2026-12-24', '24.12.2026'] }, `freezes.1: ${noDate}`],
    [{ freezes: [{ from: '2026-12-24', to: '2026-13-01' }] }, `freezes.0.to: ${noDate}`],
    [
      { freezes: [{ from: '2026-12-24', to: '2026-12-20' }] },
      'freezes.0.to: its end (to) lies before its start (from)',
    ],
    [{ freezes: [{ from: '2026-12-24' }] }, 'freezes.0.to: Invalid input: expected string, received undefined'],
    [{ freezes: [{ calendar: 7 }] }, 'freezes.0.calendar: Invalid input: expected string, received number'],
    [{ closedDates: ['2026-99-01'] }, `closedDates.0: ${noDate}`],
    [{ closedDates: [{ date: 'x', name: 'Inventory' }] }, `closedDates.0.date: ${noDate}`],
    [
      { closedDates: [{ date: '2026-12-24' }] },
      'closedDates.0.name: Invalid input: expected string, received undefined',
    ],
    [{ holidays: ['gb'] }, `holidays.0: ${noCode}`],
    [{ holidays: ['DE', 'Germany'] }, `holidays.1: ${noCode}`],
    [{ profiles: { calm: { holidays: ['GB-'] } } }, `profiles.calm.holidays.0: ${noCode}`],
    [{ exceptions: [{}] }, `exceptions.0: ${noException}`],
    [{ exceptions: [{ service: 'a' }, { reason: 'b' }] }, `exceptions.1: ${noException}`],
    [
      { exceptions: [{ hosts: 'a', cluster: 'b' }] },
      'exceptions.0: hosts are no part of a cluster or service; write two exceptions',
    ],
    [{ enabled: { accounts: ['123'] } }, 'enabled.accounts.0: write the twelve digits of an account, or *'],
    [{ enabled: { regions: ['europe'] } }, 'enabled.regions.0: write a region like eu-west-1, or *'],
    [{ enabled: { acounts: ['*'] } }, 'enabled: Unrecognized key: "acounts"'],
    [
      { profiles: { calm: { faults: { 'stop-task': 1.5 } } } },
      'profiles.calm.faults.stop-task: Invalid input: expected int, received number',
    ],
    [{ profiles: { calm: { faults: {} } } }, 'profiles.calm.faults: name one fault at least'],
    [
      { profiles: { calm: { faults: { 'stop-tsk': 2 } } } },
      'profiles.calm.faults: no fault "stop-tsk"; known are stop-task, network-latency',
    ],
    [
      { profiles: { calm: { maxDays: 4 } } },
      'profiles.calm.maxDays: the maximum of 4 days is below the mean of 5 days',
    ],
    [
      { profiles: { calm: { targets: 1.5 } } },
      'profiles.calm.targets: write a whole number up to 10, or a fraction below 1 such as 0.25',
    ],
    [{ calendar: NO_CLOSURES }, 'the config: Unrecognized key: "calendar"'],
  ])('of %j is refused with one sentence: %s', (input, problem) => {
    expect(problemOf(input)).toBe(problem);
  });

  it.each([
    [{ faults: { 'stop-task': 0 } }, 'faults.stop-task'],
    [{ faults: { 'stop-task': 1001 } }, 'faults.stop-task'],
    [{ faults: ['stop-task', 7] }, 'faults.1'],
    [{ faults: 'stop-task' }, 'faults'],
    [{ faults: [''] }, 'faults.0'],
    [{ targets: 0 }, 'targets'],
    [{ targets: 11 }, 'targets'],
    [{ minDays: -1 }, 'minDays'],
  ])('in a profile of %j is refused at %s', (profile, path) => {
    expect(problemOf({ profiles: { calm: profile } })).toMatch(new RegExp(`^profiles\\.calm\\.${path}: [^\n]+$`));
  });

  it.each([
    [{ freezes: [7] }, 'freezes.0'],
    [{ freezes: [{ calendar: '' }] }, 'freezes.0.calendar'],
    [{ freezes: [{ calender: 'x.ics' }] }, 'freezes.0'],
    [{ freezes: '2026-12-24' }, 'freezes'],
    [{ closedDates: [{ date: '2026-12-24', name: ' ' }] }, 'closedDates.0.name'],
    [{ holidayTypes: ['pubic'] }, 'holidayTypes.0'],
    [{ holidayTypes: [] }, 'holidayTypes'],
    [{ changeCalendars: [''] }, 'changeCalendars.0'],
    [{ changeCalendars: Array.from({ length: 11 }, () => 'x') }, 'changeCalendars'],
    [{ exceptions: [{ servce: 'a' }] }, 'exceptions.0'],
  ])('of %j is refused at %s', (input, path) => {
    expect(
      problemOf(input)
        .split('\n')
        .some((line) => line.startsWith(`${path}: `)),
    ).toBe(true);
  });
});

describe('a config with its calendar', () => {
  const joined = (input: ConfigInput, closures: Partial<Closures> = {}) =>
    withCalendar(read(readConfig(input, FAULTS)), { ...NO_CLOSURES, ...closures });
  const never = (place: string, window: string): string =>
    `${place}: the window ${window} is never open within 400 days; look at its days, holidays and freezes`;
  const workDays = '09:00-17:00 on mon-fri in UTC';

  it('is the config and what was resolved, and is one that the functions can read', () => {
    const config = read(joined({ seed: 'x' }));
    expect(config).toEqual({ ...read(readConfig({ seed: 'x' }, FAULTS)), calendar: NO_CLOSURES });
    expect(configSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it('is refused when the window is frozen for good', () => {
    const freezes = [{ fromDate: '2026-11-01', toDate: '2027-12-31', name: 'for ever' }];
    expect(joined({}, { freezes })).toEqual({ ok: false, problem: never('window', workDays) });
    const spans = [{ from: '2026-10-01T00:00:00Z', to: '2028-01-01T00:00:00Z', name: 'for ever' }];
    expect(joined({}, { freezes: spans }).ok).toBe(false);
    expect(joined({}, { freezes: [{ fromDate: '2026-11-01', toDate: '2027-11-30', name: 'a year' }] }).ok).toBe(true);
  });

  it('is refused when all its days are holidays, each window by its own place', () => {
    const sundays = Array.from({ length: 80 }, (_, week) => ({
      date: new Date(Date.UTC(2026, 10, 1 + 7 * week)).toISOString().slice(0, 10),
      name: 'Sunday',
    }));
    const profiles = { rest: { days: 'sun' }, other: { days: 'sat sun' } };
    expect(joined({ profiles }, { closedDates: sundays })).toEqual({
      ok: false,
      problem: never('profiles.rest', '09:00-17:00 on sun in UTC'),
    });
    const both = joined(
      { window: { days: 'sun' }, profiles: { rest: { hours: '10:00-11:00' }, other: { days: 'mon' } } },
      { closedDates: sundays },
    );
    expect(both).toEqual({
      ok: false,
      problem: `${never('window', '09:00-17:00 on sun in UTC')}\n${never('profiles.rest', '10:00-11:00 on sun in UTC')}`,
    });
  });

  it('is refused when its holidays were never resolved', () => {
    expect(joined({ holidays: ['GB'] })).toEqual({ ok: false, problem: never('window', workDays) });
    expect(joined({ holidays: ['GB'] }, { holidays: { GB: [] } }).ok).toBe(true);
    expect(joined({ profiles: { calm: { holidays: ['FR'] } } }).ok).toBe(false);
  });

  it.each([
    [{ resolvedOn: '2026-02-30' }],
    [{ holidays: { gb: [] } }],
    [{ holidays: { GB: [{ date: '2026-12-25' }] } }],
    [{ freezes: [{ fromDate: '2026-12-25', toDate: '2026-12-24', name: 'x' }] }],
    [{ freezes: [{ from: '2026-12-25T10:00:00Z', to: '2026-12-25T10:00:00Z', name: 'x' }] }],
    [{ freezes: [{ from: '2026-12-25T10:00:00+01:00', to: '2026-12-26T10:00:00Z', name: 'x' }] }],
  ])('is none with %j', (closures) => {
    expect(configSchema.safeParse({ calendar: { ...NO_CLOSURES, ...closures } }).success).toBe(false);
  });

  it('is none without a calendar', () => {
    expect(configSchema.safeParse({}).success).toBe(false);
  });
});
