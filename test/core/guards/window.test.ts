import { describe, expect, it } from 'vitest';
import { windowOpen } from '../../../lib/core/guards/window.ts';
import { aGroup, aLiveGroup, anOrder, aSituation, aWindow, someCalendars, UNKNOWN } from '../examples.ts';

const at = (text: string) => ({ nowMs: Date.parse(text) });
const closed = { calendars: someCalendars({ closedDates: [{ date: '2026-11-23', name: 'Inventory' }] }) };
const window = 'the window is 09:00-17:00 on mon-fri in UTC';

describe('the guard window', () => {
  it.each(['2026-11-23T09:00:00Z', '2026-11-23T12:00:00Z', '2026-11-23T16:59:59.999Z'])('says yes at %s', (now) => {
    expect(windowOpen.check(aSituation(at(now)))).toEqual([]);
  });

  it.each([
    ['2026-11-23T08:59:59Z', 'outside-hours'],
    ['2026-11-23T17:00:00Z', 'outside-hours'],
    ['2026-11-22T12:00:00Z', 'not-a-window-day'],
  ])('says no at %s: %s', (now, because) => {
    const instant = now.replace('Z', '.000Z');
    expect(windowOpen.check(aSituation(at(now)))).toEqual([
      {
        code: 'outside-window',
        because: `at ${instant} ${window}`,
        facts: { at: instant, zone: 'UTC', closed: because, name: window },
      },
    ]);
  });

  it('says no on a holiday, and which', () => {
    expect(windowOpen.check(aSituation(closed))).toEqual([
      {
        code: 'holiday',
        because: 'Inventory is a holiday',
        facts: { at: '2026-11-23T12:00:00.000Z', zone: 'UTC', closed: 'holiday', name: 'Inventory' },
      },
    ]);
  });

  it('says no when holidays are not known any more', () => {
    const calendars = someCalendars({ holidays: { GB: [] }, knownUntil: '2026-11-22' });
    const group = aLiveGroup({ group: aGroup('shop/checkout', { holidays: ['GB'] }) });
    expect(windowOpen.check(aSituation({ calendars, group }))).toMatchObject([
      {
        code: 'calendar-unknown',
        because: 'at 2026-11-23T12:00:00.000Z holidays and freezes are known until 2026-11-22 only; synthesize again',
      },
    ]);
  });

  it('says no when the group went to another zone since it was planned, though its window is open there', () => {
    const group = aLiveGroup({
      group: aGroup('shop/checkout', { window: aWindow('09:00-17:00', 'mon-fri', 'Europe/London') }),
    });
    expect(windowOpen.check(aSituation({ group }))).toEqual([
      {
        code: 'zone-changed',
        because: 'it was planned in UTC, and the group is in Europe/London now',
        facts: { planned: 'UTC', zone: 'Europe/London' },
      },
    ]);
    const { zone: _, ...order } = anOrder();
    expect(windowOpen.check(aSituation({ group, order }))).toEqual([]);
    expect(windowOpen.check(aSituation({ group, order: anOrder({ zone: 'Europe/London' }) }))).toEqual([]);
  });

  it('says yes to what a request skips by name, and only then', () => {
    const night = at('2026-11-22T23:00:00Z');
    expect(windowOpen.check(aSituation({ ...night, order: anOrder({ skip: ['window'] }) }))).toEqual([]);
    expect(windowOpen.check(aSituation({ ...closed, order: anOrder({ skip: ['window'] }) }))).toEqual([]);
    expect(windowOpen.check(aSituation({ ...night, order: anOrder({ skip: ['spacing'] }) }))).toHaveLength(1);
  });

  it('leaves freezes to the guard that cannot be skipped', () => {
    const calendars = someCalendars({ freezes: [{ fromDate: '2026-11-23', toDate: '2026-11-23', name: 'year end' }] });
    expect(windowOpen.check(aSituation({ calendars }))).toEqual([]);
  });

  it('says nothing about a group that has its refusal already', () => {
    expect(windowOpen.check(aSituation({ ...closed, group: aLiveGroup({ group: undefined }) }))).toEqual([]);
  });

  it('says no when the tags cannot be had', () => {
    expect(windowOpen.check(aSituation({ group: UNKNOWN }))).toEqual([
      { code: 'outside-window', because: `cannot tell: ${UNKNOWN.because}`, facts: { cannotTell: UNKNOWN.because } },
    ]);
  });
});
