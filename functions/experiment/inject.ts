import type { AuditRecord } from '../../lib/audit/record.ts';
import { messageOf } from '../../lib/core/error-words.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { Progress } from '../../lib/core/progress.ts';
import type { RunningExperiment, RunningTarget } from '../../lib/core/running.ts';
import { actNotAfterMs } from '../../lib/core/spread.ts';
import { faultOfOrder } from '../../lib/faults/catalogue.ts';
import type { Injection } from '../../lib/faults/contract.ts';
import { Recorder } from '../recorder.ts';
import type { ExperimentWorld } from './world.ts';

/** The code of an act that was not made, because what came before it said no. */
export const HELD_BACK = 'held-back';

/** What the act on one target came to. `unknown`: it may have happened, only a look can tell. */
export interface Injected {
  readonly resource: string;
  readonly outcome: 'accepted' | 'failed' | 'unknown';
  readonly atMs: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function faultOf(order: ExperimentOrder): NonNullable<ReturnType<typeof faultOfOrder>> {
  const fault = faultOfOrder(order);
  if (fault === undefined) throw new Error(`the guards passed the unknown fault ${order.fault}`);
  return fault;
}

/** Acts on one target. Called at most once for each target of an execution; after its time it does not act at all. */
export async function inject(
  world: ExperimentWorld,
  running: RunningExperiment,
  target: RunningTarget,
): Promise<Injected> {
  const { resource } = target;
  const index = running.targets.findIndex((one) => one.resource === resource);
  const { spreadSeconds = 0 } = faultOf(running.order);
  const ownTurnMs = actNotAfterMs(running.startedAtMs, index, running.targets.length, spreadSeconds);
  const notAfterMs = Math.min(ownTurnMs, running.notAfterMs);
  const atMs = world.now();
  if (atMs > notAfterMs) {
    const message = `it would have begun ${Math.ceil((atMs - notAfterMs) / 1000)} s too late`;
    return { resource, atMs, outcome: 'failed', facts: { code: 'too-late', message } };
  }
  try {
    return { resource, atMs, ...(await call(world, { ...running, notAfterMs }, target, atMs)) };
  } catch (error) {
    const facts = { error: messageOf(error) };
    return { resource, atMs, outcome: 'unknown', facts };
  }
}

function call(
  { port, config, now }: ExperimentWorld,
  { order, notAfterMs, untilMs: latestMs = Number.POSITIVE_INFINITY, alarms }: RunningExperiment,
  { undo = {}, ...target }: RunningTarget,
  nowMs: number,
): Promise<Injection> {
  const fault = faultOf(order);
  const parameters = fault.parameters.parse(order.parameters);
  // What is hit last heals no later than the experiment says that all of it is over.
  const untilMs =
    fault.kind === 'one-shot' ? notAfterMs : Math.min(nowMs + fault.durationSeconds(parameters) * 1000, latestMs);
  const { experiment, reason } = order;
  const { installTools } = config;
  return fault.inject(port, target, parameters, undo, {
    experiment,
    reason,
    now,
    notAfterMs,
    untilMs,
    alarms,
    installTools,
  });
}

/** Records one outcome for each target, and says where the experiment stands now. */
export async function recordInjections(
  world: ExperimentWorld,
  { order, owner }: RunningExperiment,
  injected: readonly Injected[],
): Promise<{ progress: Progress; records: AuditRecord[] }> {
  const recorder = Recorder.atEnd(world, order, owner);
  const records: AuditRecord[] = [];
  for (const [index, { resource, outcome, atMs, facts }] of injected.entries()) {
    const called = facts.code === HELD_BACK ? {} : { calledAt: new Date(atMs).toISOString() };
    const said = { fault: order.fault, outcome, ...called, ...facts };
    records.push(await recorder.say(`injected/${index}`, 'injected', said, resource));
  }
  const targets = injected.map(({ resource, outcome }) => {
    return { resource, outcome, effect: outcome === 'failed' ? ('failed' as const) : ('pending' as const) };
  });
  return { progress: { injectedAtMs: Math.min(...injected.map(({ atMs }) => atMs)), targets, remarks: [] }, records };
}
