/**
 * What is wrong with an iCalendar, as a sentence without its place. It never leaves this folder: `readFreezes` gives it to the
 * caller as a problem, with the file and the event before it.
 */
export class CalendarProblem extends Error {
  override readonly name = 'CalendarProblem';
}

/** A text on one line, whatever stood in the file. */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();

/** A text of an iCalendar within a sentence: on one line, and not longer than a reader needs to find it. */
export function quoted(text: string): string {
  const line = oneLine(text);
  return `"${line.length > 80 ? `${line.slice(0, 79)}…` : line}"`;
}
