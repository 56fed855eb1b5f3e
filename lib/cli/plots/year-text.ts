import { count } from '../../rehearsal/report/format.ts';
import { type Output, wrap } from '../output.ts';
import { type AxisMark, dateAxis, OVERHANG_CHARACTERS } from './date-axis.ts';
import { captionOf, cut, type PlacedPoint, type PlacedYear, placeYear, type YearPlot } from './year.ts';

export interface YearTextOptions {
  /** Columns of the terminal; below 60 is taken as 60, above 250 as 250. */
  readonly width: number;
  readonly style: Output['style'];
}

/** Darker and darker, in any font and without colour. */
const MARKS = ['·', ':', '+', '#'];
const CLOSED = '░';
/** `09:00 │` */
const GUTTER = 7;
/** More rows than these are drawn as rows of two hours. */
const MOST_ROWS = 14;

/** How days and hours become cells. */
interface Grid {
  readonly columns: number;
  readonly daysPerColumn: number;
  /** Characters of one column: 3 where few days leave room for their numbers below. */
  readonly cellWidth: 1 | 3;
  /** The first hour of each row. */
  readonly hours: readonly number[];
  readonly hoursPerRow: 1 | 2;
}

/** Days of a column for at least so many. From 5 on whole weeks: or the weekends would beat against the columns. */
function wholeDays(least: number): number {
  const days = Math.ceil(least);
  return days < 5 ? days : Math.ceil(days / 7) * 7;
}

function gridOf({ dates, points }: PlacedYear, width: number): Grid {
  const room = width - GUTTER - OVERHANG_CHARACTERS;
  const cellWidth = dates.length * 3 <= room ? 3 : 1;
  const daysPerColumn = wholeDays(dates.length / room);
  const columns = Math.ceil(dates.length / daysPerColumn);
  let [earliest, latest] = [23, 0];
  for (const { minute } of points) {
    earliest = Math.min(earliest, Math.floor(minute / 60));
    latest = Math.max(latest, Math.floor(minute / 60));
  }
  const hoursPerRow = latest - earliest + 3 > MOST_ROWS ? 2 : 1;
  const first = Math.max(0, Math.floor(earliest / hoursPerRow) - 1);
  const last = Math.min(24 / hoursPerRow - 1, Math.floor(latest / hoursPerRow) + 1);
  const hours = Array.from({ length: last - first + 1 }, (_, row) => (first + row) * hoursPerRow);
  return { columns, daysPerColumn, cellWidth, hours, hoursPerRow };
}

/** How many experiments lie in each cell, row by row. */
function countCells(points: readonly PlacedPoint[], grid: Grid): Uint32Array {
  const cells = new Uint32Array(grid.columns * grid.hours.length);
  const firstRow = (grid.hours[0] ?? 0) / grid.hoursPerRow;
  for (const { day, minute } of points) {
    const row = Math.floor(minute / 60 / grid.hoursPerRow) - firstRow;
    const cell = row * grid.columns + Math.floor(day / grid.daysPerColumn);
    cells[cell] = (cells[cell] ?? 0) + 1;
  }
  return cells;
}

/** The greatest count that each mark stands for: even steps up to the fullest cell. */
function limitsOf(cells: Uint32Array): number[] {
  const most = cells.reduce((greatest, cell) => Math.max(greatest, cell), 1);
  const steps = Math.min(MARKS.length, most);
  return Array.from({ length: steps }, (_, step) => Math.ceil((most * (step + 1)) / steps));
}

