import { groupNameOf, isOptedIn, type TaggedHosts, type TaggedService } from '../core/tagged.ts';
import type { FleetDefinition, ServiceDefinition } from './fleet/fleet-file.ts';

/** A rehearsal keeps the prefix that every deployment has by default. */
const PREFIX = 'chaos:';

/** A service of a fleet file, as far as Capuchin reads tags from it. */
function serviceMember({ name, tags }: ServiceDefinition, { cluster, clusterTags }: FleetDefinition): TaggedService {
  return { serviceArn: name, service: name, clusterArn: cluster, cluster, tags, clusterTags };
}

/** The container hosts of a fleet file, in the same way: their Auto Scaling group, which has the hosts' tags and its own. */
function hostsMember({ hostGroup, hostTags }: FleetDefinition): TaggedHosts {
  const { name, tags } = hostGroup;
  return { kind: 'auto-scaling-group', arn: name, name, tags: { ...tags, ...hostTags }, groupTags: {} };
}

/** The group that a service belongs to, whether it has opted in or not. */
export function groupOfService(service: ServiceDefinition, fleet: FleetDefinition): string {
  return groupNameOf(serviceMember(service, fleet), PREFIX);
}

/** The group that the container hosts belong to, whether they have opted in or not. */
export function groupOfHosts(fleet: FleetDefinition): string {
  return groupNameOf(hostsMember(fleet), PREFIX);
}

export function hasServiceOptedIn(service: ServiceDefinition, fleet: FleetDefinition): boolean {
  return isOptedIn(serviceMember(service, fleet), PREFIX);
}

/** Whether a fleet has container hosts, and they have opted in. */
export function haveHostsOptedIn(fleet: FleetDefinition): boolean {
  return fleet.hosts > 0 && isOptedIn(hostsMember(fleet), PREFIX);
}

/** The services whose tasks the container hosts carry. */
export function carriedServices({ services }: FleetDefinition): readonly ServiceDefinition[] {
  return services.filter(({ launchType }) => launchType === 'EC2');
}
