import { parseAlarms } from './alarm.ts';
import { isEverOpen } from './calendar.ts';
import { Calendars } from './calendars.ts';
import { chanceOf } from './chance.ts';
import { type Config, FAR_AHEAD_DAYS, type Profile, profileNamed, windowSettings } from './config.ts';
import { parseMinRemaining } from './min-remaining.ts';
import type { Probe } from './probe.ts';
import { allTags, arnOf, groupNameOf, isHosts, nearest, type Tagged } from './tagged.ts';
import { parseTargets } from './target-count.ts';
import { describeWindow, type Parsed, parseDays, parseHours, parseZone, type Window } from './window.ts';

/** A fault that a group allows, and how likely it is against the others. */
export interface WeightedFault {
  readonly name: string;
  /** A whole number from 1 up. */
  readonly weight: number;
}

/** What a group's tags, its profile and the config say together. */
export interface GroupSettings {
  readonly profile: string;
  readonly faults: readonly WeightedFault[];
  /** Parameters by the name of their fault, as the profile gives them. */
  readonly parameters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly meanDays: number;
  readonly minDays: number;
  /** After so many work days without an experiment one is certain. */
  readonly maxDays?: number;
  readonly window: Window;
  /** Whose holidays are no work days, by code. */
  readonly holidays: readonly string[];
  readonly minRemaining: number;
  /** A count, or a fraction of desired below 1. */
  readonly targets: number;
  readonly observeSeconds: number;
  readonly intervalSeconds: number;
  readonly recoveryLimitSeconds: number;
  readonly maxReplacementFailures: number;
  readonly steadyState: readonly Probe[];
  /** Stop conditions: names of CloudWatch alarms. */
  readonly alarms: readonly string[];
}

/** The parameters that a group's profile gives to a fault. A fault may be called anything, also `constructor`. */
export function parametersFor(
  { parameters }: Pick<GroupSettings, 'parameters'>,
  fault: string,
): Readonly<Record<string, unknown>> {
  return (Object.hasOwn(parameters, fault) ? parameters[fault] : undefined) ?? {};
}

/** A tag that takes its group out, because guessing what was meant could kill a server. */
export interface TagProblem {
  readonly group: string;
  readonly resource: string;
  readonly tag: string;
  readonly value: string;
  readonly problem: string;
}

/** Every tag that Capuchin reads, without the prefix. */
const KNOWN_TAGS = [
  'opt-in',
  'group',
  'profile',
  'faults',
  'mean-days',
  'min-days',
  'max-days',
  'hours',
  'days',
  'zone',
  'min-remaining',
  'targets',
  'alarms',
] as const;
type Tag = (typeof KNOWN_TAGS)[number];

/** What a group does when neither tag nor profile says so (DESIGN 3). */
const DEFAULT_FAULTS = { service: 'stop-task', hosts: 'terminate-host' } as const;

/** Reads `stop-task pause-container`, or with weights `stop-task=3 pause-container`. */
function parseFaults(known: readonly string[]): (text: string) => Parsed<WeightedFault[]> {
  return (text) => {
    const faults = new Map<string, number>();
    const words = text.trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) return { ok: false, problem: 'it is empty; write names with a space between' };
    for (const word of words) {
      const [, name = '', digits] = /^([^=]+)(?:=(\d{1,4}))?$/.exec(word) ?? [];
      const weight = Number(digits ?? 1);
      if (!known.includes(name) || weight < 1 || weight > 1000) {
        const what =
          known.includes(name) || name === '' ? 'a fault with a weight like stop-task=3, from 1 to 1000' : 'a fault';
        return { ok: false, problem: `"${word}" is not ${what}; known are ${known.join(', ')}` };
      }
      if (faults.has(name)) return { ok: false, problem: `"${name}" stands there twice; give it a weight instead` };
      faults.set(name, weight);
    }
    return { ok: true, value: [...faults].map(([name, weight]) => ({ name, weight })) };
  };
}

function parseNumber(least: number, most: number, whole: boolean): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return { ok: true, value };
    return { ok: false, problem: `"${text}" is not a ${whole ? 'whole ' : ''}number from ${least} to ${most}` };
  };
}

/** What is known besides the tags when settings are read. */
export interface SettingsContext {
  readonly config: Config;
  readonly knownFaults: readonly string[];
  readonly calendars: Calendars;
}

export function settingsContext(config: Config, knownFaults: readonly string[]): SettingsContext {
  return { config, knownFaults, calendars: new Calendars(config.calendar) };
}

export type SettingsAnswer =
  | { readonly settings: GroupSettings; readonly problems: readonly [] }
  | { readonly settings: undefined; readonly problems: readonly TagProblem[] };

type Complain = (tag: Tag, value: string, problem: string) => void;
type ReadTag = <T>(tag: Tag, parse: (text: string) => Parsed<T>, otherwise: T) => T;