function plotRows(year: PlacedYear, grid: Grid, cells: Uint32Array, limits: readonly number[], style: Output['style']) {
  const showsClosed = grid.daysPerColumn === 1;
  const closedCell = style('dim', grid.cellWidth === 3 ? ` ${CLOSED}${CLOSED}` : CLOSED);
  const emptyCell = ' '.repeat(grid.cellWidth);
  return grid.hours.map((hour, row) => {
    const drawn = Array.from({ length: grid.columns }, (_, column) => {
      const inCell = cells[row * grid.columns + column] ?? 0;
      if (inCell === 0) return showsClosed && year.closed[column] ? closedCell : emptyCell;
      const mark = MARKS[limits.findIndex((limit) => inCell <= limit)] ?? '';
      return grid.cellWidth === 3 ? ` ${mark}${mark}` : mark;
    });
    const label = `${String(hour).padStart(2, '0')}:00`;
    return `${style('dim', `${label} │`)}${drawn.join('')}`.trimEnd();
  });
}

function labelRow(marks: readonly AxisMark[], grid: Grid, indent: number): string {
  let row = ' '.repeat(GUTTER);
  for (const { day, label } of marks) {
    row = row.padEnd(GUTTER + Math.floor(day / grid.daysPerColumn) * grid.cellWidth + indent) + label;
  }
  return row;
}

function axisRows({ dates }: PlacedYear, grid: Grid, style: Output['style']): string[] {
  const { near, far, ticks } = dateAxis(dates, grid.cellWidth / grid.daysPerColumn);
  const ticked = new Set(ticks.map((day) => Math.floor(day / grid.daysPerColumn)));
  const line = Array.from({ length: grid.columns }, (_, column) =>
    grid.cellWidth === 1 && ticked.has(column) ? '┴' : '─'.repeat(grid.cellWidth),
  );
  const numbers = near.map(({ day, label }) => ({ day, label: grid.cellWidth === 3 ? label.padStart(2) : label }));
  const indent = grid.cellWidth === 3 ? 1 : 0;
  return [
    style('dim', `${' '.repeat(GUTTER - 1)}└${line.join('')}`),
    labelRow(numbers, grid, indent),
    ...(far.length > 0 ? [labelRow(far, grid, indent)] : []),
  ];
}

function legend({ closed }: PlacedYear, grid: Grid, limits: readonly number[]): string {
  const marks = limits.map((limit, step) => {
    const least = (limits[step - 1] ?? 0) + 1;
    return `${MARKS[step]} ${least === limit ? count(limit) : `${count(least)}–${count(limit)}`}`;
  });
  const words = limits.at(-1) === 1 ? 'experiment' : 'experiments';
  const shaded = grid.daysPerColumn === 1 && closed.includes(true) ? `   ${CLOSED} closed all day` : '';
  return `${marks.join('   ')} ${words}${shaded}`;
}

function scaleNote({ daysPerColumn, hoursPerRow }: Grid): string {
  const days = daysPerColumn === 1 ? '1 day' : `${count(daysPerColumn)} days`;
  const hours = hoursPerRow === 1 ? '1 hour' : '2 hours';
  return `each column is ${days}, each row ${hours} of the group's own clock`;
}

/**
 * Draws experiments with the days across and the hours down, for a terminal. Where there are more days than columns, a
 * column is several days, and the text below says so. Days that are closed are shaded where a column is one day.
 * No line is wider than `width`. Throws a RangeError where the plot's first day is no date.
 */
export function yearText(plot: YearPlot, { width, style }: YearTextOptions): string {
  const columns = Math.min(250, Math.max(60, Math.floor(width) || 60));
  const year = placeYear(plot);
  const title = style('bold', cut(year.title, columns));
  const caption = wrap(captionOf(year), columns);
  // No hour is any hour's neighbour where nothing happens at all: there is nothing to draw.
  if (year.points.length === 0) return [title, ...caption].join('\n');
  const grid = gridOf(year, columns);
  const cells = countCells(year.points, grid);
  const limits = limitsOf(cells);
  return [
    title,
    '',
    ...plotRows(year, grid, cells, limits, style),
    ...axisRows(year, grid, style),
    '',
    ...wrap(legend(year, grid, limits), columns),
    ...wrap(scaleNote(grid), columns),
    ...caption,
  ].join('\n');
}
