import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ExperimentOrder } from '../core/experiment.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** A function answered with an error of its own. */
export class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
}

/** Longer than any of Capuchin's functions may take to answer, in milliseconds. */
const LONGEST_ANSWER_MS = 330_000;

/** Invokes Capuchin's own functions, and the checks that a user wrote. */
export class Functions {
  readonly #client = new LambdaClient(CLIENT_OPTIONS);
  /** Asked once: a command whose answer was lost may have been obeyed, and obeying it twice would be two experiments. */
  readonly #asking = new LambdaClient({
    ...CLIENT_OPTIONS,
    maxAttempts: 1,
    requestHandler: { ...CLIENT_OPTIONS.requestHandler, requestTimeout: LONGEST_ANSWER_MS },
  });

  /** Starts the durable execution of an experiment, named after it: starting it twice is starting it once. */
  async startExperiment(functionArn: string, order: ExperimentOrder): Promise<void> {
    try {
      await this.#client.send(
        new InvokeCommand({
          FunctionName: functionArn,
          InvocationType: 'Event',
          DurableExecutionName: order.experiment,
          Payload: Buffer.from(JSON.stringify(order)),
        }),
      );
    } catch (error) {
      if (awsErrorOf(error)?.name !== 'DurableExecutionAlreadyStartedException') throw error;
    }
  }

  /** Starts the halt function and does not wait for it; Lambda delivers the event again when it fails. */
  async startHalt(functionArn: string, event: object): Promise<void> {
    const Payload = Buffer.from(JSON.stringify(event));
    await this.#client.send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'Event', Payload }));
  }

  /** Invokes a function and waits for its answer. */
  ask(functionArn: string, event: object): Promise<unknown> {
    return this.#invoke(functionArn, event);
  }

  /**
   * Invokes a user's own check, once and no more: what it costs or does is not ours to repeat.
   *
   * @param functionName name or ARN, with a version or an alias if one is wanted.
   * @throws FunctionFailed when the check failed; AWS's own error when it could not be invoked.
   */
  check(functionName: string, event: object, signal: AbortSignal): Promise<unknown> {
    return this.#invoke(functionName, event, signal);
  }

  async #invoke(functionArn: string, event: object, signal?: AbortSignal): Promise<unknown> {
    const { Payload, FunctionError } = await this.#asking.send(
      new InvokeCommand({ FunctionName: functionArn, Payload: Buffer.from(JSON.stringify(event)) }),
      { abortSignal: signal },
    );
    // The client says null, against its type, when there is no body at all.
    const text = Buffer.from(Payload ?? []).toString();
    const answer: unknown = text === '' ? undefined : JSON.parse(text);
    if (FunctionError === undefined) return answer;
    const { errorMessage = 'no message' } = (answer ?? {}) as { errorMessage?: string };
    throw new FunctionFailed(`${functionArn} failed: ${errorMessage}`);
  }
}
