import { AwsError } from './operation.ts';

/**
 * The operations of one durable execution and how checkpoints change them: pure, with `now` passed in.
 * Shapes and names are those of the Lambda API (2025-12-01); the rules are those that its SDK relies on.
 */

export interface ErrorObject {
  readonly ErrorMessage?: string | undefined;
  readonly ErrorType?: string | undefined;
  readonly ErrorData?: string | undefined;
  readonly StackTrace?: readonly string[] | undefined;
}

type OperationStatus = 'STARTED' | 'PENDING' | 'READY' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface Operation {
  readonly Id: string;
  readonly ParentId?: string | undefined;
  readonly Name?: string | undefined;
  readonly Type: 'EXECUTION' | 'CONTEXT' | 'STEP' | 'WAIT';
  readonly SubType?: string | undefined;
  readonly StartTimestamp: Date;
  readonly EndTimestamp?: Date;
  readonly Status: OperationStatus;
  readonly ExecutionDetails?: { readonly InputPayload: string };
  readonly ContextDetails?: {
    readonly ReplayChildren?: boolean | undefined;
    readonly Result?: string | undefined;
    readonly Error?: ErrorObject | undefined;
  };
  readonly StepDetails?: {
    /** How many attempts have ended. */
    readonly Attempt: number;
    readonly NextAttemptTimestamp?: Date;
    readonly Result?: string | undefined;
    readonly Error?: ErrorObject | undefined;
  };
  readonly WaitDetails?: { readonly ScheduledEndTimestamp: Date };
}

export interface OperationUpdate {
  readonly Id: string;
  readonly ParentId?: string | undefined;
  readonly Name?: string | undefined;
  readonly Type: Operation['Type'];
  readonly SubType?: string | undefined;
  readonly Action: 'START' | 'SUCCEED' | 'FAIL' | 'RETRY' | 'CANCEL';
  readonly Payload?: string | undefined;
  readonly Error?: ErrorObject | undefined;
  readonly ContextOptions?: { readonly ReplayChildren?: boolean | undefined } | undefined;
  readonly StepOptions?: { readonly NextAttemptDelaySeconds?: number | undefined } | undefined;
  readonly WaitOptions?: { readonly WaitSeconds?: number | undefined } | undefined;
}

/** Operations by id, in the order in which they started. The first one is the execution itself. */
export type Operations = ReadonlyMap<string, Operation>;

export interface Change {
  readonly operations: Operations;
  readonly changedIds: readonly string[];
}

/** Most operations that one execution may have. Source: Lambda quotas, "Durable operations per execution". */
const mostOperations = 3000;

/** The state in which an execution begins. */
export function begin(executionId: string, inputPayload: string, now: Date): Operations {
  const execution: Operation = {
    Id: executionId,
    Type: 'EXECUTION',
    StartTimestamp: now,
    Status: 'STARTED',
    ExecutionDetails: { InputPayload: inputPayload },
  };
  return new Map([[executionId, execution]]);
}

/**
 * Applies one checkpoint's updates: all of them, or none.
 *
 * @throws AwsError InvalidParameterValueException for an update that does not fit the state it meets.
 */
export function applyUpdates(operations: Operations, updates: readonly OperationUpdate[], now: Date): Change {
  const next = new Map(operations);
  const changedIds = new Set<string>();
  updates.forEach((update, index) => {
    if (update.Type === 'EXECUTION') {
      if (index !== updates.length - 1) throw invalid('EXECUTION checkpoint must be the last update.');
      const [executionId, execution] = firstOf(next);
      // The SDK makes up an id for the execution's own result; the execution has only the one it began with.
      next.set(executionId, executionUpdated(execution, update, now));
      changedIds.add(executionId);
      return;
    }
    const current = next.get(update.Id);
    if (current && current.Type !== update.Type) throw invalid(`Operation ${update.Id} is not a ${update.Type}.`);
    if (update.ParentId !== undefined && next.get(update.ParentId)?.Type !== 'CONTEXT') {
      throw invalid('Invalid parent operation id.');
    }
    next.set(update.Id, updated[update.Type](current, update, now));
    changedIds.add(update.Id);
  });
  if (next.size > mostOperations) throw invalid(`An execution can have at most ${mostOperations} operations.`);
  return { operations: next, changedIds: [...changedIds] };
}

