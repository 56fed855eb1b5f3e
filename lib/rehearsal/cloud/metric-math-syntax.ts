/** A metric math expression that cannot be read or worked out; the sentence names the place or the thing. */
export class MetricMathError extends Error {
  override readonly name = 'MetricMathError';
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '^' | '<' | '<=' | '>' | '>=' | '==' | '!=';

export type MathNode =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'id'; readonly name: string }
  /** A word in capitals that is not a function's name, such as REPEAT. */
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'minus'; readonly of: MathNode }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: MathNode; readonly right: MathNode }
  | { readonly kind: 'array'; readonly items: readonly MathNode[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly MathNode[] };

interface Token {
  readonly kind: 'number' | 'id' | 'word' | 'symbol' | 'end';
  readonly text: string;
  /** Where it begins, counted from 1. */
  readonly at: number;
}

/** How tightly operators bind: a higher number binds tighter. All are left-associative but `^`. */
const BINDING: Readonly<Record<BinaryOperator, number>> = {
  '<': 1,
  '<=': 1,
  '>': 1,
  '>=': 1,
  '==': 1,
  '!=': 1,
  '+': 2,
  '-': 2,
  '*': 3,
  '/': 3,
  '^': 5,
};

/** A minus in front binds looser than `^` (−2^2 is −4) and tighter than all others. */
const MINUS_BINDING = 4;

const TOKEN = /\s*(?:(\d+(?:\.\d*)?|\.\d+)|([a-z]\w*)|([A-Z][A-Z_]*)|(<=|>=|==|!=|[-+*/^<>()[\],]))/y;

/**
 * Reads a metric math expression of CloudWatch into a tree.
 * @throws MetricMathError for anything outside the grammar: numbers, ids, `+ - * / ^`, a minus in front, comparisons,
 * parentheses, arrays in brackets and calls of functions in capitals.
 */
export function parseMetricMath(expression: string): MathNode {
  const tokens = readTokens(expression);
  const parser = new Parser(tokens);
  const node = parser.expression(0);
  parser.expectEnd();
  return node;
}

function readTokens(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let start = 0; expression.slice(start).trim() !== ''; start = TOKEN.lastIndex) {
    TOKEN.lastIndex = start;
    const match = TOKEN.exec(expression);
    if (match === null) {
      const at = start + expression.slice(start).search(/\S/);
      throw new MetricMathError(`"${expression.slice(at, at + 10)}" at character ${at + 1} is not served`);
    }
    const [whole, number, id, word, symbol] = match;
    const text = number ?? id ?? word ?? symbol ?? '';
    const kind = number !== undefined ? 'number' : id !== undefined ? 'id' : word !== undefined ? 'word' : 'symbol';
    tokens.push({ kind, text, at: start + whole.length - text.length + 1 });
  }
  return [...tokens, { kind: 'end', text: 'the end', at: expression.length + 1 }];
}

/** A Pratt parser: each operator's binding decides how much of what follows is its own. */
class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  expression(binding: number): MathNode {
    let left = this.#operand();
    for (;;) {
      const operator = this.#peek().kind === 'symbol' ? asOperator(this.#peek().text) : null;
      if (operator === null || BINDING[operator] <= binding) return left;
      this.#take();
      const right = this.expression(operator === '^' ? BINDING[operator] - 1 : BINDING[operator]);
      left = { kind: 'binary', operator, left, right };
    }
  }

  expectEnd(): void {
    const token = this.#peek();
    if (token.kind !== 'end') throw unexpected(token);
  }

  #operand(): MathNode {
    const token = this.#take();
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    if (token.kind === 'id') return { kind: 'id', name: token.text };
    if (token.kind === 'word') {
      if (this.#peek().text !== '(') return { kind: 'word', word: token.text };
      this.#take();
      return { kind: 'call', name: token.text, args: this.#list(')') };
    }
    if (token.text === '-') return { kind: 'minus', of: this.expression(MINUS_BINDING) };
    if (token.text === '[') return { kind: 'array', items: this.#list(']') };
    if (token.text !== '(') throw unexpected(token);
    const inner = this.expression(0);
    this.#expect(')');
    return inner;
  }

  #list(close: string): readonly MathNode[] {
    const items: MathNode[] = [];
    if (this.#peek().text === close) {
      this.#take();
      return items;
    }
    for (;;) {
      items.push(this.expression(0));
      if (this.#peek().text !== ',') break;
      this.#take();
    }
    this.#expect(close);
    return items;
  }

  #expect(text: string): void {
    const token = this.#take();
    if (token.text !== text) throw unexpected(token, text);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: 'the end', at: 0 };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }
}

function asOperator(text: string): BinaryOperator | null {
  return Object.hasOwn(BINDING, text) ? (text as BinaryOperator) : null;
}

function unexpected({ kind, text, at }: Token, wanted?: string): MetricMathError {
  const found = kind === 'end' ? 'it ends' : `"${text}" stands`;
  return new MetricMathError(
    `${found} at character ${at} where ${wanted === undefined ? 'that is not expected' : `"${wanted}" is expected`}`,
  );
}
