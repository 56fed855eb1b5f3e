import type { Herald } from '../../lib/aws/herald.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import type { StateStore } from '../../lib/core/state-store.ts';
import { listInFlight, requestStop } from '../in-flight.ts';
import { Recorder, type Speaker } from '../recorder.ts';
import { recordNotUndone, recordUndone, type TargetUndoing, toUndo, type UndoWorld, undoTargets } from '../undo.ts';
import type { HaltEvent } from './event.ts';

/** Everything outside that halting touches. */
export interface HaltWorld extends UndoWorld {
  readonly state: StateStore;
  readonly herald: Pick<Herald, 'tell'>;
  /** Waits so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
}

/** What became of one experiment that was halted. */
export interface Halted {
  readonly experiment: string;
  readonly group: string;
  /** Every reversible fault was confirmed away; a one-shot one leaves nothing to undo. */
  readonly undone: boolean;
  readonly targets: readonly TargetUndoing[];
}

/** Pauses between tries, in milliseconds. The experiment itself and the sweep try too, so this need not go on for ever. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 8_000] as const;

/**
 * Ends experiments that are in flight: marks each, takes its fault away, and looks whether it is gone. The experiment meets the mark at
 * its next look and says how it ended; if it is dead the sweep does.
 */
export async function halt(world: HaltWorld, event: HaltEvent): Promise<Halted[]> {
  const by = speakerOf(event);
  if (by === undefined) return [];
  const inFlight = (await listInFlight(world.state)).filter((running) => isMeant(event, running));
  const halted = await Promise.allSettled(inFlight.map((running) => haltOne(world, running, by)));
  const failed = halted.filter((one) => one.status === 'rejected').map((one) => one.reason);
  // The others were ended all the same; Lambda delivers the event again for these.
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} of ${inFlight.length} could not be halted`);
  return halted.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** In whose name; undefined for an alarm that says nothing alarming. */
function speakerOf(event: HaltEvent): Speaker | undefined {
  if (event.kind === 'order') return { actor: event.actor, reason: event.reason };
  if (event.value !== 'ALARM') return undefined;
  return { actor: `alarm ${event.alarm}`, reason: event.reason || 'it went to ALARM' };
}

function isMeant(event: HaltEvent, { order, alarms }: RunningExperiment): boolean {
  if (event.kind === 'alarm') return alarms.includes(event.alarm);
  return event.halt === 'all' || event.halt.includes(order.experiment);
}

async function haltOne(world: HaltWorld, found: RunningExperiment, by: Speaker): Promise<Halted> {
  const calledForAtMs = world.now();
  const { experiment, group } = found.order;
  const stop = { ...by, at: new Date(calledForAtMs).toISOString() };
  const [marking] = await Promise.allSettled([requestStop(world.state, experiment, stop)]);
  const running = (marking.status === 'fulfilled' ? marking.value : undefined) ?? found;
  const say = Recorder.atEnd(world, running.order, running.owner);
  const because = `${by.actor}: ${by.reason}`;
  const stopping = say.say('halted', 'stopping', { cause: 'halted', because }, undefined, by).catch(() => undefined);
  const targets = await undoUntilConfirmed(world, running);
  const said = await stopping;
  const left = targets.filter(({ undone }) => !undone);
  const records = [
    ...(said === undefined ? [] : [said]),
    ...(await recordUndone(world, running, targets, calledForAtMs, by)),
    ...(left.length === 0
      ? []
      : await recordNotUndone(world, running, left, { attempts: PAUSES_MS.length + 1, when: 'halt' }, by)),
  ];
  await world.herald.tell(records);
  // Undone it is all the same; but unless it is marked the experiment does not know that it is over.
  if (marking.status === 'rejected') throw marking.reason;
  return { experiment, group, undone: left.length === 0, targets };
}

async function undoUntilConfirmed(world: HaltWorld, running: RunningExperiment): Promise<TargetUndoing[]> {
  if (toUndo(running).length === 0) return [];
  let targets = await undoTargets(world, running);
  for (const ms of PAUSES_MS) {
    if (targets.every(({ undone }) => undone)) break;
    await world.pause(ms);
    targets = await undoTargets(world, running);
  }
  return targets;
}
