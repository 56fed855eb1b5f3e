import * as z from 'zod';
import { alarmNameSchema, MOST_ALARMS } from './alarm.ts';
import { isEverOpen } from './calendar.ts';
import { Calendars } from './calendars.ts';
import { chanceOf } from './chance.ts';
import { type Closures, closureInputs, closuresSchema, holidayCodeSchema } from './closures.ts';
import { exceptionSchema } from './exception.ts';
import { minRemainingSchema } from './min-remaining.ts';
import { probeSchema } from './probe.ts';
import { targetsSchema } from './target-count.ts';
import { describeWindow, type Parsed, parseDays, parseHours, parseZone, type Window } from './window.ts';

/** A text that one of the tag parsers must be able to read; its problem becomes the config's. */
const readBy = (parse: (text: string) => Parsed<unknown>) =>
  z.string().superRefine((text, context) => {
    const parsed = parse(text);
    if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.problem });
  });

/** Probes, each with a name of its own: answers are told apart by it. */
const steadyStateSchema = z
  .array(probeSchema)
  .min(1)
  .refine((probes) => new Set(probes.map(({ name }) => name)).size === probes.length, {
    message: 'two probes have the same name; give each its own',
  });

/** Faults by name, each as likely as the others; or with a weight each, a whole number from 1 to 1000. */
const faultsSchema = z
  .union(
    [
      z.array(z.string().min(1)).min(1),
      // What comes out of this goes in again: a deployed config is read by the same schema.
      z.array(z.strictObject({ name: z.string().min(1), weight: z.int().min(1).max(1000) })).min(1),
      z
        .record(z.string().min(1), z.int().min(1).max(1000))
        .refine((weights) => Object.keys(weights).length > 0, { error: 'name one fault at least' }),
    ],
    { error: 'write a list of faults, or each with its weight like { "stop-task": 3 }' },
  )
  .transform((faults) => {
    if (!Array.isArray(faults)) return Object.entries(faults).map(([name, weight]) => ({ name, weight }));
    const weighted = faults.map((fault) => (typeof fault === 'string' ? { name: fault, weight: 1 } : fault));
    return [...new Map(weighted.map((fault) => [fault.name, fault])).values()];
  });

const profileSchema = z
  .strictObject({
    /** One is drawn. Default: `stop-task` for services, `terminate-host` for hosts. */
    faults: faultsSchema.optional(),
    /** Parameters of faults by their names, where not all of a fault's own defaults are wanted; a request on demand may give others. */
    parameters: z.record(z.string().min(1), z.record(z.string(), z.unknown())).default({}),
    /** Mean and least work days between two experiments of a group. */
    meanDays: z.number().min(1).max(1000).default(5),
    minDays: z.int().min(0).max(1000).default(1),
    /** After so many work days without an experiment one is certain. */
    maxDays: z.int().min(1).max(3000).optional(),
    hours: readBy(parseHours).optional(),
    days: readBy(parseDays).optional(),
    zone: readBy(parseZone).optional(),
    /** Whose holidays are no work days, in place of the config's. */
    holidays: z.array(holidayCodeSchema).optional(),
    minRemaining: minRemainingSchema.default(1),
    /** How many targets one experiment takes: a count, or a fraction of desired below 1. */
    targets: targetsSchema.default(1),
    /** How long the hypothesis is watched after the act, in seconds. */
    observeSeconds: z.int().min(5).max(3600).default(300),
    /** Seconds between two looks. */
    intervalSeconds: z.int().min(1).max(300).default(10),
    /** No recovery after so many seconds breaks the hypothesis. */
    recoveryLimitSeconds: z.int().min(5).max(3600).default(600),
    /** More replacements than this that die again are a spiral, and break it too. */
    maxReplacementFailures: z.int().min(0).max(100).default(3),
    /** Stop conditions: names of CloudWatch alarms; one in ALARM ends the experiment at once. */
    alarms: z.array(alarmNameSchema).max(MOST_ALARMS).default([]),
    /** Normal behaviour. The default asks only what ECS itself knows. */
    steadyState: steadyStateSchema.default([
      { type: 'service-stable', name: 'service-stable', phases: ['before', 'after'] },
    ]),
  })
  .superRefine((profile, context) => {
    const chance = chanceOf(profile);
    if (!chance.ok) context.addIssue({ code: 'custom', message: chance.problem, path: [chance.at] });
  });

