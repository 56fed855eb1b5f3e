import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { newFolder, run } from './command-line.ts';
import { type FakeStack, startFakeStack } from './fake-stack.ts';
import { fleetOf, resolved } from './planned-fleet.ts';

const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
/** The contract that scripts rely on. */
const documentSchema = z.strictObject({ intervals: z.array(z.strictObject({ from: instant, to: instant })) });

/** Intervals as `2026-11-23T09:00/17:00`, or with both dates where they differ. */
async function intervals(...args: string[]): Promise<string[]> {
  const { code, out, talk } = await run(['calendar', ...args, '--json']);
  expect([code, talk.replace(/^(Config|The window).*$/gm, '').trim()]).toEqual([0, '']);
  return documentSchema.parse(JSON.parse(out)).intervals.map(({ from, to }) => {
    const end = from.slice(0, 10) === to.slice(0, 10) ? to.slice(11, 16) : to.slice(0, 16);
    return `${from.slice(0, 16)}/${end}`;
  });
}

const LONDON = ['--zone', 'Europe/London', '--hours', '09:00-17:00', '--days', 'mon-fri'];

function fileOf(name: string, text: string, folder = newFolder()): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('calendar --json', () => {
  test('has UTC instants that follow the clocks of the zone through their changes', async () => {
    const [spring, autumn, south] = await Promise.all([
      intervals(...LONDON, '--from', '2026-03-27', '--for', '4'),
      intervals(
        '--zone',
        'Europe/London',
        '--hours',
        '00:00-04:00',
        '--days',
        'sun',
        '--from',
        '2026-10-25',
        '--for',
        '1',
      ),
      intervals(...LONDON, '--zone', 'Pacific/Auckland', '--from', '2026-09-25', '--for', '4'),
    ]);
    expect(spring).toEqual(['2026-03-27T09:00/17:00', '2026-03-30T08:00/16:00']);
    expect(autumn).toEqual(['2026-10-24T23:00/2026-10-25T04:00']);
    expect(south).toEqual(['2026-09-24T21:00/2026-09-25T05:00', '2026-09-27T20:00/2026-09-28T04:00']);
  });

  test('keeps gaps apart, joins what touches, and lets a night belong to the date on which it begins', async () => {
    const [gap, always, night] = await Promise.all([
      intervals(
        '--zone',
        'UTC',
        '--hours',
        '13:00-17:00 09:00-12:00',
        '--days',
        'mon',
        '--from',
        '2026-11-23',
        '--for',
        '7',
      ),
      intervals('--zone', 'UTC', '--hours', '00:00-24:00', '--days', 'mon-sun', '--from', '2026-11-23', '--for', '3'),
      intervals('--zone', 'UTC', '--hours', '22:00-06:00', '--days', 'fri', '--from', '2026-11-23', '--for', '7'),
    ]);
    expect(gap).toEqual(['2026-11-23T09:00/12:00', '2026-11-23T13:00/17:00']);
    expect(always).toEqual(['2026-11-23T00:00/2026-11-26T00:00']);
    expect(night).toEqual(['2026-11-27T22:00/2026-11-28T06:00']);
  });

  test('leaves out the holidays of every country that is named', async () => {
    const thanksgiving = ['--from', '2026-11-26', '--for', '1'];
    const boxingDay = ['--from', '2026-12-28', '--for', '1'];
    const both = ['--holidays', 'GB-ENG', '--holidays', 'US'];
    expect(
      await Promise.all([
        intervals(...LONDON, ...thanksgiving, '--holidays', 'GB-ENG'),
        intervals(...LONDON, ...thanksgiving, ...both),
        intervals(...LONDON, ...boxingDay, '--holidays', 'US'),
        intervals(...LONDON, ...boxingDay, ...both),
      ]),
    ).toEqual([['2026-11-26T09:00/17:00'], [], ['2026-12-28T09:00/17:00'], []]);
  });

  test('knows the holidays of years long past and far ahead, and of all between', async () => {
    const english = [...LONDON, '--holidays', 'GB-ENG'];
    const [past, years] = await Promise.all([
      intervals(...english, '--from', '2019-12-23', '--for', '4'),
      intervals(...english, '--from', '2030-01-01', '--for', '4000'),
    ]);
    expect(past).toEqual(['2019-12-23T09:00/17:00', '2019-12-24T09:00/17:00']);
    const dates = years.map((interval) => interval.slice(0, 10));
    expect(dates.filter((date) => /-(12-25|01-01)$/.test(date))).toEqual([]);
    expect(dates.at(-1)).toBe('2040-12-13');
    // 4000 days from a Tuesday have 2858 week days; England has eight holidays a year on week days, two of them still to come.
    expect(dates.length).toBe(2858 - (11 * 8 - 2));
  });

  test('takes from the config what no option says, and freezes from the folder of the config', async () => {
    const folder = newFolder();
    const ics = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//x//EN', 'BEGIN:VEVENT', 'UID:1', 'SUMMARY:Launch'];
    ics.push(
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20261125T120000Z',
      'DTEND:20261125T150000Z',
      'END:VEVENT',
      'END:VCALENDAR',
    );
    fileOf('launch.ics', `${ics.join('\r\n')}\r\n`, folder);
    const config = fileOf(
      'chaos.json',
      JSON.stringify({
        window: { hours: '10:00-16:00', days: 'tue-fri', zone: 'UTC' },
        holidays: ['US'],
        closedDates: ['2026-11-24'],
        freezes: [{ calendar: 'launch.ics' }],
      }),
      folder,
    );
    const week = ['--config', config, '--from', '2026-11-23', '--for', '5'];
    const [own, longer] = await Promise.all([
      intervals(...week),
      intervals(...week, '--hours', '09:00-17:00', '--holidays', 'GB'),
    ]);
    expect(own).toEqual(['2026-11-25T10:00/12:00', '2026-11-25T15:00/16:00', '2026-11-27T10:00/16:00']);
    expect(longer).toEqual([
      '2026-11-25T09:00/12:00',
      '2026-11-25T15:00/17:00',
      '2026-11-26T09:00/17:00',
      '2026-11-27T09:00/17:00',
    ]);
    const { out } = await run(['calendar', ...week]);
    expect(out).toContain(
      'Mon 2026-11-23  closed: not a day of the window\nTue 2026-11-24  closed: a closed date of the config\n',
    );
    expect(out).toContain('Wed 2026-11-25  10:00–12:00 15:00–16:00  less freeze, Launch\n');
    expect(out).toContain('Thu 2026-11-26  closed: holiday, Thanksgiving Day\n');
    expect(out).toContain('\n2 work days of 5 days, 9 hours open; closed: 1 outside its days, 2 on holidays\n');
  });

  test('answers an empty list for a window that is never open, and says so', async () => {
    const ended = await run(['calendar', ...LONDON, '--from', '2026-11-28', '--for', '2', '--json']);
    expect(ended.code).toBe(0);
    expect(documentSchema.parse(JSON.parse(ended.out))).toEqual({ intervals: [] });
    expect(ended.talk).toContain('is never open in 2 days, 2026-11-28 to 2026-11-29.');
  });
});

