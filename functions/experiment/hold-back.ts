import type { LeverState } from '../../lib/core/guards/guard.ts';
import type { Limits } from '../../lib/core/progress.ts';
import type { Known } from '../../lib/core/refusal.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import { abortOf } from '../../lib/core/stop.ts';
import { readInFlight } from '../in-flight.ts';
import { known } from '../known.ts';
import { fleetNow } from './fleet-now.ts';
import { askProbes } from './probes.ts';
import type { ExperimentWorld } from './world.ts';

/** What came between the guards and the act. */
export function heldBack(
  lever: Known<LeverState>,
  leash: Known<boolean>,
  { stop }: Pick<RunningExperiment, 'stop'>,
): string | undefined {
  if (!lever.known) return `the lever could not be read: ${lever.because}`;
  if (lever.value.engaged) return `${lever.value.actor} engaged the lever: ${lever.value.reason}`;
  if (!leash.known) return `the leash could not be read: ${leash.because}`;
  if (leash.value) return 'the leash was put on';
  return stop === undefined ? undefined : `${stop.actor} ended it: ${stop.reason}`;
}

/**
 * Why the acts that are still to come must not, when earlier ones have been made a while ago: lever, leash, whoever asked for the end, a
 * stop alarm, or a hypothesis that is broken already. What cannot be read holds them back too, but for a probe: one that watches a period
 * has no answer before that is over.
 *
 * @param injectedAtMs when the first act was made.
 */
export async function heldBackBetween(
  world: ExperimentWorld,
  { order, alarms }: RunningExperiment,
  { steadyState }: Pick<Limits, 'steadyState'>,
  injectedAtMs: number,
): Promise<string | undefined> {
  const [{ lever, leashed }, inFlight, states, members] = await Promise.all([
    world.switches.read(),
    known(readInFlight(world.state, order.experiment)),
    known(alarms.length === 0 ? Promise.resolve([]) : world.alarms.read(alarms)),
    known(fleetNow(world, order, { stoppedToo: false, withTags: false }).members),
  ]);
  if (!inFlight.known) return `whether somebody asked for the end could not be read: ${inFlight.because}`;
  if (!members.known) return `the group could not be read: ${members.because}`;
  const nowMs = world.now();
  const stop = inFlight.value?.body.stop;
  const signs = { nowMs, lever, alarms: states, ...(stop === undefined ? {} : { stopRequest: stop }) };
  const because = heldBack(lever, leashed, {}) ?? abortOf(signs);
  if (because !== undefined) return because;
  const during = { phase: 'during', nowMs, order, fromMs: injectedAtMs } as const;
  const live = members.value.map((one) => one.live);
  const answers = await askProbes(world, steadyState, live, order.services, during);
  const violated = answers.find(({ answer }) => answer === 'violated');
  return violated && `${violated.probe} is broken already: ${violated.because}`;
}
