import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { begin, type ErrorObject, type Operation, type Operations, replayable } from './durable-operations.ts';
import type { InvocationTarget } from './functions.ts';
import { AwsError } from './operation.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';

/** One durable execution, as it is or as it ended. */
export interface DurableExecution {
  readonly name: string;
  readonly arn: string;
  readonly functionName: string;
  readonly version: string;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  /** Null while it runs. */
  readonly endedAt: Date | null;
  /** JSON. */
  readonly input: string;
  /** JSON; null while it runs and when it failed. */
  readonly result: string | null;
  readonly error: ErrorObject | null;
  /** How often the function was invoked for it: once, and once more for every wait, retry and crash. */
  readonly invocations: number;
  readonly operations: readonly Operation[];
}

/** An execution while it runs, and after. */
export interface Run {
  readonly name: string;
  readonly arn: string;
  readonly target: InvocationTarget;
  readonly input: string;
  readonly startedAt: Date;
  readonly ended: PromiseWithResolvers<void>;
  status: ExecutionStatus;
  endedAt: Date | null;
  result: string | null;
  error: ErrorObject | null;
  invocations: number;
  operations: Operations;
  /** The only token that the next checkpoint may carry; null while no invocation is running. */
  token: string | null;
  lastCheckpoint: { readonly clientToken: string; readonly answer: CheckpointAnswer } | null;
  /** Operations that changed since the function was last told. */
  readonly untold: Set<string>;
  /** Checkpoints with updates so far. */
  progress: number;
  timeout: NodeJS.Timeout | undefined;
}

export interface CheckpointAnswer {
  readonly CheckpointToken: string;
  readonly NewExecutionState: { readonly Operations: readonly Operation[]; readonly NextMarker?: string };
}

/** What a durable function answers to an invocation. */
export const invocationAnswer = z.object({
  Status: z.enum(['SUCCEEDED', 'FAILED', 'PENDING']),
  Result: z.string().optional(),
  Error: z
    .object({
      ErrorMessage: z.string().optional(),
      ErrorType: z.string().optional(),
      ErrorData: z.string().optional(),
      StackTrace: z.array(z.string()).optional(),
    })
    .optional(),
});

/** Most operations in one page of state; the SDK asks for as many. */
export const pageSize = 1000;

/** A new execution, not yet invoked. */
export function newRun(target: InvocationTarget, input: string, givenName: string | undefined): Run {
  const id = randomUUID();
  const name = givenName ?? id;
  const startedAt = new Date();
  return {
    name,
    arn: `${target.declared.arn}:${target.version}/durable-execution/${name}/${id}`,
    target,
    input,
    startedAt,
    ended: Promise.withResolvers<void>(),
    status: 'RUNNING',
    endedAt: null,
    result: null,
    error: null,
    invocations: 0,
    operations: begin(id, input, startedAt),
    token: null,
    lastCheckpoint: null,
    untold: new Set(),
    progress: 0,
    timeout: undefined,
  };
}

/**
 * @throws AwsError for a token that is not the newest one.
 */
export function checkToken(run: Run, token: string): void {
  // The SDK tells a stale token from other errors by the beginning of this sentence.
  if (run.token === null || token !== run.token) {
    throw new AwsError('InvalidParameterValueException', 'Invalid Checkpoint Token');
  }
}

/** One page of what a replay is given. */
export function page(
  operations: Operations,
  from: number,
  size: number,
): { Operations: Operation[]; NextMarker?: string } {
  const all = replayable(operations);
  const Operations = all.slice(from, from + size);
  const next = from + Operations.length;
  return next < all.length ? { Operations, NextMarker: String(next) } : { Operations };
}

/** An execution as it is now. */
export function snapshot(run: Run): DurableExecution {
  const { name, arn, target, input, status, startedAt, endedAt, result, error, invocations, operations } = run;
  const { declared, version } = target;
  const functionName = declared.name;
  return {
    name,
    arn,
    functionName,
    version,
    status,
    startedAt,
    endedAt,
    input,
    result,
    error,
    invocations,
    operations: [...operations.values()],
  };
}

/** Whether two JSON texts are the same but for white space. */
export function sameJson(one: string, other: string): boolean {
  return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(other));
}
