import { type DurableContext, StepSemantics } from '@aws/durable-execution-sdk-js';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { Ending, Progress } from '../../lib/core/progress.ts';
import type { Verdict } from '../../lib/core/verdict.ts';
import { type Admitted, admit } from './admit.ts';
import { release } from './claims.ts';
import { type Injected, inject, recordInjections } from './inject.ts';
import { look } from './look.ts';
import { Recorder } from './recorder.ts';
import type { ExperimentWorld } from './world.ts';

/** What an execution answers at its end; the audit says more. */
export interface ExperimentEnd {
  readonly experiment: string;
  readonly verdict: Verdict;
  readonly because: string;
}

/** Steps that may be done again are tried thrice; AWS's clients retry on their own within each. */
const TRY_AGAIN = {
  retryStrategy: (_error: Error, attempt: number) =>
    attempt < 3 ? ({ shouldRetry: true, delay: { seconds: attempt * 2 } } as const) : ({ shouldRetry: false } as const),
};

/** The pair that makes at most once: a checkpoint before the act, and no second try. */
const AT_MOST_ONCE = {
  semantics: StepSemantics.AtMostOncePerRetry,
  retryStrategy: () => ({ shouldRetry: false }) as const,
};

/**
 * One experiment, from guards to verdict. Replayed from the top after each wait, so everything that reads a clock, draws or calls
 * happens inside a step; what is decided lies in `lib/core`.
 *
 * @param owner names this execution; claims and records are tied to it.
 */
export async function runExperiment(
  order: ExperimentOrder,
  durable: DurableContext,
  owner: string,
  world: ExperimentWorld,
): Promise<ExperimentEnd> {
  let acted = false;
  try {
    const admission = await durable.step('admit', () => admit(world, order, owner), TRY_AGAIN);
    if (admission.kind !== 'admitted') {
      await durable.step('tell', () => world.bus.tell(admission.records), TRY_AGAIN);
      const because =
        admission.kind === 'refused' ? admission.refusals.map((one) => one.because).join('; ') : admission.because;
      return { experiment: order.experiment, verdict: admission.kind, because };
    }
    acted = true;
    const injected = await injectAll(durable, world, order, admission);
    const { progress, ending } = await observe(durable, world, order, owner, admission, injected);
    await durable.step('settle', () => settle(world, order, owner, progress, ending), TRY_AGAIN);
    return { experiment: order.experiment, verdict: ending.verdict, because: ending.because };
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    await durable.step('fail', () => fail(world, order, owner, acted, because), TRY_AGAIN);
    throw error;
  }
}

async function injectAll(
  durable: DurableContext,
  world: ExperimentWorld,
  order: ExperimentOrder,
  { targets }: Admitted,
): Promise<Injected[]> {
  const injected: Injected[] = [];
  for (const [index, target] of targets.entries()) {
    try {
      injected.push(await durable.step(`inject-${index}`, () => inject(world, order, target), AT_MOST_ONCE));
    } catch (error) {
      // Interrupted between its checkpoints: it may have acted, it will not be tried again, and looks will tell.
      const because = error instanceof Error ? error.message : String(error);
      const atMs = await durable.step(`interrupted-${index}`, async () => world.now(), TRY_AGAIN);
      injected.push({ resource: target.resource, outcome: 'unknown', atMs, facts: { interrupted: because } });
    }
  }
  return injected;
}

async function observe(
  durable: DurableContext,
  world: ExperimentWorld,
  order: ExperimentOrder,
  owner: string,
  admission: Admitted,
  injected: readonly Injected[],
): Promise<{ progress: Progress; ending: Ending }> {
  let { progress } = await durable.step(
    'record-injections',
    async () => {
      const recorded = await recordInjections(world, order, owner, injected);
      await world.bus.tell([...admission.records, ...recorded.records]);
      return { progress: recorded.progress };
    },
    TRY_AGAIN,
  );
  for (let turn = 0; ; turn++) {
    const seen = await durable.step(
      `look-${turn}`,
      async () => {
        const { records, ...rest } = await look(world, order, owner, admission.limits, progress);
        await world.bus.tell(records);
        return rest;
      },
      TRY_AGAIN,
    );
    progress = seen.progress;
    if (seen.ending) return { progress, ending: seen.ending };
    await durable.wait(`until-look-${turn + 1}`, { seconds: admission.intervalSeconds });
  }
}

/** The verdict's record, then the claims: a claim that outlives its experiment is a smaller evil than one that ends before it. */
async function settle(
  world: ExperimentWorld,
  order: ExperimentOrder,
  owner: string,
  progress: Progress,
  ending: Ending,
): Promise<void> {
  const recorder = Recorder.atEnd(world, order, owner);
  const record = await recorder.say('ended', 'ended', {
    fault: order.fault,
    injectedAt: new Date(progress.injectedAtMs).toISOString(),
    ...ending,
    recoverySeconds: progress.recoverySeconds,
    targets: progress.targets,
    remarks: progress.remarks,
  });
  const acted = progress.targets.some(({ outcome }) => outcome !== 'failed');
  await release(world.state, { ...order, owner }, acted);
  await world.bus.tell([record]);
}

/** An error of Capuchin's own: said in the record, and nothing is kept reserved. Neither waits for the other to succeed. */
async function fail(
  world: ExperimentWorld,
  order: ExperimentOrder,
  owner: string,
  acted: boolean,
  because: string,
): Promise<void> {
  const record = async (): Promise<void> => {
    const recorder = Recorder.atEnd(world, order, owner);
    await world.bus.tell([await recorder.say('failed', 'failed', { because, acted })]);
  };
  const both = await Promise.allSettled([release(world.state, { ...order, owner }, acted), record()]);
  for (const one of both) if (one.status === 'rejected') throw one.reason;
}
