import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type * as z from 'zod';
import { knownKeys } from './fleet-schema.ts';

/** A place in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One mistake of a fleet file: where it stands, what it is about, and what is wrong and mends it. */
export interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly place: Place;
  readonly text: string;
}

/**
 * The one mistake worth telling first. An unknown key goes before everything else, because a misspelt key also makes the
 * right one missing; after that the file's own order decides.
 */
export function mistakeOf(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  document: Document,
  lines: LineCounter,
): Mistake {
  const mistakes = issues.map((issue) => ({
    unknownKey: issue.code === 'unrecognized_keys',
    ...mistakeFrom(issue, value, document, lines),
  }));
  mistakes.sort(
    (a, b) =>
      Number(b.unknownKey) - Number(a.unknownKey) || a.place.line - b.place.line || a.place.column - b.place.column,
  );
  const first = mistakes[0];
  if (first === undefined) throw new Error('a fleet file was refused without an issue');
  return first;
}

function mistakeFrom(issue: z.core.$ZodIssue, value: unknown, document: Document, lines: LineCounter): Mistake {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const path = [...issue.path, key];
    return { path, place: placeOf(document, lines, path), text: unknownKeyText(key, knownKeys(issue.path)) };
  }
  const found = valueAt(value, issue.path);
  const what = found === undefined ? 'is missing' : `${describe(found)} does not fit`;
  return {
    path: issue.path,
    place: placeOf(document, lines, issue.path),
    text: `${what}; ${issue.message}${quoted(found, issue)}`,
  };
}

/** YAML reads `true` and `1` as what they look like; whoever wrote one of them for a text is shown the quotes. */
function quoted(found: unknown, issue: z.core.$ZodIssue): string {
  const bare = typeof found === 'boolean' || typeof found === 'number';
  return bare && issue.code === 'invalid_type' && issue.expected === 'string' ? `: "${found}"` : '';
}

function unknownKeyText(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  if (near !== null) return `there is no such key; did you mean "${near}"?`;
  return `there is no such key; the keys here are ${known.join(', ')}`;
}

/** `services[1].tags["chaos:opt-in"]` */
export function wordPath(path: readonly PropertyKey[]): string {
  let words = '';
  for (const part of path) {
    if (typeof part === 'number') words += `[${part}]`;
    else if (/^[A-Za-z_]\w*$/.test(String(part))) words += words === '' ? String(part) : `.${String(part)}`;
    else words += `[${JSON.stringify(String(part))}]`;
  }
  return words;
}

/** Where a path's last part stands: at its key in a map, at the item in a list; at the nearest part there is when missing. */
export function placeOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): Place {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    const next = step(node, part);
    if (next === null) break;
    offset = next.offset ?? offset;
    node = next.node;
  }
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function step(node: unknown, part: PropertyKey): { node: unknown; offset: number | undefined } | null {
  if (isSeq(node) && typeof part === 'number') {
    const item = node.items[part];
    return item === undefined ? null : { node: item, offset: startOf(item) };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
  return pair === undefined ? null : { node: pair.value, offset: startOf(pair.key) };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[part];
  }
  return at;
}

function describe(value: unknown): string {
  if (value === null) return 'nothing (an empty value)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a map';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

/** The known word with the fewest edits, if it is near enough to be meant (a third of its length, at least one). */
function nearest(word: string, known: readonly string[]): string | null {
  let best: { word: string; edits: number } | null = null;
  for (const candidate of known) {
    const edits = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= Math.max(1, Math.floor(candidate.length / 3)) && (best === null || edits < best.edits)) {
      best = { word: candidate, edits };
    }
  }
  return best?.word ?? null;
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
