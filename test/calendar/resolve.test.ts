import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { listClosures } from '../../lib/calendar/list.ts';
import { resolveClosures } from '../../lib/calendar/resolve.ts';
import { type Closures, closureInputs, closuresSchema } from '../../lib/core/closures.ts';

const inputSchema = z.strictObject(closureInputs);

const FILES: Readonly<Record<string, string>> = {
  'sale.ics':
    'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Sale\nDTSTART:20261127T050000Z\nDURATION:PT30H\nEND:VEVENT\nEND:VCALENDAR\n',
  'endless.ics':
    'BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261127\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n',
};
function readFile(path: string): string {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });
  return text;
}

const resolve = (input: z.input<typeof inputSchema>, moreHolidays: string[] = []) =>
  resolveClosures(inputSchema.parse(input), {
    today: '2026-11-22',
    readFile,
    moreHolidays: moreHolidays.map((code) => ({ path: 'profiles.night.holidays', code })),
  });

function closures(input: z.input<typeof inputSchema>, moreHolidays: string[] = []): Closures {
  const resolved = resolve(input, moreHolidays);
  if (!resolved.ok) throw new Error(resolved.problem);
  return resolved.value;
}

describe('closures', () => {
  it('of a config that says nothing are nothing, known from two years before to five years after', () => {
    expect(closures({})).toEqual({
      resolvedOn: '2026-11-22',
      knownFrom: '2024-01-01',
      knownUntil: '2031-12-31',
      holidays: {},
      closedDates: [],
      freezes: [],
    });
  });

  it('are what the contract allows, with holidays of the config and of its profiles by code', () => {
    const resolved = closures({ holidays: ['GB-ENG', 'DE-BY'], freezes: [{ calendar: 'sale.ics' }] }, ['US', 'GB-ENG']);
    expect(closuresSchema.parse(resolved)).toEqual(resolved);
    expect(new Set(Object.keys(resolved.holidays))).toEqual(new Set(['DE-BY', 'GB-ENG', 'US']));
    const [first, last] = [resolved.holidays['GB-ENG']?.at(0), resolved.holidays['GB-ENG']?.at(-1)];
    expect([first, last]).toEqual([
      { date: '2024-01-01', name: "New Year's Day" },
      { date: '2031-12-26', name: 'Boxing Day' },
    ]);
  });

  it('hold the kinds of holidays that the config asks for', () => {
    const veterans = (types: ('public' | 'bank')[]) =>
      closures({ holidays: ['US'], holidayTypes: types }).holidays.US?.some(({ date }) => date === '2028-11-10');
    expect([veterans(['public']), veterans(['bank', 'public'])]).toEqual([false, true]);
  });

  it('hold dates, ranges and files of freezes, and closed dates, each in order', () => {
    const resolved = closures({
      closedDates: [{ date: '2027-03-01', name: 'Founders' }, '2026-12-31'],
      freezes: [{ from: '2026-12-18', to: '2027-01-03', name: 'Year end' }, { calendar: 'sale.ics' }, '2026-11-26'],
    });
    expect(resolved.closedDates).toEqual([
      { date: '2026-12-31', name: 'closed' },
      { date: '2027-03-01', name: 'Founders' },
    ]);
    expect(resolved.freezes).toEqual([
      { fromDate: '2026-11-26', toDate: '2026-11-26', name: 'freeze' },
      { from: '2026-11-27T05:00:00Z', to: '2026-11-28T11:00:00Z', name: 'Sale' },
      { fromDate: '2026-12-18', toDate: '2027-01-03', name: 'Year end' },
    ]);
  });

  it('tell all problems at once, each on a line with its path', () => {
    const resolved = resolve(
      {
        holidays: ['GB', 'ZZ'],
        freezes: ['2026-12-24', { calendar: 'endless.ics' }, { calendar: 'missing.ics' }],
      },
      ['DE-XX'],
    );
    expect(resolved.ok ? [] : resolved.problem.split('\n')).toEqual([
      expect.stringMatching(/^holidays\.1: "ZZ" is no country/),
      expect.stringMatching(/^profiles\.night\.holidays: "DE-XX": DE has no region XX; it has BB, /),
      'freezes.1.calendar: endless.ics: event "1": it repeats for ever; give its RRULE a COUNT or an UNTIL',
      'freezes.2.calendar: missing.ics: there is no such file; correct the path, which starts from the folder of the config',
    ]);
  });

  it('do not hide a failure of whoever reads the files', () => {
    const broken = () => {
      throw new TypeError('a defect');
    };
    const input = inputSchema.parse({ freezes: [{ calendar: 'x.ics' }] });
    expect(() => resolveClosures(input, { today: '2026-11-22', readFile: broken })).toThrow('a defect');
  });

  it('say why a file cannot be read', () => {
    const folder = () => {
      throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
    };
    const input = inputSchema.parse({ freezes: [{ calendar: 'x.ics' }] });
    expect(resolveClosures(input, { today: '2026-11-22', readFile: folder })).toEqual({
      ok: false,
      problem: expect.stringMatching(/^freezes\.0\.calendar: x\.ics: it cannot be read \(EISDIR\)/),
    });
  });
});