/** Account ids and regions in which Capuchin may do anything; `*` is every one. */
const enabledSchema = z.strictObject({
  accounts: z
    .array(z.string().regex(/^(\d{12}|\*)$/, { error: 'write the twelve digits of an account, or *' }))
    .default(['*']),
  regions: z
    .array(z.string().regex(/^([a-z]{2}(-[a-z]+)+-\d|\*)$/, { error: 'write a region like eu-west-1, or *' }))
    .default(['*']),
});

/** What a user edits in `capuchin.config.ts`. Closed: a misspelt key is an error with its path. */
const userConfigSchema = z.strictObject({
  /** Prefix of the opt-in tags. */
  tagPrefix: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\p{L}\p{N} +\-=._:/@]+$/u)
    .default('chaos:'),
  /** Key of every draw. Whoever knows it can foretell the plan; give each deployment its own. */
  seed: z.string().min(1).default('capuchin'),
  window: z
    .strictObject({
      hours: readBy(parseHours).default('09:00-17:00'),
      days: readBy(parseDays).default('mon-fri'),
      zone: readBy(parseZone).default('UTC'),
    })
    .default({ hours: '09:00-17:00', days: 'mon-fri', zone: 'UTC' }),
  ...closureInputs,
  /** Names or ARNs of SSM Change Calendars; each must be open before anything is done. */
  changeCalendars: z.array(z.string().min(1).max(2048)).max(10).default([]),
  /** Names of CloudWatch alarms that tell a wider outage: unless each is in OK nothing begins, and one in ALARM ends what runs. */
  outageAlarms: z.array(alarmNameSchema).max(MOST_ALARMS).default([]),
  /** Who gets a mail before an act, with its verdict, when a switch is turned and when a person is needed; each confirms it once. */
  notify: z
    .array(z.email({ error: 'write a mail address like ops@example.org' }))
    .max(20)
    .default([]),
  /** In an account or region that is not listed nothing is planned and nothing is done. */
  enabled: enabledSchema.default({ accounts: ['*'], regions: ['*'] }),
  /** Resources that are never touched, whatever their tags say. */
  exceptions: z.array(exceptionSchema).default([]),
  /** Ceilings for the account and region together, whatever the groups ask for. */
  budgets: z
    .strictObject({
      maxInFlight: z.int().min(1).default(1),
      maxPerHour: z.int().min(1).default(3),
      maxPerDay: z.int().min(1).default(10),
    })
    .default({ maxInFlight: 1, maxPerHour: 3, maxPerDay: 10 }),
  /** An experiment that fires later than this after its planned instant is refused. */
  lateAfterSeconds: z.int().min(5).max(3600).default(300),
  /** Younger tasks are never targets. */
  minimumTaskAgeSeconds: z.int().min(0).max(86_400).default(300),
  /** Whether a fault may install a tool that a host lacks, by the host's own package manager; without it that is a refusal. */
  installTools: z.boolean().default(false),
  profiles: z.record(z.string().min(1), profileSchema).default({}),
  /** Probes of single groups by name, in place of their profile's. */
  hypotheses: z.record(z.string().min(1), steadyStateSchema).default({}),
});

/** The config as it is deployed: with its calendar worked out. */
export const configSchema = userConfigSchema.extend({ calendar: closuresSchema });

/** A config as a user writes it: everything has a default. */
export type ConfigInput = z.input<typeof userConfigSchema>;
/** A config that was read, its calendar not yet worked out. */
export type UserConfig = z.output<typeof userConfigSchema>;
export type Config = z.output<typeof configSchema>;
export type Profile = z.output<typeof profileSchema>;

