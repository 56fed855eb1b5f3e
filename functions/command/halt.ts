import type { RunningExperiment } from '../../lib/core/running.ts';
import { listInFlight, requestStop } from '../in-flight.ts';
import type { CommandAnswer, Halting, HaltRequest } from './request.ts';
import { turn } from './switch.ts';
import type { CommandWorld } from './world.ts';

/**
 * Ends what runs. First the lever, so that nothing begins any more; then the halt function is started, which undoes and confirms. The
 * answer names what is being ended; each chain tells when it is.
 */
export async function halt(world: CommandWorld, request: HaltRequest): Promise<CommandAnswer> {
  const { experiment, actor, reason } = request;
  if (experiment !== undefined) return haltOne(world, request, experiment);
  const [turned] = await Promise.allSettled([turn(world, request)]);
  const [listed, begun] = await Promise.allSettled([
    listInFlight(world.state),
    // Also with nothing in sight: what is just beginning may not be stored yet.
    world.functions.startHalt(world.haltFunction, { version: 1, halt: 'all', actor, reason }),
  ]);
  const halting = listed.status === 'fulfilled' ? listed.value.map(haltingOf) : [];
  const problems = [turned, listed, begun].flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  const problem = problems.length === 0 ? {} : { problem: problems.join('; ') };
  // A lever that cannot be turned keeps nothing from being ended.
  const recorded = turned.status === 'fulfilled' && turned.value.recorded;
  return { accepted: true, lever: turned.status === 'fulfilled', recorded, halting, ...problem };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function haltOne(
  world: CommandWorld,
  { actor, reason }: HaltRequest,
  experiment: string,
): Promise<CommandAnswer> {
  const stop = { actor, reason, at: new Date(world.now()).toISOString() };
  const running = await requestStop(world.state, experiment, stop);
  if (running === undefined || running.status === 'ended') {
    const because = `${experiment} is not running; "capuchin show ${experiment}" says what became of it`;
    return { accepted: false, experiment, refusals: [{ code: 'not-running', because, facts: { experiment } }] };
  }
  const answer = { accepted: true, lever: false, recorded: true, halting: [haltingOf(running)] } as const;
  try {
    await world.functions.startHalt(world.haltFunction, { version: 1, halt: [experiment], actor, reason });
    return answer;
  } catch (error) {
    // It is marked, so it ends at its next look.
    return { ...answer, problem: messageOf(error) };
  }
}

/** What is in flight. */
export async function listRunning({ state }: Pick<CommandWorld, 'state'>): Promise<CommandAnswer> {
  return { running: (await listInFlight(state)).map(haltingOf) };
}

function haltingOf({ order, targets }: RunningExperiment): Halting {
  return {
    experiment: order.experiment,
    group: order.group,
    targets: targets.map(({ resource }) => resource),
    reversible: targets.some(({ undo }) => undo !== undefined),
  };
}
