/** A piece of HTML or SVG that is safe to put into a page as it stands. Only {@link html} makes one. */
export class Markup {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** Takes text for markup without escaping it. For constants of this folder only, never for a fact. */
  static trusted(text: string): Markup {
    return new Markup(text);
  }
}

/** What may stand in a hole of {@link html}. Null, undefined and false leave the hole empty. */
export type Hole = string | number | Markup | readonly Markup[] | null | undefined | false;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// What neither HTML nor XML can carry: control characters, and halves of surrogate pairs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu;

// Characters that reverse or hide the text around them, so that a name could pose as another one.
const DIRECTION_OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/g;

/** Escapes a fact for text and for quoted attributes; characters that a page cannot show become U+FFFD. */
export function escapeText(fact: string): string {
  return fact
    .replace(UNPRINTABLE, '\ufffd')
    .replace(DIRECTION_OVERRIDES, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function fill(hole: Hole): string {
  if (hole === null || hole === undefined || hole === false) return '';
  if (hole instanceof Markup) return hole.text;
  if (typeof hole === 'object') return hole.map((part) => part.text).join('');
  return escapeText(String(hole));
}

/**
 * Template tag for HTML and SVG: whatever is put into a hole is escaped, unless it is markup itself.
 * Escaping is therefore the default, and forgetting it is not possible. Attributes must be quoted.
 */
export function html(parts: TemplateStringsArray, ...holes: readonly Hole[]): Markup {
  return Markup.trusted(parts.reduce((page, part, index) => page + fill(holes[index - 1]) + part));
}
