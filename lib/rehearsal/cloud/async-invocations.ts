import { setTimeout as delay } from 'node:timers/promises';
import type { InvocationOutcome, LogLine } from './function-environment.ts';
import type { Functions, InvocationTarget } from './functions.ts';
import { defaultEventInvokeRules, type EventInvokeRules } from './provision.ts';

/** An event that was accepted and then given up. */
export interface DroppedEvent {
  readonly functionName: string;
  /** The event, as JSON. */
  readonly payload: string;
  readonly because: string;
  /** The failure destination or dead-letter queue that AWS would send it to; null when it would be lost. */
  readonly destinationArn: string | null;
}

/**
 * Lambda waits one minute before the first retry of an asynchronous event and two before the second. Source:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
const retryDelaysMs: readonly number[] = [60_000, 120_000];

/** Lambda's queue of asynchronous events: accepted at once, invoked when a process is free, retried, given up. */
export class AsyncInvocations {
  readonly #functions: Functions;
  readonly #onLog: (line: LogLine) => void;
  readonly #retryDelaysMs: readonly number[];
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly dropped: DroppedEvent[] = [];

  constructor(functions: Functions, onLog: (line: LogLine) => void, delaysMs: readonly number[] = retryDelaysMs) {
    this.#functions = functions;
    this.#onLog = onLog;
    this.#retryDelaysMs = delaysMs;
  }

  /** Accepts an event. How it ends shows in the log, and in `dropped` when it is given up. */
  accept(target: InvocationTarget, payload: string, requestId: string): void {
    const running = this.#deliver(target, payload, requestId)
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) throw error;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Forgets what has not been delivered, as the end of the rehearsal does. End the functions too, or this waits for them. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  async #deliver(target: InvocationTarget, payload: string, requestId: string): Promise<void> {
    const rules = rulesOf(target);
    const acceptedAt = Date.now();
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#functions.invoke(target, { payload, requestId, whenBusy: 'wait' });
      if (outcome.kind === 'answer' || this.#closing.signal.aborted) return;
      if (attempt >= rules.maximumRetryAttempts) return this.#drop(target, payload, rules, outcome);
      const waitMs = this.#retryDelaysMs[Math.min(attempt, this.#retryDelaysMs.length - 1)] ?? 0;
      if (Date.now() + waitMs - acceptedAt > rules.maximumEventAgeSeconds * 1000) {
        return this.#drop(target, payload, rules, outcome);
      }
      await delay(waitMs, undefined, { signal: this.#closing.signal });
    }
  }

  #drop(
    { declared }: InvocationTarget,
    payload: string,
    rules: EventInvokeRules,
    outcome: InvocationOutcome & { kind: 'failure' },
  ): void {
    const { errorType, errorMessage } = outcome.failure;
    const because = `${errorType}: ${errorMessage}`;
    const destinationArn = rules.failureDestinationArn ?? declared.deadLetterArn;
    this.dropped.push({ functionName: declared.name, payload, because, destinationArn });
    this.#onLog({ functionName: declared.name, stream: 'platform', text: `Event given up: ${because}` });
  }
}

function rulesOf({ declared, qualifier }: InvocationTarget): EventInvokeRules {
  return declared.eventInvoke[qualifier ?? '$LATEST'] ?? defaultEventInvokeRules;
}
