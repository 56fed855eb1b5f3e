import { type AuditRecord, finalOf } from '../../lib/audit/record.ts';
import type { InjectOutcome, TargetProgress } from '../../lib/core/progress.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import { verdictOf } from '../../lib/core/verdict.ts';
import { faultOfOrder } from '../../lib/faults/catalogue.ts';
import type { Confirmation } from '../../lib/faults/contract.ts';
import { release } from '../experiment/claims.ts';
import { closeInFlight } from '../in-flight.ts';
import { known } from '../known.ts';
import { Recorder, type Speaker } from '../recorder.ts';
import { recordNotUndone, recordUndone, type TargetUndoing, undoTargets } from '../undo.ts';
import type { SweepWorld } from './sweep.ts';

export const SWEEP: Speaker = { actor: 'sweep', reason: 'nothing was heard of the experiment any more' };

/**
 * Ends an experiment whose execution is lost: undoes it, looks at what became of the acts, and says so in the execution's name, so that
 * the record stands once even if the execution comes back. Asked again while a fault may still be on a target, it goes on undoing and
 * reminds people once an hour. Answers whether nothing is left on any target.
 */
export async function takeOver(world: SweepWorld, running: RunningExperiment): Promise<boolean> {
  const { order, owner } = running;
  const calledForAtMs = world.now();
  // An audit that cannot be read keeps no fault from being taken away.
  const read = await known(world.audit.readChain(order.experiment));
  const undoings = await undoTargets(world, read.known ? withOutcomes(running, read.value) : running);
  const isUndone = undoings.every(({ undone }) => undone);
  if (!read.known) throw new Error(`the chain of ${order.experiment} could not be read: ${read.because}`);
  const chain = read.value;
  const recorder = Recorder.after(world, order, owner, chain.at(-1));
  const records: AuditRecord[] = [];
  const hasStarted = chain.some(({ key }) => key === `${owner}/started/0`);
  if (finalOf(chain) === undefined && hasStarted) {
    const lostAt = new Date(running.aliveUntilMs).toISOString();
    const because = `its execution was expected to be heard of until ${lostAt} at the latest`;
    records.push(await recorder.say('swept', 'swept', { because }, undefined, SWEEP));
    records.push(...(await recordUndone(world, running, undoings, calledForAtMs, SWEEP)));
    const targets = await targetsOf(world, running, chain);
    const facts = endingFacts(running, chain, targets, because);
    const undo = undoings.length === 0 ? {} : { undone: isUndone, ...notUndone(undoings) };
    records.push(await recorder.say('ended', 'ended', { ...facts, ...undo }, undefined, SWEEP));
  } else {
    records.push(...(await recordUndone(world, running, undoings, calledForAtMs, SWEEP)));
    // It was to begin, and never did: whoever planned or asked for it hears why.
    const because = 'its execution was lost before its act';
    if (finalOf(chain) === undefined)
      records.push(await recorder.say('failed', 'failed', { because, acted: false }, undefined, SWEEP));
  }
  if (isUndone) {
    await release(world.state, { ...order, owner }, hasStarted && mayHaveActed(running, chain));
  } else {
    const said = { attempts: 1, when: reminderOf(world.now()) };
    records.push(...(await recordNotUndone(world, running, undoings, said, SWEEP)));
  }
  await closeInFlight(world.state, { ...order, owner }, isUndone ? 'ended' : 'stuck', world.now());
  await world.herald.tell(records);
  return isUndone;
}

/** The targets with what the chain says of the acts: a crash may have come before the item heard of it. */
function withOutcomes(running: RunningExperiment, chain: readonly AuditRecord[]): RunningExperiment {
  const targets = running.targets.map((target, index) => {
    const outcome = injectedOf(chain, running.owner, index)?.facts.outcome as InjectOutcome | undefined;
    return outcome === undefined ? target : { ...target, outcome };
  });
  return { ...running, targets };
}

/** A reminder an hour: `2026-11-23T10`. */
function reminderOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 13);
}

function notUndone(undoings: readonly TargetUndoing[]): Record<string, unknown> {
  const left = undoings.filter(({ undone }) => !undone);
  return left.length === 0
    ? {}
    : { notUndone: left.map(({ resource, because }) => `${resource}: ${because}`).join('; ') };
}

/** Whether an act may have been done; what is not on record either way may have. */
function mayHaveActed({ owner, targets }: RunningExperiment, chain: readonly AuditRecord[]): boolean {
  return targets.some((_, index) => injectedOf(chain, owner, index)?.facts.outcome !== 'failed');
}

function injectedOf(chain: readonly AuditRecord[], owner: string, index: number): AuditRecord | undefined {
  return chain.find(({ key }) => key === `${owner}/injected/${index}`);
}

/** What became of each target: as the chain says, or as a look says now. */
async function targetsOf(
  world: SweepWorld,
  { order, owner, targets }: RunningExperiment,
  chain: readonly AuditRecord[],
): Promise<TargetProgress[]> {
  return Promise.all(
    targets.map(async (target, index): Promise<TargetProgress> => {
      const { resource } = target;
      const outcome = (injectedOf(chain, owner, index)?.facts.outcome ??
        target.outcome ??
        'unknown') as TargetProgress['outcome'];
      const seen = chain.find(({ key }) => key === `${owner}/effect/${resource}`)?.kind;
      if (seen !== undefined) return { resource, outcome, effect: seen === 'took-effect' ? 'took-effect' : 'failed' };
      if (outcome === 'failed') return { resource, outcome, effect: 'failed' };
      const { effect } = await confirmNow(world, order, target);
      return { resource, outcome, effect: effect === 'took-effect' ? 'took-effect' : 'failed' };
    }),
  );
}

/** Only a one-shot fault can still be seen: what could be undone has been. */
async function confirmNow(
  { port }: SweepWorld,
  order: RunningExperiment['order'],
  { undo = {}, ...target }: RunningExperiment['targets'][number],
): Promise<Confirmation> {
  const fault = faultOfOrder(order);
  if (fault?.kind !== 'one-shot') return { effect: 'failed', because: 'it was not seen before it was taken away' };
  return fault.confirm(port, target, undo, order);
}

/** The verdict of what was seen. Nobody watched to the end, so it cannot have held. */
function endingFacts(
  { order, stop }: RunningExperiment,
  chain: readonly AuditRecord[],
  targets: readonly TargetProgress[],
  because: string,
): Record<string, unknown> {
  const confirmed = targets.filter(({ effect }) => effect === 'took-effect').length;
  const broken = chain
    .filter(({ kind }) => kind === 'violated')
    .map(({ facts }) => `${facts.probe} (${facts.phase}): ${facts.because}`);
  const verdict = verdictOf({
    ...(stop === undefined ? {} : { aborted: `${stop.actor} ended it: ${stop.reason}` }),
    targets: targets.length,
    confirmed,
    broken,
    unknown: [`nobody watched it to its end: ${because}`],
  });
  const acted = targets.some(({ outcome }) => outcome !== 'failed');
  return { fault: order.fault, ...verdict, tookEffect: confirmed === targets.length, acted, targets, remarks: [] };
}
