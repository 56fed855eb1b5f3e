import type { AuditRecord } from '../../lib/audit/record.ts';
import { healthOf } from '../../lib/core/health.ts';
import type { ProbeAnswer } from '../../lib/core/probe.ts';
import { dueProbes } from '../../lib/core/probe-interval.ts';
import {
  advance,
  afterFromMs,
  duringUntilMs,
  isFaultOn,
  type Limits,
  type Progress,
  type Step,
} from '../../lib/core/progress.ts';
import { hasLeft, type Recovery, recoveryOf } from '../../lib/core/recovery.ts';
import type { RunningExperiment } from '../../lib/core/running.ts';
import type { Candidate } from '../../lib/core/target.ts';
import type { Confirmation } from '../../lib/faults/contract.ts';
import { beat, readInFlight } from '../in-flight.ts';
import { known } from '../known.ts';
import { Recorder } from '../recorder.ts';
import { recordEvents } from './events.ts';
import { fleetNow, type MemberNow } from './fleet-now.ts';
import { faultOf } from './inject.ts';
import { askProbes } from './probes.ts';
import type { ExperimentWorld } from './world.ts';

/** A look and the wait after it may take so long, besides the interval, before the sweep takes the experiment for dead. */
export const BEAT_MARGIN_MS = 240_000;

/** What one look came to. */
export interface Looked extends Omit<Step, 'events'> {
  readonly records: readonly AuditRecord[];
  /** Moment of the look. */
  readonly nowMs: number;
}

/** What looks have in common. */
export interface Watch {
  /** With what became of the acts. */
  readonly running: RunningExperiment;
  readonly limits: Limits;
  readonly intervalSeconds: number;
}

/**
 * Looks at targets, services, probes, lever, alarms, and at whoever asked for the end; records what is new, says that the experiment is
 * alive, and decides what comes next.
 *
 * @param lookedMs when it looked last; undefined at the first look.
 */
export async function look(
  world: ExperimentWorld,
  { running, limits, intervalSeconds }: Watch,
  progress: Progress,
  lookedMs: number | undefined,
): Promise<Looked> {
  const { order, owner, alarms } = running;
  const fleet = fleetNow(world, order, {
    stoppedToo: running.targets.map(({ resource }) => resource),
    withTags: false,
  });
  const [{ lever }, services, tasks, effects, alarmStates, inFlight] = await Promise.all([
    world.switches.read(),
    fleet.members,
    fleet.candidates,
    confirmPending(world, running, progress),
    known(alarms.length === 0 ? Promise.resolve([]) : world.alarms.read(alarms)),
    readInFlight(world.state, order.experiment),
  ]);
  const nowMs = world.now();
  const answers = await ask(world, running, limits, progress, services, { nowMs, lookedMs });
  const stopRequest = inFlight?.body.stop;
  const recovery = recoveryIn(tasks, services, progress, limits, struckWithoutLeaving(order, progress, limits, nowMs));
  const seen = {
    nowMs,
    lever,
    alarms: alarmStates,
    ...(stopRequest === undefined ? {} : { stopRequest }),
    effects,
    recovery,
    health: healthOf(
      tasks,
      services.map(({ events }) => events),
      Math.max(recovery.recoveredAtMs ?? 0, progress.injectedAtMs, progress.illAtMs ?? 0),
      nowMs,
    ),
    answers,
  };
  const { events, ...next } = advance(progress, seen, limits);
  const aliveUntilMs = nowMs + intervalSeconds * 1000 + BEAT_MARGIN_MS;
  const [records] = await Promise.all([
    recordEvents(Recorder.atEnd(world, order, owner), order, events),
    inFlight === undefined ? undefined : beat(world.state, inFlight, aliveUntilMs, running.targets),
  ]);
  return { ...next, records, nowMs };
}

/** Looks at each target whose fate is not known yet, as long as there is something on it to be seen. */
function confirmPending(
  world: ExperimentWorld,
  { order, targets }: RunningExperiment,
  progress: Progress,
): Promise<({ resource: string } & Confirmation)[]> {
  const fault = faultOf(order);
  const pending = targets.filter(({ resource }) =>
    progress.targets.some((one) => one.resource === resource && one.effect === 'pending'),
  );
  return Promise.all(
    pending.map(async ({ undo = {}, ...target }) => {
      return { resource: target.resource, ...(await fault.confirm(world.port, target, undo, order)) };
    }),
  );
}

function recoveryIn(
  tasks: readonly Candidate[],
  services: readonly MemberNow[],
  { targets, injectedAtMs }: Progress,
  { faultSeconds }: Limits,
  isStaying: boolean,
): Recovery {
  const desired = services.reduce((sum, { live }) => sum + live.desired, 0);
  const struck = targets.filter(({ outcome }) => outcome !== 'failed').map(({ resource }) => resource);
  const left = tasks.some((task) => struck.includes(task.resource) && hasLeft(task));
  return recoveryOf(
    tasks,
    struck,
    desired,
    faultSeconds !== undefined || (isStaying && !left) ? injectedAtMs : undefined,
  );
}

/** So long ECS has to show that a target is leaving, before it counts as one that stays. */
const LEAVING_SECONDS = 30;

/** Whether a fault that is over at once has had the time to make its targets leave, and need not have done so. */
function struckWithoutLeaving(
  order: RunningExperiment['order'],
  { injectedAtMs }: Progress,
  { recoveryLimitSeconds }: Limits,
  nowMs: number,
): boolean {
  if (faultOf(order).targetMayStay !== true) return false;
  return nowMs - injectedAtMs >= 1000 * Math.min(LEAVING_SECONDS, recoveryLimitSeconds / 2);
}

async function ask(
  world: ExperimentWorld,
  { order }: RunningExperiment,
  limits: Limits,
  progress: Progress,
  services: readonly MemberNow[],
  { nowMs, lookedMs }: { readonly nowMs: number; readonly lookedMs: number | undefined },
): Promise<ProbeAnswer[]> {
  const live = services.map((one) => one.live);
  const afterMs = afterFromMs(progress, limits);
  const duringEndMs = progress.undoneAtMs ?? afterMs;
  const during = {
    phase: 'during',
    nowMs,
    order,
    fromMs: progress.injectedAtMs,
    ...(duringEndMs === undefined ? {} : { untilMs: duringEndMs }),
  } as const;
  const isAfter = afterMs !== undefined && nowMs >= afterMs;
  // At a turning point everybody is asked, however short a while ago.
  const isTurn = isAfter || (isFaultOn(progress, limits) && nowMs >= duringUntilMs(progress, limits));
  const probes = isTurn ? limits.steadyState : dueProbes(limits.steadyState, progress.injectedAtMs, lookedMs, nowMs);
  // Once the fault's time is over, only metrics still have something to say about it.
  const isOver = duringEndMs !== undefined && nowMs > duringEndMs;
  const aboutDuring = isOver ? probes.filter(({ type }) => type === 'metric') : probes;
  const answers = await Promise.all([
    askProbes(world, aboutDuring, live, order.services, during),
    isAfter ? askProbes(world, probes, live, order.services, { phase: 'after', nowMs, order, fromMs: afterMs }) : [],
  ]);
  return answers.flat();
}
