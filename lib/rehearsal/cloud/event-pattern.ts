/** A pattern that EventBridge would refuse, or that has an operator which is not built here. */
export class EventPatternError extends Error {
  override readonly name = 'EventPatternError';
}

/** Whether an event, as EventBridge hands it to targets, fits. */
export type EventMatcher = (event: Readonly<Record<string, unknown>>) => boolean;

type ValueTest = (value: unknown) => boolean;

/** Longest pattern in characters. Source: EventBridge quotas. */
const LONGEST_PATTERN = 2_048;

/**
 * Compiles an event pattern: every field of the pattern must fit, and for a field any of the listed values. Built are exact
 * values, `prefix`, `suffix`, `equals-ignore-case`, `anything-but` (values or a prefix), `exists` and `numeric`.
 * Rules: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @throws EventPatternError with the place in the pattern.
 */
export function compilePattern(pattern: Readonly<Record<string, unknown>>): EventMatcher {
  if (JSON.stringify(pattern).length > LONGEST_PATTERN) {
    throw new EventPatternError(`the event pattern is longer than ${LONGEST_PATTERN} characters`);
  }
  return compileObject(pattern, 'the event pattern');
}

function compileObject(pattern: Readonly<Record<string, unknown>>, place: string): ValueTest {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw new EventPatternError(`${place} is empty; name what an event must have`);
  const tests = fields.map(([name, wanted]) => [name, compileField(wanted, `${place}.${name}`, name)] as const);
  const fits = (value: unknown): boolean => {
    // Of a list of objects one has to fit as a whole.
    if (Array.isArray(value)) return value.some(fits);
    const object = isObject(value) ? value : {};
    return tests.every(([name, test]) => test(object[name]));
  };
  return fits;
}

function compileField(wanted: unknown, place: string, name: string): ValueTest {
  if (name.startsWith('$')) throw new EventPatternError(`${place}: ${name} is not built in the local cloud`);
  if (isObject(wanted)) return compileObject(wanted, place);
  if (!Array.isArray(wanted) || wanted.length === 0) {
    throw new EventPatternError(`${place} must be an object or a list with something in it`);
  }
  const tests = wanted.map((each: unknown) => (isObject(each) ? compileOperator(each, place) : exactly(each, place)));
  return (value) => tests.some((test) => test(value));
}

function exactly(wanted: unknown, place: string): ValueTest {
  if (Array.isArray(wanted)) throw new EventPatternError(`${place} must not hold lists in its list`);
  return anyOf((value) => value === wanted);
}

function compileOperator(operator: Readonly<Record<string, unknown>>, place: string): ValueTest {
  const [entry, ...more] = Object.entries(operator);
  if (entry === undefined || more.length > 0) throw new EventPatternError(`${place} must have one operator at a time`);
  const [name, operand] = entry;
  const where = `${place}: ${name}`;
  switch (name) {
    case 'prefix':
    case 'suffix':
    case 'equals-ignore-case':
      return anyOf(textTest(name, operand, where));
    case 'exists':
      if (typeof operand !== 'boolean') throw new EventPatternError(`${where} must be true or false`);
      return (value) => (value !== undefined && !isObject(value)) === operand;
    case 'anything-but':
      return anyOf(anythingBut(operand, where));
    case 'numeric':
      return anyOf(numericTest(operand, where));
    default:
      throw new EventPatternError(`${where} is not built in the local cloud`);
  }
}

function textTest(name: 'prefix' | 'suffix' | 'equals-ignore-case', operand: unknown, where: string): ValueTest {
  if (typeof operand !== 'string') throw new EventPatternError(`${where} is built for text only`);
  return (value) => {
    if (typeof value !== 'string') return false;
    if (name === 'prefix') return value.startsWith(operand);
    return name === 'suffix' ? value.endsWith(operand) : value.toLowerCase() === operand.toLowerCase();
  };
}

function anythingBut(operand: unknown, where: string): ValueTest {
  if (isObject(operand)) {
    const { prefix, ...others } = operand;
    if (Object.keys(others).length > 0) throw new EventPatternError(`${where} is built for values and for prefix only`);
    const startsSo = textTest('prefix', prefix, `${where} of prefix`);
    return (value) => !startsSo(value);
  }
  const refused: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (refused.length === 0 || refused.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new EventPatternError(`${where} must be text, a number, or a list of them`);
  }
  return (value) => !refused.includes(value);
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function numericTest(operand: unknown, where: string): ValueTest {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const [sign, limit] = [parts[index], parts[index + 1]];
    const compare = typeof sign === 'string' ? COMPARISONS[sign] : undefined;
    if (compare === undefined || typeof limit !== 'number') {
      throw new EventPatternError(`${where} must be a list such as [">", 0, "<=", 5]`);
    }
    tests.push((value) => compare(value, limit));
  }
  if (tests.length === 0) throw new EventPatternError(`${where} must be a list such as [">", 0, "<=", 5]`);
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

/** For a list in the event, one of its values has to fit; what is not there, or is an object, fits nothing. */
function anyOf(test: ValueTest): ValueTest {
  return (value) => {
    if (Array.isArray(value)) return value.some((each) => !isObject(each) && test(each));
    return value !== undefined && !isObject(value) && test(value);
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
