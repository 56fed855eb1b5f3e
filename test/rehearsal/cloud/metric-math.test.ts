import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertServedMath, evaluateMetricMath, type Series } from '../../../lib/rehearsal/cloud/metric-math.ts';
import {
  type BinaryOperator,
  type MathNode,
  MetricMathError,
  parseMetricMath,
} from '../../../lib/rehearsal/cloud/metric-math-syntax.ts';

/** A series from values at 0, 60, 120, …; null is missing. */
function ts(...values: readonly (number | null)[]): Series {
  return {
    periodSeconds: 60,
    points: new Map(values.flatMap((value, n) => (value === null ? [] : [[n * 60, value] as const]))),
  };
}

function evaluate(
  expression: string,
  series: Readonly<Record<string, Series>>,
  length = 5,
): readonly (number | null)[] {
  const node = parseMetricMath(expression);
  assertServedMath(node);
  const result = evaluateMetricMath(node, {
    rangeOf: () => ({ start: 0, end: length * 60 }),
    series: (id) => {
      const found = series[id];
      if (found === undefined) throw new MetricMathError(`no ${id}`);
      return found;
    },
  });
  const last = Math.max(-60, ...result.points.keys());
  return Array.from({ length: last / 60 + 1 }, (_, n) => result.points.get(n * 60) ?? null);
}

