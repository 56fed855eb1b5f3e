import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFreezes } from '../../lib/calendar/freeze-file.ts';
import { closuresSchema } from '../../lib/core/closures.ts';

const freezeSchema = closuresSchema.shape.freezes.element;

const SPAN = { file: 'freezes.ics', fromDate: '2024-01-01', untilDate: '2031-12-31' };

const calendar = (...lines: string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//', ...lines, 'END:VCALENDAR', ''].join('\r\n');
const event = (...lines: string[]): string[] => ['BEGIN:VEVENT', 'UID:one', 'SUMMARY:Sale', ...lines, 'END:VEVENT'];

/** The freezes of a file with one event, as `from..to`. */
function spans(...lines: string[]): string[] {
  return spansOf(calendar(...event(...lines)));
}
function spansOf(text: string): string[] {
  const read = readFreezes(text, SPAN);
  if (!read.ok) throw new Error(read.problem);
  return read.value.map((freeze) =>
    'fromDate' in freeze ? `${freeze.fromDate}..${freeze.toDate}` : `${freeze.from}..${freeze.to}`,
  );
}
function problemOf(text: string): string {
  const read = readFreezes(text, SPAN);
  if (read.ok) throw new Error(`read ${JSON.stringify(read.value)}`);
  return read.problem;
}

describe('an event of whole days', () => {
  it('is a freeze with both ends inside, where iCalendar has its end outside', () => {
    const text = calendar(...event('DTSTART;VALUE=DATE:20261223', 'DTEND;VALUE=DATE:20270103'));
    expect(readFreezes(text, SPAN)).toEqual({
      ok: true,
      value: [{ fromDate: '2026-12-23', toDate: '2027-01-02', name: 'Sale' }],
    });
  });

  it.each([
    ['without an end lasts one day', ['DTSTART;VALUE=DATE:20261223'], ['2026-12-23..2026-12-23']],
    ['may have a DURATION', ['DTSTART;VALUE=DATE:20261223', 'DURATION:P1W2D'], ['2026-12-23..2026-12-31']],
    ['may leave out VALUE=DATE', ['DTSTART:20261223', 'DTEND:20261225'], ['2026-12-23..2026-12-24']],
    [
      'repeats until a date, that one inside',
      ['DTSTART;VALUE=DATE:20261223', 'RRULE:FREQ=YEARLY;UNTIL=20281223'],
      ['2026-12-23..2026-12-23', '2027-12-23..2027-12-23', '2028-12-23..2028-12-23'],
    ],
    [
      'repeats on RDATEs, and not on EXDATEs, however many of them match nothing',
      [
        'DTSTART;VALUE=DATE:20260105',
        'RRULE:FREQ=DAILY;COUNT=4',
        'RDATE;VALUE=DATE:20260201,20260301',
        'EXDATE;VALUE=DATE:20250101,20250102,20260106',
        'EXDATE;VALUE=DATE:20260201',
      ],
      ['2026-01-05..2026-01-05', '2026-01-07..2026-01-07', '2026-01-08..2026-01-08', '2026-03-01..2026-03-01'],
    ],
    [
      'is left out where nobody asks for it',
      ['DTSTART;VALUE=DATE:20200101', 'RRULE:FREQ=YEARLY;COUNT=30', 'DTEND;VALUE=DATE:20200103'],
      [2024, 2025, 2026, 2027, 2028, 2029, 2030, 2031].map((year) => `${year}-01-01..${year}-01-02`),
    ],
  ])('%s', (_, lines, expected) => {
    expect(spans(...lines)).toEqual(expected);
  });

  it('that began before the first date is in while it lasts', () => {
    expect(spans('DTSTART;VALUE=DATE:20231220', 'DTEND;VALUE=DATE:20240102')).toEqual(['2023-12-20..2024-01-01']);
    expect(spans('DTSTART;VALUE=DATE:20231220', 'DTEND;VALUE=DATE:20240101')).toEqual([]);
  });
});

describe('an event with times', () => {
  // Offsets by hand: Berlin is +1, from March 29th 2026 to October 25th +2; New York -5, and -4 from March 8th to November 1st.
  it.each([
    ['in UTC', ['DTSTART:20261223T180000Z', 'DTEND:20261224T060000Z'], ['2026-12-23T18:00:00Z..2026-12-24T06:00:00Z']],
    [
      'in an IANA zone',
      ['DTSTART;TZID=Europe/Berlin:20260701T090000', 'DURATION:PT90M'],
      ['2026-07-01T07:00:00Z..2026-07-01T08:30:00Z'],
    ],
    [
      'with its ends in two zones',
      ['DTSTART;TZID=Europe/Berlin:20260701T090000', 'DTEND;TZID=America/New_York:20260701T090000'],
      ['2026-07-01T07:00:00Z..2026-07-01T13:00:00Z'],
    ],
    [
      'that repeats across a change of the clocks, at the same time of the wall clock',
      [
        'DTSTART;TZID=Europe/Berlin:20260322T090000',
        'DTEND;TZID=Europe/Berlin:20260322T100000',
        'RRULE:FREQ=WEEKLY;COUNT=2',
      ],
      ['2026-03-22T08:00:00Z..2026-03-22T09:00:00Z', '2026-03-29T07:00:00Z..2026-03-29T08:00:00Z'],
    ],
    [
      'whose days are days of the calendar, 23 hours here, and whose hours are hours',
      ['DTSTART;TZID=Europe/Berlin:20260328T120000', 'DURATION:P1DT1H'],
      ['2026-03-28T11:00:00Z..2026-03-29T11:00:00Z'],
    ],
    [
      'in the hour that the clock leaps over: as before the change',
      ['DTSTART;TZID=Europe/Berlin:20260329T023000', 'DURATION:PT1H'],
      ['2026-03-29T01:30:00Z..2026-03-29T02:30:00Z'],
    ],
    [
      'in the hour that comes twice: the first',
      ['DTSTART;TZID=Europe/Berlin:20261025T023000', 'DURATION:PT1H'],
      ['2026-10-25T00:30:00Z..2026-10-25T01:30:00Z'],
    ],
    [
      'until a time in UTC, that one inside',
      ['DTSTART;TZID=America/New_York:20260306T200000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=20260309T000000Z'],
      [
        '2026-03-07T01:00:00Z..2026-03-07T02:00:00Z',
        '2026-03-08T01:00:00Z..2026-03-08T02:00:00Z',
        '2026-03-09T00:00:00Z..2026-03-09T01:00:00Z',
      ],
    ],
    [
      'until a date, the whole of which is inside',
      ['DTSTART;TZID=America/New_York:20260306T200000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=20260307'],
      ['2026-03-07T01:00:00Z..2026-03-07T02:00:00Z', '2026-03-08T01:00:00Z..2026-03-08T02:00:00Z'],
    ],
    [
      'with an EXDATE in another zone, and RDATEs that are periods',
      [
        'DTSTART;TZID=Europe/Berlin:20260701T090000',
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY;COUNT=3',
        'EXDATE:20260702T070000Z',
        'RDATE;VALUE=PERIOD:20260801T000000Z/PT2H,20260802T000000Z/20260802T030000Z',
      ],
      [
        '2026-07-01T07:00:00Z..2026-07-01T08:00:00Z',
        '2026-07-03T07:00:00Z..2026-07-03T08:00:00Z',
        '2026-08-01T00:00:00Z..2026-08-01T02:00:00Z',
        '2026-08-02T00:00:00Z..2026-08-02T03:00:00Z',
      ],
    ],
  ])('%s becomes instants', (_, lines, expected) => {
    expect(spans(...lines)).toEqual(expected);
  });
});

/** As Outlook writes it: a name that is not IANA's, rules without an end since 1601. */
const BERLIN = [
  'BEGIN:VTIMEZONE',
  'TZID:W. Europe Standard Time',
  'BEGIN:STANDARD',
  'DTSTART:16010101T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:16010101T020000',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
];

describe("a file's own VTIMEZONE", () => {
  it('says what the IANA zone says, at every hour around the changes of the clocks', () => {
    const days = ['20260328', '20260329', '20260330', '20260701', '20261024', '20261025', '20261026', '20240101'];
    const times = ['000000', '013000', '020000', '023000', '025959', '030000', '033000', '120000'];
    const events = (tzid: string) =>
      days.flatMap((day) => times.flatMap((time) => event(`DTSTART;TZID=${tzid}:${day}T${time}`, 'DURATION:PT1H')));
    const described = spansOf(calendar(...BERLIN, ...events('W. Europe Standard Time')));
    expect(described).toHaveLength(64);
    expect(described).toEqual(spansOf(calendar(...events('Europe/Berlin'))));
  });

  it('is believed before the IANA zone of the same name, with its RDATEs and its UNTIL', () => {
    const zone = [
      ...['BEGIN:VTIMEZONE', 'TZID:Europe/Berlin'],
      ...['BEGIN:STANDARD', 'DTSTART:20200101T000000', 'TZOFFSETFROM:+0500', 'TZOFFSETTO:+0500', 'END:STANDARD'],
      ...['BEGIN:DAYLIGHT', 'DTSTART:20250101T000000', 'TZOFFSETFROM:+0500', 'TZOFFSETTO:+0730'],
      ...['RRULE:FREQ=YEARLY;UNTIL=20251231T190000Z', 'END:DAYLIGHT'],
      ...['BEGIN:STANDARD', 'DTSTART:20250601T000000', 'RDATE:20260601T000000', 'TZOFFSETFROM:+0730'],
      ...['TZOFFSETTO:+0500', 'END:STANDARD', 'END:VTIMEZONE'],
    ];
    const at = (date: string) =>
      spansOf(calendar(...zone, ...event(`DTSTART;TZID=Europe/Berlin:${date}T120000`, 'DURATION:PT1H')))[0]?.slice(
        0,
        20,
      );
    expect(['20240601', '20250301', '20250701', '20260301', '20260701', '20270301'].map(at)).toEqual([
      '2024-06-01T07:00:00Z',
      '2025-03-01T04:30:00Z',
      '2025-07-01T07:00:00Z',
      '2026-03-01T04:30:00Z',
      '2026-07-01T07:00:00Z',
      '2027-03-01T07:00:00Z',
    ]);
  });

  it('that is broken is refused where it is used', () => {
    const withZone = (from: string, to: string) =>
      problemOf(
        calendar(
          ...BERLIN.map((line) => line.replace(from, to)),
          ...event('DTSTART;TZID=W. Europe Standard Time:20260101T000000', 'DURATION:PT1H'),
        ),
      );
    expect(withZone('TZOFFSETTO:+0100', 'TZOFFSETTO:soon')).toContain(
      'without a valid DTSTART, TZOFFSETFROM or TZOFFSETTO',
    );
    expect(withZone('FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3', 'FREQ=DAILY')).toContain('changes its clocks more than');
    expect(withZone('TZID:W. Europe Standard Time', 'TZID:Elsewhere')).toContain(
      'zone "W. Europe Standard Time" is unknown',
    );
  });
});

describe('a repetition', () => {
  const series = ['DTSTART;TZID=Europe/Berlin:20260701T090000', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=3'];
  const replacing = (...lines: string[]) =>
    spansOf(calendar(...event(...series), ...event('RECURRENCE-ID;TZID=Europe/Berlin:20260702T090000', ...lines)));

  it('is replaced by the event that names it', () => {
    expect(replacing('DTSTART:20260702T200000Z', 'DTEND:20260702T230000Z')).toEqual([
      '2026-07-01T07:00:00Z..2026-07-01T08:00:00Z',
      '2026-07-02T20:00:00Z..2026-07-02T23:00:00Z',
      '2026-07-03T07:00:00Z..2026-07-03T08:00:00Z',
    ]);
  });

  it('is left out when the event that names it is cancelled', () => {
    expect(replacing('DTSTART:20260702T070000Z', 'DURATION:PT1H', 'STATUS:CANCELLED')).toEqual([
      '2026-07-01T07:00:00Z..2026-07-01T08:00:00Z',
      '2026-07-03T07:00:00Z..2026-07-03T08:00:00Z',
    ]);
  });

  it('is not replaced by an event of another series', () => {
    const other = event(
      'RECURRENCE-ID:20260702T070000Z',
      'DTSTART:20260702T070000Z',
      'DURATION:PT1H',
      'STATUS:CANCELLED',
    );
    expect(
      spansOf(calendar(...event(...series), ...other.map((line) => line.replace('UID:one', 'UID:two')))),
    ).toHaveLength(3);
  });

  it('cannot be replaced with all later ones, nor repeat itself', () => {
    const problem = (...lines: string[]) =>
      problemOf(calendar(...event(...lines, 'DTSTART:20260702T070000Z', 'DURATION:PT1H')));
    expect(problem('RECURRENCE-ID;RANGE=THISANDFUTURE:20260702T070000Z')).toContain('end the series and begin another');
    expect(problem('RECURRENCE-ID:20260702T070000Z', 'RRULE:FREQ=DAILY;COUNT=2')).toContain('leave one of the two');
  });
});

describe('a file', () => {
  it('may hold no event, cancelled ones, several calendars, a byte order mark, folded lines and bare line feeds', () => {
    expect(spansOf(calendar())).toEqual([]);
    expect(spans('DTSTART;VALUE=DATE:20261223', 'STATUS:CANCELLED')).toEqual([]);
    const one = calendar(...event('DTSTART;VALUE=DATE:20261223'));
    expect(spansOf(`\uFEFF${one}${one.replace('20261223', '20261224')}`)).toHaveLength(2);
    expect(spansOf(one.replaceAll('\r\n', '\n').replace('20261223', '2026\n 1223'))).toEqual([
      '2026-12-23..2026-12-23',
    ]);
  });

  it('gives freezes in order, with names on one line, or the UID where there is no name', () => {
    const text = calendar(
      ...event('DTSTART;VALUE=DATE:20261224').map((line) => line.replace('Sale', `Big\\nsale ${'x'.repeat(300)}`)),
      ...event('DTSTART:20261223T100000Z', 'DURATION:PT1H').filter((line) => !line.startsWith('SUMMARY')),
    );
    const read = readFreezes(text, SPAN);
    expect(read.ok && read.value.map(({ name }) => name)).toEqual(['one', `Big sale ${'x'.repeat(191)}`]);
  });

  it.each<[string, string, string]>([
    ['is empty', ' \r\n', 'freezes.ics: the file is empty; export the calendar again as iCalendar (.ics)'],
    ['is a web page', '<!doctype html><p>Sign in: please</p>', 'this is no iCalendar'],
    ['is a contact', 'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:x\r\nEND:VCARD\r\n', 'this is no iCalendar'],
    ['is cut off', calendar(...event('DTSTART;VALUE=DATE:20261223')).slice(0, -20), 'is the file damaged?'],
    [
      'ends what was not begun',
      calendar('END:VEVENT'),
      'freezes.ics: line 4: "END:VEVENT" ends what began as "VCALENDAR"',
    ],
    ['is nested without end', calendar(...Array(20_000).fill('BEGIN:VEVENT')), 'too much is nested'],
  ])('that %s is refused', (_, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });
});

describe('an event is refused, by its name and with the mend, if it', () => {
  const day = 'DTSTART;VALUE=DATE:20261223';
  const time = 'DTSTART:20261223T090000Z';
  it.each<[string, string[], string]>([
    [
      'repeats for ever',
      [day, 'RRULE:FREQ=YEARLY'],
      'event "Sale": it repeats for ever; give its RRULE a COUNT or an UNTIL',
    ],
    [
      'repeats too often',
      [day.replace('2026', '1990'), 'RRULE:FREQ=DAILY;COUNT=9000'],
      'it repeats more than 5000 times',
    ],
    ['has no start', ['DTEND;VALUE=DATE:20261224'], 'event "Sale": it has no start; give it a DTSTART'],
    ['starts on no date', ['DTSTART;VALUE=DATE:20260230'], 'its DTSTART "2026-02-30" does not exist; correct it'],
    ['starts at no time', ['DTSTART:20260228T250000Z', 'DURATION:PT1H'], 'does not exist; correct it'],
    ['starts on letters', ['DTSTART;VALUE=DATE:2026ABCD'], 'event "Sale": line 7: DTSTART "2026ABCD" is no DATE'],
    ['has digits too many', ['DTSTART:202612230T090000Z', 'DURATION:PT1H'], 'is no date or time'],
    ['is a date with a time', ['DTSTART;VALUE=DATE:20261223T090000'], 'DTSTART "20261223T090000" is no DATE'],
    ['repeats in a period that is not declared', [day, 'RDATE:20261224T090000Z/PT1H'], 'is no date or time'],
    ['starts twice', [day, day], 'it has two DTSTART lines; leave one'],
    [
      'ends before it starts',
      [day, 'DTEND;VALUE=DATE:20261222'],
      'event "Sale": it ends before it starts; correct its DTEND',
    ],
    ['ends a second before it starts', [time, 'DTEND:20261223T085959Z'], 'it ends before it starts'],
    ['lasts backwards', [time, 'DURATION:-PT1H'], 'it ends before it starts; correct its DURATION'],
    ['ends on the date on which it starts', [day, 'DTEND;VALUE=DATE:20261223'], 'the day after the last'],
    ['ends as it starts', [time, 'DTEND:20261223T090000Z'], 'it has no length; correct its DTEND'],
    ['has times but no length', [time], 'event "Sale": it has no length; give it a DTEND or a DURATION'],
    ['lasts for nothing', [time, 'DURATION:PT0S'], 'it has no length; correct its DURATION'],
    ['has an end and a length', [time, 'DURATION:PT1H', 'DTEND:20261224T090000Z'], 'both DTEND and DURATION'],
    ['lasts a month', [time, 'DURATION:P1M'], 'its DURATION "P1M" cannot be read'],
    ['is a date that lasts an hour', [day, 'DURATION:PT1H'], 'of whole days but its DURATION is not'],
    ['is a date at one end', [day, 'DTEND:20261224T090000Z'], 'a date at one end and a time at the other'],
    ['has no zone', ['DTSTART:20261223T090000', 'DURATION:PT1H'], 'is a time without a zone; write it in UTC'],
    [
      'has an unknown zone',
      ['DTSTART;TZID=Mars/Olympus:20261223T090000', 'DURATION:PT1H'],
      'zone "Mars/Olympus" is unknown',
    ],
    [
      'has an offset for a zone',
      ['DTSTART;TZID="+02:00":20261223T090000', 'DURATION:PT1H'],
      'zone "+02:00" is unknown',
    ],
    [
      'leaves out times of a date',
      [day, 'RRULE:FREQ=DAILY;COUNT=3', 'EXDATE:20261224T000000Z'],
      'its EXDATE is a time',
    ],
    ['leaves out dates of a time', [time, 'DURATION:PT1H', 'EXDATE;VALUE=DATE:20261223'], 'its EXDATE is a date'],
    ['has no frequency', [day, 'RRULE:COUNT=3'], 'no FREQ'],
    [
      'has an unknown frequency',
      [day, 'RRULE:FREQ=SOMETIMES;COUNT=3'],
      'event "Sale": line 8: RRULE "FREQ=SOMETIMES;COUNT=3" is broken',
    ],
    ['repeats by nothing', [day, 'RRULE:FREQ=DAILY;INTERVAL=0;COUNT=3'], 'INTERVAL that is no whole number from 1'],
    ['counts twice', [day, 'RRULE:FREQ=DAILY;COUNT=3;COUNT=4'], 'says COUNT twice'],
    ['has half a rule', [day, 'RRULE:FREQ=DAILY;COUNT'], 'is broken at "COUNT"'],
    ['repeats until letters', [day, 'RRULE:FREQ=DAILY;UNTIL=2026XX31'], 'UNTIL that is no date'],
    ['repeats until no date', [day, 'RRULE:FREQ=DAILY;UNTIL=20260230'], 'its UNTIL "2026-02-30" does not exist'],
    ['counts and ends', [day, 'RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101'], 'both COUNT and UNTIL'],
    ['has two rules', [day, 'RRULE:FREQ=DAILY;COUNT=3', 'RRULE:FREQ=WEEKLY;COUNT=3'], 'two RRULE lines'],
  ])('%s', (_, lines, problem) => {
    const found = problemOf(calendar(...event(...lines)));
    expect(found).toContain(problem);
    expect(found).toMatch(/^freezes\.ics: event "Sale": [^\n]+$/);
  });

  it('has neither name nor UID: by its number', () => {
    expect(problemOf(calendar('BEGIN:VEVENT', 'DTSTART:20261223T090000Z', 'END:VEVENT'))).toContain(
      'freezes.ics: event 1: ',
    );
  });

  it('makes the file too long together with others', () => {
    const daily = event('DTSTART;VALUE=DATE:20240101', 'RRULE:FREQ=DAILY;COUNT=2000');
    expect(problemOf(calendar(...daily, ...daily, ...daily))).toBe(
      'freezes.ics: it has more than 5000 freezes; join some or leave some out',
    );
  });
});

describe('whatever the file', () => {
  const good = readFileSync(new URL('fixtures/freezes.ics', import.meta.url), 'utf8');
  const lines = good.split('\r\n');

  it('there are freezes to begin with', () => {
    expect(spansOf(good)).toHaveLength(13);
  });

  const mutated = fc.oneof(
    fc.nat(good.length).map((length) => good.slice(0, length)),
    fc.nat(good.length).map((start) => good.slice(start)),
    fc
      .array(
        fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...'0123456789:;=,-+TZPW/"\\ \r\nA', '', '\u0000', '😀')),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((edits) => edits.reduce((text, [at, to]) => text.slice(0, at) + to + text.slice(at + 1), good)),
    fc
      .array(fc.tuple(fc.nat(lines.length - 1), fc.nat(lines.length - 1)), { minLength: 1, maxLength: 5 })
      .map((swaps) => {
        const changed = [...lines];
        for (const [from, to] of swaps) changed[to] = lines[from] ?? '';
        return changed.join('\r\n');
      }),
    fc.nat(lines.length - 1).map((gone) => lines.filter((_, index) => index !== gone).join('\r\n')),
  );

  it('a line break in the name of a rule’s part does not break the sentence about it', () => {
    const text = lines.map((line) => line.replace(/RRULE:(?=.*COUNT)/, 'RRULE:B\rYSETPOS=1;')).join('\r\n');
    expect(text).toContain('B\rYSETPOS');
    const read = readFreezes(text, SPAN);
    expect(read.ok ? 'no problem' : read.problem).toMatch(/^freezes\.ics: [^\n\r]+$/);
  });

  it('it gives freezes that the closures can hold or one line that names it, and never throws', () => {
    let refused = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const read = readFreezes(text, SPAN);
        if (read.ok) {
          for (const freeze of read.value) expect(freezeSchema.safeParse(freeze).error).toBeUndefined();
        } else {
          refused++;
          expect(read.problem).toMatch(/^freezes\.ics: [^\n\r]+$/);
        }
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(40);
  });
});
