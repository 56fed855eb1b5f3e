import type { Machine, MachineTimings } from './machine-life.ts';
import type { AutoScalingGroupState } from './model.ts';

/** The processes of an Auto Scaling group that can be suspended (API reference of SuspendProcesses). */
export const SCALING_PROCESSES = [
  'Launch',
  'Terminate',
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'ReplaceUnhealthy',
  'ScheduledActions',
] as const;

/** Something that an Auto Scaling group does to its members. */
export type GroupAct =
  /** Its health check finds that the member is not running. */
  | { readonly kind: 'mark-unhealthy'; readonly instanceId: string }
  | { readonly kind: 'replace'; readonly instanceId: string }
  /** The termination hook is over. */
  | { readonly kind: 'proceed'; readonly instanceId: string }
  | { readonly kind: 'put-in-service'; readonly instanceId: string }
  | { readonly kind: 'forget'; readonly instanceId: string }
  | { readonly kind: 'launch'; readonly zone: string };

/** What a look is made with. */
export interface GroupLook {
  readonly now: Date;
  readonly timings: MachineTimings;
  /** Whether no task is left on a member's container instance. */
  readonly isDrained: (machine: Machine) => boolean;
}

/**
 * What a group does at a look, process by process: health check, replacement of the unhealthy, launches up to desired into the zone
 * with the fewest members. A suspended process does nothing
 * (https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html). Zones are not balanced afterwards, and
 * there are no scaling policies: a group is scaled in by nobody.
 */
export function groupActs(group: AutoScalingGroupState, members: readonly Machine[], look: GroupLook): GroupAct[] {
  const runs = (process: (typeof SCALING_PROCESSES)[number]): boolean =>
    !(group.suspended ?? []).some(({ name }) => name === process);
  const each = members.flatMap((machine) => memberActs(machine, runs, look));
  const leaving = new Set(each.flatMap((act) => (act.kind === 'replace' ? [act.instanceId] : [])));
  if (!runs('Launch')) return each;
  const counted = members.filter(
    ({ lifecycle, instance }) =>
      (lifecycle === 'Pending' || lifecycle === 'InService') && !leaving.has(instance.instanceId),
  );
  return [...each, ...launches(group, counted)];
}

function memberActs(
  machine: Machine,
  runs: (process: 'HealthCheck' | 'ReplaceUnhealthy' | 'Terminate') => boolean,
  look: GroupLook,
): GroupAct[] {
  const { lifecycle, instance, isHealthy, downSinceMs } = machine;
  const { instanceId, status } = instance;
  const nowMs = look.now.getTime();
  if (status === 'terminated' && (lifecycle === 'Terminating' || lifecycle === 'Terminating:Proceed'))
    return [{ kind: 'forget', instanceId }];
  if (lifecycle === 'Pending' && status === 'running') return [{ kind: 'put-in-service', instanceId }];
  if (lifecycle === 'Terminating:Wait') {
    const isOver = look.isDrained(machine) || nowMs >= (machine.hookUntilMs ?? 0) || status !== 'running';
    return isOver ? [{ kind: 'proceed', instanceId }] : [];
  }
  // A member in Standby is not checked, and not replaced.
  if (lifecycle !== 'InService' && lifecycle !== 'Pending') return [];
  if (!isHealthy) return runs('ReplaceUnhealthy') && runs('Terminate') ? [{ kind: 'replace', instanceId }] : [];
  const isDown =
    status !== 'running' &&
    status !== 'pending' &&
    downSinceMs !== null &&
    nowMs - downSinceMs >= look.timings.healthCheckMs;
  return isDown && runs('HealthCheck') ? [{ kind: 'mark-unhealthy', instanceId }] : [];
}

function launches(group: AutoScalingGroupState, counted: readonly Machine[]): GroupAct[] {
  const perZone = new Map((group.zones ?? []).map((zone) => [zone, 0]));
  for (const { instance } of counted) {
    perZone.set(instance.availabilityZone, (perZone.get(instance.availabilityZone) ?? 0) + 1);
  }
  return Array.from({ length: Math.max(0, group.desired - counted.length) }, () => {
    const [zone = '', members = 0] = [...perZone].reduce((least, one) => (one[1] < least[1] ? one : least));
    perZone.set(zone, members + 1);
    return { kind: 'launch', zone };
  });
}
