import type { FleetDefinition, ServiceDefinition } from './fleet-file.ts';
import type { AutoScalingGroupState, HostState, ServiceState } from './model.ts';
import {
  clusterArn,
  type FleetPlace,
  loadBalancerName,
  scalingGroupArn,
  serviceArn,
  targetGroupArn,
  taskDefinitionArn,
  zonesOf,
} from './names.ts';

/** A port that task definitions commonly name; each task is told one of its own, as with dynamic port mapping. */
const CONTAINER_PORT = 80;

/** A service as its definition declares it. */
export function serviceStateOf(definition: ServiceDefinition, place: FleetPlace, createdAt: Date): ServiceState {
  const { name, tags, propagateTags, desired, launchType, health } = definition;
  return {
    name,
    arn: serviceArn(place, name),
    clusterArn: clusterArn(place),
    tags,
    propagateTags,
    desired,
    launchType,
    createdAt,
    loadBalancer: loadBalancerName(place, name),
    targetGroup: { arn: targetGroupArn(place, name), containerPort: CONTAINER_PORT, healthCheckPath: health },
    taskDefinitionArn: taskDefinitionArn(place, name),
  };
}

/** The Auto Scaling group of a fleet's container hosts, in zones a, b and c; null for a fleet without hosts. */
export function scalingGroupOf(
  { hosts, hostTags, hostGroup }: FleetDefinition,
  place: FleetPlace,
): AutoScalingGroupState | null {
  if (hosts === 0) return null;
  const { name, min, max, standby, tags } = hostGroup;
  const tagsOf = (of: Readonly<Record<string, string>>, propagateAtLaunch: boolean) =>
    Object.entries(of).map(([key, value]) => ({ key, value, propagateAtLaunch }));
  const own = Object.fromEntries(Object.entries(tags).filter(([key]) => !Object.hasOwn(hostTags, key)));
  return {
    ...{ name, arn: scalingGroupArn(place, name), min, max },
    // Entering standby takes a host out of the desired capacity.
    desired: hosts - standby,
    zones: zonesOf(place),
    tags: [...tagsOf(hostTags, true), ...tagsOf(own, false)],
  };
}

/** The hosts in the order of a service's turns: the services of a fleet do not all begin on the same one. */
export function turnsOf(
  hosts: readonly HostState[],
  service: ServiceDefinition,
  { services }: FleetDefinition,
): readonly HostState[] {
  const onHosts = services.filter(({ launchType }) => launchType === 'EC2');
  const start = hosts.length === 0 ? 0 : Math.max(0, onHosts.indexOf(service)) % hosts.length;
  return [...hosts.slice(start), ...hosts.slice(0, start)];
}