describe('calendar for people', () => {
  test('has a line a date with both clocks, folds closed dates, and remarks changes of the clocks', async () => {
    const night = [
      '--zone',
      'Europe/London',
      '--hours',
      '22:00-06:00',
      '--days',
      'sat-sun',
      '--from',
      '2026-10-22',
      '--for',
      '6',
    ];
    const [folded, all] = await Promise.all([run(['calendar', ...night]), run(['calendar', ...night, '--all'])]);
    expect(folded.out.split('\n')).toEqual([
      'DATE            Europe/London    UTC',
      'Thu 2026-10-22  closed through Fri 2026-10-23: not a day of the window',
      'Sat 2026-10-24  22:00–Sun 06:00  21:00–Sun 06:00  Sun 2026-10-25, clocks go back: 01:00–02:00 twice',
      'Sun 2026-10-25  22:00–Mon 06:00  22:00–Mon 06:00',
      'Mon 2026-10-26  closed through Tue 2026-10-27: not a day of the window',
      '',
      '2 work days of 6 days, 17 hours open; closed: 4 outside its days',
      '',
    ]);
    expect(all.out.split('\n').filter((line) => line.includes('not a day of the window'))).toHaveLength(4);
  });

  test('says on a closed date, too, that the clocks go forward', async () => {
    const { out } = await run(['calendar', ...LONDON, '--from', '2026-03-27', '--for', '4']);
    expect(out).toContain('Fri 2026-03-27  09:00–17:00    09:00–17:00\n');
    expect(out).toContain(
      'not a day of the window\n                Sun 2026-03-29, clocks go forward: 01:00–02:00 left out\n',
    );
    expect(out).toContain('Mon 2026-03-30  09:00–17:00    08:00–16:00\n');
  });

  test('begins today and has two weeks by default', async () => {
    const before = new Date().toISOString().slice(0, 10);
    const { out } = await run(['calendar', '--zone', 'UTC', '--hours', '00:00-24:00', '--days', 'mon-sun']);
    const after = new Date().toISOString().slice(0, 10);
    const dates = [...out.matchAll(/^\w{3} (\d{4}-\d\d-\d\d) {2}00:00–24:00$/gm)].map(([, date]) => date);
    expect(dates).toHaveLength(14);
    expect([before, after]).toContain(dates[0]);
  });
});

describe('which config counts', () => {
  test('is said on standard error: the file of the folder, the one that was named, or the defaults', async () => {
    const folder = newFolder();
    const config = fileOf('mine.ts', "export default { window: { zone: 'Asia/Tokyo' } };\n", folder);
    const command = path.join(import.meta.dirname, '..', '..', 'bin', 'capuchin.ts');
    const args = [command, 'calendar', '--from', '2026-11-23', '--for', '1'];
    const away = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    expect(away.stderr).toContain('Config: built-in defaults, for there is no capuchin.config.ts here');
    expect(away.stdout).toContain('DATE            UTC\n');
    const [own, named] = await Promise.all([
      run(['calendar', '--for', '1']),
      run(['calendar', '--for', '1', '--from', '2026-11-23', '--config', config]),
    ]);
    expect(own.talk).toContain('Config: capuchin.config.ts');
    expect(named.talk).toContain(`Config: ${config}`);
    expect(named.out).toContain('Mon 2026-11-23  09:00–17:00  00:00–08:00');
  });
});

