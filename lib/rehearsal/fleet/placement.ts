import type { HostState, TaskState } from './model.ts';
import type { ServiceLife } from './service-scheduler.ts';

/** A container host as one service sees it. */
export interface TaskHost extends HostState {
  /** How many tasks of this service may be on it, besides those of others; without a limit by default. */
  readonly room?: number;
}

/**
 * The host that the service's next task is placed on: of those that are ACTIVE, whose agent is connected and that have room, one in
 * the zone with the fewest of the service's tasks, and there one with the fewest of them, as ECS spreads tasks by default
 * (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html). Hosts that are alike take turns. Undefined
 * when no host takes a task.
 */
export function nextHost({
  hosts,
  tasks,
  launches,
}: Pick<ServiceLife, 'hosts' | 'tasks' | 'launches'>): TaskHost | undefined {
  const turn = hosts.length === 0 ? 0 : launches % hosts.length;
  const placed = tasks.map(({ state }) => state).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  // What is being stopped still takes up room, but does not count as spread.
  const wanted = placed.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const [best] = [...hosts.slice(turn), ...hosts.slice(0, turn)]
    .filter((host) => takesTasks(host) && countOn(placed, host) < (host.room ?? Number.POSITIVE_INFINITY))
    .map((host) => ({ host, inZone: countIn(wanted, host), onHost: countOn(wanted, host) }))
    .toSorted((a, b) => a.inZone - b.inZone || a.onHost - b.onHost);
  return best?.host;
}

/** Whether ECS places tasks there at all (UpdateContainerInstancesState in its API reference). */
function takesTasks({ containerInstance }: HostState): boolean {
  if (containerInstance === undefined) return false;
  const { status = 'ACTIVE', agentConnected = true } = containerInstance;
  return status === 'ACTIVE' && agentConnected;
}

function countOn(tasks: readonly TaskState[], { containerInstance }: HostState): number {
  return tasks.filter(({ containerInstanceArn }) => containerInstanceArn === containerInstance?.arn).length;
}

function countIn(tasks: readonly TaskState[], host: HostState): number {
  return tasks.filter(({ availabilityZone }) => availabilityZone === host.availabilityZone).length;
}
