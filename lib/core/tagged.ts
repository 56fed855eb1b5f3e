import { type Place, placeOfArn } from './exception.ts';

export type Tags = Readonly<Record<string, string>>;

/** An ECS service with its own tags and its cluster's. */
export interface TaggedService {
  readonly serviceArn: string;
  readonly service: string;
  readonly clusterArn: string;
  readonly cluster: string;
  readonly tags: Tags;
  readonly clusterTags: Tags;
}

/** Container hosts that opt in together: an Auto Scaling group, or an instance that opts in for itself. */
export interface TaggedHosts {
  readonly kind: 'auto-scaling-group' | 'instance';
  readonly arn: string;
  /** Name of the group, or id of the instance. */
  readonly name: string;
  readonly tags: Tags;
  /** Tags of the Auto Scaling group of an instance that opts in for itself. */
  readonly groupTags: Tags;
}

/** A service or hosts, as far as tags are read from them. */
export type Tagged = TaggedService | TaggedHosts;

export const isHosts = (one: Tagged): one is TaggedHosts => 'kind' in one;

export const arnOf = (one: Tagged): string => (isHosts(one) ? one.arn : one.serviceArn);

/** What people call it: `cluster/service`, or the name of the hosts. */
export const nameOf = (one: Tagged): string => (isHosts(one) ? one.name : `${one.cluster}/${one.service}`);

/** The tags that hold where the resource has none of its own: its cluster's, or its Auto Scaling group's. */
const outerTags = (one: Tagged): Tags => (isHosts(one) ? one.groupTags : one.clusterTags);

/** The tag's value nearest to the target. */
export function nearest(one: Tagged, key: string): string | undefined {
  return one.tags[key] ?? outerTags(one)[key];
}

/** Every tag that holds for the resource. */
export function allTags(one: Tagged): Tags {
  return { ...outerTags(one), ...one.tags };
}

export function isOptedIn(one: Tagged, prefix: string): boolean {
  return nearest(one, `${prefix}opt-in`) === 'true';
}

/** The name of the group that a resource belongs to. */
export function groupNameOf(one: Tagged, prefix: string): string {
  const named = nearest(one, `${prefix}group`);
  return named?.trim() ? named : nameOf(one);
}

/** Where a resource is, for exceptions and for what is enabled. */
export function placeOf(one: Tagged): Place {
  const place = placeOfArn(arnOf(one));
  return isHosts(one) ? { ...place, hosts: one.name } : { ...place, cluster: one.cluster, service: one.service };
}