/** Lets time pass: waits end and retries become ready whose moment has come. */
export function advance(operations: Operations, now: Date): Change {
  const next = new Map(operations);
  const changedIds: string[] = [];
  for (const [id, operation] of operations) {
    const dueAt = dueAtOf(operation);
    if (dueAt === undefined || dueAt > now) continue;
    changedIds.push(id);
    next.set(
      id,
      operation.Type === 'WAIT'
        ? { ...operation, Status: 'SUCCEEDED', EndTimestamp: now }
        : { ...operation, Status: 'READY', StepDetails: { ...withoutNextAttempt(operation) } },
    );
  }
  return { operations: next, changedIds };
}

/** When the next wait ends or the next retry is due; undefined when nothing is waited for. */
export function nextDue(operations: Operations): Date | undefined {
  let earliest: Date | undefined;
  for (const operation of operations.values()) {
    const dueAt = dueAtOf(operation);
    if (dueAt && (!earliest || dueAt < earliest)) earliest = dueAt;
  }
  return earliest;
}

/** Whether a step is ready for its next attempt, so that the execution can go on at once. */
export function hasReadyStep(operations: Operations): boolean {
  return [...operations.values()].some(({ Status }) => Status === 'READY');
}

/**
 * What a replay is given: everything but the inside of completed contexts, unless the context asked to keep its children
 * (`ReplayChildren`).
 */
export function replayable(operations: Operations): Operation[] {
  const pruned = new Set<string>();
  const kept: Operation[] = [];
  for (const operation of operations.values()) {
    const parent = operation.ParentId === undefined ? undefined : operations.get(operation.ParentId);
    const parentIsClosed = parent?.EndTimestamp !== undefined && parent.ContextDetails?.ReplayChildren !== true;
    if (parent && (pruned.has(parent.Id) || parentIsClosed)) pruned.add(operation.Id);
    else kept.push(operation);
  }
  return kept;
}

function dueAtOf(operation: Operation): Date | undefined {
  if (operation.Type === 'WAIT' && operation.Status === 'STARTED') return operation.WaitDetails?.ScheduledEndTimestamp;
  if (operation.Type === 'STEP' && operation.Status === 'PENDING') return operation.StepDetails?.NextAttemptTimestamp;
  return undefined;
}

type Updater = (current: Operation | undefined, update: OperationUpdate, now: Date) => Operation;

function stepUpdated(current: Operation | undefined, update: OperationUpdate, now: Date): Operation {
  const operation = current ?? started(update, now);
  const attempted = { ...withoutNextAttempt(operation), Attempt: (current?.StepDetails?.Attempt ?? 0) + 1 };
  switch (update.Action) {
    case 'START':
      if (current && current.Status !== 'READY') throw invalid('Invalid current STEP state to start.');
      return { ...operation, Status: 'STARTED', StepDetails: withoutNextAttempt(operation) };
    case 'SUCCEED':
    case 'FAIL':
      if (current && current.Status !== 'STARTED' && current.Status !== 'READY') {
        throw invalid('Invalid current STEP state to close.');
      }
      return closed({ ...operation, StepDetails: { Attempt: attempted.Attempt, ...outcomeOf(update) } }, update, now);
    case 'RETRY': {
      if (current && current.Status !== 'STARTED' && current.Status !== 'READY') {
        throw invalid('Invalid current STEP state to re-attempt.');
      }
      const delaySeconds = update.StepOptions?.NextAttemptDelaySeconds;
      if (delaySeconds === undefined) throw invalid('Invalid StepOptions for the given action.');
      const NextAttemptTimestamp = new Date(now.getTime() + delaySeconds * 1000);
      const details = { ...attempted, Result: update.Payload, Error: update.Error, NextAttemptTimestamp };
      return { ...operation, Status: 'PENDING', StepDetails: details };
    }
    default:
      throw invalid('Invalid STEP action.');
  }
}

