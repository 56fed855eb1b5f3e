import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  advance,
  applyUpdates,
  type ErrorObject,
  hasReadyStep,
  nextDue,
  type Operation,
  type OperationUpdate,
} from './durable-operations.ts';
import {
  type CheckpointAnswer,
  checkToken,
  type DurableExecution,
  type ExecutionStatus,
  invocationAnswer,
  newRun,
  page,
  pageSize,
  type Run,
  sameJson,
  snapshot,
} from './durable-run.ts';
import type { InvocationOutcome, LogLine } from './function-environment.ts';
import { type Functions, type InvocationTarget, refuseWhenAborted } from './functions.ts';
import { AwsError } from './operation.ts';

export interface DurableExecutionsOptions {
  readonly functions: Functions;
  readonly onLog: (line: LogLine) => void;
  /**
   * Waits before an execution is invoked again after its invocation itself failed (crash, time-out, an error thrown out of
   * the handler). After as many failures in a row without a checkpoint in between, the execution fails.
   * Lambda retries with a growing wait; its numbers are not published, these are ours: 1, 2, 4 and 8 seconds.
   */
  readonly invocationRetryDelaysMs?: readonly number[];
}

/** What `setTimeout` can hold, 24.8 days; no rehearsal outlasts it. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Lambda's durable executions: invoke, checkpoint, suspend, resume, replay. Source of the rules: the Lambda developer guide's
 * chapter on durable functions, and what @aws/durable-execution-sdk-js 2.4 sends and relies on.
 */
