import { type DurableContext, StepSemantics } from '@aws/durable-execution-sdk-js';
import type { Watch } from './look.ts';
import type { ExperimentWorld } from './world.ts';

/** Steps that may be done again are tried thrice; AWS's clients retry on their own within each. */
export const TRY_AGAIN = {
  retryStrategy: (_error: Error, attempt: number) =>
    attempt < 3 ? ({ shouldRetry: true, delay: { seconds: attempt * 2 } } as const) : ({ shouldRetry: false } as const),
};

/** The pair that makes at most once: a checkpoint before the act, and no second try. */
export const AT_MOST_ONCE = {
  semantics: StepSemantics.AtMostOncePerRetry,
  retryStrategy: () => ({ shouldRetry: false }) as const,
};

/** What every part of the workflow is given. */
export interface Run {
  readonly durable: DurableContext;
  readonly world: ExperimentWorld;
  readonly watch: Watch;
}