describe('the grammar', () => {
  const operators: readonly (readonly BinaryOperator[])[] = [
    ['<', '<=', '>', '>=', '==', '!='],
    ['+', '-'],
    ['*', '/'],
    ['^'],
  ];
  const bindingOf = (operator: BinaryOperator) => operators.findIndex((level) => level.includes(operator));
  const node: fc.Arbitrary<MathNode> = fc.letrec<{ node: MathNode }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.nat(1_000).map((n): MathNode => ({ kind: 'number', value: n / 8 })),
      fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,4}$/).map((name): MathNode => ({ kind: 'id', name })),
      tie('node').map((of): MathNode => ({ kind: 'minus', of })),
      fc
        .tuple(fc.constantFrom(...operators.flat()), tie('node'), tie('node'))
        .map(([operator, left, right]): MathNode => ({ kind: 'binary', operator, left, right })),
      fc.array(tie('node'), { maxLength: 3 }).map((items): MathNode => ({ kind: 'array', items })),
      fc
        .tuple(fc.constantFrom('SUM', 'IF', 'FILL'), fc.array(tie('node'), { maxLength: 3 }))
        .map(([name, args]): MathNode => ({ kind: 'call', name, args })),
    ),
  })).node;

  function write(
    tree: MathNode,
    wrap: (inner: MathNode, side: 'left' | 'right' | 'minus', parent: MathNode) => boolean,
  ): string {
    const part = (inner: MathNode, side: 'left' | 'right' | 'minus') =>
      wrap(inner, side, tree) ? `(${write(inner, wrap)})` : write(inner, wrap);
    switch (tree.kind) {
      case 'number':
        return String(tree.value);
      case 'id':
        return tree.name;
      case 'word':
        return tree.word;
      case 'minus':
        return `-${part(tree.of, 'minus')}`;
      case 'binary':
        return `${part(tree.left, 'left')} ${tree.operator} ${part(tree.right, 'right')}`;
      case 'array':
        return `[${tree.items.map((item) => write(item, wrap)).join(', ')}]`;
      case 'call':
        return `${tree.name}(${tree.args.map((arg) => write(arg, wrap)).join(',')})`;
    }
  }

  /** Whether parentheses are needed, said independently of the parser: by level, and by side within a level. */
  function needsParentheses(inner: MathNode, side: 'left' | 'right' | 'minus', parent: MathNode): boolean {
    const level = (tree: MathNode) =>
      tree.kind === 'binary' ? bindingOf(tree.operator) : tree.kind === 'minus' ? 2.5 : 9;
    if (side === 'minus') return level(inner) < 2.5;
    if (level(inner) !== level(parent)) return level(inner) < level(parent);
    return parent.kind === 'binary' && parent.operator === '^' ? side === 'left' : side === 'right';
  }

  it('reads back every tree that was written with all parentheses', () => {
    const property = fc.property(node, (tree) => {
      expect(parseMetricMath(write(tree, () => true))).toEqual(tree);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('reads back every tree that was written with only the parentheses that precedence demands', () => {
    const property = fc.property(node, (tree) => {
      expect(parseMetricMath(write(tree, needsParentheses))).toEqual(tree);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('never fails in another way than with a MetricMathError, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9 +*/^()[\],.<>=!-]{0,30}$/));
    fc.assert(
      fc.property(text, (expression) => {
        try {
          parseMetricMath(expression);
        } catch (error) {
          expect(error).toBeInstanceOf(MetricMathError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['m1 % 2', /"%/],
    ['m1 AND m2', /"AND"/],
    ['m1 +', /it ends/],
    ['(m1', /"\)" is expected/],
    ['m1 m2', /"m2" stands at character 4/],
    ['RATE(m1)', /RATE/],
    ['SEARCH(m1)', /SEARCH/],
    ['FILL(m1, LINEAR)', /LINEAR/],
    ['SUM(REPEAT)', /REPEAT/],
    ["SEARCH('{x}')", /'/],
    ['', /it ends/],
  ])('names what is not served in "%s"', (expression, named) => {
    expect(() => evaluate(expression, { m1: ts(1), m2: ts(1) })).toThrow(named);
  });
});

describe('the rules of CloudWatch', () => {
  it('calculate element by element, with the precedence of mathematics', () => {
    expect(evaluate('2 + m1 * 3 ^ 2', { m1: ts(1, 2) })).toEqual([11, 20]);
    expect(evaluate('-m1 ^ 2', { m1: ts(3) })).toEqual([-9]);
    expect(evaluate('10 - m1 - m2', { m1: ts(1), m2: ts(2) })).toEqual([7]);
    expect(evaluate('m1 ^ 3 ^ 2', { m1: ts(2) })).toEqual([512]);
    expect(evaluate('100 * (errors / requests)', { errors: ts(1, 0), requests: ts(4, 5) })).toEqual([25, 0]);
  });

  it('drop a data point that would divide by zero', () => {
    expect(evaluate('m1 / m2', { m1: ts(4, 4, 0), m2: ts(2, 0, 0) })).toEqual([2]);
    expect(evaluate('m1 / (1 - 1)', { m1: ts(4) })).toEqual([]);
  });

  it('count a value as 0 that one of two series lacks, and leave it missing where both lack it', () => {
    expect(evaluate('m1 + m2', { m1: ts(1, null, null, 4), m2: ts(1, 2, null, null) })).toEqual([2, 2, null, 4]);
    expect(evaluate('errors / requests', { errors: ts(null, 1), requests: ts(10, null) })).toEqual([0]);
    expect(evaluate('m1 + 1', { m1: ts(1, null, 3) })).toEqual([2, null, 4]);
    // The example of the comparison operators in CloudWatch's documentation.
    expect(evaluate('metric1 < metric2', { metric1: ts(30, 20, 0, 0), metric2: ts(20, null, 20, null) })).toEqual([
      0, 0, 1, 0,
    ]);
    expect(evaluate('metric1 >= 30', { metric1: ts(30, 20, 0, 0) })).toEqual([1, 0, 0, 0]);
  });

  it('fill gaps with a number, a series or the value before', () => {
    const m1 = ts(null, 1, null, 3);
    expect(evaluate('FILL(m1, 0)', { m1 })).toEqual([0, 1, 0, 3, 0]);
    expect(evaluate('FILL(m1, REPEAT)', { m1 })).toEqual([null, 1, 1, 3, 3]);
    expect(evaluate('FILL(m1, m2)', { m1, m2: ts(7, 7, null, 7, 7) })).toEqual([7, 1, null, 3, 7]);
    expect(evaluate('FILL(m1, MIN(m1)) * 2', { m1 })).toEqual([2, 2, 2, 6, 2]);
    expect(evaluate('FILL(empty, 0)', { empty: ts() }, 2)).toEqual([0, 0]);
  });

  it('make one number of a series, and one series of several', () => {
    const series = { m1: ts(1, 5, null), m2: ts(3, null, null, 8) };
    expect(evaluate('m1 - MIN(m1)', series)).toEqual([0, 4]);
    expect(evaluate('m1 - MIN(m1) + AVG(m1) + MAX(m1) + SUM(m1)', series)).toEqual([14, 18]);
    expect(evaluate('SUM([m1, m2])', series)).toEqual([4, 5, null, 8]);
    expect(evaluate('MIN([m1, m2])', series)).toEqual([1, 5, null, 8]);
    expect(evaluate('MAX([m1, m2])', series)).toEqual([3, 5, null, 8]);
    expect(evaluate('AVG([m1, m2])', series)).toEqual([2, 2.5, null, 4]);
    expect(evaluate('SUM(100 / [m1, m2])', { m1: ts(10), m2: ts(20) })).toEqual([15]);
  });

  it('change each value', () => {
    expect(evaluate('ABS(m1)', { m1: ts(-1.5, null, 2) })).toEqual([1.5, null, 2]);
    expect(evaluate('CEIL(m1) + FLOOR(m1)', { m1: ts(1.5) })).toEqual([3]);
  });

  it('choose as the tables of IF in CloudWatch’s documentation do', () => {
    const series = { metric1: ts(1, 1, 0, 0, null), metric2: ts(30, null, 0, 0, 30), metric3: ts(0, 0, 20, null, 20) };
    expect(evaluate('IF(metric1, metric2, metric3)', series)).toEqual([30, 0, 20]);
    expect(evaluate('IF(metric1, 5, metric3)', series)).toEqual([5, 5, 20]);
    expect(evaluate('IF(metric1, metric2, 5)', series)).toEqual([30, 0, 5, 5, 5]);
    expect(evaluate('IF(metric2 < 400, metric2)', series)).toEqual([30, null, 0, 0, 30]);
    expect(evaluate('IF(1, metric2, metric3)', series)).toEqual([30, null, 0, 0, 30]);
  });

  it('want a single series in the end, of one period', () => {
    expect(() => evaluate('SUM(m1)', { m1: ts(1) })).toThrow('single number');
    expect(() => evaluate('[m1, m1]', { m1: ts(1) })).toThrow('array');
    const other: Series = { periodSeconds: 10, points: new Map([[0, 1]]) };
    expect(() => evaluate('m1 + m2', { m1: ts(1), m2: other })).toThrow('60, 10 s');
    expect(() => evaluate('SUM(m1, m1)', { m1: ts(1) })).toThrow('SUM([a, b])');
    expect(() => evaluate('ABS(3) + m1', { m1: ts(1) })).toThrow('ABS');
  });

  it('give sums that do not depend on the order of the series', () => {
    const values = fc.array(fc.option(fc.integer({ min: -99, max: 99 })), { maxLength: 5 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const series = { a: ts(...a), b: ts(...b) };
        const sum = evaluate('a + b', series);
        expect(evaluate('b + a', series)).toEqual(sum);
        expect(evaluate('SUM([a, b])', series)).toEqual(sum);
        expect(evaluate('a - -b', series)).toEqual(sum);
      }),
      { numRuns: 100 },
    );
  });
});
