import { WorkCalendar } from '../../lib/core/calendar.ts';
import { Calendars } from '../../lib/core/calendars.ts';
import type { Closures, Freeze } from '../../lib/core/closures.ts';
import { type Config, type ConfigInput, configSchema } from '../../lib/core/config.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { FaultKind, Scope } from '../../lib/core/fault-choice.ts';
import type { Group } from '../../lib/core/group.ts';
import type { LiveGroup, LiveService, Situation } from '../../lib/core/guards/guard.ts';
import type { Known } from '../../lib/core/refusal.ts';
import { type GroupSettings, readSettings, settingsContext } from '../../lib/core/settings.ts';
import type { TaggedHosts, TaggedService, Tags } from '../../lib/core/tagged.ts';
import { type Candidate, targetOf } from '../../lib/core/target.ts';
import { type Parsed, parseDays, parseHours, parseZone, type Window } from '../../lib/core/window.ts';

export const FAULTS = ['stop-task', 'network-latency', 'terminate-host'];

const aFault = (name: string, scope: Scope): FaultKind => ({ name, scopes: [scope], reach: ['fargate', 'ec2'] });

/** A catalogue of the faults above. */
export const FAULT_KINDS: readonly FaultKind[] = [
  aFault('stop-task', 'task'),
  aFault('network-latency', 'task'),
  aFault('terminate-host', 'host'),
];

/** A calendar that knows every date of the tests, and of nothing that is closed. */
export const NO_CLOSURES: Closures = {
  resolvedOn: '2026-11-01',
  knownFrom: '2024-01-01',
  knownUntil: '2031-12-31',
  holidays: {},
  closedDates: [],
  freezes: [],
};

export function aConfig(input: ConfigInput = {}, closures: Partial<Closures> = {}): Config {
  return configSchema.parse({ ...input, calendar: { ...NO_CLOSURES, ...closures } });
}

/** What was read, in a test that is about something else. */
export function read<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(`the example cannot be read: ${parsed.problem}`);
  return parsed.value;
}

export const aWindow = (hours: string, days = 'mon-fri', zone = 'Europe/Berlin'): Window => ({
  hours: read(parseHours(hours)),
  days: read(parseDays(days)),
  zone: read(parseZone(zone)),
});

/** Calendars of every window, with what is closed; a few groups share them as the planner's do. */
export const someCalendars = (closures: Partial<Closures> = {}): Calendars =>
  new Calendars({ ...NO_CLOSURES, ...closures });

/** A window with its holidays, each named like its date, and its freezes. */
export const aCalendar = (
  window: Window,
  holidays: readonly string[] = [],
  freezes: readonly Freeze[] = [],
): WorkCalendar =>
  new WorkCalendar(window, { holidays: holidays.map((date) => ({ date, name: `day ${date}` })), freezes });

export function aService(name: string, tags: Tags = {}, clusterTags: Tags = {}): TaggedService {
  const [cluster = '', service = ''] = name.split('/');
  return {
    serviceArn: `arn:aws:ecs:eu-west-1:111122223333:service/${cluster}/${service}`,
    service,
    clusterArn: `arn:aws:ecs:eu-west-1:111122223333:cluster/${cluster}`,
    cluster,
    tags,
    clusterTags,
  };
}

export function someHosts(name: string, tags: Tags = {}): TaggedHosts {
  const arn = `arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:0a1b:autoScalingGroupName/${name}`;
  return { kind: 'auto-scaling-group', arn, name, tags, groupTags: {} };
}

export function anInstance(name: string, tags: Tags = {}, groupTags: Tags = {}): TaggedHosts {
  const arn = `arn:aws:ec2:eu-west-1:111122223333:instance/${name}`;
  return { kind: 'instance', arn, name, tags, groupTags };
}

const EXAMPLE = aService('shop/checkout', { 'chaos:opt-in': 'true' });
const DEFAULTS = readSettings(EXAMPLE, settingsContext(aConfig(), FAULTS)).settings;