function contextUpdated(current: Operation | undefined, update: OperationUpdate, now: Date): Operation {
  const operation = current ?? started(update, now);
  const ReplayChildren = update.ContextOptions?.ReplayChildren ?? operation.ContextDetails?.ReplayChildren;
  if (update.Action === 'START') {
    if (current) throw invalid('Cannot start a CONTEXT that already exists.');
    return { ...operation, ContextDetails: { ReplayChildren } };
  }
  if (update.Action !== 'SUCCEED' && update.Action !== 'FAIL') throw invalid('Invalid CONTEXT action.');
  if (current && current.Status !== 'STARTED') throw invalid('Invalid current CONTEXT state to close.');
  return closed({ ...operation, ContextDetails: { ReplayChildren, ...outcomeOf(update) } }, update, now);
}

function waitUpdated(current: Operation | undefined, update: OperationUpdate, now: Date): Operation {
  if (update.Action === 'CANCEL') {
    if (current?.Status !== 'STARTED') {
      throw invalid('Cannot cancel a WAIT that does not exist or has already completed.');
    }
    return { ...current, Status: 'CANCELLED', EndTimestamp: now };
  }
  if (update.Action !== 'START') throw invalid('Invalid WAIT action.');
  if (current) throw invalid('Cannot start a WAIT that already exists.');
  const waitSeconds = update.WaitOptions?.WaitSeconds;
  if (waitSeconds === undefined || waitSeconds < 1) throw invalid('A WAIT must last at least one second.');
  const ScheduledEndTimestamp = new Date(now.getTime() + waitSeconds * 1000);
  return { ...started(update, now), WaitDetails: { ScheduledEndTimestamp } };
}

function executionUpdated(execution: Operation, update: OperationUpdate, now: Date): Operation {
  if (update.Action !== 'SUCCEED' && update.Action !== 'FAIL') throw invalid('Invalid EXECUTION action.');
  outcomeOf(update);
  return closed(execution, update, now);
}

const updated: Readonly<Record<'STEP' | 'CONTEXT' | 'WAIT', Updater>> = {
  STEP: stepUpdated,
  CONTEXT: contextUpdated,
  WAIT: waitUpdated,
};

function started({ Id, ParentId, Name, Type, SubType }: OperationUpdate, now: Date): Operation {
  return { Id, ParentId, Name, Type, SubType, StartTimestamp: now, Status: 'STARTED' };
}

function closed(operation: Operation, { Action }: OperationUpdate, now: Date): Operation {
  return { ...operation, Status: Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED', EndTimestamp: now };
}

function outcomeOf({ Action, Payload, Error: error }: OperationUpdate): { Result?: string; Error?: ErrorObject } {
  if (Action === 'SUCCEED' && error !== undefined) throw invalid('Cannot provide an Error for SUCCEED action.');
  if (Action === 'FAIL' && Payload !== undefined) throw invalid('Cannot provide a Payload for FAIL action.');
  return { ...(Payload === undefined ? {} : { Result: Payload }), ...(error === undefined ? {} : { Error: error }) };
}

function withoutNextAttempt({ StepDetails }: Operation): NonNullable<Operation['StepDetails']> {
  const { NextAttemptTimestamp: _, ...details } = StepDetails ?? { Attempt: 0 };
  return details;
}

function firstOf(operations: Operations): [string, Operation] {
  for (const entry of operations) return entry;
  throw new Error('a durable execution has at least one operation, itself');
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message);
}
