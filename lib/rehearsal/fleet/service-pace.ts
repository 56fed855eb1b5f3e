import type { ServiceLife } from './service-scheduler.ts';
import type { TaskLife } from './task-life.ts';

/** What ECS takes when a replica service says nothing else (`DeploymentConfiguration` in its API reference). */
export const DEPLOYMENT_DEFAULTS = { minimumHealthyPercent: 100, maximumPercent: 200 } as const;

/** The tasks that nobody has told to stop, by what becomes of them. */
interface Parted {
  readonly staying: readonly TaskLife[];
  /** On container hosts that are draining. */
  readonly leaving: readonly TaskLife[];
}

/**
 * The tasks that the scheduler stops now: surplus ones after the desired count was lowered, and those on draining hosts. Of the latter,
 * those that do not run yet go at once, and running ones as far as the minimum healthy percent allows (UpdateContainerInstancesState in
 * ECS's API reference). Tasks under scale-in protection are never surplus.
 */
export function tasksToStop(life: ServiceLife): readonly TaskLife[] {
  const { staying, leaving } = parted(life);
  return [...drained(life, staying, leaving), ...surplus(staying, life.service.desired)];
}

/** How many tasks may be launched now: what is missing besides those that leave, within the maximum percent. */
export function launchesAllowed(life: ServiceLife): number {
  const { staying, leaving } = parted(life);
  const { desired, maximumPercent = DEPLOYMENT_DEFAULTS.maximumPercent } = life.service;
  const most = Math.floor((desired * maximumPercent) / 100);
  const missing = desired - staying.length;
  return leaving.length === 0 ? missing : Math.min(missing, most - staying.length - leaving.length);
}

function parted({ tasks, hosts }: ServiceLife): Parted {
  const wanted = tasks.filter(({ state }) => state.desiredStatus === 'RUNNING');
  const draining = hosts.flatMap(({ containerInstance }) =>
    containerInstance?.status === 'DRAINING' ? [containerInstance.arn] : [],
  );
  const leaves = ({ state }: TaskLife): boolean =>
    state.containerInstanceArn !== undefined && draining.includes(state.containerInstanceArn);
  return { staying: wanted.filter((task) => !leaves(task)), leaving: wanted.filter(leaves) };
}

function drained({ service }: ServiceLife, staying: readonly TaskLife[], leaving: readonly TaskLife[]): TaskLife[] {
  const { desired, minimumHealthyPercent = DEPLOYMENT_DEFAULTS.minimumHealthyPercent } = service;
  const least = Math.ceil((desired * minimumHealthyPercent) / 100);
  let healthy = [...staying, ...leaving].filter(isHealthy).length;
  return leaving.filter((task) => {
    if (!isHealthy(task)) return true;
    if (healthy - 1 < least) return false;
    healthy -= 1;
    return true;
  });
}

const isHealthy = ({ state }: TaskLife): boolean => state.lastStatus === 'RUNNING' && state.healthStatus === 'HEALTHY';

/**
 * Keeps the zones balanced: from the zone, and there from the host, that has the most of the service's tasks (UpdateService in ECS's API
 * reference). Which of several alike is not said; here it is the one launched last.
 */
function surplus(staying: readonly TaskLife[], desired: number): TaskLife[] {
  const left = [...staying];
  const stopped: TaskLife[] = [];
  while (left.length > desired) {
    const [next] = left
      .filter(({ state }) => state.isProtected !== true)
      .toSorted((a, b) => crowd(left, b) - crowd(left, a) || b.launch - a.launch);
    if (next === undefined) break;
    left.splice(left.indexOf(next), 1);
    stopped.push(next);
  }
  return stopped;
}

/** How crowded the place of a task is: its zone first, then its host. */
function crowd(tasks: readonly TaskLife[], { state }: TaskLife): number {
  const inZone = tasks.filter((other) => other.state.availabilityZone === state.availabilityZone);
  const onHost = inZone.filter((other) => other.state.containerInstanceArn === state.containerInstanceArn);
  return inZone.length * 1_000_000 + onHost.length;
}
