import { type Hole, html, type Markup } from './markup.ts';

/** A column of a table. */
interface Column {
  readonly heading: string;
  /** Right-aligned, with figures of equal width. */
  readonly numeric?: boolean;
  /** The column that names the row; the first one when none says so. */
  readonly names?: boolean;
  /** Takes a line of its own where rows are `lines`. */
  readonly long?: boolean;
}

export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Hole[])[];
  /**
   * How rows look on a narrow page: `cards` with a line per cell, `lines` with the cells one after another,
   * or (for few, short columns) still a `table`.
   */
  readonly narrow: 'cards' | 'lines' | 'table';
}

/** What a cell without content says; cards leave such cells out. */
export const NONE = '–';

function classes(column: Column, content: Hole): Markup | null {
  const names = [column.numeric && 'number', column.long && 'long', content === NONE && 'none'].filter(Boolean);
  return names.length === 0 ? null : html` class="${names.join(' ')}"`;
}

function cell(column: Column, content: Hole, names: boolean): Markup {
  return names
    ? html`<th scope="row" role="rowheader" data-label="${column.heading}"${classes(column, content)}>${content}</th>`
    : html`<td role="cell" data-label="${column.heading}"${classes(column, content)}>${content}</td>`;
}

/**
 * A table with its caption and scopes. The roles are spelt out, because browsers forget them where the style sheet
 * lays rows out as cards.
 */
export function drawTable({ caption, columns, rows, narrow }: Table): Markup {
  const naming = Math.max(
    0,
    columns.findIndex((column) => column.names === true),
  );
  const head = columns.map(
    (column) => html`<th scope="col" role="columnheader"${classes(column, column.heading)}>${column.heading}</th>`,
  );
  const body = rows.map(
    (row) => html`<tr role="row">${columns.map((column, index) => cell(column, row[index], index === naming))}</tr>\n`,
  );
  return html`<div class="sheet"><table role="table" class="${narrow}"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">
${body}</tbody></table></div>`;
}
