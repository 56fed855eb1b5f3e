import type { InstanceState } from './machines-model.ts';
import type { ContainerInstanceState, HostLifecycle, HostState } from './model.ts';

/** How long things take, in milliseconds. A rehearsal's are a small part of AWS's. */
export interface MachineTimings {
  /** From a launch or start until the host runs and has joined its cluster. */
  readonly bootMs: number;
  /** From `stopping` to `stopped`, and from `shutting-down` to `terminated`. */
  readonly shutdownMs: number;
  readonly rebootMs: number;
  /** From `attaching` to `attached`, and from `detaching` to `available`. */
  readonly volumeMs: number;
  /** How long a member is not running before its group's health check says so. */
  readonly healthCheckMs: number;
  /** How long a termination hook waits for the host's tasks to leave. */
  readonly hookMs: number;
}

/** EC2 takes about a minute to boot and to terminate, and Auto Scaling about as long to notice; ECS's managed draining waits for up to 48 hours. */
export const MACHINE_TIMINGS: MachineTimings = {
  bootMs: 2_000,
  shutdownMs: 1_000,
  rebootMs: 2_000,
  volumeMs: 300,
  healthCheckMs: 1_500,
  hookMs: 60_000,
};

/** One container host as its fleet knows it. Pure data: every change is a new value. Moments are milliseconds since 1970. */
export interface Machine {
  readonly instance: InstanceState;
  /** Name of its Auto Scaling group; null when it stands alone, also after it left one. */
  readonly group: string | null;
  readonly lifecycle: HostLifecycle;
  readonly isHealthy: boolean;
  readonly protectedFromScaleIn: boolean;
  readonly containerInstance: ContainerInstanceState;
  readonly isRebooting: boolean;
  /** Whether the network lets anything through to it. */
  readonly isSevered: boolean;
  /** When what is under way (a boot, a shutdown, a reboot) is done. */
  readonly dueAtMs: number | null;
  /** Since when it is not running. */
  readonly downSinceMs: number | null;
  /** Until when its termination hook waits. */
  readonly hookUntilMs: number | null;
  /** Since when its group has it in service. */
  readonly inServiceAtMs?: number;
}

/** EC2's code for a shutdown that an API call asked for, whoever made the call (`StateReason` in the API reference of Instance). */
const USER_SHUTDOWN = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};

/** A machine that is told to terminate. Telling it again changes nothing. */
export function terminating(machine: Machine, now: Date, { shutdownMs }: MachineTimings): Machine {
  const { status } = machine.instance;
  if (status === 'shutting-down' || status === 'terminated') return machine;
  return down(machine, 'shutting-down', now, shutdownMs);
}

/** A machine that is told to stop. Only one that runs or boots does. */
export function stopping(machine: Machine, now: Date, { shutdownMs }: MachineTimings): Machine {
  const { status } = machine.instance;
  return status === 'running' || status === 'pending' ? down(machine, 'stopping', now, shutdownMs) : machine;
}

/** A stopped machine that is told to start. */
export function starting(machine: Machine, now: Date, { bootMs }: MachineTimings): Machine {
  if (machine.instance.status !== 'stopped') return machine;
  const { stateReason: _, ...instance } = machine.instance;
  return {
    ...machine,
    instance: { ...instance, status: 'pending', launchedAt: now, transitionReason: '' },
    dueAtMs: now.getTime() + bootMs,
  };
}

/** A running machine that is told to reboot: EC2 shows it as running all the time. Others ignore it. */
export function rebooting(machine: Machine, now: Date, { rebootMs }: MachineTimings): Machine {
  if (machine.instance.status !== 'running') return machine;
  return { ...disconnected(machine), isRebooting: true, dueAtMs: now.getTime() + rebootMs };
}

/** A machine whose network is cut off or open again. */
export function severed(machine: Machine, isSevered: boolean): Machine {
  const isUp = machine.instance.status === 'running' && !machine.isRebooting;
  const agentConnected = isUp && !isSevered;
  return { ...machine, isSevered, containerInstance: { ...machine.containerInstance, agentConnected } };
}

/** A machine at a later moment: what was under way may be done. */
export function machineAt(machine: Machine, now: Date): Machine {
  if (machine.dueAtMs === null || now.getTime() < machine.dueAtMs) return machine;
  const done = { ...machine, dueAtMs: null };
  const withStatus = (status: InstanceState['status']): Machine => ({
    ...done,
    instance: { ...machine.instance, status },
  });
  switch (machine.instance.status) {
    case 'pending':
      return severed({ ...withStatus('running'), downSinceMs: null }, machine.isSevered);
    case 'running':
      return severed({ ...done, isRebooting: false }, machine.isSevered);
    case 'stopping':
      return withStatus('stopped');
    case 'shutting-down':
      return withStatus('terminated');
    default:
      return done;
  }
}

/** What the cluster, the tagging API and the Auto Scaling group see of a machine. */
export function hostState(machine: Machine): HostState {
  const { instance, group, lifecycle, isHealthy, protectedFromScaleIn, containerInstance, inServiceAtMs } = machine;
  return {
    instanceId: instance.instanceId,
    arn: instance.arn,
    tags: instance.tags,
    autoScalingGroup: group,
    availabilityZone: instance.availabilityZone,
    lifecycleState: lifecycle,
    healthStatus: isHealthy ? 'Healthy' : 'Unhealthy',
    protectedFromScaleIn,
    launchedAt: instance.launchedAt,
    ...(inServiceAtMs === undefined ? {} : { inServiceAt: new Date(inServiceAtMs) }),
    // A host joins its cluster when its agent first starts.
    ...(instance.status === 'pending' && containerInstance.agentConnected === undefined ? {} : { containerInstance }),
  };
}

function down(machine: Machine, status: 'stopping' | 'shutting-down', now: Date, lastsMs: number): Machine {
  const transitionReason = `User initiated (${now.toISOString().slice(0, 19).replace('T', ' ')} GMT)`;
  return {
    ...disconnected(machine),
    instance: { ...machine.instance, status, transitionReason, stateReason: USER_SHUTDOWN },
    isRebooting: false,
    dueAtMs: now.getTime() + lastsMs,
    downSinceMs: machine.downSinceMs ?? now.getTime(),
  };
}

function disconnected(machine: Machine): Machine {
  return { ...machine, containerInstance: { ...machine.containerInstance, agentConnected: false } };
}
