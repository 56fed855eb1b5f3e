import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysAfter, isEverOpen, type WorkCalendar } from '../../lib/core/calendar.ts';
import type { Window } from '../../lib/core/window.ts';
import { calendarOf, dates, ms, say, scenes, span } from './example-scenes.ts';
import { aCalendar, aWindow } from './examples.ts';

const work = aWindow('09:00-17:00');
const night = aWindow('22:00-06:00');

describe('the spacing', () => {
  /** As the claim asks it: from the date to which a moment counts. */
  const sinceIn = (calendar: WorkCalendar, now: string, minDays: number): string | undefined => {
    const since = calendar.spacedSince(calendar.shiftAt(ms(now)), minDays);
    return since === undefined ? undefined : say(since);
  };
  const since = (window: Window, now: string, minDays: number): string | undefined =>
    sinceIn(aCalendar(window), now, minDays);

  it('of 0 asks for nothing', () => {
    expect(since(work, '2026-11-23T10:00:00Z', 0)).toBeUndefined();
  });

  it.each([
    ['2026-11-25T10:00:00Z', 1, '2026-11-24T23:00:00Z'],
    ['2026-11-25T10:00:00Z', 3, '2026-11-22T23:00:00Z'],
    ['2026-11-25T10:00:00Z', 4, '2026-11-19T23:00:00Z'],
    // A Saturday: the work days before it are Friday and Thursday.
    ['2026-11-28T10:00:00Z', 3, '2026-11-25T23:00:00Z'],
    // Late on Tuesday in UTC is Wednesday in Berlin.
    ['2026-11-24T23:30:00Z', 1, '2026-11-24T23:00:00Z'],
    // The first moment of Wednesday in Berlin, and the last of Tuesday.
    ['2026-11-24T23:00:00Z', 1, '2026-11-24T23:00:00Z'],
    ['2026-11-24T22:59:59Z', 1, '2026-11-23T23:00:00Z'],
    // Over the clock change of October the 25th.
    ['2026-10-26T10:00:00Z', 2, '2026-10-22T22:00:00Z'],
  ])('at %s with %d days reaches back to %s, over weekends and clock changes', (now, minDays, start) => {
    expect(since(work, now, minDays)).toBe(start);
  });

  it.each([
    // Thursday is a holiday and Friday frozen: before Monday the 23rd comes Wednesday the 18th.
    ['2026-11-23T10:00:00Z', 2, '2026-11-17T23:00:00Z'],
    ['2026-11-23T10:00:00Z', 3, '2026-11-16T23:00:00Z'],
    // Half a day frozen is a work day all the same.
    ['2026-11-25T10:00:00Z', 2, '2026-11-23T23:00:00Z'],
  ])('at %s with %d days reaches back to %s, for holidays and frozen days do not count', (now, minDays, start) => {
    const freezes = [dates('2026-11-20'), span('2026-11-24T00:00:00Z', '2026-11-24T12:00:00Z')];
    expect(sinceIn(aCalendar(work, ['2026-11-19'], freezes), now, minDays)).toBe(start);
  });

  it('counts a moment after midnight to the evening before', () => {
    // Tuesday 02:00: Monday's night, which began when Sunday was not a work day.
    expect(since(night, '2026-11-24T01:00:00Z', 1)).toBe('2026-11-22T23:00:00Z');
    // Wednesday 02:00: Tuesday's night, which began when Monday's was over.
    expect(since(night, '2026-11-25T01:00:00Z', 1)).toBe('2026-11-24T05:00:00Z');
    expect(since(night, '2026-11-25T01:00:00Z', 2)).toBe('2026-11-22T23:00:00Z');
    expect(aCalendar(night).shiftAt(ms('2026-11-25T04:59:59Z'))).toBe('2026-11-24');
    expect(aCalendar(night).shiftAt(ms('2026-11-25T05:00:00Z'))).toBe('2026-11-25');
  });

  it('lets the next night have its experiment though the last one came after midnight', () => {
    const lastStarted = '2026-11-24T01:00:00Z';
    expect(lastStarted < (since(night, '2026-11-24T21:00:00Z', 1) ?? '')).toBe(true);
  });

  it('does not let one night have two, before and after midnight', () => {
    const lastStarted = '2026-11-24T22:00:00Z';
    expect(lastStarted < (since(night, '2026-11-25T01:00:00Z', 1) ?? '')).toBe(false);
  });

  it('begins a date when it opens, if the night before it is not over by then', () => {
    const all = aWindow('12:00-13:00 22:00-14:00', 'mon-sun');
    expect(since(all, '2026-11-24T11:30:00Z', 1)).toBe('2026-11-24T11:00:00Z');
  });

  it('over a night of a clock change is as long as the night, and the date begins where it ends', () => {
    const all = aWindow('22:00-06:00', 'mon-sun');
    // 06:00 in Berlin is 04:00 in UTC after the change of spring, and 05:00 after that of autumn.
    expect(since(all, '2026-03-29T12:00:00Z', 1)).toBe('2026-03-29T04:00:00Z');
    expect(since(all, '2026-10-25T12:00:00Z', 1)).toBe('2026-10-25T05:00:00Z');
  });

  it('of a window that is never open ends all the same', () => {
    const calendar = aCalendar(aWindow('09:00-17:00', 'mon'), [], [dates('1900-01-01', '2100-12-31')]);
    // It gives up after about ten years, long after any spacing that a tag can ask for would be over.
    expect(calendar.spacedSince('2026-11-23', 5)).toBeGreaterThan(ms('2016-01-01'));
    expect(calendar.spacedSince('2026-11-23', 5)).toBeLessThan(ms('2017-01-01'));
    expect(isEverOpen(calendar, '2026-11-01', 400)).toBe(false);
  });

  it('holds exactly as many work days as were asked for, whatever is closed', () => {
    fc.assert(
      fc.property(scenes, fc.integer({ min: 1, max: 12 }), (scene, minDays) => {
        const calendar = calendarOf(scene);
        const start = calendar.spacedSince(scene.date, minDays) ?? Number.NaN;
        let first = scene.date;
        for (let left = minDays; left > 1; ) {
          first = daysAfter(first, -1);
          if (calendar.on(first).open.length > 0) left--;
        }
        expect(start).toBe(calendar.startOf(first));
      }),
    );
  });
});
