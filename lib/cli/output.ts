import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: data on `out`, talk on `talk`. */
export interface Output {
  /** Data for a reader or a program: standard output. */
  out(text: string): void;
  /** Progress, hints, questions: standard error. */
  talk(text: string): void;
  style(style: Style, text: string): string;
  /** Width of the terminal in columns; 100 where there is none. */
  readonly width: number;
  /** Rewrites one line while something is awaited, and only in a terminal; an empty text takes it away. */
  progress(text: string): void;
}

/** Standard output and error, with colours where the terminal has them and NO_COLOR does not forbid them. */
export function terminal(): Output {
  const live = process.stderr.isTTY === true;
  let shown = false;
  const progress = (text: string): void => {
    if (!live || (text === '' && !shown)) return;
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    shown = text !== '';
  };
  const line = (stream: NodeJS.WriteStream, text: string): void => {
    progress('');
    stream.write(`${text}\n`);
  };
  return {
    out: (text) => line(process.stdout, text),
    talk: (text) => line(process.stderr, text),
    style: (style, text) => styleText(style, text, { stream: process.stdout }),
    width: process.stdout.columns ?? 100,
    progress,
  };
}

/** One JSON document on standard output. */
export function json(output: Output, document: unknown): void {
  output.out(JSON.stringify(document, null, 2));
}

/** A table of plain text: columns as wide as their widest cell, two spaces between. Nothing is cut: people copy ids from it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head.map((title) => title.toUpperCase())), ...rows.map(line)].join('\n');
}

/** Text in lines of at most `width` columns, broken between words; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `2026-11-22 14:05:09` in UTC. */
export function moment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

/** The style of a verdict; the word itself always stands beside it. */
export function verdictStyle(verdict: string): Style {
  if (verdict === 'held') return 'green';
  if (verdict === 'broken' || verdict === 'failed') return 'red';
  return 'yellow';
}
