import * as z from 'zod';

/** Largest document, in bytes (https://docs.aws.amazon.com/general/latest/gr/ssm.html). */
const LARGEST_DOCUMENT_BYTES = 64 * 1024;

/** Default of aws:runShellScript's `timeoutSeconds`. */
const EXECUTION_SECONDS = 3_600;

const text = z.string();

/** The SSM agent knows parameters by names of these characters (`paramNameRegex` in agent/parameters/parameters.go). */
const parameterName = text.regex(/^[A-Za-z0-9]+$/, { error: 'is no parameter name: letters and digits only' });

const pattern = text.refine(isPattern, { error: 'is no regular expression' });

const parameter = z.strictObject({
  type: z.literal('String', { error: 'the local cloud knows parameters of type String only' }),
  description: text.optional(),
  default: text.optional(),
  allowedPattern: pattern.optional(),
  allowedValues: z.array(text).optional(),
  minChars: z.int().min(0).optional(),
  maxChars: z.int().min(0).optional(),
  displayType: z.enum(['textfield', 'textarea']).optional(),
  interpolationType: z.literal('ENV_VAR').optional(),
});

/**
 * The content of a Command document, as far as a rehearsal honours it: schema 2.2 with one step, which is a shell script.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html.
 */
export const commandDocument = z
  .strictObject({
    schemaVersion: z.literal('2.2'),
    description: text.optional(),
    parameters: z.record(parameterName, parameter).default({}),
    mainSteps: z.tuple([
      z.strictObject({
        action: z.literal('aws:runShellScript'),
        name: text.min(1),
        precondition: z
          .strictObject({ StringEquals: z.tuple([z.literal('platformType'), z.literal('Linux')]) })
          .optional(),
        inputs: z.strictObject({
          runCommand: z.array(text).min(1),
          timeoutSeconds: z
            .union([z.int(), text.regex(/^\d+$/).transform(Number)])
            .pipe(z.int().min(1).max(172_800))
            .default(EXECUTION_SECONDS),
        }),
      }),
    ]),
  })
  .refine((content) => Buffer.byteLength(JSON.stringify(content)) <= LARGEST_DOCUMENT_BYTES, {
    error: `is larger than ${LARGEST_DOCUMENT_BYTES} bytes`,
  });

export type CommandDocument = z.output<typeof commandDocument>;

/** A document with its name. */
export interface ProvisionedDocument {
  readonly name: string;
  readonly content: CommandDocument;
}

/** What a host is told to run. */
export interface RenderedDocument {
  readonly step: string;
  readonly script: string;
  /** `SSM_<name>` for every parameter that is interpolated into the environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly executionTimeoutMs: number;
}

/**
 * A document with its parameters filled in, or why they do not fit.
 *
 * Every `{{ name }}` of the script becomes the value. A parameter with `interpolationType: ENV_VAR` also arrives as the
 * environment variable `SSM_<name>`, as agents from 3.3.2746.0 on give it
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-troubleshooting.html).
 */
export function renderDocument(
  { parameters, mainSteps: [{ name: step, inputs }] }: CommandDocument,
  given: Readonly<Record<string, readonly string[]>>,
): RenderedDocument | { readonly invalid: string } {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parameters, name));
  if (unknown !== undefined) return { invalid: `Parameter ${unknown} is not defined in the document.` };
  const values = new Map<string, string>();
  for (const [name, declared] of Object.entries(parameters)) {
    const list = given[name];
    if (list !== undefined && list.length !== 1) return { invalid: `Parameter ${name} takes exactly one value.` };
    const value = list?.[0] ?? declared.default;
    if (value === undefined) return { invalid: `Parameter ${name} is required.` };
    const why = misfit(value, declared);
    if (why !== null) return { invalid: `Parameter ${name} ${why}` };
    values.set(name, value);
  }
  const script = inputs.runCommand.join('\n');
  const inEnvironment = [...values].filter(([name]) => parameters[name]?.interpolationType === 'ENV_VAR');
  return {
    step,
    script: `${script.replace(/\{\{\s*([A-Za-z0-9]+)\s*\}\}/g, (whole, name) => values.get(name) ?? whole)}\n`,
    environment: Object.fromEntries(inEnvironment.map(([name, value]) => [`SSM_${name}`, value])),
    executionTimeoutMs: inputs.timeoutSeconds * 1000,
  };
}

function misfit(value: string, declared: z.output<typeof parameter>): string | null {
  const { allowedPattern, allowedValues, minChars = 0, maxChars = Number.POSITIVE_INFINITY } = declared;
  if (allowedPattern !== undefined && !new RegExp(allowedPattern).test(value)) {
    return `does not match the allowed pattern ${allowedPattern}.`;
  }
  if (allowedValues !== undefined && !allowedValues.includes(value)) return 'is none of the allowed values.';
  return value.length < minChars || value.length > maxChars ? 'is too short or too long.' : null;
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