export class DurableExecutions {
  readonly #functions: Functions;
  readonly #onLog: (line: LogLine) => void;
  readonly #retryDelaysMs: readonly number[];
  readonly #runs = new Map<string, Run>();
  readonly #driving = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor({ functions, onLog, invocationRetryDelaysMs }: DurableExecutionsOptions) {
    this.#functions = functions;
    this.#onLog = onLog;
    this.#retryDelaysMs = invocationRetryDelaysMs ?? [1000, 2000, 4000, 8000];
  }

  /**
   * Starts an execution, or finds the one that was started with this name and payload before. Answers its ARN.
   *
   * @throws AwsError DurableExecutionAlreadyStartedException for the same name with another payload.
   */
  start(target: InvocationTarget, payload: string, givenName: string | undefined): string {
    const sameName = [...this.#runs.values()].find(
      ({ name, target: { declared } }) => name === givenName && declared.name === target.declared.name,
    );
    if (sameName) {
      if (sameJson(sameName.input, payload)) return sameName.arn;
      const message = `The durable execution ${givenName} has already been started with another payload.`;
      throw new AwsError('DurableExecutionAlreadyStartedException', message, 409, { Type: 'User' });
    }
    const run = newRun(target, payload, givenName);
    this.#runs.set(run.arn, run);
    this.#armTimeout(run);
    const driving = this.#drive(run).finally(() => this.#driving.delete(driving));
    this.#driving.add(driving);
    return run.arn;
  }

  /** Waits until an execution has ended, and answers how. */
  async ended(arn: string): Promise<DurableExecution> {
    const run = this.#find(arn);
    await run.ended.promise;
    if (run.status === 'RUNNING') refuseWhenAborted(this.#closing.signal);
    return snapshot(run);
  }

  /** All executions, in the order in which they were started. */
  list(): DurableExecution[] {
    return [...this.#runs.values()].map(snapshot);
  }

  /** CheckpointDurableExecution. */
  checkpoint(input: {
    DurableExecutionArn: string;
    CheckpointToken: string;
    ClientToken?: string | undefined;
    Updates?: readonly OperationUpdate[] | undefined;
  }): CheckpointAnswer {
    const run = this.#find(input.DurableExecutionArn);
    // The same request once more, because its answer was lost: it has been applied already.
    if (input.ClientToken !== undefined && run.lastCheckpoint?.clientToken === input.ClientToken) {
      return run.lastCheckpoint.answer;
    }
    checkToken(run, input.CheckpointToken);
    const now = new Date();
    const passed = advance(run.operations, now);
    const applied = applyUpdates(passed.operations, input.Updates ?? [], now);
    run.operations = applied.operations;
    for (const id of [...passed.changedIds, ...applied.changedIds]) run.untold.add(id);
    if (applied.changedIds.length > 0) run.progress += 1;
    run.token = randomUUID();
    const Operations = [...run.untold].flatMap((id) => run.operations.get(id) ?? []);
    run.untold.clear();
    const answer = { CheckpointToken: run.token, NewExecutionState: { Operations } };
    run.lastCheckpoint = input.ClientToken === undefined ? null : { clientToken: input.ClientToken, answer };
    this.#endIfCheckpointed(run, input.Updates?.at(-1));
    return answer;
  }

  /** GetDurableExecutionState, in pages. */
  state(input: {
    DurableExecutionArn: string;
    CheckpointToken: string;
    Marker?: string | undefined;
    MaxItems?: number | undefined;
  }): { Operations: Operation[]; NextMarker?: string } {
    const run = this.#find(input.DurableExecutionArn);
    checkToken(run, input.CheckpointToken);
    return page(run.operations, Number(input.Marker ?? 0), input.MaxItems || pageSize);
  }

  /** Leaves running executions as they are and starts nothing any more. End the functions first. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const run of this.#runs.values()) {
      clearTimeout(run.timeout);
      run.ended.resolve();
    }
    await Promise.all(this.#driving);
  }

  async #drive(run: Run): Promise<void> {
    let failures = 0;
    let progressBefore = 0;
    while (this.#goesOn(run)) {
      const outcome = await this.#invokeOnce(run);
      if (!this.#goesOn(run) || outcome === null) return;
      if (outcome.kind === 'answer') {
        failures = 0;
        await this.#follow(run, outcome.payload);
        continue;
      }
      failures = run.progress > progressBefore ? 1 : failures + 1;
      progressBefore = run.progress;
      await this.#recover(run, outcome, failures);
    }
  }

  /** Invokes the function with the state as it is; null when the execution ended meanwhile. */
  async #invokeOnce(run: Run): Promise<InvocationOutcome | null> {
    const passed = advance(run.operations, new Date());
    run.operations = passed.operations;
    for (const id of passed.changedIds) run.untold.add(id);
    run.token = randomUUID();
    const { Operations, NextMarker } = page(run.operations, 0, pageSize);
    const payload = JSON.stringify({
      DurableExecutionArn: run.arn,
      CheckpointToken: run.token,
      UpdatedOperationIds: [...run.untold],
      InitialExecutionState: { Operations, NextMarker: NextMarker ?? '' },
    });
    run.untold.clear();
    run.invocations += 1;
    const workingOn = { name: run.name, arn: run.arn };
    const invoked = this.#functions.invoke(run.target, { payload, workingOn, whenBusy: 'wait' });
    try {
      return await Promise.race([invoked, run.ended.promise.then(() => null)]);
    } catch (error) {
      if (this.#closing.signal.aborted) return null;
      throw error;
    } finally {
      // Nobody waits for the invocation of an execution that has ended: its process ends by itself or by its time-out.
      invoked.catch(() => undefined);
      run.token = null;
    }
  }

  async #follow(run: Run, payload: string): Promise<void> {
    const parsed = invocationAnswer.safeParse(JSON.parse(payload));
    if (!parsed.success) {
      const message = `The handler's answer is not that of a durable function: ${payload.slice(0, 200)}`;
      return this.#end(run, 'FAILED', null, { ErrorType: 'InvalidInvocationOutput', ErrorMessage: message });
    }
    const { Status, Result, Error: error } = parsed.data;
    if (Status === 'SUCCEEDED') return this.#end(run, 'SUCCEEDED', Result ?? null, null);
    if (Status === 'FAILED') return this.#end(run, 'FAILED', null, error ?? {});
    if (hasReadyStep(run.operations)) return;
    const dueAt = nextDue(run.operations);
    if (!dueAt) {
      const message = 'Cannot return PENDING status with no pending operations.';
      return this.#end(run, 'FAILED', null, { ErrorType: 'InvalidInvocationOutput', ErrorMessage: message });
    }
    await this.#sleep(run, dueAt.getTime() - Date.now());
  }

  async #recover(run: Run, { failure }: InvocationOutcome & { kind: 'failure' }, failures: number): Promise<void> {
    const { errorType, errorMessage, trace } = failure;
    const waitMs = this.#retryDelaysMs[failures - 1];
    const then = waitMs === undefined ? 'it fails' : `it is invoked again in ${waitMs} ms`;
    const text = `Durable execution ${run.name}: invocation failed (${errorType}: ${errorMessage}); ${then}`;
    this.#onLog({ functionName: run.target.declared.name, stream: 'platform', text });
    if (waitMs !== undefined) return this.#sleep(run, waitMs);
    const error = { ErrorType: errorType, ErrorMessage: errorMessage, ...(trace ? { StackTrace: trace } : {}) };
    this.#end(run, 'FAILED', null, error);
  }

  #goesOn(run: Run): boolean {
    return run.status === 'RUNNING' && !this.#closing.signal.aborted;
  }

  /** Waits, unless the execution ends or the local cloud closes first. */
  async #sleep(run: Run, waitMs: number): Promise<void> {
    const awake = new AbortController();
    const slept = delay(Math.min(Math.max(0, waitMs), longestTimerMs), undefined, { signal: awake.signal });
    await Promise.race([slept, run.ended.promise]);
    awake.abort();
    await slept.catch(() => undefined);
  }

  #armTimeout(run: Run): void {
    const timeoutMs = (run.target.declared.durable?.executionTimeoutSeconds ?? 0) * 1000;
    if (timeoutMs > longestTimerMs) return;
    run.timeout = setTimeout(() => {
      const error = {
        ErrorType: 'ExecutionTimedOut',
        ErrorMessage: `Execution timed out after ${timeoutMs / 1000} seconds`,
      };
      this.#end(run, 'TIMED_OUT', null, error);
    }, timeoutMs);
  }

  /** An execution may end by a checkpoint instead of its answer: the SDK does so when the result is large. */
  #endIfCheckpointed(run: Run, update: OperationUpdate | undefined): void {
    if (update?.Type !== 'EXECUTION') return;
    if (update.Action === 'SUCCEED') this.#end(run, 'SUCCEEDED', update.Payload ?? null, null);
    else this.#end(run, 'FAILED', null, update.Error ?? {});
  }

  #end(run: Run, status: ExecutionStatus, result: string | null, error: ErrorObject | null): void {
    if (run.status !== 'RUNNING') return;
    clearTimeout(run.timeout);
    Object.assign(run, { status, result, error, endedAt: new Date(), token: null });
    run.ended.resolve();
  }

  #find(arn: string): Run {
    const run = this.#runs.get(arn);
    if (run) return run;
    throw new AwsError('ResourceNotFoundException', `Durable execution not found: ${arn}`, 404, { Type: 'User' });
  }
}
