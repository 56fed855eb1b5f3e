import type { DurableContext, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { afterAll, beforeAll } from 'vitest';
import { parseEvent } from '../../../functions/event.ts';
import { type ExperimentEnd, runExperiment } from '../../../functions/experiment/workflow.ts';
import type { ExperimentWorld } from '../../../functions/experiment/world.ts';
import { type ExperimentOrder, experimentOrderSchema } from '../../../lib/core/experiment.ts';

/** What one durable execution came to. */
export interface Execution {
  readonly status: string | undefined;
  readonly end: ExperimentEnd | undefined;
  readonly error: string | undefined;
  /** How often the function was invoked: once, and once more after each wait and each step that is tried again. */
  readonly invocations: number;
}

/** Prepares a test file for durable executions. Time is skipped by timers that are faked for the whole process. */
export function useDurableExecutions(): void {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
}

/** Runs the experiment function over a world, with the middleware that its handler has. */
export async function execute(world: ExperimentWorld, payload: unknown): Promise<Execution> {
  const handlerFunction = middy<ExperimentOrder, ExperimentEnd, Error, DurableContext>({
    executionMode: executionModeDurableContext,
  })
    .use(parseEvent(experimentOrderSchema))
    .handler((order: ExperimentOrder, durable: DurableContext) =>
      runExperiment(order, durable, durable.executionContext.durableExecutionArn, world),
    );
  // middy's own type of such a handler wants a third argument, which Lambda does not give.
  const runner = new LocalDurableTestRunner<ExperimentEnd>({
    handlerFunction: handlerFunction as unknown as DurableLambdaHandler,
  });
  const result = await runner.run({ payload });
  const status = result.getStatus();
  const hasSucceeded = status === 'SUCCEEDED';
  return {
    status,
    end: hasSucceeded ? result.getResult() : undefined,
    error: hasSucceeded ? undefined : result.getError().errorMessage,
    invocations: result.getInvocations().length,
  };
}
