import type { RunningExperiment } from '../../lib/core/running.ts';
import { release } from '../experiment/claims.ts';
import { closeInFlight } from '../in-flight.ts';
import { recordNotUndone, recordUndone, undoTargets } from '../undo.ts';
import type { SweepWorld } from './sweep.ts';
import { reminderOf, SWEEP } from './take-over.ts';

/** Goes on undoing what had to be given up; reminds people once an hour. Answers whether it is gone now. */
export async function retryStuck(world: SweepWorld, running: RunningExperiment): Promise<boolean> {
  const { order, owner } = running;
  const calledForAtMs = world.now();
  const undoings = await undoTargets(world, running);
  const isUndone = undoings.every(({ undone }) => undone);
  const records = await recordUndone(world, running, undoings, calledForAtMs, SWEEP);
  if (isUndone) {
    await release(world.state, { ...order, owner }, true);
    await closeInFlight(world.state, { ...order, owner }, 'ended', world.now());
  } else {
    const said = { attempts: 1, when: reminderOf(world.now()) };
    records.push(...(await recordNotUndone(world, running, undoings, said, SWEEP)));
  }
  await world.herald.tell(records);
  return isUndone;
}
