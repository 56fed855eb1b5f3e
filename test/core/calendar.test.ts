import { describe, expect, it } from 'vitest';
import { type CalendarDay, daysAfter, daysBetween, isEverOpen, WorkCalendar } from '../../lib/core/calendar.ts';
import { describeWindow, type Window } from '../../lib/core/window.ts';
import { dates, ms, sayAll, span } from './example-scenes.ts';
import { aCalendar, aWindow, someCalendars } from './examples.ts';

const openOn = (calendar: WorkCalendar, date: string): string[] => sayAll(calendar.on(date).open);
const closedOn = (calendar: WorkCalendar, date: string): CalendarDay['closed'] => calendar.on(date).closed;

const work = aWindow('09:00-17:00');
const night = aWindow('22:00-06:00');

describe('a date of a calendar', () => {
  it('is open as its window is when nothing closes it, the close minute outside', () => {
    const calendar = aCalendar(work);
    expect(calendar.on('2026-11-23')).toEqual({
      date: '2026-11-23',
      open: [{ fromMs: ms('2026-11-23T08:00:00Z'), toMs: ms('2026-11-23T16:00:00Z') }],
    });
    expect(calendar.isWorkDay('2026-11-23')).toBe(true);
    expect(calendar.closedAt(ms('2026-11-23T08:00:00Z'))).toBeUndefined();
    expect(calendar.closedAt(ms('2026-11-23T07:59:59.999Z'))?.because).toBe('outside-hours');
    expect(calendar.closedAt(ms('2026-11-23T15:59:59.999Z'))).toBeUndefined();
    expect(calendar.closedAt(ms('2026-11-23T16:00:00Z'))?.because).toBe('outside-hours');
  });

  it.each([
    ['2026-11-22', 'not-a-window-day', 'the window is 09:00-17:00 on mon-fri in Europe/Berlin'],
    ['2026-12-25', 'holiday', 'day 2026-12-25'],
    ['2026-12-28', 'freeze', 'year end'],
    ['2026-12-31', 'freeze', 'year end'],
    // A Saturday inside the freeze: the window is the nearer reason.
    ['2027-01-02', 'not-a-window-day', 'the window is 09:00-17:00 on mon-fri in Europe/Berlin'],
  ])('%s is closed because of %s: %s', (date, because, name) => {
    const calendar = aCalendar(work, ['2026-12-25'], [dates('2026-12-28', '2027-01-03')]);
    expect(calendar.on(date)).toEqual({ date, open: [], closed: { because, name } });
    expect(calendar.isWorkDay(date)).toBe(false);
  });

  it('is open on the days around a holiday and around both ends of a freeze', () => {
    const calendar = aCalendar(work, ['2026-12-16'], [dates('2026-12-22', '2026-12-23')]);
    const isWork = ['15', '16', '17', '21', '22', '23', '24'].map((day) => calendar.isWorkDay(`2026-12-${day}`));
    expect(isWork).toEqual([true, false, true, true, false, false, true]);
  });

  it('loses what a freeze of a span covers, and is closed when nothing is left', () => {
    const middle = aCalendar(work, [], [span('2026-11-23T10:00:00Z', '2026-11-23T11:30:00Z')]);
    expect(openOn(middle, '2026-11-23')).toEqual([
      '2026-11-23T08:00:00Z/2026-11-23T10:00:00Z',
      '2026-11-23T11:30:00Z/2026-11-23T16:00:00Z',
    ]);
    expect(middle.isWorkDay('2026-11-23')).toBe(true);
    expect(middle.closedAt(ms('2026-11-23T10:00:00Z'))).toEqual({ because: 'freeze', name: 'migration' });
    expect(middle.closedAt(ms('2026-11-23T11:30:00Z'))).toBeUndefined();
    const two = [
      span('2026-11-23T00:00:00Z', '2026-11-23T12:00:00Z'),
      span('2026-11-23T12:00:00Z', '2026-11-24T08:00:00Z'),
    ];
    const whole = aCalendar(work, [], two);
    expect(closedOn(whole, '2026-11-23')).toEqual({ because: 'freeze', name: 'migration' });
    expect(openOn(whole, '2026-11-24')).toEqual(['2026-11-24T08:00:00Z/2026-11-24T16:00:00Z']);
  });

  it('is closed when the clock leaps over all its hours, and says so', () => {
    const calendar = aCalendar(aWindow('02:10-02:50', 'mon-sun'));
    expect(closedOn(calendar, '2026-03-29')).toEqual({
      because: 'outside-hours',
      name: 'the clock leaps over the hours of the window',
    });
    expect(calendar.isWorkDay('2026-03-28')).toBe(true);
    expect(calendar.isWorkDay('2026-03-30')).toBe(true);
    // In autumn the clock shows them twice, on one work day.
    expect(openOn(calendar, '2026-10-25')).toEqual([
      '2026-10-25T00:10:00Z/2026-10-25T00:50:00Z',
      '2026-10-25T01:10:00Z/2026-10-25T01:50:00Z',
    ]);
  });

  it('asked twice is the same', () => {
    const calendar = aCalendar(work);
    expect(calendar.on('2026-11-23')).toBe(calendar.on('2026-11-23'));
  });
});

