import { type FleetFound, readOptedIn } from '../opted-in.ts';
import type { CommandWorld } from './world.ts';

/** Groups in one answer: Lambda answers with 6 MB at most, and a group takes about 1.5 KB. */
const GROUPS_PER_ANSWER = 2_000;

/** A page of the groups, in order of their names. What was left out comes with the first. */
export interface GroupsAnswer extends FleetFound {
  /** Name after which the next page begins; absent on the last. */
  readonly next?: string;
}

/** The groups that opted in, from behind a name on. */
export async function listGroups(
  world: Pick<CommandWorld, 'config' | 'discovery'>,
  after: string | undefined,
): Promise<GroupsAnswer> {
  const found = await readOptedIn(world);
  const rest = after === undefined ? found.groups : found.groups.filter(({ name }) => name > after);
  const groups = rest.slice(0, GROUPS_PER_ANSWER);
  const last = groups.at(-1);
  const next = rest.length > groups.length && last !== undefined ? { next: last.name } : {};
  return after === undefined
    ? { ...found, groups, ...next }
    : { groups, problems: [], excluded: [], unread: [], ...next };
}
