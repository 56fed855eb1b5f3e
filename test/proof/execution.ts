import { randomUUID } from 'node:crypto';
import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import {
  advance,
  applyUpdates,
  begin,
  hasReadyStep,
  nextDue,
  type Operations,
  type OperationUpdate,
} from '../../lib/rehearsal/cloud/durable-operations.ts';
import { type CheckpointAnswer, invocationAnswer, page, pageSize } from '../../lib/rehearsal/cloud/durable-run.ts';
import { AwsError } from '../../lib/rehearsal/cloud/operation.ts';
import type { VirtualClock } from './clock.ts';

/** One process of the function: it lives on from invocation to invocation, until it crashes. */
export interface FunctionProcess {
  readonly handler: DurableLambdaHandler;
  readonly died: Promise<void>;
}

/** How an execution ended. */
export interface ExecutionEnd {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly result: string | undefined;
  readonly error: string | undefined;
  readonly invocations: number;
}

/** Waits before an invocation that failed is made again, as in the local cloud (lib/rehearsal/cloud/durable-executions.ts). */
const RETRY_DELAYS_MS = [1_000, 2_000, 4_000, 8_000];

/** An invocation that has not ended after so long never will; in the machine's own time. */
const HANGS_AFTER_MS = 60_000;

interface Invoked {
  readonly kind: 'answer' | 'threw' | 'died';
  readonly answer?: unknown;
  readonly error?: string;
}

/** One durable execution on virtual time: invokes, keeps checkpoints, lets waits pass, and replays after a crash, as Lambda does. */
export class Execution {
  readonly arn: string;
  readonly #clock: VirtualClock;
  readonly #timeoutMs: number;
  readonly #startProcess: () => FunctionProcess;
  readonly #startedMs: number;
  #operations: Operations;
  #token: string | null = null;
  #lastCheckpoint: { readonly clientToken: string; readonly answer: CheckpointAnswer } | null = null;
  readonly #untold = new Set<string>();
  #progress = 0;
  #invocations = 0;
  #ended: Pick<ExecutionEnd, 'status' | 'result' | 'error'> | undefined;

  constructor(options: {
    readonly clock: VirtualClock;
    readonly name: string;
    readonly input: unknown;
    readonly timeoutSeconds: number;
    readonly startProcess: () => FunctionProcess;
  }) {
    const { clock, name, input, timeoutSeconds, startProcess } = options;
    const id = randomUUID();
    this.arn = `arn:aws:lambda:eu-west-1:123456789012:function:experiment:1/durable-execution/${name}/${id}`;
    this.#clock = clock;
    this.#timeoutMs = timeoutSeconds * 1000;
    this.#startProcess = startProcess;
    this.#startedMs = clock.now();
    this.#operations = begin(id, JSON.stringify(input), clock.date());
  }

  /** Drives it to its end. */
  async run(): Promise<ExecutionEnd> {
    let process: FunctionProcess | undefined;
    let failures = 0;
    let progressBefore = 0;
    while (this.#ended === undefined) {
      process ??= this.#startProcess();
      const invoked = await this.#invoke(process);
      if (this.#ended !== undefined) break;
      if (invoked.kind === 'answer') {
        failures = 0;
        this.#follow(invoked.answer);
      } else {
        if (invoked.kind === 'died') process = undefined;
        failures = this.#progress > progressBefore ? 1 : failures + 1;
        progressBefore = this.#progress;
        const waitMs = RETRY_DELAYS_MS[failures - 1];
        if (waitMs === undefined) this.#end('FAILED', undefined, invoked.error);
        else this.#clock.advance(waitMs);
      }
      if (this.#clock.now() - this.#startedMs > this.#timeoutMs) this.#end('TIMED_OUT', undefined, 'it timed out');
    }
    const ended = this.#ended ?? { status: 'FAILED' as const, result: undefined, error: undefined };
    return { ...ended, invocations: this.#invocations };
  }

  /** CheckpointDurableExecution. */
  checkpoint(input: {
    CheckpointToken: string;
    ClientToken?: string | undefined;
    Updates?: readonly OperationUpdate[] | undefined;
  }): CheckpointAnswer {
    const { ClientToken, CheckpointToken, Updates = [] } = input;
    if (ClientToken !== undefined && this.#lastCheckpoint?.clientToken === ClientToken)
      return this.#lastCheckpoint.answer;
    this.#checkToken(CheckpointToken);
    const now = this.#clock.date();
    const passed = advance(this.#operations, now);
    const applied = applyUpdates(passed.operations, Updates, now);
    this.#operations = applied.operations;
    for (const id of [...passed.changedIds, ...applied.changedIds]) this.#untold.add(id);
    if (applied.changedIds.length > 0) this.#progress += 1;
    this.#token = randomUUID();
    const changed = [...this.#untold].flatMap((id) => this.#operations.get(id) ?? []);
    this.#untold.clear();
    const answer = { CheckpointToken: this.#token, NewExecutionState: { Operations: changed } };
    this.#lastCheckpoint = ClientToken === undefined ? null : { clientToken: ClientToken, answer };
    const last = Updates.at(-1);
    if (last?.Type === 'EXECUTION') {
      this.#end(last.Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED', last.Payload, last.Error?.ErrorMessage);
    }
    return answer;
  }

  /** GetDurableExecutionState. */
  state(input: { CheckpointToken: string; Marker?: string | undefined; MaxItems?: number | undefined }) {
    this.#checkToken(input.CheckpointToken);
    return page(this.#operations, Number(input.Marker ?? 0), input.MaxItems || pageSize);
  }

  #checkToken(token: string): void {
    if (token !== this.#token) throw new AwsError('InvalidParameterValueException', 'Invalid Checkpoint Token');
  }

  async #invoke({ handler, died }: FunctionProcess): Promise<Invoked> {
    const passed = advance(this.#operations, this.#clock.date());
    this.#operations = passed.operations;
    for (const id of passed.changedIds) this.#untold.add(id);
    this.#token = randomUUID();
    this.#invocations += 1;
    const { Operations, NextMarker } = page(this.#operations, 0, pageSize);
    const event = {
      DurableExecutionArn: this.arn,
      CheckpointToken: this.#token,
      UpdatedOperationIds: [...this.#untold],
      InitialExecutionState: { Operations, NextMarker: NextMarker ?? '' },
    };
    this.#untold.clear();
    const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 900_000 };
    // Through JSON, as every event goes.
    const invoked = handler(JSON.parse(JSON.stringify(event)), context as never).then(
      (answer): Invoked => ({ kind: 'answer', answer }),
      (error: unknown): Invoked => ({ kind: 'threw', error: String(error) }),
    );
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('an invocation never ended')), HANGS_AFTER_MS);
    });
    try {
      return await Promise.race([invoked, died.then((): Invoked => ({ kind: 'died', error: 'it crashed' })), hangs]);
    } finally {
      clearTimeout(timer);
      this.#token = null;
    }
  }

  #follow(answered: unknown): void {
    const { Status, Result, Error: error } = invocationAnswer.parse(JSON.parse(JSON.stringify(answered)));
    if (Status !== 'PENDING') {
      this.#end(Status, Result, error?.ErrorMessage);
      return;
    }
    if (hasReadyStep(this.#operations)) return;
    const dueAt = nextDue(this.#operations);
    if (dueAt === undefined) this.#end('FAILED', undefined, 'Cannot return PENDING status with no pending operations.');
    else this.#clock.moveTo(dueAt.getTime());
  }

  #end(status: ExecutionEnd['status'], result: string | undefined, error: string | undefined): void {
    this.#ended ??= { status, result, error };
  }
}
