import { randomUUID } from 'node:crypto';
import type { ServiceMessage, TaskState } from './model.ts';
import { isComplete, type ServiceLife } from './service-scheduler.ts';

/** How many messages ECS shows of a service (`events` in DescribeServices' reference). */
const MOST_MESSAGES = 100;

/**
 * The log of a service as ECS writes it. The words are those of real services' `events` lists; what ECS repeats every six
 * hours, and what belongs to deployments, is left out.
 */
export class ServiceMessages {
  #newestFirst: readonly ServiceMessage[] = [];
  #isSteady = false;

  /** Newest first, 100 at the most. */
  get list(): readonly ServiceMessage[] {
    return this.#newestFirst;
  }

  /** Writes down what changed between two moments of the service. */
  note(before: ServiceLife, after: ServiceLife, at: Date): void {
    const { name } = after.service;
    const told = changes(before, after).map((text) => `(service ${name}) ${text}`);
    const isSteady = isComplete(after);
    if (isSteady && !this.#isSteady) told.push(`(service ${name}) has reached a steady state.`);
    this.#isSteady = isSteady;
    if (told.length === 0) return;
    const added = told.map((message) => ({ id: randomUUID(), createdAt: at, message })).reverse();
    this.#newestFirst = [...added, ...this.#newestFirst].slice(0, MOST_MESSAGES);
  }
}

function changes(before: ServiceLife, after: ServiceLife): readonly string[] {
  if (before.tasks === after.tasks) return [];
  const known = new Map(before.tasks.map(({ state }) => [state.id, state]));
  const pairs = after.tasks.map(({ state }) => ({ was: known.get(state.id), is: state }));
  const changed = pairs.filter(({ was, is }) => was !== is);
  const idsOf = (isMeant: (was: TaskState | undefined, is: TaskState) => boolean): readonly string[] =>
    changed.filter(({ was, is }) => isMeant(was, is)).map(({ is }) => is.id);
  const group = `(target-group ${after.rules.targetGroupArn})`;
  const left = idsOf((was, is) => was?.lastStatus === 'RUNNING' && is.lastStatus !== 'RUNNING');
  const lines: readonly [readonly string[], (ids: readonly string[]) => string][] = [
    // Only what the scheduler itself stops; of a task that a person stops, ECS tells only what follows from it.
    [idsOf(isStoppedByScheduler), (ids) => `has stopped ${ids.length} running tasks: ${words(ids)}.`],
    [left, (ids) => `deregistered ${ids.length} targets in ${group}`],
    [left, (ids) => `has begun draining connections on ${ids.length} tasks.`],
    [idsOf((was) => was === undefined), (ids) => `has started ${ids.length} tasks: ${words(ids)}.`],
    [
      idsOf((was, is) => was !== undefined && was.lastStatus !== 'RUNNING' && is.lastStatus === 'RUNNING'),
      (ids) => `registered ${ids.length} targets in ${group}`,
    ],
  ];
  return lines.filter(([ids]) => ids.length > 0).map(([ids, say]) => say(ids));
}

function isStoppedByScheduler(was: TaskState | undefined, is: TaskState): boolean {
  const isNew = was?.desiredStatus === 'RUNNING' && is.desiredStatus === 'STOPPED';
  return (
    isNew &&
    (is.stopCode === 'ServiceSchedulerInitiated' || is.stopCode === 'TaskFailedToStart') &&
    is.stoppedAt === undefined
  );
}

function words(ids: readonly string[]): string {
  return ids.map((id) => `(task ${id})`).join(' ');
}
