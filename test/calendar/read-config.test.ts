import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importConfig, resolveConfig } from '../../lib/calendar/read-config.ts';
import { releaseDay } from './example-calendar.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'capuchin-read-config-'));
  writeFileSync(path.join(folder, 'endless.ics'), releaseDay('RRULE:FREQ=DAILY'));
  writeFileSync(path.join(folder, 'broken.ics'), releaseDay('RRULE:FREQ=OFTEN;COUNT=3'));
  writeFileSync(path.join(folder, 'good.ics'), releaseDay('RRULE:FREQ=DAILY;COUNT=2'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const resolve = (config: unknown): ReturnType<typeof resolveConfig> =>
  resolveConfig(config, { folder, today: '2026-11-22' });

it('works out holidays of the config and of its profiles, and freezes from files beside the config', () => {
  const config = resolve({
    holidays: ['GB-ENG'],
    profiles: { tokyo: { zone: 'Asia/Tokyo', holidays: ['JP'] } },
    freezes: [{ calendar: 'good.ics' }],
  });
  if (!config.ok) throw new Error(config.problem);
  const { holidays, freezes, knownUntil } = config.value.calendar;
  expect(Object.keys(holidays)).toEqual(['GB-ENG', 'JP']);
  expect(holidays['GB-ENG']).toContainEqual({ date: '2026-12-25', name: 'Christmas Day' });
  expect(freezes).toEqual([
    { fromDate: '2030-06-04', toDate: '2030-06-04', name: 'release day' },
    { fromDate: '2030-06-05', toDate: '2030-06-05', name: 'release day' },
  ]);
  expect(knownUntil).toBe('2031-12-31');
});

it('reads a config file in TypeScript and in JSON', async () => {
  writeFileSync(path.join(folder, 'a.json'), '{ "seed": "json" }');
  writeFileSync(path.join(folder, 'a.ts'), "export default { seed: 'typescript' as string };");
  expect(await importConfig(path.join(folder, 'a.json'))).toEqual({ seed: 'json' });
  expect(await importConfig(path.join(folder, 'a.ts'))).toEqual({ seed: 'typescript' });
});

it.each([
  ['an unknown country', { holidays: ['XX'] }, /holidays\.0: "XX" is no country/],
  ['an unknown region', { holidays: ['GB-XX'] }, /holidays\.0: "GB-XX": GB has no region XX/],
  [
    'a profile with an unknown country',
    { profiles: { night: { holidays: ['XX'] } } },
    /profiles\.night\.holidays\.0: "XX"/,
  ],
  ['an impossible date', { closedDates: ['2026-02-30'] }, /closedDates\.0: write a date that exists/],
  ['a freeze that ends before it starts', { freezes: [{ from: '2026-12-24', to: '2026-12-20' }] }, /freezes\.0\.to: /],
  [
    'a calendar file that is not there',
    { freezes: [{ calendar: 'none.ics' }] },
    /freezes\.0\.calendar: none\.ics: there is no such file/,
  ],
  [
    'an endless recurrence',
    { freezes: [{ calendar: 'endless.ics' }] },
    /freezes\.0\.calendar: endless\.ics: .*release day.*repeats for ever/,
  ],
  [
    'a broken recurrence',
    { freezes: [{ calendar: 'broken.ics' }] },
    /freezes\.0\.calendar: broken\.ics: .*release day/,
  ],
  ['an unknown zone', { window: { zone: 'Europe/Londres' } }, /window\.zone: "Europe\/Londres" is not a zone/],
  ['an empty window', { window: { hours: '09:00-09:00' } }, /window\.hours: "09:00-09:00" is empty/],
  [
    'a window that freezes keep shut',
    { freezes: [{ from: '2020-01-01', to: '2099-12-31' }] },
    /window: the window 09:00-17:00 .* is never open within 400 days/,
  ],
  [
    'a profile that freezes keep shut',
    { freezes: [{ from: '2020-01-01', to: '2099-12-31' }], profiles: { night: { hours: '22:00-04:00' } } },
    /profiles\.night: the window 22:00-04:00 .* is never open/,
  ],
  [
    'min above mean',
    { profiles: { default: { meanDays: 2, minDays: 3 } } },
    /profiles\.default\.minDays: the least spacing of 3 days is above/,
  ],
  [
    'max below mean',
    { profiles: { default: { meanDays: 9, maxDays: 5 } } },
    /profiles\.default\.maxDays: the maximum of 5 days is below/,
  ],
  ['an exception of everything', { exceptions: [{}] }, /exceptions\.0: name at least one of account, region/],
])('refuses %s: one sentence with its path', (_what, config, sentence) => {
  const read = resolve(config);
  expect(read.ok ? 'no problem' : read.problem).toMatch(sentence);
});
