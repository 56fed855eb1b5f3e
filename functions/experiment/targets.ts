import { sentenceOf } from '../../lib/core/error-words.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { FaultTarget, HostTarget } from '../../lib/core/fault-target.ts';
import type { InjectOutcome } from '../../lib/core/progress.ts';
import type { Refusal } from '../../lib/core/refusal.ts';
import type { RunningExperiment, RunningTarget } from '../../lib/core/running.ts';
import type { FaultPort } from '../../lib/faults/catalogue.ts';
import type { Fault } from '../../lib/faults/contract.ts';
import type { ExperimentWorld } from './world.ts';

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

/** What an act on one target would do, a line each; or why nobody can tell. */
export interface WouldDo {
  readonly resource: string;
  readonly lines: readonly string[];
}

/** Asks what the act would do to each target, and changes nothing. A fault that has no plan is told by its name. */
export function planTargets(
  { port, config, now }: Pick<ExperimentWorld, 'port' | 'config' | 'now'>,
  fault: Fault<FaultPort>,
  { order, notAfterMs, untilMs = notAfterMs, alarms, targets }: RunningExperiment,
): Promise<WouldDo[]> {
  const { experiment, reason } = order;
  const context = { experiment, reason, now, notAfterMs, untilMs, alarms, installTools: config.installTools };
  return Promise.all(
    targets.map(async ({ undo = {}, ...target }) => {
      const { resource } = target;
      if (fault.plan === undefined) return { resource, lines: [`${fault.name} ${resource}`] };
      try {
        return {
          resource,
          lines: await fault.plan(port, target, fault.parameters.parse(order.parameters), undo, context),
        };
      } catch (error) {
        return { resource, lines: [`cannot tell: ${sentenceOf(error)}`] };
      }
    }),
  );
}

/** A host with the cluster that it has joined, if it has joined one. */
async function inCluster(port: FaultPort, host: HostTarget): Promise<HostTarget> {
  return { ...host, ...(await port.placeOf(host.resource)) };
}

/** What each target needs to be undone; or why one of them is not fit for the act. A question without an answer is a no. */
export async function prepareTargets(
  world: Pick<ExperimentWorld, 'port' | 'now'>,
  fault: Fault<FaultPort>,
  order: ExperimentOrder,
  targets: readonly FaultTarget[],
  minRemaining: number,
): Promise<{ targets: RunningTarget[]; refusals: Refusal[] }> {
  const parameters = fault.parameters.parse(order.parameters);
  const { experiment, reason } = order;
  const prepared: RunningTarget[] = [];
  const refusals: Refusal[] = [];
  const refuse = (target: FaultTarget, because: string, facts: Refusal['facts'] = {}): void => {
    refusals.push({ code: 'target-not-ready', because, facts: { target: target.resource, ...facts } });
  };
  await Promise.all(
    targets.map(async (target, index) => {
      try {
        const placed = fault.needsCluster && target.kind === 'host' ? await inCluster(world.port, target) : target;
        const context = { experiment, reason, minRemaining, now: world.now };
        const answer = await fault.prepare(world.port, placed, parameters, context);
        if (answer.ready) prepared[index] = { ...placed, undo: answer.undo };
        else refuse(target, `${target.resource}: ${answer.because}`);
      } catch (error) {
        const because = sentenceOf(error);
        refuse(target, `${target.resource}: cannot tell: ${because}`, { cannotTell: because });
      }
    }),
  );
  return { targets: refusals.length > 0 ? [] : prepared, refusals };
}
