import { deploymentId } from './deployment-id.ts';
import type { ServiceDefinition } from './fleet-file.ts';
import type { ServiceState, TaskState } from './model.ts';
import { availabilityZone, containerId, type FleetPlace, targetGroupArn, taskArn, taskId } from './names.ts';
import { nextHost, type TaskHost } from './placement.ts';
import { launchesAllowed, tasksToStop } from './service-pace.ts';
import { launchedTask, type TaskAct, type TaskEvent, type TaskLife, type TaskRules, taskAfter } from './task-life.ts';

/** How long a stopped task stays listed; ECS's own lists forget it after about an hour. */
const STOPPED_TASKS_KEPT_MS = 3_600_000;
/** Longest pause between launches of a service whose tasks keep failing. */
const LONGEST_DELAY_MS = 60_000;

/** What a service's scheduler knows. Pure data: every change is a new value. */
export interface ServiceLife {
  readonly service: ServiceState;
  readonly place: FleetPlace;
  readonly rules: TaskRules;
  /** Container hosts for tasks of launch type EC2, in the order of turns. */
  readonly hosts: readonly TaskHost[];
  /** Tasks in the order of their launches. */
  readonly tasks: readonly TaskLife[];
  readonly launches: number;
  readonly failedStartsInARow: number;
  readonly noLaunchBeforeMs: number;
  /** Whether any task has ever been healthy. */
  readonly everHealthy: boolean;
}

/** A look at the clock, or something that happened to one task. */
export type ServiceEvent =
  | { readonly kind: 'look' }
  | { readonly kind: 'desired'; readonly count: number }
  /** The container hosts as they are now, in the order of turns. */
  | { readonly kind: 'hosts'; readonly hosts: readonly TaskHost[] }
  | { readonly kind: 'protection'; readonly task: string; readonly isProtected: boolean }
  | (Exclude<TaskEvent, { kind: 'look' }> & { readonly task: string });

/** Something to do for a task, outside. */
export type ServiceAct = TaskAct & { readonly task: string };

export interface ServiceStep {
  readonly life: ServiceLife;
  readonly acts: readonly ServiceAct[];
}

/** A service that has not launched anything yet. */
export function newService(
  service: ServiceState,
  place: FleetPlace,
  limits: Pick<ServiceDefinition, 'stopTimeoutSeconds' | 'startTimeoutSeconds' | 'unhealthyThreshold'>,
  hosts: readonly TaskHost[] = [],
): ServiceLife {
  const rules = {
    stopTimeoutMs: limits.stopTimeoutSeconds * 1000,
    startTimeoutMs: limits.startTimeoutSeconds * 1000,
    unhealthyThreshold: limits.unhealthyThreshold,
    targetGroupArn: targetGroupArn(place, service.name),
  };
  return {
    service,
    place,
    rules,
    hosts,
    tasks: [],
    launches: 0,
    failedStartsInARow: 0,
    noLaunchBeforeMs: 0,
    everHealthy: false,
  };
}

/**
 * A service after an event, with what must be done. A look launches what is missing: as many tasks as it takes to have
 * `desired` that are not to be stopped, unless the service is being slowed down because its tasks keep failing to start. It also
 * stops what is too many, and replaces what is on draining hosts.
 */
export function serviceAfter(life: ServiceLife, event: ServiceEvent, now: Date): ServiceStep {
  switch (event.kind) {
    case 'look':
      return looked(life, event, now);
    case 'desired':
      return { life: { ...life, service: { ...life.service, desired: event.count } }, acts: [] };
    case 'hosts':
      return { life: { ...life, hosts: event.hosts }, acts: [] };
    case 'protection':
      return { life: withProtection(life, event.task, event.isProtected), acts: [] };
    default:
      return taskEvent(life, event.task, event, now);
  }
}

function looked(life: ServiceLife, event: TaskEvent & { kind: 'look' }, now: Date): ServiceStep {
  let step: ServiceStep = { life: withoutForgotten(life, now), acts: [] };
  for (const task of step.life.tasks) {
    const next = taskEvent(step.life, task.state.id, event, now);
    step = { life: next.life, acts: [...step.acts, ...next.acts] };
  }
  const stop = {
    kind: 'stop-asked',
    stopCode: 'ServiceSchedulerInitiated',
    // ECS's own words for scale-in; that it has the same for tasks of a draining host is from memory.
    reason: `Scaling activity initiated by (deployment ${deploymentId(life.service.arn)})`,
  } as const;
  for (const { state } of tasksToStop(step.life)) {
    const next = taskEvent(step.life, state.id, stop, now);
    step = { life: next.life, acts: [...step.acts, ...next.acts] };
  }
  while (mayLaunch(step.life, now)) {
    const next = launched(step.life, now);
    step = { life: next.life, acts: [...step.acts, ...next.acts] };
  }
  return step;
}