describe('a mistake gets one sentence with the place and the mend, and the code 2', () => {
  const broken = fileOf('broken.json', '{');
  const wrong = fileOf(
    'wrong.json',
    JSON.stringify({ window: { hours: '9-5', dais: 'mon' }, freezes: [{ calendar: 'no.ics' }] }),
  );
  const missing = fileOf('missing.json', JSON.stringify({ freezes: [{ calendar: 'no.ics' }] }));
  const closed = fileOf('closed.json', JSON.stringify({ freezes: [{ from: '2020-01-01', to: '2090-01-01' }] }));
  test.concurrent.each([
    ['an unknown zone', ['--zone', 'Mars/Olympus'], '"Mars/Olympus" is not a zone'],
    ['empty hours', ['--hours', '09:00-09:00'], '"09:00-09:00" is empty'],
    ['no day', ['--days', 'someday'], '"someday" is not a day'],
    ['an unknown country', ['--holidays', 'XX'], '--holidays: "XX" is no country whose holidays are known'],
    ['an unknown region', ['--holidays', 'GB-XXX'], 'GB has no region XXX; it has ALD, ENG'],
    [
      'a code that is none',
      ['--holidays', 'England'],
      'Write a country or a country and its region, like GB or GB-ENG.',
    ],
    ['an impossible date', ['--from', '2026-02-30'], 'Write a date that exists, like 2026-11-23.'],
    ['a date too far away', ['--from', '2300-01-01'], 'Write a date from 1970-01-01 to 2199-12-31.'],
    ['no days at all', ['--for', '0'], 'Write a whole number from 1 to 4000.'],
    [
      'a group and a zone',
      ['--group', 'a', '--zone', 'UTC'],
      "option '--group <group>' cannot be used with option '--zone <zone>'",
    ],
    ['a config that is not there', ['--config', 'nowhere.ts'], 'nowhere.ts: there is no such file'],
    ['a config that cannot be read', ['--config', broken], `${broken}: it cannot be loaded: `],
    ['a config with mistakes', ['--config', wrong], 'window.hours: "9-5" is not a range of hours'],
    ['a freeze file that is not there', ['--config', missing], 'freezes.0.calendar: no.ics: there is no such file'],
    ['a config that is never open', ['--config', closed], 'is never open within 400 days'],
  ])('%s', async (_what, args, sentence) => {
    const ended = await run(['calendar', ...args]);
    expect(ended.talk).toContain(sentence);
    expect(ended.talk).not.toMatch(/\n\s+at /);
    expect([ended.code, ended.out]).toEqual([2, '']);
  });
});

describe('calendar --group', () => {
  const config = resolved({ holidays: ['US'], window: { zone: 'America/New_York' } });
  let stack: FakeStack;
  beforeAll(async () => {
    const groups = fleetOf(config, {
      'shop/catalog': { 'chaos:hours': '20:00-22:00' },
      'shop/odd': { 'chaos:days': 'someday' },
    });
    stack = await startFakeStack({ groups: { ...groups, unread: [] }, config });
  });
  afterAll(() => stack.close());
  const ask = (...args: string[]) => run(['calendar', ...args], stack.environment);

  test('shows the window of a group of the deployed stack with the holidays that the stack knows', async () => {
    const ended = await ask('--group', 'shop/catalog', '--from', '2026-11-25', '--for', '3', '--json');
    expect(ended).toMatchObject({ code: 0, talk: '' });
    expect(documentSchema.parse(JSON.parse(ended.out)).intervals).toEqual([
      { from: '2026-11-26T01:00:00Z', to: '2026-11-26T03:00:00Z' },
      { from: '2026-11-28T01:00:00Z', to: '2026-11-28T03:00:00Z' },
    ]);
  });

  test('says what the stack does not know', async () => {
    const [later, earlier] = await Promise.all([
      ask('--group', 'shop/catalog', '--from', '2031-12-30', '--for', '4'),
      ask('--group', 'shop/catalog', '--from', '2020-12-30', '--for', '1'),
    ]);
    expect(later.out).toContain(
      'closed through Fri 2032-01-02: not known; holidays and freezes are known until 2031-12-31 only',
    );
    expect(earlier.talk).toContain('knows no holidays before 2024-01-01');
  });

  test('of a group that is not there, or out, says why, and leaves with 1', async () => {
    const [unknown, odd] = await Promise.all([ask('--group', 'shop/other'), ask('--group', 'shop/odd')]);
    expect([unknown.code, odd.code]).toEqual([1, 1]);
    expect(unknown.talk).toContain('no group "shop/other" has opted in; these have: shop/catalog');
    expect(odd.talk).toContain('shop/odd is out: the tag chaos:days=someday: "someday" is not a day');
  });
});
