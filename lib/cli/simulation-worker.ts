import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Calendars } from '../core/calendars.ts';
import { type SimulationInput, simulate } from '../core/simulate.ts';
import type { SimulationMessage, SimulationTask } from './simulation.ts';

/** So many groups at once: what is planned for them is let go before the next ones. Draws of groups do not depend on each other. */
const GROUPS_AT_ONCE = 100;

/** Simulates in a thread of its own, because planning years leaves no moment to hear a Ctrl-C. */
function work(port: MessagePort, { groups, closures, from, days, seed, faults, ceilings }: SimulationTask): void {
  const calendars = new Calendars(closures);
  const post = (message: SimulationMessage): void => port.postMessage(message);
  // Under ceilings every group matters to the others, and few experiments are left.
  const atOnce = ceilings === undefined ? GROUPS_AT_ONCE : groups.length;
  for (let first = 0; first < groups.length; first += atOnce) {
    const some = groups.slice(first, first + atOnce);
    const input: SimulationInput = { seed, groups: some, calendars, faults, from, days };
    const {
      groups: told,
      experiments,
      beyondCeilings,
    } = simulate({
      ...input,
      ...(ceilings === undefined ? {} : { ceilings }),
      onDay: (done) => post({ kind: 'progress', share: (first + (some.length * done) / days) / groups.length }),
    });
    const indexes = new Map(some.map(({ name }, index) => [name, first + index]));
    post({
      kind: 'part',
      told,
      beyondCeilings,
      groups: Uint32Array.from(experiments, ({ group }) => indexes.get(group) ?? 0),
      atMs: Float64Array.from(experiments, ({ at }) => Date.parse(at)),
    });
  }
  post({ kind: 'end' });
}

if (parentPort !== null) work(parentPort, workerData as SimulationTask);
