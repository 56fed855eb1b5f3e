import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateAxis } from '../../../lib/cli/plots/date-axis.ts';
import { dateAfter } from './example-plots.ts';

const datesFrom = (from: string, days: number): string[] =>
  Array.from({ length: days }, (_, day) => dateAfter(from, day));
const said = (marks: readonly { readonly day: number; readonly label: string }[]): string =>
  marks.map(({ day, label }) => `${day} ${label}`).join(', ');

describe('the axis under the days', () => {
  it('has numbers of days over months where a day is wide', () => {
    const { near, far, ticks } = dateAxis(datesFrom('2026-12-24', 20), 3);
    expect(said(near.slice(6, 10))).toBe('6 30, 7 31, 8 1, 9 2');
    expect(said(far)).toBe('0 Dec 2026, 8 Jan 2027');
    expect(ticks).toHaveLength(19);
  });

  it('has months over years', () => {
    const { near, far, ticks } = dateAxis(datesFrom('2026-10-20', 120), 0.5);
    expect(said(near)).toBe('0 Oct, 12 Nov, 42 Dec, 73 Jan, 104 Feb');
    expect(said(far)).toBe('0 2026, 73 2027');
    expect(ticks).toEqual([12, 42, 73, 104]);
  });

  it('has quarters over years, and then years alone', () => {
    const dates = datesFrom('2026-11-23', 800);
    expect(said(dateAxis(dates, 0.1).near)).toBe(
      '39 Jan, 129 Apr, 220 Jul, 312 Oct, 404 Jan, 495 Apr, 586 Jul, 678 Oct, 770 Jan',
    );
    expect(said(dateAxis(dates, 0.1).far)).toBe('39 2027, 404 2028, 770 2029');
    expect(said(dateAxis(dates, 0.03).near)).toBe('39 2027, 404 2028, 770 2029');
    expect(dateAxis(dates, 0.03).far).toEqual([]);
  });

  it('lets the rest of a month give way to the whole one after it, and keeps its line', () => {
    const { near, ticks } = dateAxis(datesFrom('2026-11-29', 60), 1);
    expect(said(near)).toBe('2 Dec, 33 Jan');
    expect(ticks).toEqual([2, 33]);
  });

  it('leaves out a last label that would stand out far beyond the last day', () => {
    expect(said(dateAxis(datesFrom('2026-11-20', 12), 3).far)).toBe('0 Nov 2026');
    expect(said(dateAxis(datesFrom('2026-11-20', 13), 3).far)).toBe('0 Nov 2026, 11 Dec 2026');
    expect(said(dateAxis(datesFrom('2026-11-20', 1), 3).far)).toBe('0 Nov 2026');
  });

  it('keeps labels apart, on their own days, and hardly beyond the last day', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 3_000 }),
        fc.integer({ min: 1, max: 1_200 }),
        fc.double({ min: 0.01, max: 8, noNaN: true }),
        (start, days, width) => {
          const dates = datesFrom(dateAfter('2020-01-01', start), days);
          const { near, far } = dateAxis(dates, width);
          expect(near.length).toBeGreaterThan(0);
          for (const marks of [near, far]) {
            for (const [index, { day, label }] of marks.entries()) {
              const end = Math.floor(day * width) + label.length;
              const next = marks[index + 1];
              if (next !== undefined) expect(Math.floor(next.day * width)).toBeGreaterThan(end);
              else if (index > 0) expect(end).toBeLessThanOrEqual(Math.ceil(days * width) + 3);
              const long = new Date(`${dates[day]}T12:00:00Z`).toUTCString().slice(5, 16);
              expect(`${long} ${Number(long.slice(0, 2))}`).toContain(label);
            }
          }
        },
      ),
    );
  });
});
