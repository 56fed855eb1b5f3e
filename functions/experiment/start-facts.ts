import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { FaultTarget } from '../../lib/core/fault-target.ts';
import { GUARDS } from '../../lib/core/guards/index.ts';
import type { Survey } from './survey.ts';
import type { ExperimentWorld } from './world.ts';

/** What a `started` record says about the choice: enough to replay it. */
export interface StartFacts extends Record<string, unknown> {
  readonly targets: readonly FaultTarget[];
}

export function startFacts(
  world: Pick<ExperimentWorld, 'config'>,
  { situation }: Survey,
  order: ExperimentOrder,
): StartFacts {
  if (!situation.choice.known || !situation.steadyState.known) throw new Error('the guards passed what is not known');
  const { candidates, ineligible, picked, positions, draws, zone } = situation.choice.value;
  return {
    fault: order.fault,
    parameters: order.parameters,
    at: order.at,
    skip: order.skip,
    targets: picked,
    positions,
    candidates,
    ineligible,
    seed: world.config.seed,
    draws,
    ...(zone === undefined ? {} : { zone }),
    guards: GUARDS.map(({ name }) => name),
    steadyState: situation.steadyState.value,
    stopAlarms: situation.stopAlarms.known ? situation.stopAlarms.value : [],
  };
}