/**
 * What the tags of a service or of hosts say, or every tag that cannot be read. An unreadable tag never falls back to a default
 * (DESIGN 3): the group is out until a person mends it.
 */
export function readSettings(one: Tagged, context: SettingsContext): SettingsAnswer {
  const { config } = context;
  const problems: TagProblem[] = [];
  const group = groupNameOf(one, config.tagPrefix);
  const complainOf = (tag: string, value: string, problem: string): void => {
    problems.push({ group, resource: arnOf(one), tag: config.tagPrefix + tag, value, problem });
  };
  const complain: Complain = complainOf;
  const read: ReadTag = (tag, parse, otherwise) => {
    const text = nearest(one, config.tagPrefix + tag);
    if (text === undefined) return otherwise;
    const parsed = parse(text);
    if (parsed.ok) return parsed.value;
    complain(tag, text, parsed.problem);
    return otherwise;
  };
  for (const [key, value] of Object.entries(allTags(one))) {
    const tag = key.slice(config.tagPrefix.length);
    if (key.startsWith(config.tagPrefix) && !(KNOWN_TAGS as readonly string[]).includes(tag))
      complainOf(tag, value, `it is not a tag of Capuchin; known are ${KNOWN_TAGS.join(', ')}`);
  }
  const named = nearest(one, `${config.tagPrefix}group`);
  if (named?.trim() === '') complain('group', named, 'it is empty; write a name, or take the tag away');
  const name = nearest(one, `${config.tagPrefix}profile`) ?? 'default';
  const profile = profileNamed(config, name);
  if (profile === undefined) complain('profile', name, `no profile of this name in the config`);
  const settings = settingsFrom(profile ?? (profileNamed({ profiles: {} }, 'default') as Profile), one, context, read);
  if (problems.length === 0) checkTogether(one, settings, context, complain);
  if (problems.length > 0) return { settings: undefined, problems };
  // A group may have any name, also `constructor`.
  const steadyState = Object.hasOwn(config.hypotheses, group) ? config.hypotheses[group] : undefined;
  return { settings: { ...settings, profile: name, ...(steadyState ? { steadyState } : {}) }, problems: [] };
}

function settingsFrom(
  profile: Profile,
  one: Tagged,
  { config, knownFaults }: SettingsContext,
  read: ReadTag,
): Omit<GroupSettings, 'profile'> {
  const otherwise = windowSettings(config, profile);
  const fault = DEFAULT_FAULTS[isHosts(one) ? 'hosts' : 'service'];
  const maxDays = read<number | undefined>('max-days', parseNumber(1, 3000, true), profile.maxDays);
  return {
    faults: read('faults', parseFaults(knownFaults), profile.faults ?? [{ name: fault, weight: 1 }]),
    parameters: profile.parameters,
    meanDays: read('mean-days', parseNumber(1, 1000, false), profile.meanDays),
    minDays: read('min-days', parseNumber(0, 1000, true), profile.minDays),
    ...(maxDays === undefined ? {} : { maxDays }),
    window: {
      hours: read('hours', parseHours, otherwise.window.hours),
      days: read('days', parseDays, otherwise.window.days),
      zone: read('zone', parseZone, otherwise.window.zone),
    },
    holidays: otherwise.holidays,
    minRemaining: read('min-remaining', parseMinRemaining, profile.minRemaining),
    targets: read('targets', parseTargets, profile.targets),
    observeSeconds: profile.observeSeconds,
    intervalSeconds: profile.intervalSeconds,
    recoveryLimitSeconds: profile.recoveryLimitSeconds,
    maxReplacementFailures: profile.maxReplacementFailures,
    steadyState: profile.steadyState,
    alarms: read('alarms', parseAlarms, profile.alarms),
  };
}

/** Tags that can be read one by one and yet make no sense together, or with the profile. */
function checkTogether(
  one: Tagged,
  settings: Omit<GroupSettings, 'profile'>,
  { config, calendars }: SettingsContext,
  complain: Complain,
): void {
  const given = (tag: Tag): string | undefined => nearest(one, config.tagPrefix + tag);
  const blame = (tags: readonly Tag[], problem: string): void => {
    const tag = tags.find((candidate) => given(candidate) !== undefined);
    if (tag !== undefined) complain(tag, given(tag) ?? '', problem);
  };
  const chance = chanceOf(settings);
  if (!chance.ok)
    blame(chance.at === 'minDays' ? ['min-days', 'mean-days'] : ['max-days', 'mean-days'], chance.problem);
  // A window that the config made was looked at when the stack was synthesized.
  const windowTags = ['hours', 'days', 'zone'] as const;
  if (windowTags.every((tag) => given(tag) === undefined)) return;
  if (!isEverOpen(calendars.of(settings), config.calendar.resolvedOn, FAR_AHEAD_DAYS)) {
    blame(windowTags, `the window ${describeWindow(settings.window)} is never open; look at holidays and freezes`);
  }
}
