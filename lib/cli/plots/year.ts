import { count, counted } from '../../rehearsal/report/format.ts';

/** One experiment of a plot. */
export interface YearPoint {
  /** `2026-11-23`, in the group's own zone. */
  readonly date: string;
  /** Minutes after midnight on the group's own clock, from 0 to just below 1440. */
  readonly minute: number;
  readonly group: string;
}

/** Experiments over days: what is drawn in the terminal and as SVG. */
export interface YearPlot {
  /** The first day, `2026-11-23`. */
  readonly from: string;
  /** How many days, 1 to 36,600. */
  readonly days: number;
  readonly points: readonly YearPoint[];
  /** Dates on which no group's window opens. */
  readonly closed: ReadonlySet<string>;
  readonly title: string;
}

/** A point that lies in the plot; `day` counts from the plot's first. */
export interface PlacedPoint {
  readonly day: number;
  readonly minute: number;
  readonly group: string;
}

/** A plot with its days written out and its points placed on them. */
export interface PlacedYear {
  readonly title: string;
  readonly dates: readonly string[];
  readonly points: readonly PlacedPoint[];
  /** For each day, whether it is closed. */
  readonly closed: readonly boolean[];
  /** How many points lie on none of the days, or at no minute of a day, and so are not drawn. */
  readonly outside: number;
}

const DAY_MS = 86_400_000;
/** A plot of a century has a column a month; of more there is nothing to see. */
export const MOST_PLOTTED_DAYS = 36_600;

/** The dates of a plot, in order. Throws a RangeError where the first is no date or the number of days is out of range. */
function datesOf(from: string, days: number): string[] {
  if (!Number.isInteger(days) || days < 1 || days > MOST_PLOTTED_DAYS) {
    throw new RangeError(
      `A plot of ${days} days cannot be drawn; ask for a whole number from 1 to ${MOST_PLOTTED_DAYS}.`,
    );
  }
  const start = /^\d{4}-\d{2}-\d{2}$/.test(from) ? Date.parse(`${from}T00:00:00Z`) : Number.NaN;
  const dateAt = (day: number): string => new Date(start + day * DAY_MS).toISOString().slice(0, 10);
  if (!Number.isFinite(start) || dateAt(0) !== from) {
    throw new RangeError(`A plot cannot start on "${from}"; write a date that exists, like 2026-11-23.`);
  }
  return Array.from({ length: days }, (_, day) => dateAt(day));
}

/** Places a plot's points on its days. Throws a RangeError where `from` or `days` makes no plot. */
export function placeYear({ from, days, points, closed, title }: YearPlot): PlacedYear {
  const dates = datesOf(from, days);
  const dayOf = new Map(dates.map((date, day) => [date, day]));
  const placed: PlacedPoint[] = [];
  for (const { date, minute, group } of points) {
    const day = dayOf.get(date);
    if (day !== undefined && minute >= 0 && minute < 1440) placed.push({ day, minute, group });
  }
  return {
    title: oneLine(title),
    dates,
    points: placed,
    closed: dates.map((date) => closed.has(date)),
    outside: points.length - placed.length,
  };
}

/** `180 experiments in 250 days, 2026-11-23 – 2027-07-30`, and what could not be drawn. */
export function captionOf({ dates, points, outside }: PlacedYear): string {
  const rest = outside === 0 ? '' : ` (${count(outside)} more ${outside === 1 ? 'lies' : 'lie'} outside these days)`;
  const span = dates.length === 1 ? dates[0] : `${dates[0]} – ${dates.at(-1)}`;
  const experiments = points.length === 0 ? 'no experiments' : counted(points.length, 'experiment');
  return `${experiments} in ${counted(dates.length, 'day')}, ${span}${rest}`;
}

// Control characters, line breaks and what turns the text around it: none may reach a terminal or a page out of a name.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]+/gu;

/** A text as one line that can be shown anywhere: unprintable characters become spaces, broken ones U+FFFD. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(UNPRINTABLE, ' ');
}

/** How many columns of a terminal a character takes: right for Latin and its punctuation, generous for everything beyond. */
function columnsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x1100 || (code >= 0x2000 && code < 0x2300) ? 1 : 2;
}

/**
 * A text that fits into the room there is, with an ellipsis where it was cut. The room is in columns of a terminal, or in the
 * unit of `widthOf`, which says how wide a character is.
 */
export function cut(text: string, room: number, widthOf: (character: string) => number = columnsOf): string {
  const roomBeforeEllipsis = room - widthOf('…');
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > room) return `${kept.trimEnd()}…`;
    if (width <= roomBeforeEllipsis) kept += character;
  }
  return text;
}
