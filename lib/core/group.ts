import type { Config } from './config.ts';
import { describeException, exceptionFor, notEnabled } from './exception.ts';
import type { Refusal } from './refusal.ts';
import {
  type GroupSettings,
  readSettings,
  type SettingsContext,
  settingsContext,
  type TagProblem,
} from './settings.ts';
import {
  arnOf,
  groupNameOf,
  isHosts,
  isOptedIn,
  nameOf,
  placeOf,
  type Tagged,
  type TaggedHosts,
  type TaggedService,
} from './tagged.ts';

/** What opted in: one service or several that share a `group` tag, or hosts. */
export interface Group {
  /** The `group` tag, or the name of the resource. */
  readonly name: string;
  /** Services; none in a group of hosts. */
  readonly members: readonly TaggedService[];
  /** Hosts; none in a group of services. */
  readonly hosts: readonly TaggedHosts[];
  readonly settings: GroupSettings;
}

/** A resource that opted in and is left alone all the same, because the config says so. */
export interface Excluded {
  readonly group: string;
  readonly resource: string;
  readonly code: 'excepted' | 'not-enabled';
  readonly because: string;
}

/** The groups that opted in, those whose tags cannot be read, and what the config leaves out. */
export interface OptedIn {
  readonly groups: readonly Group[];
  readonly problems: readonly TagProblem[];
  readonly excluded: readonly Excluded[];
}

/** The refusal that a tag problem comes to, wherever it is met. */
export function tagRefusal({ resource, tag, value, problem }: TagProblem): Refusal {
  const because = `the tag ${tag} of ${resource}: ${problem}`;
  return { code: 'tag-unparsable', because, facts: { resource, tag, value } };
}

/** The refusal for a resource that the config leaves out. */
export function excludedRefusal({ resource, code, because }: Excluded): Refusal {
  return { code, because, facts: { resource } };
}

/** What the members of a group are. */
export function kindOf(group: Pick<Group, 'hosts'>): 'service' | 'hosts' {
  return group.hosts.length > 0 ? 'hosts' : 'service';
}

/**
 * Forms groups out of tagged resources. Members of a group must agree in every setting, and be all services or all hosts: a group
 * whose members disagree has a problem with the tag `group`, as one that cannot be read. One bad group never touches the others.
 */
export function formGroups(tagged: readonly Tagged[], config: Config, knownFaults: readonly string[]): OptedIn {
  const byName = new Map<string, Tagged[]>();
  const excluded: Excluded[] = [];
  for (const one of tagged) {
    if (!isOptedIn(one, config.tagPrefix)) continue;
    const name = groupNameOf(one, config.tagPrefix);
    const why = exclusionOf(one, config);
    if (why !== undefined) {
      excluded.push({ group: name, resource: arnOf(one), ...why });
      continue;
    }
    const members = byName.get(name);
    if (members === undefined) byName.set(name, [one]);
    else members.push(one);
  }
  const context = settingsContext(config, knownFaults);
  const groups: Group[] = [];
  const problems: TagProblem[] = [];
  for (const [name, members] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const formed = formGroup(name, members, context);
    if ('settings' in formed) groups.push(formed);
    else problems.push(...formed.problems);
  }
  return { groups, problems, excluded };
}

function exclusionOf(one: Tagged, config: Config): Pick<Excluded, 'code' | 'because'> | undefined {
  const place = placeOf(one);
  const because = notEnabled(place, config.enabled);
  if (because !== undefined) return { code: 'not-enabled', because };
  const exception = exceptionFor(place, config.exceptions);
  if (exception === undefined) return undefined;
  return { code: 'excepted', because: `the config excepts ${describeException(exception)}` };
}

function formGroup(
  name: string,
  members: readonly Tagged[],
  context: SettingsContext,
): Group | { problems: readonly TagProblem[] } {
  const sorted = [...members].sort((a, b) => (arnOf(a) < arnOf(b) ? -1 : 1));
  const read = sorted.map((member) => readSettings(member, context));
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) return { problems };
  const [first, ...rest] = read.map((one) => one.settings);
  const [leader] = sorted;
  if (first === undefined || leader === undefined) throw new Error(`group ${name} has no members`);
  const odd = sorted.find(
    (member, index) =>
      isHosts(member) !== isHosts(leader) || (index > 0 && JSON.stringify(rest[index - 1]) !== JSON.stringify(first)),
  );
  if (odd !== undefined) {
    const problem =
      isHosts(odd) === isHosts(leader)
        ? `the settings of ${nameOf(odd)} differ from those of ${nameOf(leader)}; give all members the same tags`
        : `${nameOf(odd)} and ${nameOf(leader)} are a service and a host; a group is one or the other, give them two names`;
    const tag = `${context.config.tagPrefix}group`;
    return { problems: [{ group: name, resource: arnOf(odd), tag, value: name, problem }] };
  }
  return {
    name,
    members: sorted.filter((one): one is TaggedService => !isHosts(one)),
    hosts: sorted.filter(isHosts),
    settings: first,
  };
}
