import type { Cell } from './cells.ts';
import { FAILURE_NAMES, FAILURES } from './failures.ts';

/** The matrix of one scenario as lines of text or of Markdown, with its totals. */
export function matrixOf(scenario: string, cells: readonly Cell[], form: 'text' | 'markdown'): string {
  const names = [...new Map(cells.map(({ point }) => [point.name, point])).values()];
  const columns = FAILURE_NAMES.filter((failure) => cells.some((cell) => cell.failure === failure));
  const byPlace = new Map(cells.map((cell) => [`${cell.point.name} ${cell.failure}`, cell]));
  const rows = names.map(({ name, step, about }) => {
    const shown = columns.map((failure) => {
      const cell = byPlace.get(`${name} ${failure}`);
      if (cell === undefined) return '';
      return cell.broken.length > 0 ? `BROKEN ${cell.outcome}` : cell.outcome;
    });
    return [name, step, about, ...shown];
  });
  const head = ['call', 'step', 'about', ...columns];
  const title = `${scenario}: ${names.length} points × ${columns.length} failures = ${cells.length} runs`;
  const lines = form === 'markdown' ? markdownTable(head, rows) : textTable(head, rows);
  return [form === 'markdown' ? `## ${title}` : title, '', ...lines, '', ...totals(cells, form), ''].join('\n');
}

/** How many ended how, by failure. */
function totals(cells: readonly Cell[], form: 'text' | 'markdown'): string[] {
  const outcomes = [...new Set(cells.map(({ outcome }) => outcome))].sort((a, b) => (a < b ? -1 : 1));
  const head = ['failure', 'what it is', ...outcomes, 'laws broken'];
  const rowOf = (name: string, what: string, some: readonly Cell[]): string[] => [
    name,
    what,
    ...outcomes.map((outcome) => String(some.filter((cell) => cell.outcome === outcome).length || '')),
    String(some.filter(({ broken }) => broken.length > 0).length),
  ];
  const rows = FAILURE_NAMES.flatMap((failure) => {
    const some = cells.filter((cell) => cell.failure === failure);
    return some.length > 0 ? [rowOf(failure, FAILURES[failure], some)] : [];
  });
  const all = [...rows, rowOf('all', '', cells)];
  return form === 'markdown' ? markdownTable(head, all) : textTable(head, all);
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (fields: readonly string[]): string =>
    `| ${fields.map((field) => field.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}

function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (fields: readonly string[]): string =>
    fields
      .map((field, column) => field.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line);
}
