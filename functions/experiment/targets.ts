import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { InjectOutcome } from '../../lib/core/progress.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import type { RunningExperiment, RunningTarget } from '../../lib/core/running.ts';
import type { Task } from '../../lib/core/target.ts';
import type { FaultPort } from '../../lib/faults/catalogue.ts';
import type { Fault, FaultTarget } from '../../lib/faults/contract.ts';
import type { ExperimentWorld } from './world.ts';

/** A drawn task, as a fault sees it. */
export function targetOf({ taskArn, clusterArn, containerInstanceArn }: Task): FaultTarget {
  return { resource: taskArn, clusterArn, ...(containerInstanceArn === undefined ? {} : { containerInstanceArn }) };
}

/** The targets with what became of the acts: AWS's own no leaves nothing to undo. */
export function withOutcomes(
  running: RunningExperiment,
  outcomes: readonly { readonly resource: string; readonly outcome: InjectOutcome }[],
): RunningExperiment {
  const targets = running.targets.map((target): RunningTarget => {
    const outcome = outcomes.find(({ resource }) => resource === target.resource)?.outcome;
    return outcome === undefined ? target : { ...target, outcome };
  });
  return { ...running, targets };
}

/** What each target needs to be undone; or why one of them is not fit for the act. A question without an answer is a no. */
export async function prepareTargets(
  world: Pick<ExperimentWorld, 'port'>,
  fault: Fault<FaultPort>,
  order: ExperimentOrder,
  targets: readonly FaultTarget[],
): Promise<{ targets: RunningTarget[]; refusals: Refusal[] }> {
  if (fault.kind === 'one-shot') return { targets: [...targets], refusals: [] };
  const parameters = fault.parameters.parse(order.parameters);
  const prepared: RunningTarget[] = [];
  const refusals: Refusal[] = [];
  const refuse = (target: FaultTarget, because: string, facts: Refusal['facts'] = {}): void => {
    refusals.push({ code: 'target-not-ready', because, facts: { target: target.resource, ...facts } });
  };
  await Promise.all(
    targets.map(async (target, index) => {
      try {
        const answer = await fault.prepare(world.port, target, parameters, order);
        if (answer.ready) prepared[index] = { ...target, undo: answer.undo };
        else refuse(target, `${target.resource}: ${answer.because}`);
      } catch (error) {
        const because = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        refuse(target, `${target.resource}: cannot tell: ${because}`, { cannotTell: because });
      }
    }),
  );
  return { targets: refusals.length > 0 ? [] : prepared, refusals };
}
