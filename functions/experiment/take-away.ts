import { type Progress, undone } from '../../lib/core/progress.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import { beat, readInFlight } from '../in-flight.ts';
import { Recorder } from '../recorder.ts';
import { recordNotUndone, recordUndone, type TargetUndoing, undoTargets } from '../undo.ts';
import { recordEvents } from './events.ts';
import { BEAT_MARGIN_MS } from './look.ts';
import type { ExperimentWorld } from './world.ts';

/** Seconds to wait after each try that was not confirmed. About a quarter of an hour; then it is the sweep that goes on. */
export const UNDO_PAUSES_SECONDS = [1, 1, 2, 2, 4, 8, 15, 30, 30, 60, 60, 60, 120, 120, 240] as const;

/** After so many tries a person is told what to do by hand. */
const TRIES_BEFORE_ALARM = 4;

/** How the undo stands after a try. */
export interface UndoState {
  readonly isUndone: boolean;
  readonly attempts: number;
  /** Why it is not undone yet, or what confirmed it. */
  readonly because: string;
  /** When the undo was called for. */
  readonly calledForAtMs?: number;
  readonly progress?: Progress;
}

/** One try to take the fault off every target that still has it, with whatever it takes for the record. */
export async function takeAway(
  world: ExperimentWorld,
  running: RunningExperiment,
  before: UndoState,
  attempt: number,
): Promise<UndoState> {
  const calledForAtMs = before.calledForAtMs ?? world.now();
  const undoings = await undoTargets(world, running);
  const left = undoings.filter((one) => !one.undone);
  const nowMs = world.now();
  const done = before.progress === undefined || left.length > 0 ? undefined : undone(before.progress, nowMs);
  const recorder = Recorder.atEnd(world, running.order, running.owner);
  const records = [
    ...(await recordUndone(world, running, undoings, calledForAtMs)),
    ...(done === undefined ? [] : await recordEvents(recorder, running.order, done.events)),
    ...(attempt + 1 === TRIES_BEFORE_ALARM ? await tellNotUndone(world, running, undoings, attempt + 1) : []),
  ];
  await stayAlive(world, running, nowMs);
  await world.herald.tell(records);
  const because = (left.length > 0 ? left : undoings).map((one) => `${one.resource}: ${one.because}`).join('; ');
  const progress = done?.progress ?? before.progress;
  return {
    isUndone: left.length === 0,
    attempts: attempt + 1,
    because,
    calledForAtMs,
    ...(progress === undefined ? {} : { progress }),
  };
}

function tellNotUndone(
  world: ExperimentWorld,
  running: RunningExperiment,
  undoings: readonly TargetUndoing[],
  attempts: number,
): ReturnType<typeof recordNotUndone> {
  return recordNotUndone(world, running, undoings, { attempts, when: `try-${attempts}` });
}

/** Nothing more comes from this execution; the record says so, and the item is left to the sweep. */
export async function giveUpUndoing(
  world: ExperimentWorld,
  running: RunningExperiment,
  { attempts }: UndoState,
): Promise<void> {
  const undoings = await undoTargets(world, running);
  await world.herald.tell(await tellNotUndone(world, running, undoings, attempts + 1));
}

async function stayAlive(world: ExperimentWorld, { order }: RunningExperiment, nowMs: number): Promise<void> {
  const item = await readInFlight(world.state, order.experiment);
  const longestPauseMs = Math.max(...UNDO_PAUSES_SECONDS) * 1000;
  if (item !== undefined) await beat(world.state, item, nowMs + longestPauseMs + BEAT_MARGIN_MS);
}
