import type { Candidate } from './target.ts';

/** How a group came back, from ECS's own timestamps. */
export interface Recovery {
  /** When the group was struck: when the first struck task left RUNNING, as soon as ECS says so; or the moment that was given. */
  readonly struckAtMs?: number;
  /** Since when the group runs as many tasks as desired without a break until now; undefined while it does not. */
  readonly recoveredAtMs?: number;
  readonly recoverySeconds?: number;
  /** Tasks born after the strike that died again, not by a person's or the monkey's hand. */
  readonly replacementFailures: number;
}

/** Whether a task is leaving its group, or has left it. */
export const hasLeft = (task: Candidate): boolean => leftAtMs(task) !== undefined;

const leftAtMs = (task: Candidate): number | undefined => task.stoppingAtMs ?? task.stoppedAtMs;

/**
 * Reads recovery off the tasks of a group: running counts each task from its `startedAt` to its `stoppingAt`, and recovery is the
 * last moment at which that count rose to desired, so a replacement that dies again makes recovery later, not sooner.
 *
 * @param tasks running and stopped tasks of the group, as far back as the strike.
 * @param struck ARNs of the tasks that were acted on.
 * @param sinceMs the moment of the act, for a fault that need not make a task stop: a group that never ran short recovered at once.
 */
export function recoveryOf(
  tasks: readonly Candidate[],
  struck: readonly string[],
  desired: number,
  sinceMs?: number,
): Recovery {
  const moments = tasks.filter((task) => struck.includes(task.resource)).flatMap((task) => leftAtMs(task) ?? []);
  if (moments.length === 0 && sinceMs === undefined) return { replacementFailures: 0 };
  const struckAtMs = sinceMs ?? Math.min(...moments);
  const replacementFailures = tasks.filter(
    (task) =>
      (task.createdAtMs ?? 0) >= struckAtMs &&
      leftAtMs(task) !== undefined &&
      task.stopCode !== undefined &&
      task.stopCode !== 'UserInitiated',
  ).length;
  const steps = tasks
    .flatMap((task) => {
      const left = leftAtMs(task);
      return [
        ...(task.startedAtMs === undefined ? [] : [{ atMs: task.startedAtMs, change: 1 }]),
        ...(left === undefined || task.startedAtMs === undefined ? [] : [{ atMs: left, change: -1 }]),
      ];
    })
    // At one instant a start counts before a stop: the group was never short.
    .sort((a, b) => a.atMs - b.atMs || b.change - a.change);
  let running = 0;
  let recoveredAtMs: number | undefined;
  for (const { atMs, change } of steps) {
    running += change;
    if (running < desired) recoveredAtMs = undefined;
    else recoveredAtMs ??= Math.max(atMs, struckAtMs);
  }
  if (recoveredAtMs === undefined) return { struckAtMs, replacementFailures };
  return { struckAtMs, recoveredAtMs, recoverySeconds: (recoveredAtMs - struckAtMs) / 1000, replacementFailures };
}
