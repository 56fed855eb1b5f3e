import { stripVTControlCharacters, styleText } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { YearPlot } from '../../../lib/cli/plots/year.ts';
import { yearText } from '../../../lib/cli/plots/year-text.ts';
import { anyPlot, dateAfter, manyPoints, plotOf } from './example-plots.ts';

const plain = (_: unknown, text: string): string => text;
const draw = (plot: YearPlot, width = 100): string => yearText(plot, { width, style: plain });
const linesOf = (plot: YearPlot, width = 100): string[] => draw(plot, width).split('\n');
const at = (date: string, clock: string) => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return { date, minute: hours * 60 + minutes, group: 'shop/catalog' };
};

/** Columns that a text takes where everything beyond Latin may take two. */
const widthOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (/[\u1100-\u1fff\u2e80-\u{10ffff}]/u.test(character) ? 2 : 1), 0);

/** The picture read back: which columns of which hours have a mark, and how many days and hours they stand for. */
function readBack(text: string) {
  const rows = text.split('\n').flatMap((line) => {
    const [, hour = '', drawn = ''] = /^(\d\d):00 │(.*)$/.exec(line) ?? [];
    return hour === '' ? [] : [{ hour: Number(hour), drawn }];
  });
  const [, days = '', hours = ''] =
    /each column is (\d+) days?, each row (\d) hour/.exec(text.replace(/\n/g, ' ')) ?? [];
  return { rows, daysPerColumn: Number(days), hoursPerRow: Number(hours) };
}

