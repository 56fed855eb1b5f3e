import { type DurableContext, StepSemantics } from '@aws/durable-execution-sdk-js';
import { type ExperimentEnd, runExperiment } from '../../../functions/experiment/workflow.ts';
import type { ExperimentWorld } from '../../../functions/experiment/world.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';

interface Checkpoint {
  state: 'started' | 'succeeded' | 'failed';
  result?: string;
  attempts: number;
}

interface StepConfig {
  readonly semantics?: StepSemantics;
  readonly retryStrategy?: (error: Error, attempt: number) => { readonly shouldRetry: boolean };
}

/** An experiment of these tests makes about a hundred calls; one that makes so many does not end by itself. */
const MOST_CALLS = 3_000;

/** How a call from the world's inside goes wrong. */
export type Mishap =
  /** The process dies before, or after, the call. */
  | 'dies-before'
  | 'dies-after'
  /** The call fails without, or after, having been carried out. */
  | 'fails'
  | 'answer-lost';

/**
 * Runs an experiment as Lambda's durable executions do (https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html): steps
 * are checkpointed and not run again, and a dead process is followed by another that replays from the top. One outside call of
 * the run can go wrong. Far quicker than the real replay, so that every single call can have its turn.
 */
export async function runWithMishap(
  world: ExperimentWorld,
  order: ExperimentOrder,
  mishap?: { readonly call: number; readonly how: Mishap },
): Promise<{ end: ExperimentEnd | undefined; calls: string[]; waits: string[]; error: unknown }> {
  const checkpoints = new Map<string, Checkpoint>();
  const calls: string[] = [];
  const waits: string[] = [];
  for (;;) {
    let die: (() => void) | undefined;
    const death = new Promise<'died'>((resolve) => {
      die = () => resolve('died');
    });
    const outside = mishandled(world, calls, mishap, () => die?.());
    const running = runExperiment(order, contextOver(checkpoints, waits), 'execution-1', outside).then(
      (end) => ({ end, calls, waits, error: undefined }),
      (error: unknown) => ({ end: undefined, calls, waits, error }),
    );
    const outcome = await Promise.race([death, running]);
    if (outcome !== 'died') return outcome;
  }
}

function contextOver(checkpoints: Map<string, Checkpoint>, waits: string[]): DurableContext {
  const step = async (name: string, work: () => Promise<unknown>, config: StepConfig): Promise<unknown> => {
    const known = checkpoints.get(name) ?? { state: 'started', attempts: 0 };
    const wasRunning = checkpoints.has(name) && known.state === 'started';
    if (known.state === 'succeeded') return JSON.parse(known.result ?? 'null') ?? undefined;
    if (known.state === 'failed') throw new Error(known.result);
    checkpoints.set(name, known);
    const atMostOnce = config.semantics === StepSemantics.AtMostOncePerRetry;
    for (let isInterrupted = atMostOnce && wasRunning; ; isInterrupted = false) {
      known.attempts++;
      try {
        if (isInterrupted) throw new Error('the step was interrupted');
        known.result = JSON.stringify(await work());
        known.state = 'succeeded';
        return JSON.parse(known.result ?? 'null') ?? undefined;
      } catch (error) {
        const problem = error instanceof Error ? error : new Error(String(error));
        if (config.retryStrategy?.(problem, known.attempts).shouldRetry) continue;
        Object.assign(known, { state: 'failed', result: problem.message });
        throw problem;
      }
    }
  };
  const wait = async (name: string, { seconds }: { seconds: number }): Promise<void> => {
    waits.push(`${name} ${seconds} s`);
  };
  return { step, wait } as unknown as DurableContext;
}

/** `state.read cancelled`, `ecs.tasks`: of the state store, with the kind of item. */
function callName(method: string, input: readonly unknown[]): string {
  return method.startsWith('state.') ? `${method} ${String(input[0])}` : method;
}

/** The world through ports of which one call goes wrong. Switches and bus never fail: their adapters answer instead. */
function mishandled(
  world: ExperimentWorld,
  calls: string[],
  mishap: { readonly call: number; readonly how: Mishap } | undefined,
  die: () => void,
): ExperimentWorld {
  const forever = (): Promise<never> => {
    die();
    return new Promise(() => undefined);
  };
  const port = <Port extends object>(name: string, real: Port): Port =>
    new Proxy(real, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return async (...input: unknown[]): Promise<unknown> => {
          const how =
            mishap?.call === calls.push(callName(`${name}.${String(key)}`, input)) - 1 ? mishap.how : undefined;
          if (calls.length > MOST_CALLS) throw new Error('the experiment does not end');
          const canFail = name !== 'switches' && name !== 'herald';
          if (how === 'dies-before') return forever();
          if (how === 'fails' && canFail) throw new Error('throttled');
          const answer: unknown = await method.apply(target, input);
          if (how === 'dies-after') return forever();
          if (how === 'answer-lost' && canFail) throw new Error('socket hang up');
          return answer;
        };
      },
    });
  const { config, now } = world;
  return {
    config,
    now,
    ecs: port('ecs', world.ecs),
    hostGroups: port('hostGroups', world.hostGroups),
    metrics: port('metrics', world.metrics),
    changeCalendars: port('changeCalendars', world.changeCalendars),
    switches: port('switches', world.switches),
    audit: port('audit', world.audit),
    state: port('state', world.state),
    herald: port('herald', world.herald),
    alarms: port('alarms', world.alarms),
    loadBalancers: world.loadBalancers,
    functions: world.functions,
    port: port('port', world.port),
  };
}