describe('a night shift', () => {
  it('that begins on a holiday is closed as a whole, after midnight too', () => {
    const calendar = aCalendar(night, ['2026-11-24']);
    expect(closedOn(calendar, '2026-11-24')).toEqual({ because: 'holiday', name: 'day 2026-11-24' });
    expect(calendar.closedAt(ms('2026-11-24T22:00:00Z'))?.because).toBe('holiday');
    expect(calendar.closedAt(ms('2026-11-25T01:00:00Z'))).toBeDefined();
    expect(openOn(calendar, '2026-11-25')).toEqual(['2026-11-25T21:00:00Z/2026-11-26T05:00:00Z']);
  });

  it.each([
    ['a holiday', ['2026-11-24'], []],
    ['a frozen date', [], [dates('2026-11-24')]],
  ])('that reaches into %s ends at its midnight', (_, holidays, freezes) => {
    const calendar = aCalendar(night, holidays, freezes);
    expect(openOn(calendar, '2026-11-23')).toEqual(['2026-11-23T21:00:00Z/2026-11-23T23:00:00Z']);
    expect(calendar.closedAt(ms('2026-11-23T22:59:59Z'))).toBeUndefined();
    expect(calendar.closedAt(ms('2026-11-23T23:00:00Z'))?.because).toBe(holidays.length > 0 ? 'holiday' : 'freeze');
  });

  it('of which the clock leaves only what lies on a holiday is closed, and why', () => {
    // On Saturday the 28th of March the clock of Nuuk leaps from 23:00 to Sunday 00:00.
    const nuuk = aWindow('23:00-02:00', 'mon-sun', 'America/Nuuk');
    expect(openOn(aCalendar(nuuk), '2026-03-28')).toEqual(['2026-03-29T01:00:00Z/2026-03-29T03:00:00Z']);
    const calendar = aCalendar(nuuk, ['2026-03-29']);
    expect(closedOn(calendar, '2026-03-28')).toEqual({ because: 'holiday', name: 'day 2026-03-29' });
  });

  it('of the day before a weekend reaches into it, and none begins there', () => {
    const calendar = aCalendar(night);
    expect(openOn(calendar, '2026-11-27')).toEqual(['2026-11-27T21:00:00Z/2026-11-28T05:00:00Z']);
    expect(calendar.closedAt(ms('2026-11-28T04:59:59Z'))).toBeUndefined();
    expect(calendar.closedAt(ms('2026-11-28T05:00:00Z'))?.because).toBe('not-a-window-day');
    expect(closedOn(calendar, '2026-11-28')?.because).toBe('not-a-window-day');
  });

  it('that reaches past what is known ends at midnight, too', () => {
    const calendar = new WorkCalendar(night, { holidays: [], freezes: [], knownUntil: '2026-11-23' });
    expect(openOn(calendar, '2026-11-23')).toEqual(['2026-11-23T21:00:00Z/2026-11-23T23:00:00Z']);
    expect(closedOn(calendar, '2026-11-24')?.because).toBe('calendar-unknown');
  });
});

