import type { AuditRecord } from '../../lib/audit/record.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { Progress } from '../../lib/core/progress.ts';
import { FAULTS, type FaultPort } from '../../lib/faults/catalogue.ts';
import type { Fault, FaultTarget } from '../../lib/faults/contract.ts';
import { Recorder } from './recorder.ts';
import type { ExperimentWorld } from './world.ts';

/** What the act on one target came to. `unknown`: it may have happened, only a look can tell. */
export interface Injected {
  readonly resource: string;
  readonly outcome: 'accepted' | 'failed' | 'unknown';
  readonly atMs: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function faultOf(order: ExperimentOrder): Fault<FaultPort> {
  const fault = FAULTS.get(order.fault);
  if (fault === undefined) throw new Error(`the guards passed the unknown fault ${order.fault}`);
  return fault;
}

/** Acts on one target. Called at most once for each target of an execution. */
export async function inject(world: ExperimentWorld, order: ExperimentOrder, target: FaultTarget): Promise<Injected> {
  const fault = faultOf(order);
  const parameters = fault.parameters.parse(order.parameters);
  const atMs = world.now();
  try {
    const injection = await fault.inject(world.ecs, target, parameters, order);
    return { resource: target.resource, atMs, ...injection };
  } catch (error) {
    return {
      resource: target.resource,
      atMs,
      outcome: 'unknown',
      facts: { error: error instanceof Error ? error.message : String(error) },
    };
  }
}

/** Records one outcome for each target, and says where the experiment stands now. */
export async function recordInjections(
  world: ExperimentWorld,
  order: ExperimentOrder,
  owner: string,
  injected: readonly Injected[],
): Promise<{ progress: Progress; records: AuditRecord[] }> {
  const recorder = Recorder.atEnd(world, order, owner);
  const records: AuditRecord[] = [];
  for (const [index, { resource, outcome, atMs, facts }] of injected.entries()) {
    const said = { fault: order.fault, outcome, calledAt: new Date(atMs).toISOString(), ...facts };
    records.push(await recorder.say(`injected/${index}`, 'injected', said, resource));
  }
  const targets = injected.map(({ resource, outcome }) => {
    return { resource, outcome, effect: outcome === 'failed' ? ('failed' as const) : ('pending' as const) };
  });
  return { progress: { injectedAtMs: Math.min(...injected.map(({ atMs }) => atMs)), targets, remarks: [] }, records };
}
