import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskProcesses } from './keeper.ts';
import type { HostState, TaskState } from './model.ts';

/** A container as its engine knows it. Every task of launch type EC2 is one. */
export interface Container {
  /** 64 hex characters. */
  readonly id: string;
  /** Without the slash that `inspect` puts before it. */
  readonly name: string;
  readonly image: string;
  /** ECS's own labels, as its agent sets them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** When it was started last. */
  readonly startedAt: Date;
  /** Process id of its first process on this machine; 0 without one. */
  readonly pid: number;
  readonly taskArn: string;
  readonly taskId: string;
  /** What ECS wants its task to be. */
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly status: 'created' | 'running' | 'paused' | 'exited';
  /** 0 until it has exited. */
  readonly exitCode: number;
}

/** The container engines of a fleet's hosts: what is in them is what the fleet runs. */
export interface ContainerEngine {
  /** The containers of a host, newest first, exited ones too. */
  containers(instanceId: string): readonly Container[];
  /** Freezes or thaws a container's processes. False when that did not succeed. */
  freeze(container: Container, frozen: boolean): Promise<boolean>;
  /** Sends a signal to a container's processes; a frozen one is thawed. */
  kill(container: Container, signal: NodeJS.Signals): void;
  /** SIGTERM, SIGKILL after the grace. False when it runs all the same after that. One that does not run stays as it is. */
  stop(container: Container, graceMs: number): Promise<boolean>;
  /**
   * Starts a container that has ended. It is the essential one of its task, which ECS has given up with it, so ECS's agent stops it
   * again: here before its program has begun, so all that is seen of it is a new moment of its start.
   */
  start(container: Container): void;
}

/** How long a process may take to vanish after SIGKILL, and how often it is looked for. */
const KILL_WAIT_MS = 5_000;
const LOOK_MS = 50;

/** The engines over a fleet's tasks. */
export function containerEngine(fleet: {
  readonly clusterName: string;
  readonly hosts: () => readonly HostState[];
  readonly tasks: () => readonly TaskState[];
  readonly processes: () => TaskProcesses | null;
}): ContainerEngine {
  /** By container id. */
  const restarts = new Map<string, Date>();
  const liveOf = (task: TaskState): Live => ({
    isFrozen: fleet.processes()?.isFrozen(task.id) ?? false,
    pid: fleet.processes()?.firstProcess(task.id) ?? 0,
    restartedAt: task.runtimeId === undefined ? undefined : restarts.get(task.runtimeId),
  });
  const hasEnded = async (taskId: string, withinMs: number): Promise<boolean> => {
    const untilMs = performance.now() + withinMs;
    const runs = (): boolean => fleet.tasks().some(({ id, lastStatus }) => id === taskId && lastStatus !== 'STOPPED');
    while (runs() && performance.now() < untilMs) await sleep(LOOK_MS);
    return !runs();
  };
  return {
    containers(instanceId) {
      const host = fleet.hosts().find((each) => each.instanceId === instanceId);
      const tasks = fleet.tasks().filter(({ containerInstanceArn: arn }) => arn === host?.containerInstance?.arn);
      return tasks
        .flatMap((task) => {
          const container = toContainer(task, fleet.clusterName, liveOf(task));
          return container === null ? [] : [container];
        })
        .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    },
    async freeze({ taskId }, frozen) {
      const processes = fleet.processes();
      if (processes === null) return false;
      if (await processes.freeze(taskId, frozen)) return true;
      // Half frozen is worse than not frozen at all.
      if (frozen) await processes.freeze(taskId, false);
      return false;
    },
    kill({ taskId }, signal) {
      fleet.processes()?.signal(taskId, signal);
    },
    async stop({ taskId }, graceMs) {
      fleet.processes()?.signal(taskId, 'SIGTERM');
      if (await hasEnded(taskId, graceMs)) return true;
      fleet.processes()?.signal(taskId, 'SIGKILL');
      return await hasEnded(taskId, KILL_WAIT_MS);
    },
    start({ id }) {
      restarts.set(id, new Date());
    },
  };
}

/** What is known of a task's container beside its task. */
interface Live {
  readonly isFrozen: boolean;
  readonly pid: number;
  readonly restartedAt: Date | undefined;
}

/** Null for a task whose container does not exist: on Fargate, or never started. */
function toContainer(task: TaskState, clusterName: string, live: Live): Container | null {
  const { runtimeId: id, lastStatus, exitCode } = task;
  const hasEnded = lastStatus === 'STOPPED';
  if (id === undefined || (hasEnded && exitCode === undefined)) return null;
  const family = task.taskDefinitionArn.slice(task.taskDefinitionArn.lastIndexOf('/') + 1);
  const [familyName = '', version = ''] = family.split(':');
  const running = live.isFrozen ? 'paused' : 'running';
  return {
    id,
    name: `ecs-${familyName}-${version}-${task.serviceName}-${id.slice(0, 20)}`,
    image: `${familyName}:latest`,
    labels: {
      'com.amazonaws.ecs.cluster': clusterName,
      'com.amazonaws.ecs.container-name': task.serviceName,
      'com.amazonaws.ecs.task-arn': task.arn,
      'com.amazonaws.ecs.task-definition-family': familyName,
      'com.amazonaws.ecs.task-definition-version': version,
    },
    createdAt: task.createdAt,
    startedAt: live.restartedAt ?? task.startedAt ?? task.createdAt,
    pid: hasEnded ? 0 : live.pid,
    taskArn: task.arn,
    taskId: task.id,
    desiredStatus: task.desiredStatus,
    status: hasEnded ? 'exited' : lastStatus === 'PROVISIONING' ? 'created' : running,
    exitCode: exitCode ?? 0,
  };
}