describe('the list of closures', () => {
  const some: Closures = {
    resolvedOn: '2026-11-22',
    knownFrom: '2024-01-01',
    knownUntil: '2031-12-31',
    holidays: {
      US: [{ date: '2026-12-25', name: 'Christmas Day' }],
      'GB-ENG': [
        { date: '2025-12-25', name: 'Christmas Day' },
        { date: '2026-01-01', name: "New Year's Day" },
        { date: '2026-12-25', name: 'Christmas Day' },
      ],
    },
    closedDates: [{ date: '2026-12-31', name: 'Stocktaking' }],
    freezes: [
      { fromDate: '2025-12-01', toDate: '2025-12-31', name: 'Last year' },
      { fromDate: '2025-12-24', toDate: '2026-01-02', name: 'Over the year' },
      { fromDate: '2026-12-24', toDate: '2026-12-24', name: 'Sale' },
      { from: '2026-12-26T18:00:00Z', to: '2026-12-27T06:00:00Z', name: 'Move' },
    ],
  };

  it('has a head, then a line each in order of date, without the years before', () => {
    expect(listClosures(some)).toBe(`\
# When nothing happens: holidays and closed dates are no work days, in a freeze nothing may happen at all.
# Resolved on 2026-11-22. Holidays are known until 2031-12-31; after that, synthesize again.
# Holidays of: GB-ENG, US. Data: date-holidays, CC BY-SA 3.0.

2025-12-24  Wed  freeze   until 2026-01-02  Over the year
2026-01-01  Thu  holiday  GB-ENG  New Year's Day
2026-12-24  Thu  freeze   Sale
2026-12-25  Fri  holiday  GB-ENG  Christmas Day
2026-12-25  Fri  holiday  US      Christmas Day
2026-12-26T18:00:00Z  Sat  freeze   until 2026-12-27T06:00:00Z  Move
2026-12-31  Thu  closed   *       Stocktaking
`);
  });

  it('does not depend on the order in which the closures came', () => {
    const { holidays, freezes } = some;
    const turned = Object.fromEntries(
      Object.entries(holidays)
        .reverse()
        .map(([code, days]) => [code, [...days].reverse()]),
    );
    expect(listClosures({ ...some, holidays: turned, freezes: [...freezes].reverse() })).toBe(listClosures(some));
  });

  it('says when there is nothing', () => {
    const nothing = listClosures({ ...some, holidays: {}, closedDates: [], freezes: [] });
    expect(nothing).toContain('# Holidays of: nowhere.');
    expect(nothing).toMatch(/\n\nNothing is closed\.\n$/);
  });
});
