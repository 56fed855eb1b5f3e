import type { Outcome } from '../result.ts';
import type { MomentKind } from './episodes.ts';
import { html, type Markup } from './markup.ts';

/** What stands at a time on a timeline. */
export type SymbolKind = MomentKind | 'planned' | 'refused';

interface Drawing {
  readonly name: string;
  /** Around the origin, about 9 px large. */
  readonly path: string;
  readonly hollow?: true;
}

// A shape for each, because colour must not be the only difference.
const DRAWINGS: Readonly<Record<SymbolKind, Drawing>> = {
  planned: { name: 'planned', path: 'M0-10V10', hollow: true },
  injected: { name: 'injected', path: 'M-4.5-3.5H4.5L0 4.5z' },
  'took-effect': { name: 'took effect', path: 'M0-5L5 0L0 5L-5 0z' },
  undone: { name: 'undone', path: 'M-4 0A4 4 0 1 0 4 0A4 4 0 1 0-4 0z', hollow: true },
  recovered: { name: 'recovered', path: 'M-4.5 3.5H4.5L0-4.5z' },
  ended: { name: 'ended', path: 'M-3.5-3.5h7v7h-7z' },
  refused: { name: 'refused', path: 'M-4-4L4 4M4-4L-4 4', hollow: true },
};

/** The name of a moment as the page says it. */
export const momentName = (kind: SymbolKind): string => DRAWINGS[kind].name;

/** A symbol in a drawing, at a share of its width and a height in pixels. */
export function symbolAt(kind: SymbolKind, x: string, y: number): Markup {
  const { path, hollow } = DRAWINGS[kind];
  return html`<svg x="${x}" y="${y}" width="1" height="1" overflow="visible"><path class="symbol ${kind}${hollow ? ' hollow' : ''}" d="${path}"/></svg>`;
}

/** A symbol with its name, for the line that explains a timeline. */
export function symbolKey(kind: SymbolKind): Markup {
  return html`<span class="key"><svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">${symbolAt(kind, '0', 0)}</svg> ${momentName(kind)}</span>`;
}

const SIGNS: Readonly<Record<Outcome, string>> = {
  held: '✓',
  broken: '✗',
  inconclusive: '?',
  aborted: '■',
  refused: '⊘',
  leashed: '○',
  untouched: '–',
  'not drawn': '·',
  'host lost': '◦',
};

/** A verdict as a coloured word with a sign of its own. */
export function verdictBadge(outcome: Outcome): Markup {
  const sign = html`<span aria-hidden="true">${SIGNS[outcome]}</span>`;
  return html`<span class="verdict ${outcome.replace(' ', '-')}">${sign} ${outcome}</span>`;
}

/** The sign of a verdict, for text in drawings. */
export const verdictSign = (outcome: Outcome): string => SIGNS[outcome];