/** Tasks that count: those that nobody has told to stop. */
export function wantedTasks(life: ServiceLife): readonly TaskLife[] {
  return life.tasks.filter(({ state }) => state.desiredStatus === 'RUNNING');
}

/** Whether the service runs all it desires, and the load balancer finds all of it healthy. */
export function isComplete(life: ServiceLife): boolean {
  const { running, healthy } = counts(life);
  return running === life.service.desired && healthy === life.service.desired;
}

/** Running tasks, and healthy ones among them. */
export function counts(life: ServiceLife): { readonly running: number; readonly healthy: number } {
  const running = life.tasks.filter(({ state }) => state.lastStatus === 'RUNNING');
  return { running: running.length, healthy: running.filter(({ state }) => state.healthStatus === 'HEALTHY').length };
}

/**
 * The pause after the n-th failed start in a row: 1, 2, 4 … seconds, at most a minute. ECS slows down in the same way, with
 * pauses of up to 15 minutes that would outlast a rehearsal.
 */
export function launchDelayMs(failedStartsInARow: number): number {
  return failedStartsInARow === 0 ? 0 : Math.min(LONGEST_DELAY_MS, 500 * 2 ** Math.min(failedStartsInARow, 20));
}

function taskEvent(life: ServiceLife, task: string, event: TaskEvent, now: Date): ServiceStep {
  const before = life.tasks.find(({ state }) => state.id === task);
  if (before === undefined) return { life, acts: [] };
  const step = taskAfter(before, event, now, life.rules);
  const tasks = life.tasks.map((each) => (each === before ? step.life : each));
  const acts = step.acts.map((act) => ({ ...act, task }));
  return { life: { ...life, tasks, ...startCount(life, before, step.life, now) }, acts };
}

function startCount(life: ServiceLife, before: TaskLife, after: TaskLife, now: Date): Partial<ServiceLife> {
  if (after.everHealthy && !before.everHealthy)
    return { failedStartsInARow: 0, noLaunchBeforeMs: 0, everHealthy: true };
  if (!after.failedStart || before.failedStart) return {};
  const failedStartsInARow = life.failedStartsInARow + 1;
  return { failedStartsInARow, noLaunchBeforeMs: now.getTime() + launchDelayMs(failedStartsInARow) };
}

function mayLaunch(life: ServiceLife, now: Date): boolean {
  const hasPlace = life.service.launchType === 'FARGATE' || nextHost(life) !== undefined;
  return hasPlace && launchesAllowed(life) > 0 && now.getTime() >= life.noLaunchBeforeMs;
}

function launched(life: ServiceLife, now: Date): ServiceStep {
  const { service, place } = life;
  const launch = life.launches + 1;
  const id = taskId(place, service.name, launch);
  const state: TaskState = {
    id,
    arn: taskArn(place, id),
    clusterArn: service.clusterArn,
    serviceName: service.name,
    taskDefinitionArn: service.taskDefinitionArn,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    tags: service.propagateTags === 'SERVICE' ? { ...service.tags } : {},
    createdAt: now,
    launchType: service.launchType,
    ...placement(life, launch, id),
  };
  const step = launchedTask(state, launch);
  const acts = step.acts.map((act) => ({ ...act, task: id }));
  return { life: { ...life, launches: launch, tasks: [...life.tasks, step.life] }, acts };
}

/** Where a task runs: on Fargate in a zone of its own, on EC2 on the host that takes it. */
function placement(life: ServiceLife, launch: number, id: string) {
  const { service, place } = life;
  if (service.launchType === 'FARGATE') return { availabilityZone: availabilityZone(place, launch) };
  const host = nextHost(life);
  if (host?.containerInstance === undefined) throw new Error(`service ${service.name} has no container host to run on`);
  return {
    availabilityZone: host.availabilityZone,
    containerInstanceArn: host.containerInstance.arn,
    runtimeId: containerId(place, id),
  };
}

function withProtection(life: ServiceLife, id: string, isProtected: boolean): ServiceLife {
  const tasks = life.tasks.map((task) =>
    task.state.id === id ? { ...task, state: { ...task.state, isProtected } } : task,
  );
  return { ...life, tasks };
}

function withoutForgotten(life: ServiceLife, now: Date): ServiceLife {
  const keptFrom = now.getTime() - STOPPED_TASKS_KEPT_MS;
  const tasks = life.tasks.filter(({ state }) => state.stoppedAt === undefined || state.stoppedAt.getTime() > keptFrom);
  return tasks.length === life.tasks.length ? life : { ...life, tasks };
}
