import type { ClusterState, FleetState, ServiceState, TaskState } from '../fleet/model.ts';
import { finderIn } from './fleet-lists.ts';
import { AwsError } from './operation.ts';
import type { createPager } from './protocols/pages.ts';

/** Looks each name up; what is unknown becomes a failure, as ECS's Describe operations do it. */
export function split<Item>(
  names: readonly string[],
  find: (name: string) => Item | undefined,
  shown: { readonly found: string; readonly show: (item: Item) => object; readonly arnOf: (name: string) => string },
): object {
  const items: object[] = [];
  const failures: object[] = [];
  for (const name of new Set(names)) {
    const item = find(name);
    if (item === undefined) failures.push({ arn: shown.arnOf(name), reason: 'MISSING' });
    else items.push(shown.show(item));
  }
  return { [shown.found]: items, failures };
}

/** A cluster by name or ARN. */
export function findCluster(fleet: FleetState, nameOrArn: string): ClusterState | undefined {
  return finderIn(fleet.clusters)(nameOrArn);
}

/** The cluster that is meant, `default` where none is named; ClusterNotFoundException when there is none. */
export function getCluster(fleet: FleetState, nameOrArn = 'default'): ClusterState {
  const cluster = findCluster(fleet, nameOrArn);
  if (cluster === undefined) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
  return cluster;
}

/** Finds services of a cluster by name or ARN. */
export function serviceFinder(
  fleet: FleetState,
  cluster: ClusterState,
): (nameOrArn: string) => ServiceState | undefined {
  return finderIn(fleet.services(cluster.arn));
}

/** Finds tasks of a cluster by id or ARN. */
export function taskFinder(fleet: FleetState, cluster: ClusterState): (idOrArn: string) => TaskState | undefined {
  if (fleet.task !== undefined) return (idOrArn) => fleet.task?.(cluster.arn, idOrArn);
  return finderIn(fleet.tasks(cluster.arn));
}

/** The long ARN that a name of the cluster's stands for. */
export function arnIn(cluster: ClusterState, kind: 'service' | 'task' | 'container-instance', name: string): string {
  return name.startsWith('arn:') ? name : `${cluster.arn.replace(':cluster/', `:${kind}/`)}/${name}`;
}

/** How many a page holds; InvalidParameterException for more or less than ECS allows. */
export function pageSize(
  asked: number | undefined,
  page: { readonly least: number; readonly most: number; readonly unasked: number },
) {
  const size = asked ?? page.unasked;
  if (size < page.least || size > page.most) {
    throw invalid(`Invalid maxResults ${size}: it must be between ${page.least} and ${page.most}.`);
  }
  return size;
}

/** The cursor in a token; null without one, InvalidParameterException for a foreign one. */
export function readToken(
  pager: ReturnType<typeof createPager>,
  scope: string,
  token: string | undefined,
): string | null {
  if (token === undefined) return null;
  const cursor = pager.cursor(scope, token);
  if (cursor === null) throw invalid('Invalid token.');
  return cursor;
}

/** @throws AwsError when a call names more than ECS takes at once. */
export function assertAtMost(names: readonly string[], atMost: number, member: string): void {
  if (names.length > atMost) throw invalid(`${member} has ${names.length} entries, the most is ${atMost}.`);
}

/** @throws AwsError when a call names nothing. */
export function assertSome(names: readonly string[], what: string): void {
  if (names.length === 0) throw invalid(`${what} cannot be empty.`);
}

/** ECS's error for what it does not accept. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}
