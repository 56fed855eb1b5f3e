import * as z from 'zod';
import { minRemainingSchema } from './min-remaining.ts';
import { probeSchema } from './probe.ts';
import { type Parsed, parseDays, parseHours, parseZone } from './window.ts';

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

const profileSchema = z
  .strictObject({
    /** Faults by name; one is drawn. Hosts default to `terminate-host`. */
    faults: z.array(z.string().min(1)).min(1).default(['stop-task']),
    /** Mean and least work days between two experiments of a group. */
    meanDays: z.number().min(1).default(5),
    minDays: z.int().min(0).default(1),
    hours: readBy(parseHours).optional(),
    days: readBy(parseDays).optional(),
    zone: readBy(parseZone).optional(),
    minRemaining: minRemainingSchema.default(1),
    /** How many targets one experiment takes. */
    targets: z.int().min(1).max(10).default(1),
    /** How long the hypothesis is watched after the act, in seconds. */
    observeSeconds: z.int().min(5).max(3600).default(300),
    /** Seconds between two looks. */
    intervalSeconds: z.int().min(1).max(300).default(10),
    /** No recovery after so many seconds breaks the hypothesis. */
    recoveryLimitSeconds: z.int().min(5).max(3600).default(600),
    /** More replacements than this that die again are a spiral, and break it too. */
    maxReplacementFailures: z.int().min(0).max(100).default(3),
    /** Normal behaviour. The default asks only what ECS itself knows. */
    steadyState: steadyStateSchema.default([
      { type: 'service-stable', name: 'service-stable', phases: ['before', 'after'] },
    ]),
  })
  .refine((profile) => profile.minDays <= profile.meanDays, {
    message: 'the least spacing (minDays) is above the mean (meanDays)',
    path: ['minDays'],
  });

/** What a user edits in `capuchin.config.ts`. Closed: a misspelt key is an error with its path. */
export const configSchema = z.strictObject({
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
  profiles: z.record(z.string().min(1), profileSchema).default({}),
  /** Probes of single groups by name, in place of their profile's. */
  hypotheses: z.record(z.string().min(1), steadyStateSchema).default({}),
});

/** A config as a user writes it: everything has a default. */
export type ConfigInput = z.input<typeof configSchema>;
export type Config = z.output<typeof configSchema>;
export type Profile = z.output<typeof profileSchema>;

/** The profile of a name; `default` always exists. */
export function profileNamed(config: Config, name: string): Profile | undefined {
  // A tag may say any word, also `constructor`.
  if (Object.hasOwn(config.profiles, name)) return config.profiles[name];
  return name === 'default' ? profileSchema.parse({}) : undefined;
}

/**
 * Reads a config, or says each mistake with its path, one a line.
 *
 * @param knownFaults names of the catalogue; a profile that names another is a mistake.
 */
export function readConfig(input: unknown, knownFaults: readonly string[]): Parsed<Config> {
  const parsed = configSchema.safeParse(input);
  if (!parsed.success) {
    const say = ({ path, message }: { path: readonly PropertyKey[]; message: string }): string =>
      `${path.length > 0 ? path.join('.') : 'the config'}: ${message}`;
    return { ok: false, problem: parsed.error.issues.map(say).join('\n') };
  }
  const unknown = Object.entries(parsed.data.profiles).flatMap(([name, { faults }]) =>
    faults
      .filter((fault) => !knownFaults.includes(fault))
      .map((fault) => `profiles.${name}.faults: no fault "${fault}"; known are ${knownFaults.join(', ')}`),
  );
  return unknown.length > 0 ? { ok: false, problem: unknown.join('\n') } : { ok: true, value: parsed.data };
}
