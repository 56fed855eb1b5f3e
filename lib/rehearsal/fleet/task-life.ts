import type { StopCode, TaskState } from './model.ts';

/** Longest wait for requests in flight between leaving the load balancer and SIGTERM; an ALB's default is 300 s. */
const DRAIN_LIMIT_MS = 5000;

/** What a task's life is ruled by. */
export interface TaskRules {
  readonly stopTimeoutMs: number;
  readonly startTimeoutMs: number;
  /** Failed health checks in a row, one a second, after which the scheduler gives up a task that was healthy once. */
  readonly unhealthyThreshold: number;
  /** Named by the reason of a stop for failed health checks. */
  readonly targetGroupArn: string;
}

/** One task with what its scheduler remembers about it. Times are milliseconds since 1970. */
export interface TaskLife {
  readonly state: TaskState;
  /** The service's how-manieth launch this is, from 1. */
  readonly launch: number;
  readonly everHealthy: boolean;
  /** Ended without ever having been healthy, and nobody asked for it. */
  readonly failedStart: boolean;
  /** While draining: when SIGTERM comes at the latest. While stopping: when SIGKILL comes. */
  readonly dueAtMs: number | null;
  /** What its health check found last, in words, for messages. */
  readonly lastCheck: string | null;
  /** The last lines that its program wrote; known when it has ended. */
  readonly lastLines: readonly string[];
}

/** What happens to a task. */
export type TaskEvent =
  | { readonly kind: 'process-started' }
  | { readonly kind: 'process-not-started'; readonly why: string }
  | { readonly kind: 'port-open' }
  | {
      readonly kind: 'checked';
      readonly health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
      readonly failuresInARow: number;
      readonly found: string;
    }
  | { readonly kind: 'stop-asked'; readonly reason: string; readonly stopCode: StopCode }
  /** No request is in flight to it any more. */
  | { readonly kind: 'drained' }
  /** Its host is down: every process on it is gone at once. */
  | { readonly kind: 'host-lost'; readonly reason: string }
  | { readonly kind: 'process-exited'; readonly exitCode: number; readonly lastLines: readonly string[] }
  /** Time has passed. */
  | { readonly kind: 'look' };

/** What is to be done outside because of an event. */
export type TaskAct =
  | { readonly kind: 'start-process' }
  | { readonly kind: 'register' }
  | { readonly kind: 'deregister' }
  | { readonly kind: 'signal'; readonly signal: 'SIGTERM' | 'SIGKILL' };

export interface TaskStep {
  readonly life: TaskLife;
  readonly acts: readonly TaskAct[];
}

/** A task as it is launched, before its process has started. */
export function launchedTask(state: TaskState, launch: number): TaskStep {
  const life: TaskLife = {
    state,
    launch,
    everHealthy: false,
    failedStart: false,
    dueAtMs: null,
    lastCheck: null,
    lastLines: [],
  };
  return { life, acts: [{ kind: 'start-process' }] };
}

/**
 * The next state of a task after an event, and what must be done for it. Events that come too late for the state that a task
 * is in (a health check of a task that is stopping, say) change nothing. The order of states is ECS's, see `TaskStatus`.
 */
export function taskAfter(life: TaskLife, event: TaskEvent, now: Date, rules: TaskRules): TaskStep {
  if (life.state.lastStatus === 'STOPPED') return { life, acts: [] };
  switch (event.kind) {
    case 'process-started':
      return only(life.state.lastStatus === 'PROVISIONING' ? withState(life, { lastStatus: 'PENDING' }) : life);
    case 'process-not-started':
      return ended(life, now, {
        stopCode: 'TaskFailedToStart',
        stoppedReason: `CannotStartContainerError: ${event.why}`,
      });
    case 'port-open':
      return life.state.lastStatus === 'PENDING'
        ? { life: withState(life, { lastStatus: 'RUNNING', startedAt: now }), acts: [{ kind: 'register' }] }
        : only(life);
    case 'checked':
      return checked(life, event, now, rules);
    case 'stop-asked':
      return stopping(life, event.stopCode, event.reason, now, rules);
    case 'drained':
      return life.state.lastStatus === 'DEACTIVATING' ? terminated(life, now, rules) : only(life);
    case 'host-lost':
      return hostLost(life, event.reason, now);
    case 'process-exited':
      return ended({ ...life, lastLines: event.lastLines }, now, {
        stopCode: 'EssentialContainerExited',
        stoppedReason: 'Essential container in task exited',
        exitCode: event.exitCode,
      });
    case 'look':
      return looked(life, now, rules);
  }
}

