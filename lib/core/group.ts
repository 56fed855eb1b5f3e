import { type Config, type Profile, profileNamed } from './config.ts';
import { parseMinRemaining } from './min-remaining.ts';
import type { Probe } from './probe.ts';
import type { Refusal } from './refusal.ts';
import { type Parsed, parseDays, parseHours, parseZone, type Window } from './window.ts';

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

/** What a group's tags, its profile and the config say together. */
export interface GroupSettings {
  readonly profile: string;
  readonly faults: readonly string[];
  readonly meanDays: number;
  readonly minDays: number;
  readonly window: Window;
  readonly minRemaining: number;
  readonly targets: number;
  readonly observeSeconds: number;
  readonly intervalSeconds: number;
  readonly recoveryLimitSeconds: number;
  readonly maxReplacementFailures: number;
  readonly steadyState: readonly Probe[];
}

/** What opted in: one service, or several that share a `group` tag. */
export interface Group {
  /** The `group` tag, or `cluster/service`. */
  readonly name: string;
  readonly members: readonly TaggedService[];
  readonly settings: GroupSettings;
}

/** A tag that takes its group out, because guessing what was meant could kill a server. */
export interface TagProblem {
  readonly group: string;
  readonly resource: string;
  readonly tag: string;
  readonly value: string;
  readonly problem: string;
}

/** The refusal that a tag problem comes to, wherever it is met. */
export function tagRefusal({ resource, tag, value, problem }: TagProblem): Refusal {
  const because = `the tag ${tag} of ${resource}: ${problem}`;
  return { code: 'tag-unparsable', because, facts: { resource, tag, value } };
}

/** The groups that opted in, and those that tried to but whose tags cannot be read. */
export interface OptedIn {
  readonly groups: readonly Group[];
  readonly problems: readonly TagProblem[];
}

/** The tag's value nearest to the target: the service's own, else its cluster's. */
function nearest(service: TaggedService, key: string): string | undefined {
  return service.tags[key] ?? service.clusterTags[key];
}

export function isOptedIn(service: TaggedService, prefix: string): boolean {
  return nearest(service, `${prefix}opt-in`) === 'true';
}

/** The name of the group that a service belongs to. */
export function groupNameOf(service: TaggedService, prefix: string): string {
  const named = nearest(service, `${prefix}group`);
  return named?.trim() ? named : `${service.cluster}/${service.service}`;
}

const KNOWN_TAGS = [
  'opt-in',
  'group',
  'profile',
  'faults',
  'mean-days',
  'min-days',
  'hours',
  'days',
  'zone',
  'min-remaining',
  'alarms',
];

function parseWords(text: string): Parsed<string[]> {
  const words = text.trim().split(/\s+/).filter(Boolean);
  return words.length > 0
    ? { ok: true, value: words }
    : { ok: false, problem: 'it is empty; write names with a space between' };
}

function parseFaults(known: readonly string[]): (text: string) => Parsed<string[]> {
  return (text) => {
    const words = parseWords(text);
    const unknown = words.ok ? words.value.find((word) => !known.includes(word)) : undefined;
    return unknown === undefined
      ? words
      : { ok: false, problem: `"${unknown}" is not a fault; known are ${known.join(', ')}` };
  };
}

function parseNumber(least: number, whole: boolean): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && (!whole || Number.isInteger(value))) return { ok: true, value };
    return { ok: false, problem: `"${text}" is not a ${whole ? 'whole ' : ''}number from ${least} up` };
  };
}

/**
 * What one service's tags say, or every tag that cannot be read. An unreadable tag never falls back to a default
 * (DESIGN 3): the group is out until a person mends it.
 */
