import type { AuditRecord } from '../lib/audit/record.ts';
import type { RecordStore } from '../lib/audit/trail.ts';
import { sentenceOf } from '../lib/core/error-words.ts';
import type { RunningExperiment, RunningTarget } from '../lib/core/running.ts';
import { type FaultPort, faultOfOrder } from '../lib/faults/catalogue.ts';
import type { ReversibleFault, Undoing } from '../lib/faults/contract.ts';
import { Recorder, type Speaker } from './recorder.ts';

/** What undoing touches. */
export interface UndoWorld {
  readonly now: () => number;
  readonly port: FaultPort;
  readonly audit: RecordStore;
}

/** How the undo of one target stands. */
export interface TargetUndoing extends Undoing {
  readonly resource: string;
  /** What a person does, as long as it is not undone. */
  readonly byHand: string;
}

/** Targets on which something may be that has to be taken away. AWS's own no means that nothing is. */
export function toUndo({ targets }: Pick<RunningExperiment, 'targets'>): RunningTarget[] {
  return targets.filter(({ undo, outcome }) => undo !== undefined && outcome !== 'failed');
}

/**
 * Takes the fault off every target, side by side, and looks whether it is gone. Never throws for a target: what nobody knows is not
 * undone. Whoever calls it may be one of several, and may call it again.
 */
export function undoTargets(world: UndoWorld, running: RunningExperiment): Promise<TargetUndoing[]> {
  const fault = reversibleFault(running);
  if (fault === undefined) return Promise.resolve([]);
  const { experiment, reason } = running.order;
  const context = { experiment, reason };
  return Promise.all(
    toUndo(running).map(async ({ undo = {}, ...target }) => {
      const byHand = fault.byHand(target, undo, context);
      try {
        return { resource: target.resource, byHand, ...(await fault.undo(world.port, target, undo, context)) };
      } catch (error) {
        const because = sentenceOf(error);
        return { resource: target.resource, byHand, undone: false, because };
      }
    }),
  );
}

function reversibleFault({ order }: RunningExperiment): ReversibleFault<FaultPort> | undefined {
  const fault = faultOfOrder(order);
  return fault?.kind === 'reversible' ? fault : undefined;
}

/** Records each target that was undone, once however many undo it. @param calledForAtMs when the undo was called for. */
export async function recordUndone(
  world: UndoWorld,
  { order, owner }: RunningExperiment,
  undoings: readonly TargetUndoing[],
  calledForAtMs: number,
  by?: Speaker,
): Promise<AuditRecord[]> {
  const recorder = Recorder.atEnd(world, order, owner);
  const records: AuditRecord[] = [];
  for (const { resource, undone, because } of undoings) {
    if (!undone) continue;
    const seconds = Math.max(0, world.now() - calledForAtMs) / 1000;
    const facts = { fault: order.fault, because, calledForAt: new Date(calledForAtMs).toISOString(), seconds };
    records.push(await recorder.say(`undone/${resource}`, 'undone', facts, resource, by));
  }
  return records;
}

/** Records each target that could not be undone so far. @param when makes a later reminder another record. */
export async function recordNotUndone(
  world: UndoWorld,
  { order, owner }: RunningExperiment,
  undoings: readonly TargetUndoing[],
  { attempts, when }: { readonly attempts: number; readonly when: string },
  by?: Speaker,
): Promise<AuditRecord[]> {
  const recorder = Recorder.atEnd(world, order, owner);
  const records: AuditRecord[] = [];
  for (const { resource, undone, because, byHand } of undoings) {
    if (undone) continue;
    const facts = { fault: order.fault, attempts, because, byHand };
    records.push(await recorder.say(`undo-failed/${when}/${resource}`, 'undo-failed', facts, resource, by));
  }
  return records;
}
