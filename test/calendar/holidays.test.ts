import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type HolidayType, holidaysOf } from '../../lib/calendar/holidays.ts';

function holidays(code: string, fromYear: number, toYear = fromYear, types: HolidayType[] = ['public']) {
  const found = holidaysOf(code, { fromYear, toYear, types });
  if (!found.ok) throw new Error(found.problem);
  return found.value;
}

const reference = z
  .object({ holidays: z.record(z.string(), z.record(z.string(), z.string())) })
  .parse(JSON.parse(readFileSync(new URL('reference/holidays.json', import.meta.url), 'utf8'))).holidays;

/** Where date-holidays (ours) and python-holidays (theirs) differ from 2024 to 2030, and why that is right or may stay. */
const DIFFERENCES: readonly { code: string; side: 'ours' | 'theirs'; name: RegExp; dates: string[]; why: string }[] = [
  {
    code: 'GB-SCT',
    side: 'theirs',
    name: /World Cup/,
    dates: ['2026-06-15'],
    why: 'proclaimed once and late; date-holidays does not have it, so a Scottish config adds it to closedDates',
  },
  ...['US', 'US-CA'].map((code) => ({
    code,
    side: 'theirs' as const,
    name: /^Veterans Day \(observed\)$/,
    dates: ['2028-11-10', '2029-11-12'],
    why: 'date-holidays calls the observed day a bank holiday, as shops and many firms work; holidayTypes can ask for those',
  })),
  {
    code: 'US-CA',
    side: 'theirs',
    name: /^(Susan B. Anthony Day|Diwali)$/,
    dates: [
      ...[2024, 2025, 2026, 2028, 2029, 2030].map((year) => `${year}-02-15`),
      ...['2026-11-08', '2027-10-29', '2028-10-17', '2029-11-05', '2030-10-26'],
    ],
    why: 'days of remembrance by law, on which the state works',
  },
  {
    code: 'CA-ON',
    side: 'ours',
    name: /^Easter Monday$/,
    dates: ['2024-04-01', '2025-04-21', '2026-04-06', '2027-03-29', '2028-04-17', '2029-04-02', '2030-04-22'],
    why: 'no holiday by law but for federal staff and schools; a day too many is the safe side',
  },
  {
    code: 'CA-ON',
    side: 'theirs',
    name: /\(observed\)$/,
    dates: ['2026-12-28', '2027-12-27', '2027-12-28', '2028-01-03'],
    why: 'date-holidays knows no substitute days for Canada; a config there adds them to closedDates',
  },
  {
    code: 'CH-ZH',
    side: 'ours',
    name: /^(Easter Sunday|Pentecost|Federal Day of Thanksgiving, Repentance and Prayer)$/,
    dates: [
      ...['2024-03-31', '2025-04-20', '2026-04-05', '2027-03-28', '2028-04-16', '2029-04-01', '2030-04-21'],
      ...['2024-05-19', '2025-06-08', '2026-05-24', '2027-05-16', '2028-06-04', '2029-05-20', '2030-06-09'],
      ...['2024-09-15', '2025-09-21', '2026-09-20', '2027-09-19', '2028-09-17', '2029-09-16', '2030-09-15'],
    ],
    why: 'Sundays, which Zurich lists as public rest days',
  },
  {
    code: 'NL',
    side: 'theirs',
    name: /^Good Friday$/,
    dates: ['2024-03-29', '2025-04-18', '2026-04-03', '2027-03-26', '2028-04-14', '2029-03-30', '2030-04-19'],
    why: 'an official day, but no day off by law',
  },
  {
    code: 'NL',
    side: 'theirs',
    name: /^Liberation Day$/,
    dates: ['2025-05-05', '2030-05-05'],
    why: 'a day off every five years where the contract says so; date-holidays has it among the school holidays',
  },
  {
    code: 'TR',
    side: 'ours',
    name: /Eid al-/,
    dates: [
      ...['2024-04-13', '2025-04-02', '2026-03-23', '2027-03-12', '2028-02-29', '2029-02-17', '2030-02-07'],
      ...['2024-06-20', '2025-06-10', '2026-05-31', '2027-05-20', '2028-05-09', '2029-04-28', '2030-04-17'],
    ],
    why: 'the feasts are half a day longer than whole days, and date-holidays adds it at the end; a day too many is the safe side',
  },
];

