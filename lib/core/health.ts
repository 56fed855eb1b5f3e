import type { Candidate } from './target.ts';

/** Something that ECS says about a service. */
export interface ServiceEvent {
  readonly atMs: number;
  readonly message: string;
}

/** Whether the tasks of a group are healthy, as one look sees it. */
export interface Health {
  /** `unknown`: ECS has no health check for them, and the service has not said that it is steady. */
  readonly state: 'healthy' | 'unhealthy' | 'unknown';
  /** Since when at the latest it is so, if it is healthy. */
  readonly healthyAtMs?: number;
}

/** ECS's own words for a service whose tasks all run and are healthy behind its load balancer. */
const STEADY = /has reached a steady state/;

/**
 * Reads health off ECS: the health of each running task, and the services' own event that they have reached a steady state. A task
 * without a health check says nothing; the event then is all there is. ECS gives health no timestamp: the moment is the earlier of the
 * event's and this look's, so it is never too early and at most one look too late.
 *
 * @param sinceMs what ECS said before tells nothing about this experiment.
 */
export function healthOf(
  tasks: readonly Candidate[],
  events: readonly (readonly ServiceEvent[])[],
  sinceMs: number,
  nowMs: number,
): Health {
  const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  if (running.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')) return { state: 'unhealthy' };
  const isChecked = running.length > 0 && running.every(({ healthStatus }) => healthStatus === 'HEALTHY');
  // Of several services the last one to be steady counts; one that has not said so leaves it open.
  const steady = events.map((ofService) =>
    Math.max(
      ...ofService.filter(({ atMs, message }) => atMs >= sinceMs && STEADY.test(message)).map(({ atMs }) => atMs),
    ),
  );
  const steadyAtMs = steady.length === 0 ? Number.NEGATIVE_INFINITY : Math.min(...steady);
  const isSteady = Number.isFinite(steadyAtMs);
  if (!isChecked && !isSteady) return { state: 'unknown' };
  return { state: 'healthy', healthyAtMs: isSteady ? Math.min(Math.max(...steady), nowMs) : nowMs };
}