describe('calendars', () => {
  const holidays = {
    'GB-ENG': [{ date: '2026-12-25', name: 'Christmas Day' }],
    DE: [{ date: '2026-12-26', name: 'Zweiter Weihnachtstag' }],
  };
  const every = aWindow('09:00-17:00', 'mon-sun');
  const closures = { holidays, knownUntil: '2027-12-31', closedDates: [{ date: '2026-12-24', name: 'Inventory' }] };
  const closed = (codes: readonly string[], date: string) =>
    closedOn(someCalendars(closures).of({ window: every, holidays: codes }), date);

  it('close what is a holiday under the codes of the group, and its own dates for everybody', () => {
    expect(closed(['GB-ENG'], '2026-12-25')).toEqual({ because: 'holiday', name: 'Christmas Day' });
    expect(closed(['DE'], '2026-12-25')).toBeUndefined();
    expect(closed(['GB-ENG', 'DE'], '2026-12-25')?.name).toBe('Christmas Day');
    expect(closed(['GB-ENG', 'DE'], '2026-12-26')?.name).toBe('Zweiter Weihnachtstag');
    expect(closed([], '2026-12-25')).toBeUndefined();
    for (const codes of [[], ['DE']]) {
      expect(closed(codes, '2026-12-24')).toEqual({ because: 'holiday', name: 'Inventory' });
    }
  });

  it('close what lies past the last date that is known, but only where holidays or freezes matter', () => {
    expect(closed(['DE'], '2027-12-31')).toBeUndefined();
    expect(closed(['DE'], '2028-01-01')).toEqual({
      because: 'calendar-unknown',
      name: 'holidays and freezes are known until 2027-12-31 only; synthesize again',
    });
    expect(closed([], '2028-01-01')).toBeUndefined();
    expect(closed([], '2050-01-01')).toBeUndefined();
    // A freeze that repeats is written out as far as that only.
    const freezes = [{ fromDate: '2026-12-18', toDate: '2027-01-04', name: 'year end' }];
    const frozen = someCalendars({ ...closures, freezes }).of({ window: every, holidays: [] });
    expect(closedOn(frozen, '2027-12-31')).toBeUndefined();
    expect(closedOn(frozen, '2028-01-01')?.because).toBe('calendar-unknown');
  });

  it.each(['FR', 'constructor', '__proto__'])('are never open with the code %s, which nobody has resolved', (code) => {
    const calendar = someCalendars(closures).of({ window: every, holidays: ['DE', code] });
    expect(isEverOpen(calendar, '2026-11-01', 400)).toBe(false);
    expect(closedOn(calendar, '2026-11-23')?.because).toBe('calendar-unknown');
  });

  it('are shared by groups of the same window and holidays, and by no others', () => {
    const calendars = someCalendars(closures);
    const of = (window: Window, codes: readonly string[]) => calendars.of({ window, holidays: codes });
    const one = of(every, ['DE']);
    expect(of(aWindow('09:00-17:00', 'mon-sun'), ['DE'])).toBe(one);
    expect(of(every, [])).not.toBe(one);
    expect(of(aWindow('09:00-17:00', 'mon-sun', 'UTC'), ['DE'])).not.toBe(one);
    const settings = { window: every, holidays: ['DE'] };
    expect(calendars.of(settings)).toBe(one);
    expect(calendars.of(settings)).toBe(one);
  });
});

describe('a date', () => {
  it.each([
    ['Pacific/Auckland', '2026-11-23T11:00:00Z', '2026-11-24'],
    ['Pacific/Auckland', '2026-11-23T10:59:59Z', '2026-11-23'],
    ['Asia/Tokyo', '2026-11-23T15:00:00Z', '2026-11-24'],
    ['Asia/Tokyo', '2026-11-23T14:59:59Z', '2026-11-23'],
    ['Pacific/Honolulu', '2026-11-24T09:59:59Z', '2026-11-23'],
    ['Pacific/Honolulu', '2026-11-24T10:00:00Z', '2026-11-24'],
  ])('in %s at %s is %s', (zone, at, date) => {
    expect(aCalendar(aWindow('09:00-17:00', 'mon-fri', zone)).dateAt(ms(at))).toBe(date);
  });

  it('is counted on over months, years and leap days', () => {
    expect(daysAfter('2028-02-28', 1)).toBe('2028-02-29');
    expect(daysAfter('2027-02-28', 1)).toBe('2027-03-01');
    expect(daysAfter('2026-12-31', 1)).toBe('2027-01-01');
    expect(daysAfter('2026-01-01', -1)).toBe('2025-12-31');
    expect(daysBetween('2026-11-23', '2027-11-23')).toBe(365);
    expect(daysBetween('2026-11-23', '2026-11-20')).toBe(-3);
  });
});

it('a window is described as a reader would write it', () => {
  expect(describeWindow(aWindow('09:05-12:00 22:00-24:00', 'sat mon', 'UTC'))).toBe(
    '09:05-12:00 22:00-24:00 on mon sat in UTC',
  );
});

it.each([
  ['mon-fri', 'mon-fri'],
  ['mon tue', 'mon tue'],
  ['sat-mon', 'mon sat sun'],
  ['mon-sun', 'mon-sun'],
  ['sun-thu', 'mon-thu sun'],
  ['tue thu', 'tue thu'],
])('a window of %s is described as being on %s', (days, described) => {
  expect(describeWindow(aWindow('09:00-17:00', days, 'UTC'))).toBe(`09:00-17:00 on ${described} in UTC`);
});