describe('against python-holidays, from 2024 to 2030,', () => {
  it.each(Object.keys(reference))('%s has the same public holidays but for the differences that are listed', (code) => {
    const ours = new Map(holidays(code, 2024, 2030).map(({ date, name }) => [date, name]));
    const theirs = new Map(Object.entries(reference[code] ?? {}));
    const found = [
      ...[...ours].filter(([date]) => !theirs.has(date)).map(([date, name]) => ({ side: 'ours', date, name })),
      ...[...theirs].filter(([date]) => !ours.has(date)).map(([date, name]) => ({ side: 'theirs', date, name })),
    ];
    const listed = DIFFERENCES.filter((difference) => difference.code === code);
    const unlisted = found.filter(
      ({ side, date, name }) =>
        !listed.some((one) => one.side === side && one.dates.includes(date) && one.name.test(name)),
    );
    expect(unlisted).toEqual([]);
    expect(found).toHaveLength(listed.flatMap(({ dates }) => dates).length);
    expect(theirs.size).toBeGreaterThan(50);
  });
});

describe('holidays', () => {
  // https://www.gov.uk/bank-holidays
  it('are what England has in 2026, with the substitute for Boxing Day', () => {
    expect(holidays('GB-ENG', 2026).map(({ date }) => date)).toEqual([
      '2026-01-01',
      '2026-04-03',
      '2026-04-06',
      '2026-05-04',
      '2026-05-25',
      '2026-08-31',
      '2026-12-25',
      '2026-12-26',
      '2026-12-28',
    ]);
    expect(holidays('GB-ENG', 2026).at(-1)).toEqual({ date: '2026-12-28', name: 'Boxing Day (substitute day)' });
  });

  it('have the day after Thanksgiving on the right side of a November that starts on a Friday', () => {
    const after = (year: number) => holidays('US-CA', year).filter(({ name }) => name === 'Day after Thanksgiving Day');
    expect([2024, 2026, 2030].flatMap(after).map(({ date }) => date)).toEqual([
      '2024-11-29',
      '2026-11-27',
      '2030-11-29',
    ]);
  });

  // https://www.mbie.govt.nz/business-and-employment/employment-and-skills/employment-legislation-reviews/matariki
  it('follow the moon where the law has them by date: Matariki', () => {
    const matariki = holidays('NZ', 2024, 2028).filter(({ name }) => name === 'Matariki');
    expect(matariki.map(({ date }) => date)).toEqual([
      '2024-06-28',
      '2025-06-20',
      '2026-07-10',
      '2027-06-25',
      '2028-07-14',
    ]);
  });

  it('of a region are more than its country has, and of a part of a region more again', () => {
    const dates = (code: string) => holidays(code, 2026).map(({ date }) => date);
    expect(dates('DE')).not.toContain('2026-08-15');
    expect(dates('DE-BY')).not.toContain('2026-08-08');
    expect(dates('DE-BY')).toEqual(expect.arrayContaining(['2026-01-06', '2026-06-04', '2026-11-01']));
    expect(dates('DE-BY-A')).toContain('2026-08-08');
  });

  it('count each date of a long holiday, and the date of one that takes an evening', () => {
    const russian = holidays('RU', 2026).map(({ date }) => date);
    expect(russian).toEqual(
      expect.arrayContaining(['2026-01-02', '2026-01-03', '2026-01-04', '2026-01-05', '2026-01-06']),
    );
    expect(holidays('AU-QLD', 2026)).toContainEqual({ date: '2026-12-24', name: 'Christmas Eve' });
    expect(holidays('AU-QLD', 2026).filter(({ date }) => date === '2026-12-23')).toEqual([]);
  });

  it('are as long as they are also when the clocks change meanwhile', () => {
    const school = holidays('AU-VIC', 2026, 2026, ['school']).map(({ date }) => date);
    // 17 days from April 3rd, in which there is an hour more; 16 from September 19th, in which there is one less.
    expect(school.filter((date) => date.startsWith('2026-04')).at(-1)).toBe('2026-04-19');
    expect(school.filter((date) => date > '2026-09' && date < '2026-11').at(-1)).toBe('2026-10-04');
  });

  it('include a substitute day that lies in the year before', () => {
    // January 1st 2028 is a Saturday.
    expect(holidays('US', 2027).at(-1)).toEqual({ date: '2027-12-31', name: "New Year's Day (substitute day)" });
    expect(holidays('US', 2027).filter(({ date }) => !date.startsWith('2027'))).toEqual([]);
  });

  it('go on in January when they began in December', () => {
    // Incwala in Eswatini: six days from December 28th.
    expect(holidays('SZ', 2027).slice(0, 2)).toEqual([
      { date: '2027-01-01', name: "Incwala Festival / New Year's Day" },
      { date: '2027-01-02', name: 'Incwala Festival' },
    ]);
  });

  it('name the kind that weighs more first, whatever the order in which the kinds are asked for', () => {
    const asked: HolidayType[][] = [
      ['public', 'observance'],
      ['observance', 'public'],
    ];
    for (const types of asked) {
      expect(holidays('BO', 2027, 2027, types)).toContainEqual({
        date: '2027-05-27',
        name: "Corpus Christi / Mother's Day",
      });
    }
  });

  it('come in order, one entry a date, the names of both joined', () => {
    const days = holidays('GB-SCT', 2024, 2031, ['observance', 'public', 'bank']);
    const dates = days.map(({ date }) => date);
    expect(dates).toEqual([...new Set(dates)].sort((a, b) => (a < b ? -1 : 1)));
    // Labour Day in Norway shares its date with Ascension in 2008.
    expect(holidays('NO', 2008)).toContainEqual({ date: '2008-05-01', name: expect.stringContaining(' / ') });
  });

  it('are only those of the kinds asked for', () => {
    expect(holidays('US', 2028, 2028, ['public']).map(({ date }) => date)).not.toContain('2028-11-10');
    expect(holidays('US', 2028, 2028, ['public', 'bank'])).toContainEqual({
      date: '2028-11-10',
      name: 'Veterans Day (substitute day)',
    });
  });

  it('are the same whatever the zone of the machine', () => {
    const script = `
      import { holidaysOf } from ${JSON.stringify(new URL('../../lib/calendar/holidays.ts', import.meta.url).href)};
      const span = { fromYear: 2026, toYear: 2027, types: ['public'] };
      console.log(JSON.stringify(['NZ', 'US-CA', 'JP', 'TR', 'RU', 'GB-ENG'].map((code) => holidaysOf(code, span))));`;
    const under = (zone: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, TZ: zone },
        encoding: 'utf8',
      });
    const auckland = under('Pacific/Auckland');
    expect(auckland).toContain('{"date":"2026-02-06","name":"Waitangi Day"}');
    expect(under('America/Los_Angeles')).toBe(auckland);
    expect(under('UTC')).toBe(auckland);
  });
});

describe('a code', () => {
  it.each([
    ['XX', /^"XX" is no country whose holidays are known; write the two letters of ISO 3166/],
    ['GB-ENG-A-B', /is no country/],
    ['', /is no country/],
    ['GB-XYZ', /^"GB-XYZ": GB has no region XYZ; it has ALD, ENG, NIR, SCT, WLS$/],
    ['DE-BY-X', /^"DE-BY-X": DE-BY has no region X; it has A, EVANG, KATH$/],
    ['GB-ENG-X', /^"GB-ENG-X": GB-ENG has no region X; it has none, so write GB-ENG$/],
  ])('of %j is refused with what there is', (code, problem) => {
    const found = holidaysOf(code, { fromYear: 2026, toYear: 2026, types: ['public'] });
    expect(found).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });

  it('may be in small letters', () => {
    expect(holidays('gb-eng', 2026)).toEqual(holidays('GB-ENG', 2026));
  });

  it('of a region that date-holidays lists but cannot find is refused, where it would take the country alone', () => {
    const found = holidaysOf('CK-Aitutaki', { fromYear: 2026, toYear: 2026, types: ['public'] });
    expect(found).toEqual({ ok: false, problem: expect.stringContaining('CK has no region Aitutaki') });
  });
});
