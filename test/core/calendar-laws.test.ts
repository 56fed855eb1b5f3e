import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysAfter, openIntervals } from '../../lib/core/calendar.ts';
import { calendarOf, dates, isOpenByTheClock, ms, say, sayAll, scenes, span } from './example-scenes.ts';
import { aCalendar, aWindow } from './examples.ts';

const work = aWindow('09:00-17:00');

describe('whether a moment is open', () => {
  it('is what the clock shows, and what the open intervals say, whatever is closed', () => {
    fc.assert(
      fc.property(
        scenes,
        fc.array(fc.integer({ min: -4320, max: 5760 }), { minLength: 10, maxLength: 30 }),
        (scene, minutes) => {
          const calendar = calendarOf(scene);
          const intervals = openIntervals(calendar, daysAfter(scene.date, -6), 14);
          for (const minute of minutes) {
            const at = ms(scene.date) + minute * 60_000;
            const isOpen = calendar.closedAt(at) === undefined;
            expect(isOpen, say(at)).toBe(isOpenByTheClock(scene, at));
            expect(
              intervals.some(({ fromMs, toMs }) => at >= fromMs && at < toMs),
              say(at),
            ).toBe(isOpen);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('agrees on every edge of the open intervals, which are in order, apart and not empty', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const calendar = calendarOf(scene);
        const intervals = openIntervals(calendar, daysAfter(scene.date, -6), 14);
        for (const [index, { fromMs, toMs }] of intervals.entries()) {
          expect(fromMs).toBeLessThan(toMs);
          expect(fromMs).toBeGreaterThan(intervals[index - 1]?.toMs ?? Number.NEGATIVE_INFINITY);
          // Nights that began before the first date, or reach past the last, are not among the intervals.
          if (fromMs < ms(daysAfter(scene.date, -3)) || toMs > ms(daysAfter(scene.date, 6))) continue;
          expect(calendar.closedAt(fromMs - 1)).toBeDefined();
          expect(calendar.closedAt(fromMs)).toBeUndefined();
          expect(calendar.closedAt(toMs - 1)).toBeUndefined();
          expect(calendar.closedAt(toMs)).toBeDefined();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('joins what two dates have open without a gap', () => {
    const calendar = aCalendar(aWindow('00:00-24:00', 'mon-sun', 'UTC'));
    expect(sayAll(openIntervals(calendar, '2026-11-23', 3))).toEqual(['2026-11-23T00:00:00Z/2026-11-26T00:00:00Z']);
  });
});

describe('a freeze', () => {
  const calendar = aCalendar(
    work,
    [],
    [dates('2026-12-24', '2026-12-27'), span('2026-11-23T10:00:00Z', '2026-11-23T11:00:00Z')],
  );

  it.each([
    ['2026-12-23T22:59:59Z', undefined],
    // Midnight in Berlin, a Thursday; then a Sunday at night.
    ['2026-12-23T23:00:00Z', 'year end'],
    ['2026-12-27T22:59:59Z', 'year end'],
    ['2026-12-27T23:00:00Z', undefined],
    ['2026-11-23T09:59:59.999Z', undefined],
    ['2026-11-23T10:00:00Z', 'migration'],
    ['2026-11-23T10:59:59.999Z', 'migration'],
    ['2026-11-23T11:00:00Z', undefined],
  ])('covers %s, whatever the window says: %s', (at, name) => {
    expect(calendar.frozenAt(ms(at))).toBe(name);
  });

  it('is taken away from any span, dates in the zone of the window', () => {
    const left = (from: string, to: string): string[] =>
      sayAll(calendar.withoutFreezes({ fromMs: ms(from), toMs: ms(to) }));
    expect(left('2026-11-23T10:30:00Z', '2026-11-23T11:30:00Z')).toEqual(['2026-11-23T11:00:00Z/2026-11-23T11:30:00Z']);
    expect(left('2026-11-23T09:00:00Z', '2026-11-23T12:00:00Z')).toEqual([
      '2026-11-23T09:00:00Z/2026-11-23T10:00:00Z',
      '2026-11-23T11:00:00Z/2026-11-23T12:00:00Z',
    ]);
    expect(left('2026-12-22T00:00:00Z', '2026-12-29T00:00:00Z')).toEqual([
      '2026-12-22T00:00:00Z/2026-12-23T23:00:00Z',
      '2026-12-27T23:00:00Z/2026-12-29T00:00:00Z',
    ]);
    expect(left('2026-12-24T12:00:00Z', '2026-12-25T12:00:00Z')).toEqual([]);
    expect(left('2026-11-22T03:00:00Z', '2026-11-22T04:00:00Z')).toEqual(['2026-11-22T03:00:00Z/2026-11-22T04:00:00Z']);
  });

  it('covers exactly the moments that are not left of a span', () => {
    const minutes = fc.array(fc.integer({ min: -2880, max: 2880 }), { minLength: 10, maxLength: 30 });
    fc.assert(
      fc.property(scenes, minutes, (scene, all) => {
        const one = calendarOf(scene);
        const left = one.withoutFreezes({
          fromMs: ms(scene.date) - 2880 * 60_000,
          toMs: ms(scene.date) + 2881 * 60_000,
        });
        for (const minute of all) {
          const at = ms(scene.date) + minute * 60_000;
          expect(
            left.some(({ fromMs, toMs }) => at >= fromMs && at < toMs),
            say(at),
          ).toBe(one.frozenAt(at) === undefined);
        }
      }),
      { numRuns: 300 },
    );
  });
});
