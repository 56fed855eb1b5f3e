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
}

/** The engines over a fleet's tasks. */
export function containerEngine(fleet: {
  readonly clusterName: string;
  readonly hosts: () => readonly HostState[];
  readonly tasks: () => readonly TaskState[];
  readonly processes: () => TaskProcesses | null;
}): ContainerEngine {
  const taskIds = new Map<string, string>();
  const isFrozen = (task: TaskState): boolean => fleet.processes()?.isFrozen(task.id) ?? false;
  return {
    containers(instanceId) {
      const host = fleet.hosts().find((each) => each.instanceId === instanceId);
      const tasks = fleet.tasks().filter(({ containerInstanceArn: arn }) => arn === host?.containerInstance?.arn);
      return tasks
        .flatMap((task) => {
          const container = toContainer(task, fleet.clusterName, isFrozen(task));
          if (container === null) return [];
          taskIds.set(container.id, task.id);
          return [container];
        })
        .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    },
    async freeze({ id }, frozen) {
      const [task, processes] = [taskIds.get(id), fleet.processes()];
      if (task === undefined || processes === null) return false;
      if (await processes.freeze(task, frozen)) return true;
      // Half frozen is worse than not frozen at all.
      if (frozen) await processes.freeze(task, false);
      return false;
    },
    kill({ id }, signal) {
      const task = taskIds.get(id);
      if (task !== undefined) fleet.processes()?.signal(task, signal);
    },
  };
}

/** Null for a task whose container does not exist: on Fargate, or never started. */
function toContainer(task: TaskState, clusterName: string, isFrozen: boolean): Container | null {
  const { runtimeId: id, lastStatus, exitCode } = task;
  const hasEnded = lastStatus === 'STOPPED';
  if (id === undefined || (hasEnded && exitCode === undefined)) return null;
  const family = task.taskDefinitionArn.slice(task.taskDefinitionArn.lastIndexOf('/') + 1);
  const [familyName = '', version = ''] = family.split(':');
  const running = isFrozen ? 'paused' : 'running';
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
    status: hasEnded ? 'exited' : lastStatus === 'PROVISIONING' ? 'created' : running,
    exitCode: exitCode ?? 0,
  };
}
