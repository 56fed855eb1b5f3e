import { type BinaryOperator, type MathNode, MetricMathError } from './metric-math-syntax.ts';
import type { SecondRange } from './metric-store.ts';

/** A time series: values by the first second of their period. */
export interface Series {
  readonly periodSeconds: number;
  readonly points: ReadonlyMap<number, number>;
}

/** CloudWatch's S, TS and TS[]. */
type MathValue = number | Series | readonly Series[];

export interface MathScope {
  /** The time asked for, at the grain of a period; FILL fills up to its ends. */
  rangeOf(periodSeconds: number): SecondRange;
  /** The series of an id. Throws MetricMathError for an id that is unknown. */
  series(id: string): Series;
}

/**
 * Works an expression out by CloudWatch's rules
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax): element by element
 * over timestamps; a value that only one of two series lacks counts as 0; where both lack it, it stays missing; a data point
 * that would divide by zero is dropped.
 * @throws MetricMathError that names what is not served, and for a result that is no single time series.
 */
export function evaluateMetricMath(node: MathNode, scope: MathScope): Series {
  const value = evaluate(node, scope);
  if (typeof value === 'number')
    throw new MetricMathError('the result is a single number, but it must be a time series');
  if (isArray(value))
    throw new MetricMathError('the result is an array of time series, but only a single one is served');
  return value;
}

/**
 * Finds what cannot be served before there are any data.
 * @throws MetricMathError that names the function or word.
 */
export function assertServedMath(node: MathNode, parent?: string): void {
  if (node.kind === 'word' && !(node.word === 'REPEAT' && parent === 'FILL')) {
    throw new MetricMathError(`${node.word} is not served`);
  }
  if (node.kind === 'call' && functionNamed(node.name) === undefined) {
    throw new MetricMathError(`the function ${node.name} is not served`);
  }
  for (const child of childrenOf(node)) assertServedMath(child, node.kind === 'call' ? node.name : undefined);
}

function childrenOf(node: MathNode): readonly MathNode[] {
  switch (node.kind) {
    case 'minus':
      return [node.of];
    case 'binary':
      return [node.left, node.right];
    case 'array':
      return node.items;
    case 'call':
      return node.args;
    default:
      return [];
  }
}

function evaluate(node: MathNode, scope: MathScope): MathValue {
  switch (node.kind) {
    case 'number':
      return node.value;
    case 'id':
      return scope.series(node.name);
    case 'word':
      throw new MetricMathError(`${node.word} is not served`);
    case 'minus':
      return eachValue(evaluate(node.of, scope), (value) => -value);
    case 'binary':
      return combine(node.operator, evaluate(node.left, scope), evaluate(node.right, scope));
    case 'array':
      return node.items.flatMap((item) => asSeriesList(evaluate(item, scope), 'an array'));
    case 'call':
      return call(node.name, node.args, scope);
  }
}

const OPERATIONS: Readonly<Record<BinaryOperator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
};

function combine(operator: BinaryOperator, left: MathValue, right: MathValue): MathValue {
  const operation = OPERATIONS[operator];
  if (typeof left === 'number' && typeof right === 'number') return operation(left, right);
  if (isArray(left) && isArray(right)) throw new MetricMathError(`${operator} between two arrays is not served`);
  if (isArray(left)) return left.map((series) => combineSeries(operation, series, single(right)));
  if (isArray(right)) return right.map((series) => combineSeries(operation, single(left), series));
  return combineSeries(operation, left, right);
}

function combineSeries(
  operation: (a: number, b: number) => number,
  left: number | Series,
  right: number | Series,
): Series {
  const all = [left, right].filter((value): value is Series => typeof value !== 'number');
  const at = (value: number | Series, time: number) =>
    typeof value === 'number' ? value : (value.points.get(time) ?? 0);
  return seriesOver(all, timesOf(all), (time) => operation(at(left, time), at(right, time)));
}

type MathFunction = (args: readonly MathNode[], scope: MathScope) => MathValue;

const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ABS: eachOf('ABS', Math.abs),
  CEIL: eachOf('CEIL', Math.ceil),
  FLOOR: eachOf('FLOOR', Math.floor),
  SUM: overAll('SUM', sum),
  // "Missing values are treated as 0", say CloudWatch's pages of AVG over several series.
  AVG: overAll('AVG', (values, among) => sum(values) / among),
  MIN: overAll('MIN', (values) => values.reduce((least, value) => Math.min(least, value), Infinity)),
  MAX: overAll('MAX', (values) => values.reduce((most, value) => Math.max(most, value), -Infinity)),
  FILL: fill,
  IF: choose,
};

function functionNamed(name: string): MathFunction | undefined {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
}

function call(name: string, args: readonly MathNode[], scope: MathScope): MathValue {
  const served = functionNamed(name);
  if (served === undefined) throw new MetricMathError(`the function ${name} is not served`);
  return served(args, scope);
}

function eachOf(name: string, change: (value: number) => number): MathFunction {
  return (args, scope) => {
    const value = evaluate(onlyArgument(name, args), scope);
    if (typeof value === 'number') throw new MetricMathError(`${name} takes a time series, not a number`);
    return eachValue(value, change);
  };
}

