import type { RunningExperiment, RunningTarget, StopRequest } from '../lib/core/running.ts';
import type { StateStore, Versioned } from '../lib/core/state-store.ts';

/** Two writers meet here at most: the experiment and whoever stops it. */
const TRIES = 20;

/** What has ended is kept so long, for people who look; DynamoDB then drops it. */
const KEPT_SECONDS = 7 * 86_400;

/** An item of an experiment in flight as it was read, to be changed against. */
export type InFlight = Versioned<RunningExperiment>;

export function readInFlight(state: StateStore, experiment: string): Promise<InFlight | undefined> {
  return state.read<RunningExperiment>('running', experiment);
}

/** Everything in flight, and what has ended with a fault that may still be on a target. */
export async function listInFlight(state: StateStore): Promise<RunningExperiment[]> {
  const all = await state.list<RunningExperiment>('running');
  return [...all.values()].filter(({ status }) => status !== 'ended');
}

/**
 * Stores an experiment before its act. Stored again by the same execution, which a crash made begin anew, it keeps its targets as they
 * were prepared first, and whoever asked for its end. One that was closed meanwhile, as the sweep does, stays closed and is answered so.
 */
export async function putInFlight(state: StateStore, running: RunningExperiment): Promise<RunningExperiment> {
  const { experiment } = running.order;
  return change(state, experiment, (now) => {
    if (now?.owner !== running.owner) return running;
    if (now.status !== 'running') return now;
    const { targets, stop } = now;
    return { ...running, targets, ...(stop === undefined ? {} : { stop }) };
  });
}

/** Says that the experiment is alive, and with it what became of the acts. Answers the item with whoever asked for its end. */
export async function beat(
  state: StateStore,
  read: InFlight,
  aliveUntilMs: number,
  targets: readonly RunningTarget[] = read.body.targets,
): Promise<RunningExperiment> {
  const { experiment } = read.body.order;
  return change(state, experiment, (now = read.body) => ({ ...now, aliveUntilMs, targets }), read);
}

/** Asks for the end of a running experiment; the first who asks is kept. Undefined when it is not in flight. */
export async function requestStop(
  state: StateStore,
  experiment: string,
  stop: StopRequest,
): Promise<RunningExperiment | undefined> {
  const read = await readInFlight(state, experiment);
  if (read === undefined || read.body.status === 'ended') return undefined;
  return change(
    state,
    experiment,
    (now = read.body) => (now.stop || now.status === 'ended' ? now : { ...now, stop }),
    read,
  );
}

/**
 * Takes an experiment from an execution that is lost: should that come back before its act, it finds the item closed, and does not act.
 * Undefined when the experiment was heard of meanwhile, or somebody else has taken it.
 *
 * @param isLost asked of the item as it is right then.
 */
export async function seize(
  state: StateStore,
  experiment: string,
  isLost: (now: RunningExperiment) => boolean,
): Promise<RunningExperiment | undefined> {
  const read = await readInFlight(state, experiment);
  if (read === undefined || !isLost(read.body)) return undefined;
  const seized = { ...read.body, status: 'stuck' as const };
  return (await state.write('running', experiment, seized, read.version)) ? seized : undefined;
}

/** The experiment is over. `stuck` keeps the item for the sweep: a fault may still be on a target. */
export async function closeInFlight(
  state: StateStore,
  { experiment, owner }: { readonly experiment: string; readonly owner: string },
  status: 'ended' | 'stuck',
  nowMs: number,
): Promise<void> {
  const read = await readInFlight(state, experiment);
  if (read === undefined || read.body.owner !== owner || read.body.status === status) return;
  const expiresAtSeconds = status === 'ended' ? Math.ceil(nowMs / 1000) + KEPT_SECONDS : undefined;
  await change(
    state,
    experiment,
    (now = read.body) => (now.owner === owner ? { ...now, status } : now),
    read,
    expiresAtSeconds,
  );
}

async function change(
  state: StateStore,
  experiment: string,
  decide: (now: RunningExperiment | undefined) => RunningExperiment,
  read?: InFlight,
  expiresAtSeconds?: number,
): Promise<RunningExperiment> {
  let current = read;
  for (let tries = 0; tries < TRIES; tries++) {
    const next = decide(current?.body);
    if (next === current?.body) return next;
    if (await state.write('running', experiment, next, current?.version, expiresAtSeconds)) return next;
    current = await readInFlight(state, experiment);
  }
  throw new Error(`the item of ${experiment} changed ${TRIES} times under a write`);
}