function checked(life: TaskLife, event: TaskEvent & { kind: 'checked' }, now: Date, rules: TaskRules): TaskStep {
  if (life.state.lastStatus !== 'RUNNING') return only(life);
  const everHealthy = life.everHealthy || event.health === 'HEALTHY';
  const next = { ...withState(life, { healthStatus: event.health }), everHealthy, lastCheck: event.found };
  if (!everHealthy || event.failuresInARow < rules.unhealthyThreshold) return only(next);
  const reason = `Task failed ELB health checks in (target-group ${rules.targetGroupArn})`;
  return stopping(next, 'ServiceSchedulerInitiated', reason, now, rules);
}

function stopping(life: TaskLife, stopCode: StopCode, stoppedReason: string, now: Date, rules: TaskRules): TaskStep {
  if (life.state.desiredStatus === 'STOPPED') return only(life);
  const told = withState(life, { desiredStatus: 'STOPPED', tags: {}, stopCode, stoppedReason, stoppingAt: now });
  if (life.state.lastStatus !== 'RUNNING') return terminated(told, now, rules);
  const draining = withState(told, { lastStatus: 'DEACTIVATING' });
  return { life: { ...draining, dueAtMs: now.getTime() + DRAIN_LIMIT_MS }, acts: [{ kind: 'deregister' }] };
}

/**
 * Nobody drains it: the load balancer has it until the connections break. ECS learns of it only when the agent's connection is gone,
 * which takes it longer than a rehearsal has; and its stop code for it is from memory.
 */
function hostLost(life: TaskLife, stoppedReason: string, now: Date): TaskStep {
  const isAsked = life.state.desiredStatus === 'STOPPED';
  const why = {
    desiredStatus: 'STOPPED',
    tags: {},
    stopCode: 'TerminationNotice',
    stoppedReason,
    stoppingAt: now,
  } as const;
  return {
    life: { ...(isAsked ? life : withState(life, why)), dueAtMs: null },
    acts: [{ kind: 'signal', signal: 'SIGKILL' }],
  };
}

function terminated(life: TaskLife, now: Date, rules: TaskRules): TaskStep {
  return {
    life: { ...withState(life, { lastStatus: 'STOPPING' }), dueAtMs: now.getTime() + rules.stopTimeoutMs },
    acts: [{ kind: 'signal', signal: 'SIGTERM' }],
  };
}

/** The process is gone. Why the task stopped was said already if somebody asked for it. */
function ended(
  life: TaskLife,
  now: Date,
  why: { stopCode: StopCode; stoppedReason: string; exitCode?: number },
): TaskStep {
  const { state } = life;
  const asked = state.desiredStatus === 'STOPPED';
  const next = withState(life, {
    ...why,
    ...(asked ? { stopCode: state.stopCode, stoppedReason: state.stoppedReason } : {}),
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    healthStatus: 'UNKNOWN',
    tags: {},
    stoppingAt: state.stoppingAt ?? now,
    stoppedAt: now,
  });
  const failedStart = !life.everHealthy && (!asked || state.stopCode === 'TaskFailedToStart');
  const registered = state.lastStatus === 'RUNNING';
  return { life: { ...next, failedStart, dueAtMs: null }, acts: registered ? [{ kind: 'deregister' }] : [] };
}

function looked(life: TaskLife, now: Date, rules: TaskRules): TaskStep {
  const { state } = life;
  const late = !life.everHealthy && now.getTime() - state.createdAt.getTime() >= rules.startTimeoutMs;
  if (state.desiredStatus === 'RUNNING' && late) {
    const reason = `Task failed to start: it was not healthy within ${rules.startTimeoutMs / 1000} seconds`;
    return stopping(life, 'TaskFailedToStart', reason, now, rules);
  }
  if (life.dueAtMs === null || now.getTime() < life.dueAtMs) return only(life);
  if (state.lastStatus === 'DEACTIVATING') return terminated(life, now, rules);
  // Due once: a group that is killed can do nothing more.
  return { life: { ...life, dueAtMs: null }, acts: [{ kind: 'signal', signal: 'SIGKILL' }] };
}

function withState(life: TaskLife, change: Partial<TaskState>): TaskLife {
  return { ...life, state: { ...life.state, ...change } };
}

function only(life: TaskLife): TaskStep {
  return { life, acts: [] };
}
