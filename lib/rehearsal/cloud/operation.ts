import type * as z from 'zod';

/** Who is calling, as far as the local cloud can know it from the request's credentials. */
export interface Caller {
  /** The access key of the request; each function process has its own. */
  readonly accessKeyId: string;
  readonly region: string;
  readonly accountId: string;
}

/**
 * An error as AWS answers it: a code the SDK turns into an exception's name, a sentence, and an HTTP status.
 * Anything else that a handler throws is a defect of the local cloud and fails the rehearsal.
 */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly code: string;
  readonly statusCode: number;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, statusCode = 400, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
    this.fields = fields;
  }
}

/**
 * One AWS operation that the local cloud serves. `input` is a closed schema: a parameter that it does not know is an error,
 * because a rehearsal that ignores a parameter would rehearse something that is not deployed.
 */
export interface ServedOperation<Input extends z.ZodType = z.ZodType> {
  readonly input: Input;
  answer(input: z.output<Input>, caller: Caller): Promise<object> | object;
}

/** Ties a handler's parameter to its schema, for the tables of served operations. */
export function serve<Input extends z.ZodType>(operation: ServedOperation<Input>): ServedOperation {
  return operation as unknown as ServedOperation;
}

/** Operations of one AWS service by name, for example `{ DescribeServices: … }`. */
export type ServedService = Readonly<Record<string, ServedOperation>>;