/** A function that makes one number of a series, and one series of several. */
function overAll(name: string, reduce: (values: readonly number[], among: number) => number): MathFunction {
  return (args, scope) => {
    const value = evaluate(onlyArgument(name, args), scope);
    if (typeof value === 'number') throw new MetricMathError(`${name} takes a time series, not a number`);
    if (!isArray(value)) return reduce([...value.points.values()], value.points.size);
    return seriesOver(value, timesOf(value), (time) => {
      const values = value.flatMap((series) => series.points.get(time) ?? []);
      return reduce(values, value.length);
    });
  };
}

/** FILL(m, value) and FILL(m, REPEAT); REPEAT leaves what comes before the first value missing. */
function fill(args: readonly MathNode[], scope: MathScope): MathValue {
  const [metric, filler, ...more] = args;
  if (metric === undefined || filler === undefined || more.length > 0)
    throw new MetricMathError('FILL takes two arguments');
  const value = evaluate(metric, scope);
  if (typeof value === 'number') throw new MetricMathError('FILL takes a time series, not a number');
  const repeats = filler.kind === 'word' && filler.word === 'REPEAT';
  const filling = repeats ? null : single(evaluate(filler, scope));
  const filled = isArray(value)
    ? value.map((series) => fillOne(series, filling, scope))
    : fillOne(value, filling, scope);
  return filled;
}

function fillOne(series: Series, filling: number | Series | null, scope: MathScope): Series {
  const { periodSeconds } = series;
  const range = scope.rangeOf(periodSeconds);
  const times: number[] = [];
  const first = Math.ceil(range.start / periodSeconds) * periodSeconds;
  for (let time = first; time < range.end; time += periodSeconds) times.push(time);
  let latest: number | undefined;
  return seriesOver([series, ...(typeof filling === 'object' && filling !== null ? [filling] : [])], times, (time) => {
    const value = series.points.get(time);
    if (value !== undefined) latest = value;
    if (value !== undefined || filling === null) return latest;
    return typeof filling === 'number' ? filling : filling.points.get(time);
  });
}

/**
 * IF(condition, then, otherwise), with the cases of CloudWatch's own tables: a missing `then` counts as 0, a missing or omitted
 * `otherwise` drops the data point, and where the condition is missing only a number given as `otherwise` stands in.
 */
function choose(args: readonly MathNode[], scope: MathScope): MathValue {
  const [condition, then, otherwise, ...more] = args.map((arg) => single(evaluate(arg, scope)));
  if (condition === undefined || then === undefined || more.length > 0)
    throw new MetricMathError('IF takes two or three arguments');
  const all = [condition, then, otherwise].filter((value): value is Series => typeof value === 'object');
  if (all.length === 0) throw new MetricMathError('IF needs a time series among its arguments');
  const at = (value: number | Series | undefined, time: number) =>
    typeof value === 'object' ? value.points.get(time) : value;
  return seriesOver(all, timesOf(all), (time) => {
    const truth = at(condition, time);
    if (truth === undefined) return typeof otherwise === 'number' ? otherwise : undefined;
    if (truth === 0) return at(otherwise, time);
    // With a number as the condition, the result is the series itself.
    return at(then, time) ?? (typeof condition === 'number' ? undefined : 0);
  });
}

function onlyArgument(name: string, args: readonly MathNode[]): MathNode {
  const [argument, ...more] = args;
  if (argument === undefined || more.length > 0) {
    throw new MetricMathError(`${name} takes one argument; several series stand in brackets, as in ${name}([a, b])`);
  }
  return argument;
}

function isArray(value: MathValue): value is readonly Series[] {
  return Array.isArray(value);
}

function single(value: MathValue): number | Series {
  if (isArray(value)) throw new MetricMathError('an array of time series stands where a single one is expected');
  return value;
}

function asSeriesList(value: MathValue, where: string): readonly Series[] {
  if (typeof value === 'number') throw new MetricMathError(`a number stands in ${where} of time series`);
  return isArray(value) ? value : [value];
}

function eachValue(value: MathValue, change: (value: number) => number): MathValue {
  if (typeof value === 'number') return change(value);
  if (isArray(value)) return value.map((series) => changeSeries(series, change));
  return changeSeries(value, change);
}

function changeSeries(series: Series, change: (value: number) => number): Series {
  return seriesOver([series], timesOf([series]), (time) => {
    const value = series.points.get(time);
    return value === undefined ? undefined : change(value);
  });
}

function timesOf(all: readonly Series[]): readonly number[] {
  return [...new Set(all.flatMap((series) => [...series.points.keys()]))].sort((a, b) => a - b);
}

/** A series of the values that exist and are finite: what a division by zero gives is dropped here. */
function seriesOver(
  all: readonly Series[],
  times: readonly number[],
  valueAt: (time: number) => number | undefined,
): Series {
  const periods = new Set(all.map((series) => series.periodSeconds));
  const [periodSeconds] = periods;
  if (periodSeconds === undefined) throw new MetricMathError('an empty array of time series has no result');
  if (periods.size > 1)
    throw new MetricMathError(
      `series of different periods (${[...periods].join(', ')} s) in one expression are not served`,
    );
  const points = new Map<number, number>();
  for (const time of times) {
    const value = valueAt(time);
    if (value !== undefined && Number.isFinite(value)) points.set(time, value);
  }
  return { periodSeconds, points };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
