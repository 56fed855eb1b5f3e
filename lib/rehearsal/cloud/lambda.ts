import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { AsyncInvocations } from './async-invocations.ts';
import type { DurableExecutions } from './durable-executions.ts';
import type { FunctionFailure } from './function-messages.ts';
import type { Functions, InvocationTarget } from './functions.ts';
import { AwsError, type ServedService, serve } from './operation.ts';

/** Largest payloads in bytes. Source: the Lambda API reference, Invoke. */
const largestPayloadBytes = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024, DryRun: 6 * 1024 * 1024 };

/**
 * A synchronous call to a durable function lasts no longer than this (developer guide, "Invoking durable functions").
 * That Lambda refuses one that could, instead of cutting it off, is from memory, and so are the sentences of both refusals.
 */
const longestSynchronousSeconds = 900;

const invokeInput = z.strictObject({
  FunctionName: z.string().min(1),
  Qualifier: z.string().min(1).optional(),
  InvocationType: z.enum(['RequestResponse', 'Event', 'DryRun']).default('RequestResponse'),
  DurableExecutionName: z
    .string()
    .regex(/^[a-zA-Z0-9_-]{1,64}$/)
    .optional(),
  Payload: z.instanceof(Uint8Array).optional(),
});
type InvokeInput = z.output<typeof invokeInput>;

interface InvokeAnswer {
  readonly StatusCode: number;
  readonly ExecutedVersion?: string;
  readonly FunctionError?: string;
  readonly DurableExecutionArn?: string;
  readonly Payload?: Uint8Array;
}

const errorObject = z.strictObject({
  ErrorMessage: z.string().optional(),
  ErrorType: z.string().optional(),
  ErrorData: z.string().optional(),
  StackTrace: z.array(z.string()).optional(),
});

/** Callbacks and chained invocations are not served: nothing in this project uses them. */
const operationUpdate = z.strictObject({
  Id: z.string().min(1).max(64),
  ParentId: z.string().min(1).max(64).optional(),
  Name: z.string().max(256).optional(),
  Type: z.enum(['EXECUTION', 'CONTEXT', 'STEP', 'WAIT']),
  SubType: z.string().max(32).optional(),
  Action: z.enum(['START', 'SUCCEED', 'FAIL', 'RETRY', 'CANCEL']),
  Payload: z.string().optional(),
  Error: errorObject.optional(),
  ContextOptions: z.strictObject({ ReplayChildren: z.boolean().optional() }).optional(),
  StepOptions: z.strictObject({ NextAttemptDelaySeconds: z.int().min(1).max(31_622_400).optional() }).optional(),
  WaitOptions: z.strictObject({ WaitSeconds: z.int().min(1).max(31_622_400).optional() }).optional(),
});

/** Lambda's side of the local cloud: functions and durable executions as API operations. */
export function lambdaService(parts: {
  functions: Functions;
  asyncInvocations: AsyncInvocations;
  executions: DurableExecutions;
}): ServedService {
  const { executions } = parts;
  return {
    Invoke: serve({ input: invokeInput, answer: (input) => invoke(parts, input) }),
    CheckpointDurableExecution: serve({
      input: z.strictObject({
        DurableExecutionArn: z.string().min(1),
        CheckpointToken: z.string().min(1),
        ClientToken: z.string().min(1).optional(),
        Updates: z.array(operationUpdate).optional(),
      }),
      answer: (input) => executions.checkpoint(input),
    }),
    GetDurableExecutionState: serve({
      input: z.strictObject({
        DurableExecutionArn: z.string().min(1),
        CheckpointToken: z.string().min(1),
        Marker: z.string().regex(/^\d*$/).optional(),
        MaxItems: z.int().min(0).max(1000).optional(),
      }),
      answer: (input) => executions.state(input),
    }),
  };
}

async function invoke(parts: Parameters<typeof lambdaService>[0], input: InvokeInput): Promise<InvokeAnswer> {
  const target = parts.functions.find(input.FunctionName, input.Qualifier);
  const payload = payloadOf(input);
  if (target.declared.durable) return invokeDurable(parts.executions, target, payload, input);
  if (input.DurableExecutionName !== undefined) {
    throw invalid(`${target.declared.name} is not a durable function: it takes no DurableExecutionName.`);
  }
  if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
  const requestId = randomUUID();
  if (input.InvocationType === 'Event') {
    parts.asyncInvocations.accept(target, payload, requestId);
    return { StatusCode: 202 };
  }
  const outcome = await parts.functions.invoke(target, { payload, requestId, whenBusy: 'refuse' });
  const answer = { StatusCode: 200, ExecutedVersion: target.version };
  if (outcome.kind === 'answer') return { ...answer, Payload: Buffer.from(outcome.payload) };
  return { ...answer, ...functionError(outcome.failure) };
}

async function invokeDurable(
  executions: DurableExecutions,
  target: InvocationTarget,
  payload: string,
  { InvocationType, DurableExecutionName }: InvokeInput,
): Promise<InvokeAnswer> {
  if (target.qualifier === null) {
    throw invalid('You cannot invoke a durable function using an unqualified ARN.');
  }
  const timeoutSeconds = target.declared.durable?.executionTimeoutSeconds ?? 0;
  if (InvocationType === 'RequestResponse' && timeoutSeconds > longestSynchronousSeconds) {
    throw invalid(
      'You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.',
    );
  }
  if (InvocationType === 'DryRun') return { StatusCode: 204 };
  const DurableExecutionArn = executions.start(target, payload, DurableExecutionName);
  if (InvocationType === 'Event') return { StatusCode: 202, DurableExecutionArn };
  const { result, error } = await executions.ended(DurableExecutionArn);
  const answer = { StatusCode: 200, ExecutedVersion: target.version, DurableExecutionArn };
  if (error === null) return { ...answer, Payload: Buffer.from(result ?? 'null') };
  const { ErrorType = 'Error', ErrorMessage = '', StackTrace } = error;
  const trace = StackTrace ? { trace: StackTrace } : {};
  return { ...answer, ...functionError({ errorType: ErrorType, errorMessage: ErrorMessage, ...trace }) };
}

function functionError(failure: FunctionFailure): Pick<InvokeAnswer, 'FunctionError' | 'Payload'> {
  return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify(failure)) };
}

function payloadOf({ Payload, InvocationType }: InvokeInput): string {
  if (Payload === undefined || Payload.byteLength === 0) return '{}';
  const most = largestPayloadBytes[InvocationType];
  if (Payload.byteLength > most) {
    const message = `Request must be smaller than ${most} bytes for the InvokeFunction operation`;
    throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
  }
  const text = Buffer.from(Payload).toString('utf8');
  try {
    JSON.parse(text);
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' });
  }
  return text;
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
}