export function readSettings(
  service: TaggedService,
  config: Config,
  knownFaults: readonly string[],
): { settings: GroupSettings; problems: [] } | { settings: undefined; problems: TagProblem[] } {
  const problems: TagProblem[] = [];
  const group = groupNameOf(service, config.tagPrefix);
  const complain = (tag: string, value: string, problem: string): void => {
    problems.push({ group, resource: service.serviceArn, tag: config.tagPrefix + tag, value, problem });
  };
  const read = <T>(tag: string, parse: (text: string) => Parsed<T>, otherwise: T): T => {
    const text = nearest(service, config.tagPrefix + tag);
    if (text === undefined) return otherwise;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    complain(tag, text, parsed.problem);
    return otherwise;
  };
  for (const [key, value] of Object.entries({ ...service.clusterTags, ...service.tags })) {
    if (key.startsWith(config.tagPrefix) && !KNOWN_TAGS.includes(key.slice(config.tagPrefix.length))) {
      complain(
        key.slice(config.tagPrefix.length),
        value,
        `it is not a tag of Capuchin; known are ${KNOWN_TAGS.join(', ')}`,
      );
    }
  }
  const named = nearest(service, `${config.tagPrefix}group`);
  if (named?.trim() === '') complain('group', named, 'it is empty; write a name, or take the tag away');
  const alarms = nearest(service, `${config.tagPrefix}alarms`);
  // Whoever names a stop condition relies on it; as long as nothing watches it, the group had better stay out.
  if (alarms !== undefined) complain('alarms', alarms, 'this version does not watch alarms yet; take the tag away');
  const name = nearest(service, `${config.tagPrefix}profile`) ?? 'default';
  const profile = profileNamed(config, name);
  if (profile === undefined) complain('profile', name, `no profile of this name in the config`);
  const settings = settingsFrom(
    profile ?? (profileNamed({ ...config, profiles: {} }, 'default') as Profile),
    config,
    read,
    knownFaults,
  );
  const { minDays, meanDays } = settings;
  if (minDays > meanDays && !problems.some(({ tag }) => tag.endsWith('-days'))) {
    const tag = nearest(service, `${config.tagPrefix}min-days`) === undefined ? 'mean-days' : 'min-days';
    const value = String(tag === 'min-days' ? minDays : meanDays);
    complain(tag, value, `the least spacing of ${minDays} days is above the mean of ${meanDays} days`);
  }
  // A group may have any name, also `constructor`.
  const hypothesis = Object.hasOwn(config.hypotheses, group) ? config.hypotheses[group] : undefined;
  return problems.length > 0
    ? { settings: undefined, problems }
    : { settings: { ...settings, profile: name, ...(hypothesis ? { steadyState: hypothesis } : {}) }, problems: [] };
}

type ReadTag = <T>(tag: string, parse: (text: string) => Parsed<T>, otherwise: T) => T;

function settingsFrom(
  profile: Profile,
  config: Config,
  read: ReadTag,
  knownFaults: readonly string[],
): Omit<GroupSettings, 'profile'> {
  const fromConfig = <T>(text: string, parse: (text: string) => Parsed<T>): T => {
    const parsed = parse(text);
    if (!parsed.ok) throw new Error(`the config was not validated: ${parsed.problem}`);
    return parsed.value;
  };
  return {
    faults: read('faults', parseFaults(knownFaults), profile.faults),
    meanDays: read('mean-days', parseNumber(1, false), profile.meanDays),
    minDays: read('min-days', parseNumber(1, true), profile.minDays),
    window: {
      hours: read('hours', parseHours, fromConfig(profile.hours ?? config.window.hours, parseHours)),
      days: read('days', parseDays, fromConfig(profile.days ?? config.window.days, parseDays)),
      zone: read('zone', parseZone, fromConfig(profile.zone ?? config.window.zone, parseZone)),
    },
    minRemaining: read('min-remaining', parseMinRemaining, profile.minRemaining),
    targets: profile.targets,
    observeSeconds: profile.observeSeconds,
    intervalSeconds: profile.intervalSeconds,
    recoveryLimitSeconds: profile.recoveryLimitSeconds,
    maxReplacementFailures: profile.maxReplacementFailures,
    steadyState: profile.steadyState,
  };
}

/**
 * Forms groups out of tagged services. Services that share a group must agree in every setting: a group whose members
 * disagree has a problem with the tag `group`, as one that cannot be read.
 */
export function formGroups(
  services: readonly TaggedService[],
  config: Config,
  knownFaults: readonly string[],
): OptedIn {
  const byName = new Map<string, TaggedService[]>();
  for (const service of services.filter((one) => isOptedIn(one, config.tagPrefix))) {
    const name = groupNameOf(service, config.tagPrefix);
    byName.set(name, [...(byName.get(name) ?? []), service]);
  }
  const groups: Group[] = [];
  const problems: TagProblem[] = [];
  for (const [name, members] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const formed = formGroup(name, members, config, knownFaults);
    if ('settings' in formed) groups.push(formed);
    else problems.push(...formed.problems);
  }
  return { groups, problems };
}

function formGroup(
  name: string,
  members: readonly TaggedService[],
  config: Config,
  knownFaults: readonly string[],
): Group | { problems: readonly TagProblem[] } {
  const sorted = [...members].sort((a, b) => (a.serviceArn < b.serviceArn ? -1 : 1));
  const read = sorted.map((member) => readSettings(member, config, knownFaults));
  const problems = read.flatMap((one) => one.problems);
  if (problems.length > 0) return { problems };
  const [first, ...rest] = read.map((one) => one.settings);
  const odd = rest.findIndex((settings) => JSON.stringify(settings) !== JSON.stringify(first));
  const stranger = sorted[odd + 1];
  if (odd >= 0 && stranger !== undefined) {
    const problem = `the settings of ${stranger.cluster}/${stranger.service} differ from those of ${sorted[0]?.cluster}/${sorted[0]?.service}; give all members the same tags`;
    return {
      problems: [{ group: name, resource: stranger.serviceArn, tag: `${config.tagPrefix}group`, value: name, problem }],
    };
  }
  if (first === undefined) throw new Error(`group ${name} has no members`);
  return { name, members: sorted, settings: first };
}
