import * as z from 'zod';

/** A parameter of a host fault: what a person may write, and how it goes to the host as one string. */
export interface HostParameter<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** What SSM lets through, anchored at both ends. Every wire form of the schema matches it. */
  readonly allowedPattern: string;
  toWire(value: z.output<Schema>): string;
}

/** A fault's own parameters by name. */
export type HostParameters = Readonly<Record<string, HostParameter>>;

/** What the parameters come to once they are parsed. */
export type ParsedParameters<Parameters extends HostParameters> = {
  readonly [Name in keyof Parameters]: z.output<Parameters[Name]['schema']>;
};

interface Range {
  readonly least: number;
  readonly most: number;
  /** Undefined makes the parameter compulsory. */
  readonly otherwise?: number;
}

const digits = (most: number): number => String(Math.floor(Math.abs(most))).length;
const sign = (least: number): string => (least < 0 ? '-?' : '');

/** A whole number of a range. @param says what it means, with its unit. */
export function wholeNumber(says: string, { least, most, otherwise }: Range): HostParameter<z.ZodType<number>> {
  const schema = z.int().min(least).max(most);
  return {
    schema: (otherwise === undefined ? schema : schema.default(otherwise)).describe(says),
    allowedPattern: `^${sign(least)}[0-9]{1,${Math.max(digits(least), digits(most))}}$`,
    toWire: String,
  };
}

/** Digits after the point that a host is told. */
const DECIMALS = 4;

/** A number of a range, to four digits after the point. */
export function decimal(says: string, { least, most, otherwise }: Range): HostParameter<z.ZodType<number>> {
  const schema = z.number().min(least).max(most);
  return {
    schema: (otherwise === undefined ? schema : schema.default(otherwise)).describe(says),
    allowedPattern: `^${sign(least)}[0-9]{1,${Math.max(digits(least), digits(most))}}([.][0-9]{1,${DECIMALS}})?$`,
    toWire: (value) => String(Number(value.toFixed(DECIMALS))),
  };
}

/** A percentage from 0 to 100. */
export function percent(says: string, otherwise?: number): HostParameter<z.ZodType<number>> {
  return decimal(says, { least: 0, most: 100, ...(otherwise === undefined ? {} : { otherwise }) });
}

/** One of some words of letters, digits and hyphens. */
export function choice<const Words extends readonly [string, ...string[]]>(
  says: string,
  words: Words,
  otherwise: Words[number],
): HostParameter<z.ZodType<Words[number]>> {
  return {
    schema: z
      .enum(words)
      .default(otherwise as never)
      .describe(says),
    allowedPattern: `^(${words.join('|')})$`,
    toWire: String,
  };
}

export function yesNo(says: string, otherwise: boolean): HostParameter<z.ZodType<boolean>> {
  return {
    schema: z.boolean().default(otherwise).describe(says),
    allowedPattern: '^(yes|no)$',
    toWire: (value) => (value ? 'yes' : 'no'),
  };
}

/** A text that matches a pattern, which is not anchored and knows no alternatives outside parentheses. */
export function text(says: string, pattern: string, otherwise?: string): HostParameter<z.ZodType<string>> {
  const schema = z.string().regex(new RegExp(`^(?:${pattern})$`));
  return {
    schema: (otherwise === undefined ? schema : schema.default(otherwise)).describe(says),
    allowedPattern: `^(${pattern})$`,
    toWire: String,
  };
}

/**
 * Some words, each matching a pattern, in a list or in one text with a space between; none by default. A single number, as a command line
 * reads `ports=80`, is a word too.
 */
export function words(
  says: string,
  pattern: string,
  { least = 0, most }: { readonly least?: number; readonly most: number },
): HostParameter<z.ZodType<readonly string[]>> {
  const word = new RegExp(`^(?:${pattern})$`);
  const list = z.array(z.string().regex(word)).min(least).max(most);
  const spread = z.preprocess((value) => {
    if (typeof value === 'string') return value.split(' ').filter((one) => one !== '');
    const some: unknown = typeof value === 'number' ? [value] : value;
    return Array.isArray(some) ? some.map((one: unknown) => (typeof one === 'number' ? String(one) : one)) : some;
  }, list);
  const some = `(${pattern})( (${pattern})){0,${most - 1}}`;
  return {
    schema: (least > 0 ? spread : spread.default([])).describe(says),
    allowedPattern: least > 0 ? `^${some}$` : `^(${some})?$`,
    toWire: (value) => value.join(' '),
  };
}