/** A group of one service with the settings of the default profile, but for those given. */
export function aGroup(name: string, settings: Partial<GroupSettings> = {}): Group {
  if (DEFAULTS === undefined) throw new Error('the example cannot be read');
  return { name, members: [EXAMPLE], hosts: [], settings: { ...DEFAULTS, ...settings } };
}

/** A group of hosts, otherwise as the one above. */
export function aHostGroup(name: string, settings: Partial<GroupSettings> = {}): Group {
  return { ...aGroup(name, settings), members: [], hosts: [someHosts(name)] };
}

/** Faults that are all as likely as each other. */
export const alike = (...names: string[]): { name: string; weight: number }[] =>
  names.map((name) => ({ name, weight: 1 }));

export const NOON_MS = Date.parse('2026-11-23T12:00:00Z');

export function aTask(name: string, changes: Partial<Candidate> = {}): Candidate {
  return {
    kind: 'task',
    resource: `arn:aws:ecs:eu-west-1:111122223333:task/shop/${name}`,
    member: 'shop/checkout',
    clusterArn: 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    healthStatus: 'HEALTHY',
    launchType: 'FARGATE',
    tags: { 'chaos:opt-in': 'true' },
    isProtected: false,
    createdAtMs: NOON_MS - 3_660_000,
    startedAtMs: NOON_MS - 3_600_000,
    ...changes,
  };
}

export function anOrder(changes: Partial<ExperimentOrder> = {}): ExperimentOrder {
  return {
    version: 1,
    experiment: 'shop-checkout-2026-11-23-0a1b2c3d',
    group: 'shop/checkout',
    services: [{ cluster: 'shop', service: 'checkout' }],
    hosts: [],
    fault: 'stop-task',
    parameters: {},
    at: '2026-11-23T12:00:00Z',
    label: '2026-11-23/targets/shop/checkout',
    zone: 'UTC',
    skip: [],
    leashed: false,
    actor: 'plan 2026-11-23',
    reason: 'drawn',
    ...changes,
  };
}

export const yes = <T>(value: T): Known<T> => ({ known: true, value });
export const UNKNOWN = { known: false, because: 'ThrottlingException: Rate exceeded' } as const;

export function aLiveService(changes: Partial<LiveService> = {}): LiveService {
  return {
    service: 'shop/checkout',
    running: 3,
    desired: 3,
    deploying: false,
    schedulingStrategy: 'REPLICA',
    targetGroups: [],
    ...changes,
  };
}

/** The group of the order as its tags describe it now, but for what is changed. */
export function aLiveGroup(changes: Partial<LiveGroup> = {}): Known<LiveGroup> {
  return yes({ group: aGroup('shop/checkout'), problems: [], excluded: [], present: ['shop/checkout'], ...changes });
}

/** A situation in which every guard says yes, but for what is changed. */
export function aSituation(changes: Partial<Situation> = {}): Situation {
  return {
    nowMs: NOON_MS,
    order: anOrder(),
    lateAfterSeconds: 300,
    lever: yes({ engaged: false, reason: 'all is well', actor: 'ada', at: '2026-11-20T08:00:00.000Z' }),
    cancellation: yes(undefined),
    calendars: someCalendars(),
    changeCalendars: yes([]),
    outageAlarms: yes([]),
    stopAlarms: yes([]),
    fault: FAULT_KINDS[0],
    group: aLiveGroup(),
    services: yes([aLiveService()]),
    steadyState: yes([
      { probe: 'service-stable', phase: 'before', answer: 'holds', because: 'shop/checkout runs 3 of 3' },
    ]),
    choice: yes({
      candidates: ['a', 'b', 'c'],
      ineligible: [],
      picked: [targetOf(aTask('a'))],
      positions: [0],
      draws: [],
    }),
    wanted: 1,
    ...changes,
  };
}
