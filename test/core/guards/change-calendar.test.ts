import { describe, expect, it } from 'vitest';
import { changeCalendarOpen } from '../../../lib/core/guards/change-calendar.ts';
import { anOrder, aSituation, UNKNOWN, yes } from '../examples.ts';

const CLOSED = [
  { calendar: 'quarter-end', isOpen: false, nextChange: '2026-12-01T00:00:00Z' },
  { calendar: 'open', isOpen: true },
  { calendar: 'incident', isOpen: false },
];

describe('the guard change-calendar', () => {
  it('says yes when the config names none, and when all are open', () => {
    expect(changeCalendarOpen.check(aSituation())).toEqual([]);
    const open = yes([
      { calendar: 'a', isOpen: true },
      { calendar: 'b', isOpen: true, nextChange: '2026-12-01T00:00:00Z' },
    ]);
    expect(changeCalendarOpen.check(aSituation({ changeCalendars: open }))).toEqual([]);
  });

  it('says no for each that is closed, and until when if it is known', () => {
    expect(changeCalendarOpen.check(aSituation({ changeCalendars: yes(CLOSED) }))).toEqual([
      {
        code: 'change-calendar-closed',
        because: 'the Change Calendar quarter-end is closed until 2026-12-01T00:00:00Z',
        facts: { calendar: 'quarter-end', nextChange: '2026-12-01T00:00:00Z' },
      },
      {
        code: 'change-calendar-closed',
        because: 'the Change Calendar incident is closed',
        facts: { calendar: 'incident', nextChange: undefined },
      },
    ]);
  });

  it('cannot be skipped', () => {
    const order = anOrder({ skip: ['window', 'spacing'] });
    expect(changeCalendarOpen.check(aSituation({ order, changeCalendars: yes(CLOSED) }))).toHaveLength(2);
  });

  it('says no when they cannot be read', () => {
    expect(changeCalendarOpen.check(aSituation({ changeCalendars: UNKNOWN }))).toEqual([
      {
        code: 'change-calendar-closed',
        because: `cannot tell: ${UNKNOWN.because}`,
        facts: { cannotTell: UNKNOWN.because },
      },
    ]);
  });
});
