import * as z from 'zod';
import { answersOf, commonFields, type Phase, type ProbeAnswer, shortened, timeoutSeconds } from './question.ts';

/** A name, or an ARN, either with a version or an alias if one is wanted (Lambda, Invoke, FunctionName). */
const FUNCTION =
  /^(arn:aws[a-z-]*:lambda:[a-z]{2}(-[a-z]+)+-\d:\d{12}:function:)?[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]{1,128}))?$/;

const path = z
  .string()
  .min(1)
  .max(500)
  .default('healthy')
  .describe('Where in the answer the value stands: keys, and numbers for places of a list, with a dot between.');

const expectSchema = z.union(
  [
    z.strictObject({ path, equals: z.json() }),
    z
      .strictObject({ path, atLeast: z.number().optional(), atMost: z.number().optional() })
      .refine(({ atLeast, atMost }) => atLeast !== undefined || atMost !== undefined),
  ],
  { error: 'write a path with equals, or with atLeast or atMost or both' },
);

/** The user's own check: a function that is invoked once and answers with a value of JSON. */
export const lambdaSchema = z.strictObject({
  type: z.literal('lambda'),
  name: z.string().min(1),
  functionName: z.string().regex(FUNCTION, {
    error: 'write the name of a function or its ARN, with :version or :alias behind it if you like',
  }),
  payload: z
    .record(z.string(), z.json())
    .refine((payload) => !Object.hasOwn(payload, 'capuchin'), {
      error: 'the key "capuchin" is where Capuchin puts experiment, group, phase and probe',
    })
    .default({}),
  expect: expectSchema.default({ path: 'healthy', equals: true }).describe('The tolerance: what the answer must hold.'),
  ...commonFields('before', 'during', 'after'),
  timeoutSeconds,
});

export type LambdaProbe = z.output<typeof lambdaSchema>;
type Expectation = LambdaProbe['expect'];

/** Judges what the function answered. Without the path, or with something else than a number where one is wanted, it says nothing. */
export function judgeLambda(probe: LambdaProbe, phase: Phase, answer: unknown): ProbeAnswer {
  const { holds, violated, unknown } = answersOf(probe, phase);
  const { expect } = probe;
  const found = valueAt(answer, expect.path);
  if (found === undefined)
    return unknown(`${probe.functionName} answered ${json(answer)}, which has no "${expect.path}"`);
  const fits = 'equals' in expect ? isSame(found.value, expect.equals) : isBetween(found.value, expect);
  const said = `${probe.functionName} answered ${expect.path} = ${json(found.value)}`;
  if (fits === undefined)
    return unknown(`${said}, which is no number, so it cannot be told whether it is ${say(expect)}`);
  return fits ? holds(`${said}, wanted ${say(expect)}`) : violated(`${said}, not ${say(expect)}`);
}

function valueAt(answer: unknown, path: string): { readonly value: unknown } | undefined {
  let value = answer;
  for (const key of path.split('.')) {
    // Only what the answer itself holds: every object has a `constructor`, and every list a `length`.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && key === 'length') return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return { value };
}

function isBetween(
  value: unknown,
  { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: { atLeast?: number; atMost?: number },
): boolean | undefined {
  return typeof value === 'number' ? value >= atLeast && value <= atMost : undefined;
}

/** Equality of values of JSON; the order of keys means nothing. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [ofA, ofB] = [Object.entries(a), new Map(Object.entries(b))];
  return ofA.length === ofB.size && ofA.every(([key, value]) => ofB.has(key) && isSame(value, ofB.get(key)));
}

function say(expect: Expectation): string {
  if ('equals' in expect) return json(expect.equals);
  const { atLeast, atMost } = expect;
  if (atLeast === undefined) return `at most ${atMost}`;
  return atMost === undefined ? `at least ${atLeast}` : `from ${atLeast} to ${atMost}`;
}

function json(value: unknown): string {
  return value === undefined ? 'nothing' : shortened(JSON.stringify(value));
}
