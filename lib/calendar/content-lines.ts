import ICAL from 'ical.js';
import { CalendarProblem, quoted } from './calendar-problem.ts';

interface ContentLine {
  /** Of the file, from 1. */
  readonly line: number;
  /** In capitals. */
  readonly name: string;
  /** As written, each with its semicolon. */
  readonly parameters: string;
  readonly value: string;
}

const DATE = /^\d{8}$/;
const TIME = /^\d{8}T\d{6}Z?$/;
const PERIOD = /^\d{8}T\d{6}Z?\/(\d{8}T\d{6}Z?|[-+]?P[0-9A-Z]+)$/;
/** Deeper than a calendar, its component and what that holds, nothing is nested that RFC 5545 knows. */
const DEEPEST = 8;

/**
 * Refuses what ical.js would swallow: an END of something else than was begun, a date with letters or digits too many (it cuts
 * them off), a rule that says something twice or an interval of nothing.
 */
export function checkContentLines(text: string): void {
  const lines = contentLinesOf(text);
  const open: string[] = [];
  let eventIndex: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.name === 'BEGIN') {
      open.push(line.value.trim().toUpperCase());
      if (open.at(-1) === 'VEVENT') eventIndex = index;
    }
    const problem = nestingProblem(line, open) ?? valueProblem(line);
    if (problem !== undefined) {
      throw new CalendarProblem(
        `${eventIndex === undefined ? '' : eventAt(lines, eventIndex)}line ${line.line}: ${problem}`,
      );
    }
    if (line.name === 'END' && open.pop() === 'VEVENT') eventIndex = undefined;
  }
}

/** Long lines are folded: what begins with a space or a tab belongs to the line before (RFC 5545, 3.1). */
function contentLinesOf(text: string): ContentLine[] {
  const lines: { line: number; text: string }[] = [];
  for (const [index, piece] of text.split(/\r?\n/).entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/.test(piece) && last !== undefined) last.text += piece.slice(1);
    else if (piece !== '') lines.push({ line: index + 1, text: piece });
  }
  return lines.map((entry) => {
    const [, name = '', parameters = '', value = ''] =
      /^([^:;]*)((?:;(?:"[^"]*"|[^":])*)?):(.*)$/s.exec(entry.text) ?? [];
    return { line: entry.line, name: name.toUpperCase(), parameters, value };
  });
}

function nestingProblem({ name, value }: ContentLine, open: readonly string[]): string | undefined {
  if (open.length > DEEPEST) return 'too much is nested here; a calendar holds events, and they hold alarms at most';
  if (name !== 'END' || value.trim().toUpperCase() === open.at(-1)) return undefined;
  const begun = open.at(-1);
  return `${quoted(`END:${value}`)} ends ${begun === undefined ? 'nothing' : `what began as ${quoted(begun)}`}; is the file damaged?`;
}

const DATED = new Set(['DTSTART', 'DTEND', 'RECURRENCE-ID', 'EXDATE', 'RDATE']);

function valueProblem({ name, parameters, value }: ContentLine): string | undefined {
  if (name === 'RRULE') return rulePartsProblem(value);
  if (!DATED.has(name)) return undefined;
  // What is declared decides how ical.js reads a value, and what it then cuts off.
  const declared = /;VALUE=([^;]*)/i.exec(parameters)?.[1]?.toUpperCase();
  const kind = declared ?? 'date or time';
  const forms = (declared === undefined ? undefined : FORMS[declared]) ?? [DATE, TIME];
  const wrong = value.split(',').find((part) => !forms.some((form) => form.test(part)));
  if (wrong === undefined) return undefined;
  return `${name} ${quoted(wrong)} is no ${kind}; write one like 20261224 or 20261224T090000Z`;
}

const FORMS: Readonly<Record<string, readonly RegExp[]>> = { DATE: [DATE], 'DATE-TIME': [TIME], PERIOD: [PERIOD] };

function rulePartsProblem(rule: string): string | undefined {
  const parts = rule.split(';').map((part) => part.trim().toUpperCase().split('='));
  const names = parts.map(([name]) => name);
  const wrong = parts.find(([name, value, more]) => !name || !value || more !== undefined);
  if (wrong !== undefined) return `RRULE ${quoted(rule)} is broken at ${quoted(wrong.join('='))}`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `RRULE ${quoted(rule)} says ${twice} twice; say it once`;
  if (parts.some(([name, value]) => name === 'INTERVAL' && !/^[1-9]\d*$/.test(value ?? ''))) {
    return `RRULE ${quoted(rule)} has an INTERVAL that is no whole number from 1; correct it`;
  }
  const until = parts.find(([name]) => name === 'UNTIL')?.[1];
  if (until !== undefined && !DATE.test(until) && !TIME.test(until)) {
    return `RRULE ${quoted(rule)} has an UNTIL that is no date; write it like 20261224 or 20261224T090000Z`;
  }
  try {
    ICAL.Recur.fromString(rule);
    return undefined;
  } catch (error) {
    return `RRULE ${quoted(rule)} is broken: ${error instanceof Error ? quoted(error.message).slice(1, -1) : String(error)}`;
  }
}

function eventAt(lines: readonly ContentLine[], beginIndex: number): string {
  const end = lines.findIndex(({ name }, index) => index > beginIndex && name === 'END');
  const own = lines.slice(beginIndex, end === -1 ? undefined : end);
  const title = own.find(({ name }) => name === 'SUMMARY') ?? own.find(({ name }) => name === 'UID');
  return title === undefined ? '' : `event ${quoted(title.value)}: `;
}