/** The profile of a name; `default` always exists. */
export function profileNamed(config: Pick<Config, 'profiles'>, name: string): Profile | undefined {
  // A tag may say any word, also `constructor`.
  if (Object.hasOwn(config.profiles, name)) return config.profiles[name];
  return name === 'default' ? profileSchema.parse({}) : undefined;
}

/**
 * Reads a config, or says each mistake with its path, one a line.
 *
 * @param knownFaults names of the catalogue; a profile that names another is a mistake.
 */
export function readConfig(input: unknown, knownFaults: readonly string[]): Parsed<UserConfig> {
  const parsed = userConfigSchema.safeParse(input);
  if (!parsed.success) {
    const say = ({ path, message }: { path: readonly PropertyKey[]; message: string }): string =>
      `${path.length > 0 ? path.join('.') : 'the config'}: ${message}`;
    return { ok: false, problem: parsed.error.issues.flatMap(unionIssues).map(say).join('\n') };
  }
  const unknown = Object.entries(parsed.data.profiles).flatMap(([name, { faults = [] }]) =>
    faults
      .filter((fault) => !knownFaults.includes(fault.name))
      .map((fault) => `profiles.${name}.faults: no fault "${fault.name}"; known are ${knownFaults.join(', ')}`),
  );
  return unknown.length > 0 ? { ok: false, problem: unknown.join('\n') } : { ok: true, value: parsed.data };
}

type Issue = z.core.$ZodIssue;

/** Of a choice between several forms, the mistakes of the form that was meant: the one with the fewest. */
function unionIssues(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const fewest = [...issue.errors].sort((a, b) => distance(a) - distance(b))[0] ?? [];
  // None of the forms was meant: the choice itself says what there is.
  if (isOtherForm(fewest)) return [issue];
  return fewest.flatMap((inner) => unionIssues({ ...inner, path: [...issue.path, ...inner.path] } as Issue));
}

/** A wrong type at the top of a form means that another form was meant. */
function distance(issues: readonly Issue[]): number {
  return issues.length + (isOtherForm(issues) ? 100 : 0);
}

function isOtherForm(issues: readonly Issue[]): boolean {
  return issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}

/** How far ahead a window must open at least once, in days. */
export const FAR_AHEAD_DAYS = 400;

/**
 * The config with its calendar, or each window that is never open, by its path.
 *
 * @param calendar as resolved on the day of the synthesis.
 */
export function withCalendar(config: UserConfig, calendar: Closures): Parsed<Config> {
  const whole = { ...config, calendar };
  const calendars = new Calendars(calendar);
  const places = [
    ['window', undefined] as const,
    ...Object.entries(config.profiles).map(([name, profile]) => [`profiles.${name}`, profile] as const),
  ];
  const problems = places.flatMap(([place, profile]) => {
    const settings = windowSettings(whole, profile);
    if (isEverOpen(calendars.of(settings), calendar.resolvedOn, FAR_AHEAD_DAYS)) return [];
    const window = describeWindow(settings.window);
    return [
      `${place}: the window ${window} is never open within ${FAR_AHEAD_DAYS} days; look at its days, holidays and freezes`,
    ];
  });
  return problems.length > 0 ? { ok: false, problem: problems.join('\n') } : { ok: true, value: whole };
}

/** Window and holidays as profile and config say. Both were validated, so what cannot be read is a defect. */
export function windowSettings(
  config: Pick<Config, 'window' | 'holidays'>,
  profile: Pick<Profile, 'hours' | 'days' | 'zone' | 'holidays'> | undefined,
): { window: Window; holidays: readonly string[] } {
  return {
    window: {
      hours: validated(parseHours(profile?.hours ?? config.window.hours)),
      days: validated(parseDays(profile?.days ?? config.window.days)),
      zone: validated(parseZone(profile?.zone ?? config.window.zone)),
    },
    holidays: profile?.holidays ?? config.holidays,
  };
}

function validated<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(`the config was not validated: ${parsed.problem}`);
  return parsed.value;
}
