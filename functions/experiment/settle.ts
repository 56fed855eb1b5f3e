import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import { closeInFlight } from '../in-flight.ts';
import { Recorder } from '../recorder.ts';
import { release } from './claims.ts';
import type { UndoState } from './take-away.ts';
import type { Observed } from './workflow.ts';
import type { ExperimentWorld } from './world.ts';

/**
 * The verdict's record, then the claims: a claim that outlives its experiment is a smaller evil than one that ends before it. With a fault
 * that may still be on a target the claims are kept until they run out, and the item is left to the sweep.
 */
export async function settle(world: ExperimentWorld, { running, progress, ending, undo }: Observed): Promise<void> {
  const { order, owner } = running;
  const recorder = Recorder.atEnd(world, order, owner);
  const acted = progress.targets.some(({ outcome }) => outcome !== 'failed');
  const record = await recorder.say('ended', 'ended', {
    fault: order.fault,
    injectedAt: new Date(progress.injectedAtMs).toISOString(),
    ...ending,
    acted,
    recoverySeconds: progress.recoverySeconds,
    ...(progress.healthyAtMs === undefined
      ? {}
      : { healthySeconds: (progress.healthyAtMs - progress.injectedAtMs) / 1000 }),
    ...undoFacts(undo),
    targets: progress.targets,
    remarks: progress.remarks,
  });
  await giveBack(world, running, acted, undo);
  await world.herald.tell([record]);
}

function undoFacts({ isUndone, attempts, because, calledForAtMs, progress }: UndoState): Record<string, unknown> {
  if (attempts === 0) return {};
  const seconds =
    calledForAtMs === undefined || progress?.undoneAtMs === undefined
      ? undefined
      : (progress.undoneAtMs - calledForAtMs) / 1000;
  return {
    undone: isUndone,
    undoAttempts: attempts,
    undoSeconds: seconds,
    ...(isUndone ? {} : { notUndone: because }),
  };
}

async function giveBack(
  world: ExperimentWorld,
  { order, owner }: Pick<RunningExperiment, 'order' | 'owner'>,
  acted: boolean,
  { isUndone }: Pick<UndoState, 'isUndone'>,
): Promise<void> {
  if (isUndone) await release(world.state, { ...order, owner }, acted);
  await closeInFlight(world.state, { ...order, owner }, isUndone ? 'ended' : 'stuck', world.now());
}

/** What is known when an experiment ends by an error of Capuchin's own. */
export interface Failure {
  /** Undefined when it was not admitted. */
  readonly running: RunningExperiment | undefined;
  readonly undo: UndoState;
  readonly because: string;
}

/** An error of Capuchin's own: said in the record, then nothing is kept reserved. What cannot be said is left to the sweep. */
export async function fail(
  world: ExperimentWorld,
  order: ExperimentOrder,
  owner: string,
  { running, undo, because }: Failure,
): Promise<void> {
  const acted = running !== undefined;
  const recorder = Recorder.atEnd(world, order, owner);
  const record = await recorder.say('failed', 'failed', { because, acted, ...undoFacts(undo) });
  await giveBack(world, { order, owner }, acted, undo);
  await world.herald.tell([record]);
}
