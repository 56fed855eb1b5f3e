/**
 * What is wrong with an iCalendar, as a sentence without its place. It never leaves this folder: `readFreezes` gives it to the
 * caller as a problem, with the file and the event before it.
 */
export class CalendarProblem extends Error {
  override readonly name = 'CalendarProblem';
}

/** A text of an iCalendar within a sentence: on one line, and not longer than a reader needs to find it. */
export function quoted(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return `"${line.length > 80 ? `${line.slice(0, 79)}…` : line}"`;
}
