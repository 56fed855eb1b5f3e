import { formGroups, type OptedIn } from '../../lib/core/group.ts';
import { FAULT_NAMES } from '../../lib/faults/catalogue.ts';
import type { CommandWorld } from './world.ts';

/** The groups that opted in, and those whose tags cannot be read. */
export async function optedIn(world: Pick<CommandWorld, 'discovery' | 'config'>): Promise<OptedIn> {
  return formGroups(await world.discovery.taggedServices(), world.config, FAULT_NAMES);
}
