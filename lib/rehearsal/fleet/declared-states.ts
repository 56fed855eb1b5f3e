import type { FleetDefinition, ServiceDefinition } from './fleet-file.ts';
import type { HostState, ServiceState } from './model.ts';
import {
  availabilityZone,
  clusterArn,
  containerInstanceArn,
  type FleetPlace,
  instanceArn,
  instanceId,
  loadBalancerName,
  serviceArn,
  targetGroupArn,
  taskDefinitionArn,
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

/** The container hosts of a fleet: EC2 instances that stand alone, registered with the cluster, in zones a, b and c in turn. */
export function hostsOf({ hosts, hostTags }: FleetDefinition, place: FleetPlace): readonly HostState[] {
  return Array.from({ length: hosts }, (_, index) => {
    const id = instanceId(place, index + 1);
    return {
      instanceId: id,
      arn: instanceArn(place, id),
      tags: hostTags,
      autoScalingGroup: null,
      availabilityZone: availabilityZone(place, index + 1),
      lifecycleState: 'InService',
      healthStatus: 'Healthy',
      protectedFromScaleIn: false,
      containerInstance: { arn: containerInstanceArn(place, index + 1), clusterArn: clusterArn(place) },
    };
  });
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
