/** A label of the date axis, which begins where its day does. */
export interface AxisMark {
  readonly day: number;
  readonly label: string;
}

/** The axis under the days: two rows of labels, the nearer one finer, and the days at which lines may stand. */
export interface DateAxis {
  readonly near: readonly AxisMark[];
  readonly far: readonly AxisMark[];
  /** Days at which a day, month, quarter or year begins, without the plot's first. */
  readonly ticks: readonly number[];
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const yearOf = (date: string): string => date.slice(0, 4);
const monthOf = (date: string): number => Number(date.slice(5, 7)) - 1;
const monthName = (date: string): string => MONTHS[monthOf(date)] ?? '';

/** Characters that the last label may stand out beyond the last day. */
export const OVERHANG_CHARACTERS = 3;

/** Takes away labels that have no room. A first one that stands for part of a month gives way to the whole month after it. */
function withRoom(marks: readonly AxisMark[], days: number, charactersPerDay: number): AxisMark[] {
  const start = (mark: AxisMark): number => Math.floor(mark.day * charactersPerDay);
  const end = (mark: AxisMark): number => start(mark) + mark.label.length;
  const [first, second] = marks;
  const yields = first !== undefined && second !== undefined && end(first) >= start(second);
  const kept: AxisMark[] = [];
  for (const mark of yields ? marks.slice(1) : marks) {
    const last = kept.at(-1);
    if (last === undefined || end(last) < start(mark)) kept.push(mark);
  }
  const last = kept.at(-1);
  const isOver = last !== undefined && end(last) > Math.ceil(days * charactersPerDay) + OVERHANG_CHARACTERS;
  return isOver && kept.length > 1 ? kept.slice(0, -1) : kept;
}

/**
 * The labels of consecutive dates where each day is so many characters wide: numbers of days over months, months over
 * years, quarters over years, or years alone, whichever is the finest that has room.
 */
export function dateAxis(dates: readonly string[], charactersPerDay: number): DateAxis {
  const where = (begins: (date: string) => boolean, label: (date: string) => string): AxisMark[] =>
    dates.flatMap((date, day) => (day === 0 || begins(date) ? [{ day, label: label(date) }] : []));
  const axis = (near: AxisMark[], far: AxisMark[]): DateAxis => ({
    near: withRoom(near, dates.length, charactersPerDay),
    far: withRoom(far, dates.length, charactersPerDay),
    ticks: near.slice(1).map(({ day }) => day),
  });
  const begins = (months: number) => (date: string) => date.endsWith('-01') && monthOf(date) % months === 0;
  if (charactersPerDay >= 3) {
    return axis(
      where(
        () => true,
        (date) => String(Number(date.slice(8))),
      ),
      where(begins(1), (date) => `${monthName(date)} ${yearOf(date)}`),
    );
  }
  // A month has at least 28 days, a quarter 90; its label has three letters and a space after them.
  if (28 * charactersPerDay >= 4) return axis(where(begins(1), monthName), where(begins(12), yearOf));
  if (90 * charactersPerDay >= 4) return axis(where(begins(3), monthName), where(begins(12), yearOf));
  return axis(where(begins(12), yearOf), []);
}