describe('a plot in the terminal', () => {
  it('shows a week as it was', () => {
    const points = [
      at('2026-11-23', '09:00'),
      at('2026-11-24', '10:59'),
      at('2026-11-24', '10:00'),
      at('2026-11-27', '12:30'),
    ];
    const closed = new Set(['2026-11-28', '2026-11-29']);
    expect(draw(plotOf({ points, closed }))).toBe(
      [
        'A week',
        '',
        '08:00 │                ░░ ░░',
        '09:00 │ ··             ░░ ░░',
        '10:00 │    ::          ░░ ░░',
        '11:00 │                ░░ ░░',
        '12:00 │             ·· ░░ ░░',
        '13:00 │                ░░ ░░',
        '      └─────────────────────',
        '        23 24 25 26 27 28 29',
        '        Nov 2026',
        '',
        '· 1   : 2 experiments   ░ closed all day',
        "each column is 1 day, each row 1 hour of the group's own clock",
        '4 experiments in 7 days, 2026-11-23 – 2026-11-29',
      ].join('\n'),
    );
  });

  it('shows months over years, and closed days, where a column is one day', () => {
    const points = [at('2026-12-24', '23:59'), at('2027-01-04', '23:00')];
    const closed = new Set(['2026-12-25', '2026-12-26', '2027-01-01']);
    const lines = linesOf(plotOf({ from: '2026-12-20', days: 40, points, closed }), 60);
    expect(lines.slice(2, 7)).toEqual([
      '22:00 │     ░░     ░',
      '23:00 │    ·░░     ░  ·',
      '      └────────────┴───────────────────────────',
      '       Dec         Jan',
      '       2026        2027',
    ]);
  });

  it('puts several days into a column where there are more days than columns, whole weeks from five on', () => {
    const points = manyPoints(5, 40, 250);
    const daysOf = (days: number, width: number) => readBack(draw(plotOf({ days, points }), width)).daysPerColumn;
    expect(daysOf(90, 100)).toBe(1);
    expect(daysOf(91, 100)).toBe(2);
    expect(daysOf(250, 100)).toBe(3);
    expect(daysOf(360, 100)).toBe(4);
    expect(daysOf(365, 100)).toBe(7);
    expect(daysOf(3650, 100)).toBe(42);
    const closed = new Set([dateAfter('2026-11-23', 5)]);
    expect(draw(plotOf({ days: 90, points, closed }))).toContain('░');
    expect(draw(plotOf({ days: 91, points, closed }))).not.toContain('░');
  });

  it('has rows of two hours where experiments lie far apart, and shows every hour from the first to the last', () => {
    const points = [at('2026-11-23', '03:10'), at('2026-11-23', '19:59')];
    const { rows, hoursPerRow } = readBack(draw(plotOf({ points })));
    expect(hoursPerRow).toBe(2);
    expect(rows.map(({ hour }) => hour)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(rows.filter(({ drawn }) => drawn.includes('·')).map(({ hour }) => hour)).toEqual([2, 18]);
    const ends = readBack(draw(plotOf({ points: [at('2026-11-23', '00:00'), at('2026-11-23', '23:59')] })));
    expect(ends.rows.map(({ hour }) => hour)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  });

  it('marks cells in even steps up to the fullest, and says what the marks mean', () => {
    const times = (count: number, date: string) => Array.from({ length: count }, () => at(date, '09:00'));
    const points = [
      ...times(1, '2026-11-23'),
      ...times(10, '2026-11-24'),
      ...times(11, '2026-11-25'),
      ...times(20, '2026-11-26'),
      ...times(30, '2026-11-27'),
      ...times(40, '2026-11-28'),
    ];
    const lines = linesOf(plotOf({ points }));
    expect(lines).toContain('09:00 │ ·· ·· :: :: ++ ##');
    expect(lines).toContain('· 1–10   : 11–20   + 21–30   # 31–40 experiments');
    expect(linesOf(plotOf({ points: [...times(3, '2026-11-23'), ...times(1, '2026-11-24')] }))).toContain(
      '· 1   : 2   + 3 experiments',
    );
  });

  it('says so where there is nothing to draw', () => {
    expect(draw(plotOf({ days: 3650 }))).toBe('A week\nno experiments in 3,650 days, 2026-11-23 – 2036-11-19');
  });

  it('draws 100,000 experiments', () => {
    const text = draw(plotOf({ days: 365, points: manyPoints(1_000, 100, 365) }));
    expect(text).toContain('100,000 experiments in 365 days, 2026-11-23 – 2027-11-22');
    expect(readBack(text).rows.map(({ hour }) => hour)).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  });

  it('marks exactly the cells in which there are experiments, at any width', () => {
    fc.assert(
      fc.property(anyPlot, fc.integer({ min: 60, max: 250 }), (plot, width) => {
        fc.pre(plot.points.length > 0);
        const { rows, daysPerColumn, hoursPerRow } = readBack(draw({ ...plot, title: '' }, width));
        const cellWidth = plot.days * 3 <= width - 10 ? 3 : 1;
        const marked = rows.flatMap(({ hour, drawn }) =>
          [...drawn].flatMap((mark, index) =>
            /[·:+#]/.test(mark) ? [`${Math.floor(index / cellWidth)} ${hour}`] : [],
          ),
        );
        const wanted = plot.points.map(({ date, minute }) => {
          const day = Math.round((Date.parse(date) - Date.parse(plot.from)) / 86_400_000);
          return `${Math.floor(day / daysPerColumn)} ${Math.floor(minute / 60 / hoursPerRow) * hoursPerRow}`;
        });
        expect(new Set(marked)).toEqual(new Set(wanted));
      }),
    );
  });

  it('has no line that is wider than the terminal, and nothing in it that a terminal obeys', () => {
    fc.assert(
      fc.property(anyPlot, fc.integer({ min: 60, max: 250 }), (plot, width) => {
        for (const line of linesOf(plot, width)) {
          expect(widthOf(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        }
      }),
    );
    const long = plotOf({ title: '漢字 and more '.repeat(20), points: manyPoints(1, 3, 7) });
    for (const line of linesOf(long, 80)) expect(widthOf(line)).toBeLessThanOrEqual(80);
    const wide = linesOf(plotOf({ days: 3650, points: manyPoints(5, 40, 250) }), 1_000);
    expect(Math.max(...wide.map((line) => line.length))).toBeLessThanOrEqual(250);
  });

  it('reads the same with and without styles', () => {
    const plot = plotOf({ points: manyPoints(5, 40, 7), closed: new Set(['2026-11-28']) });
    const styled = yearText(plot, {
      width: 100,
      style: (style, text) => styleText(style, text, { validateStream: false }),
    });
    expect(styled).toContain('\u001b[');
    expect(stripVTControlCharacters(styled)).toBe(draw(plot));
  });
});
