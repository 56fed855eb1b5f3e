import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ExperimentOrder } from '../core/experiment.ts';
import { awsErrorOf, CLIENT_OPTIONS } from './client-options.ts';

/** A function answered with an error of its own. */
export class FunctionFailed extends Error {
  override readonly name = 'FunctionFailed';
}

/** Longer than any of Capuchin's functions may take to answer, in milliseconds. */
const LONGEST_ANSWER_MS = 330_000;

/** Invokes Capuchin's own functions. */
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

  /** Invokes a function and waits for its answer. */
  async ask(functionArn: string, event: object): Promise<unknown> {
    const { Payload, FunctionError } = await this.#asking.send(
      new InvokeCommand({ FunctionName: functionArn, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    const answer: unknown = Payload === undefined ? undefined : JSON.parse(Buffer.from(Payload).toString() || 'null');
    if (FunctionError === undefined) return answer;
    const { errorMessage = 'no message' } = (answer ?? {}) as { errorMessage?: string };
    throw new FunctionFailed(`${functionArn} failed: ${errorMessage}`);
  }
}
