import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { conclude } from '../../lib/core/conclusion.ts';
import { messageOf } from '../../lib/core/error-words.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import { duringUntilMs, type Ending, isFaultOn, type Progress } from '../../lib/core/progress.ts';
import type { Verdict } from '../../lib/core/verdict.ts';
import { type Admitted, admit } from './admit.ts';
import { type Injected, recordInjections } from './inject.ts';
import { look, type Watch } from './look.ts';
import { fail, settle } from './settle.ts';
import { type Run, TRY_AGAIN } from './steps.ts';
import { strike } from './strike.ts';
import { giveUpUndoing, takeAway, UNDO_PAUSES_SECONDS, type UndoState } from './take-away.ts';
import { withOutcomes } from './targets.ts';
import type { ExperimentWorld } from './world.ts';

/** What an execution answers at its end; the audit says more. */
export interface ExperimentEnd {
  readonly experiment: string;
  readonly verdict: Verdict;
  readonly because: string;
}

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
  const { experiment } = order;
  let admitted: Admitted | undefined;
  let undo: UndoState | undefined;
  try {
    const admission = await durable.step('admit', () => admit(world, order, owner), TRY_AGAIN);
    if (admission.kind !== 'admitted') {
      await durable.step('tell', () => world.herald.tell(admission.records), TRY_AGAIN);
      return { experiment, verdict: admission.kind, because: admission.because };
    }
    admitted = admission;
    const injected = await strike({ durable, world, watch: admission });
    admitted = { ...admission, running: withOutcomes(admission.running, injected) };
    const observed = await observe({ durable, world, watch: admitted }, admitted, injected);
    undo = observed.undo;
    await durable.step('settle', () => settle(world, observed), TRY_AGAIN);
    return { experiment, verdict: observed.ending.verdict, because: observed.ending.because };
  } catch (error) {
    const because = messageOf(error);
    // Whatever went wrong, a fault is taken away before anything else is said or given back.
    const isOn = undo === undefined && admitted?.limits.faultSeconds !== undefined;
    const after =
      isOn && admitted ? await undoAll({ durable, world, watch: admitted }, 'failure') : (undo ?? NOTHING_ON);
    const { running } = admitted ?? { running: undefined };
    await durable.step('fail', () => fail(world, order, owner, { running, undo: after, because }), TRY_AGAIN);
    throw error;
  }
}

const NOTHING_ON: UndoState = { isUndone: true, attempts: 0, because: '' };

/** Everything that `settle` puts on record. */
export interface Observed {
  readonly running: Admitted['running'];
  readonly progress: Progress;
  readonly ending: Ending;
  readonly undo: UndoState;
}

/** Looks until there is a verdict; takes the fault away when its time, or its hypothesis, is over. */
async function observe(run: Run, admission: Admitted, injected: readonly Injected[]): Promise<Observed> {
  const { durable, world, watch } = run;
  const { running, limits } = watch;
  let progress = await durable.step(
    'record-injections',
    async () => {
      const recorded = await recordInjections(world, running, injected);
      await world.herald.tell([...admission.records, ...recorded.records]);
      return recorded.progress;
    },
    TRY_AGAIN,
  );
  let undo = NOTHING_ON;
  let lookedMs: number | undefined;
  for (let turn = 0; ; turn++) {
    const seen = await lookOnce(run, progress, lookedMs, turn);
    progress = seen.progress;
    lookedMs = seen.nowMs;
    if (seen.undo) {
      undo = await undoAll(run, 'end', progress);
      progress = undo.progress ?? progress;
      if (!undo.isUndone) {
        const because = `whether the fault is gone cannot be told: ${undo.because}`;
        progress = { ...progress, stop: progress.stop ?? { kind: 'blind', because, atMs: seen.nowMs } };
        return { running, progress, undo, ending: conclude(progress, limits) };
      }
    }
    const ending = seen.ending ?? (progress.stop && progress.stop.kind !== 'violated' && conclude(progress, limits));
    if (ending) return { running, progress, undo, ending };
    const seconds = secondsToNextLook(progress, watch, seen.nowMs);
    if (!seen.undo) await durable.wait(`until-look-${turn + 1}`, { seconds });
  }
}

/** A look that fails again and again is one that sees nothing: the experiment ends, because nobody would see what it does. */
async function lookOnce(
  { durable, world, watch }: Run,
  progress: Progress,
  lookedMs: number | undefined,
  turn: number,
): Promise<{ progress: Progress; nowMs: number; undo?: true; ending?: Ending }> {
  try {
    return await durable.step(
      `look-${turn}`,
      async () => {
        const { records, ...rest } = await look(world, watch, progress, lookedMs);
        await world.herald.tell(records);
        return rest;
      },
      TRY_AGAIN,
    );
  } catch (error) {
    const because = `Capuchin could not look any more: ${messageOf(error)}`;
    const atMs = await durable.step(`blind-${turn}`, async () => world.now(), TRY_AGAIN);
    const blind: Progress = { ...progress, stop: progress.stop ?? { kind: 'blind', because, atMs } };
    return isFaultOn(blind, watch.limits)
      ? { progress: blind, nowMs: atMs, undo: true }
      : { progress: blind, nowMs: atMs, ending: conclude(blind, watch.limits) };
  }
}

/** The fault's last second is looked at too, however long the interval is. */
function secondsToNextLook(progress: Progress, { limits, intervalSeconds }: Watch, nowMs: number): number {
  if (!isFaultOn(progress, limits)) return intervalSeconds;
  const leftSeconds = Math.ceil((duringUntilMs(progress, limits) - nowMs) / 1000);
  return Math.max(1, Math.min(intervalSeconds, leftSeconds));
}

/** Undoes until it is confirmed. After a while a person is told; after a longer while the sweep goes on in its stead. */
async function undoAll({ durable, world, watch }: Run, why: string, progress?: Progress): Promise<UndoState> {
  let state: UndoState = { ...NOTHING_ON, isUndone: false, ...(progress === undefined ? {} : { progress }) };
  for (const [attempt, pauseSeconds] of UNDO_PAUSES_SECONDS.entries()) {
    const before = state;
    try {
      state = await durable.step(
        `undo-${why}-${attempt}`,
        () => takeAway(world, watch.running, before, attempt),
        TRY_AGAIN,
      );
    } catch (error) {
      state = { ...before, because: messageOf(error) };
    }
    if (state.isUndone) return state;
    await durable.wait(`until-undo-${why}-${attempt + 1}`, { seconds: pauseSeconds });
  }
  const last = state;
  try {
    await durable.step(`undo-${why}-given-up`, () => giveUpUndoing(world, watch.running, last), TRY_AGAIN);
  } catch (error) {
    // Nobody could be told; the item stays, and the sweep tells.
    state = { ...state, because: `${state.because}; ${messageOf(error)}` };
  }
  return state;
}
