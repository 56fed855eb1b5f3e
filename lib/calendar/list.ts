import { Temporal } from 'temporal-polyfill';
import type { Closures } from '../core/closures.ts';

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

interface Line {
  /** What the lines are ordered by: a date or an instant. */
  readonly start: string;
  readonly end: string;
  readonly text: string;
}

/**
 * The page that a reviewer reads: when it was worked out and what it is good for, then one line for each day or freeze in order
 * of date, for example `2026-12-25  Fri  holiday  GB-ENG  Christmas Day`. Years before that of `resolvedOn` are left out.
 * The same closures give the same text.
 */
export function listClosures(closures: Closures): string {
  const codes = Object.keys(closures.holidays).sort(compare);
  const firstDay = `${closures.resolvedOn.slice(0, 4)}-01-01`;
  const width = Math.max(1, ...codes.map((code) => code.length));
  const lines = [...holidayLines(closures, width), ...closedLines(closures, width), ...freezeLines(closures)]
    .filter(({ end }) => end >= firstDay)
    .sort((a, b) => (a.start === b.start ? compare(a.text, b.text) : compare(a.start, b.start)));
  return [
    '# When nothing happens: holidays and closed dates are no work days, in a freeze nothing may happen at all.',
    `# Resolved on ${closures.resolvedOn}. Holidays are known until ${closures.knownUntil}; after that, synthesize again.`,
    `# Holidays of: ${codes.length === 0 ? 'nowhere' : codes.join(', ')}. Data: date-holidays, CC BY-SA 3.0.`,
    '',
    ...(lines.length === 0 ? ['Nothing is closed.'] : lines.map(({ text }) => text)),
    '',
  ].join('\n');
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const weekdayOf = (date: string): string => WEEKDAYS[Temporal.PlainDate.from(date).dayOfWeek - 1] ?? '';

const dayLine = (date: string, ...rest: string[]): Line => ({
  start: date,
  end: date,
  text: [date, weekdayOf(date), ...rest].join('  '),
});

function holidayLines({ holidays }: Closures, width: number): Line[] {
  return Object.entries(holidays).flatMap(([code, days]) =>
    days.map(({ date, name }) => dayLine(date, 'holiday', code.padEnd(width), name)),
  );
}

function closedLines({ closedDates }: Closures, width: number): Line[] {
  return closedDates.map(({ date, name }) => dayLine(date, 'closed ', '*'.padEnd(width), name));
}

function freezeLines({ freezes }: Closures): Line[] {
  return freezes.map((freeze) => {
    const [start, end] = 'fromDate' in freeze ? [freeze.fromDate, freeze.toDate] : [freeze.from, freeze.to];
    const span = start === end ? [] : [`until ${end}`];
    const text = [start, weekdayOf(start.slice(0, 10)), 'freeze ', ...span, freeze.name].join('  ');
    return { start, end, text };
  });
}
