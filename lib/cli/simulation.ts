import { Worker } from 'node:worker_threads';
import type { Ceilings } from '../core/ceilings.ts';
import type { Closures } from '../core/closures.ts';
import type { FaultKind } from '../core/fault-choice.ts';
import type { Group } from '../core/group.ts';
import type { SimulatedGroup, SimulationInput } from '../core/simulate.ts';

/** What is to be simulated; plain data, which a thread can be given. */
export interface SimulationTask {
  readonly seed: string;
  readonly groups: readonly Group[];
  readonly closures: Closures;
  /** Name, scope and reach of each fault of the catalogue. */
  readonly faults: readonly FaultKind[];
  readonly from: string;
  readonly days: number;
  readonly ceilings?: SimulationInput['ceilings'];
}

/** What the thread says. */
export type SimulationMessage =
  | { readonly kind: 'progress'; readonly share: number }
  | {
      readonly kind: 'part';
      readonly told: readonly SimulatedGroup[];
      readonly beyondCeilings: number;
      /** For each experiment the index of its group, and its instant. */
      readonly groups: Uint32Array;
      readonly atMs: Float64Array;
    }
  | { readonly kind: 'end' };

/** What it came to; experiments are two numbers each, for there may be millions. */
export interface SimulationOutcome {
  /** In the order of the task. */
  readonly told: readonly SimulatedGroup[];
  readonly parts: readonly { readonly groups: Uint32Array; readonly atMs: Float64Array }[];
  readonly beyondCeilings: number;
}

export interface SimulationWatch {
  readonly signal: AbortSignal;
  /** @param share that is done, 0 to 1. */
  onProgress(share: number): void;
}

/** Simulates in a thread of its own. Undefined when the signal ended it. */
export async function runSimulation(
  task: SimulationTask,
  { signal, onProgress }: SimulationWatch,
): Promise<SimulationOutcome | undefined> {
  if (signal.aborted) return undefined;
  const told: SimulatedGroup[] = [];
  const parts: SimulationOutcome['parts'][number][] = [];
  let beyondCeilings = 0;
  const worker = new Worker(new URL('./simulation-worker.ts', import.meta.url), { workerData: task });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop);
  try {
    const hasEnded = await new Promise<boolean>((resolve, reject) => {
      worker.on('message', (message: SimulationMessage) => {
        if (message.kind === 'progress') onProgress(message.share);
        else if (message.kind === 'end') resolve(true);
        else {
          for (const one of message.told) told.push(one);
          parts.push({ groups: message.groups, atMs: message.atMs });
          beyondCeilings += message.beyondCeilings;
        }
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve(false));
    });
    if (hasEnded) return { told, parts, beyondCeilings };
    if (signal.aborted) return undefined;
    throw new Error('the thread that simulates ended before it was done');
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

const HOUR_MS = 3_600_000;

/**
 * How many of these experiments the account's ceilings would take away at least, and on how many dates: counted from the first
 * of each hour and date on, while the planner draws who stays.
 *
 * @param atMs instants, in any order.
 * @param dateOf the date of an instant in the zone in which the account's days are counted.
 */
export function countBeyond(
  atMs: Float64Array,
  { maxPerHour, maxPerDay }: Ceilings['budgets'],
  dateOf: (ms: number) => string,
): { readonly experiments: number; readonly dates: number } {
  const kept: number[] = [];
  const keptOn = new Map<string, number>();
  const dates = new Set<string>();
  let experiments = 0;
  for (const ms of atMs.toSorted((a, b) => a - b)) {
    const date = dateOf(ms);
    const inDay = keptOn.get(date) ?? 0;
    const earlier = kept[kept.length - maxPerHour];
    if (inDay < maxPerDay && (earlier === undefined || ms - earlier >= HOUR_MS)) {
      kept.push(ms);
      keptOn.set(date, inDay + 1);
    } else {
      experiments++;
      dates.add(date);
    }
  }
  return { experiments, dates: dates.size };
}
