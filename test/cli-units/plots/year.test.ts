import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionOf, cut, oneLine, placeYear } from '../../../lib/cli/plots/year.ts';
import { anyText, dateAfter, plotOf } from './example-plots.ts';

describe('the days of a plot', () => {
  it('go on through the end of a year, a leap day and the days on which clocks change', () => {
    expect(placeYear(plotOf({ from: '2027-12-30', days: 4 })).dates).toEqual([
      '2027-12-30',
      '2027-12-31',
      '2028-01-01',
      '2028-01-02',
    ]);
    expect(placeYear(plotOf({ from: '2028-02-28', days: 3 })).dates).toEqual([
      '2028-02-28',
      '2028-02-29',
      '2028-03-01',
    ]);
    expect(placeYear(plotOf({ from: '2026-10-24', days: 3 })).dates).toEqual([
      '2026-10-24',
      '2026-10-25',
      '2026-10-26',
    ]);
  });

  it.each(['2026-02-30', '2026-11-23T00:00:00Z', '23.11.2026', ''])('cannot start on "%s"', (from) => {
    expect(() => placeYear(plotOf({ from }))).toThrow(`cannot start on "${from}"`);
  });

  it.each([0, -1, 1.5, Number.NaN, 36_601])('cannot be %s', (days) => {
    expect(() => placeYear(plotOf({ days }))).toThrow('whole number from 1 to 36600');
  });

  it('know which of them are closed', () => {
    expect(placeYear(plotOf({ days: 3, closed: new Set(['2026-11-24', '2030-01-01']) })).closed).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('the experiments of a plot', () => {
  it('lie on their days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(), (days, drawn) => {
        const day = drawn % days;
        const point = { date: dateAfter('2026-11-23', day), minute: 600, group: 'g' };
        expect(placeYear(plotOf({ days, points: [point] })).points).toEqual([{ day, minute: 600, group: 'g' }]);
      }),
    );
  });

  it('are told to lie outside where their day or minute is none of the plot', () => {
    const point = { date: '2026-11-23', minute: 0, group: 'g' };
    const strays = [
      { ...point, date: '2026-11-22' },
      { ...point, date: '2026-11-30' },
      { ...point, date: 'tomorrow' },
      { ...point, minute: -1 },
      { ...point, minute: 1440 },
      { ...point, minute: Number.NaN },
    ];
    const year = placeYear(plotOf({ points: [...strays, point, { ...point, date: '2026-11-29', minute: 1439.9 }] }));
    expect(year.points.map(({ day }) => day)).toEqual([0, 6]);
    expect(captionOf(year)).toBe('2 experiments in 7 days, 2026-11-23 – 2026-11-29 (6 more lie outside these days)');
  });

  it('are counted as people say it', () => {
    const point = { date: '2026-11-23', minute: 0, group: 'g' };
    expect(captionOf(placeYear(plotOf()))).toBe('no experiments in 7 days, 2026-11-23 – 2026-11-29');
    expect(captionOf(placeYear(plotOf({ days: 1, points: [point] })))).toBe('1 experiment in 1 day, 2026-11-23');
    expect(captionOf(placeYear(plotOf({ days: 1, points: [point, { ...point, date: '2026-11-24' }] })))).toBe(
      '1 experiment in 1 day, 2026-11-23 (1 more lies outside these days)',
    );
  });
});

describe('a name', () => {
  it('loses what a terminal would obey, and what turns the text around it', () => {
    expect(oneLine('a\u001b[31mb\r\nc\u009bd\u202ee\u2028f\ud800g é🐒')).toBe('a [31mb c d e f\ufffdg é🐒');
  });

  it('is cut to the room there is, and only then', () => {
    expect(cut('shop/catalog', 12)).toBe('shop/catalog');
    expect(cut('shop/catalog', 11)).toBe('shop/catal…');
    expect(cut('shop catalog', 6)).toBe('shop…');
    expect(cut('漢字漢字', 8)).toBe('漢字漢字');
    expect(cut('漢字漢字', 7)).toBe('漢字漢…');
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, columns) => {
        expect([...cut(text, columns)].length).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
