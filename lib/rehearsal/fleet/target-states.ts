import type { TargetHealth } from './health-checks.ts';
import type { TargetNow } from './load-balancer.ts';
import type { TargetState } from './model.ts';

/**
 * A target in Elastic Load Balancing's words. Reasons are those of its API reference (TargetHealth); descriptions are as its
 * published examples have them, or from memory.
 */
export function targetState(target: TargetNow, availabilityZone: string): TargetState {
  const { host: id, port, health, draining } = target;
  return { id, port, availabilityZone, ...(draining ? DRAINING : checkedState(health)) };
}

type Checked = Pick<TargetState, 'state' | 'reason' | 'description'>;

const DRAINING: Checked = {
  state: 'draining',
  reason: 'Target.DeregistrationInProgress',
  description: 'Target deregistration is in progress',
};

function checkedState(health: TargetHealth): Checked {
  switch (health.health) {
    case 'HEALTHY':
      return { state: 'healthy' };
    case 'UNHEALTHY':
      return { state: 'unhealthy', ...failureOf(health) };
    case 'UNKNOWN': {
      const begun = health.successesInARow + health.failuresInARow > 0;
      return begun
        ? { state: 'initial', reason: 'Elb.InitialHealthChecking', description: 'Initial health checks in progress' }
        : { state: 'initial', reason: 'Elb.RegistrationInProgress', description: 'Target registration is in progress' };
    }
  }
}

function failureOf({ failure }: TargetHealth): Pick<Checked, 'reason' | 'description'> {
  switch (failure?.kind) {
    case 'status': {
      const description = `Health checks failed with these codes: [${failure.status}]`;
      return { reason: 'Target.ResponseCodeMismatch', description };
    }
    case 'timeout':
      return { reason: 'Target.Timeout', description: 'Request timed out' };
    default:
      return { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
  }
}
