import type { Herald } from '../../lib/aws/herald.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import type { StateStore } from '../../lib/core/state-store.ts';
import { listInFlight, seize } from '../in-flight.ts';
import type { UndoWorld } from '../undo.ts';
import { reconcileClaims } from './reconcile-claims.ts';
import { takeOver } from './take-over.ts';

/** Everything outside that a sweep touches. */
export interface SweepWorld extends UndoWorld {
  readonly state: StateStore;
  readonly herald: Pick<Herald, 'tell'>;
}

/** What a sweep did. Names are experiments'. */
export interface Swept {
  /** Taken over, undone and settled. */
  readonly settled: readonly string[];
  /** A fault may still be on a target of these. */
  readonly stuck: readonly string[];
  /** Claims that a crash had left behind. */
  readonly released: readonly string[];
}

/** Clocks differ, and an invocation may be paused: what missed its beat by less than this is left alone. */
const GRACE_MS = 60_000;

/**
 * Finds what a crash left behind: experiments that nobody heard of since their last beat are undone and settled, undoing that had to be
 * given up goes on, and claims without an experiment are given back. One that fails does not keep the others from their turn.
 */
export async function sweep(world: SweepWorld): Promise<Swept> {
  const inFlight = await listInFlight(world.state);
  const nowMs = world.now();
  const isLost = ({ status, aliveUntilMs }: RunningExperiment): boolean =>
    status === 'running' && aliveUntilMs + GRACE_MS < nowMs;
  const stuck = inFlight.filter(({ status }) => status === 'stuck');
  const errors: unknown[] = [];
  const each = async (
    some: readonly RunningExperiment[],
    work: (one: RunningExperiment) => Promise<boolean | undefined>,
  ) =>
    Promise.all(
      some.map(async (one) => {
        try {
          return { experiment: one.order.experiment, undone: await work(one) };
        } catch (error) {
          errors.push(new Error(`${one.order.experiment} could not be settled`, { cause: error }));
          return { experiment: one.order.experiment, undone: false };
        }
      }),
    );
  const [over, again] = await Promise.all([
    each(inFlight.filter(isLost), async ({ order }) => {
      const seized = await seize(world.state, order.experiment, isLost);
      return seized === undefined ? undefined : takeOver(world, seized);
    }),
    // Also what another sweep has seized and not settled.
    each(stuck, (one) => takeOver(world, one)),
  ]);
  const released = await reconcileClaims(world, errors);
  const all = [...over, ...again];
  if (errors.length > 0)
    throw new AggregateError(errors, `the sweep could not settle everything: ${errors.map(String).join('; ')}`);
  return {
    settled: all.filter(({ undone }) => undone).map(({ experiment }) => experiment),
    stuck: all.filter(({ undone }) => undone === false).map(({ experiment }) => experiment),
    released,
  };
}
