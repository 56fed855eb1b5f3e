import type { TaskState } from './model.ts';
import type { ServiceLife } from './service-scheduler.ts';

/** Something that happened in a fleet, for whoever watches. */
export interface FleetEvent {
  readonly at: Date;
  readonly kind: 'launched' | 'running' | 'healthy' | 'unhealthy' | 'stopping' | 'stopped';
  readonly service: string;
  readonly task: TaskState;
  /** One short clause: `stopped: Essential container in task exited (exit code 1)`. */
  readonly text: string;
}

/** What changed between two moments of a service, in the order of its tasks' launches. */
export function changesOf(before: ServiceLife, after: ServiceLife, at: Date): readonly FleetEvent[] {
  if (before.tasks === after.tasks) return [];
  const known = new Map(before.tasks.map(({ state }) => [state.id, state]));
  return after.tasks.flatMap(({ state }) => {
    const was = known.get(state.id);
    const told = was === state ? null : change(was, state);
    return told === null ? [] : [{ ...told, at, service: after.service.name, task: state }];
  });
}

function change(was: TaskState | undefined, is: TaskState): Pick<FleetEvent, 'kind' | 'text'> | null {
  if (was === undefined) return { kind: 'launched', text: `launched in ${is.availabilityZone}` };
  if (is.lastStatus === 'STOPPED') {
    const code = is.exitCode === undefined ? '' : ` (exit code ${is.exitCode})`;
    return { kind: 'stopped', text: `stopped: ${is.stoppedReason}${code}` };
  }
  if (was.desiredStatus !== is.desiredStatus) return { kind: 'stopping', text: `stopping: ${is.stoppedReason}` };
  if (was.lastStatus !== is.lastStatus && is.lastStatus === 'RUNNING') return { kind: 'running', text: 'running' };
  if (was.healthStatus === is.healthStatus) return null;
  if (is.healthStatus === 'HEALTHY') return { kind: 'healthy', text: 'healthy' };
  return is.healthStatus === 'UNHEALTHY' ? { kind: 'unhealthy', text: 'unhealthy' } : null;
}
