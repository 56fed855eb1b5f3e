import type { Discovery, Unread } from '../lib/aws/discovery.ts';
import type { Config } from '../lib/core/config.ts';
import { formGroups, type OptedIn } from '../lib/core/group.ts';
import { FAULT_NAMES } from '../lib/faults/catalogue.ts';

/** Who opted in, as the deployed config and the tags say now, and what could not be read. */
export interface FleetFound extends OptedIn {
  readonly unread: readonly Unread[];
}

/** Reads the tags of whatever may belong to one group, and forms groups. */
export async function readGroup(
  world: { readonly config: Config; readonly discovery: Pick<Discovery, 'findGroup'> },
  name: string,
): Promise<FleetFound> {
  const { services, hosts, unread } = await world.discovery.findGroup(name);
  const found = formGroups([...services, ...hosts], world.config, FAULT_NAMES);
  const isWanted = ({ group }: { readonly group: string }): boolean => group === name;
  return {
    groups: found.groups.filter((group) => group.name === name),
    problems: found.problems.filter(isWanted),
    excluded: found.excluded.filter(isWanted),
    unread,
  };
}

/** Reads tags and forms groups; what acts on any of it reads it again. */
export async function readOptedIn(world: {
  readonly config: Config;
  readonly discovery: Pick<Discovery, 'find'>;
}): Promise<FleetFound> {
  const { services, hosts, unread } = await world.discovery.find();
  return { ...formGroups([...services, ...hosts], world.config, FAULT_NAMES), unread };
}
