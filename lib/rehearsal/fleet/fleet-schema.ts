import * as z from 'zod';

/*
 * Every check of this schema fails with the mend as its message ("write …"): the reader of a fleet file adds the place and
 * what was found there. Limits that come from AWS name their source.
 */

/** What the rehearsal itself puts into a task's environment; a fleet file may not set these. */
const GIVEN_VARIABLES = ['PORT', 'CAPUCHIN_TASK', 'CAPUCHIN_SERVICE', 'CAPUCHIN_KEEPER'] as const;

const mend = {
  name: 'write 1 to 255 letters, digits, hyphens or underscores',
  path: 'write a path that starts with "/" and has no space, such as "/health"',
  text: 'write a text in quotes',
  map: 'write a map of names and texts',
  command: 'write a shell command, or a list of words such as ["node", "server.js"]',
  propagateTags: 'write SERVICE or NONE',
  launchType: 'write FARGATE or EC2',
  services: 'write a list with at least one service',
  service: 'write a map with name, desired and command',
  fleet: 'write a map with cluster and services',
  traffic: 'write a map such as {requestsPerSecond: 20, path: /}',
  hypothesis: 'write a map such as {errorRate: 0.01, p99Ms: 250}',
  hostGroup: 'write a map such as {min: 1, max: 4}',
  groupName: 'write 1 to 255 letters, digits and . _ - / characters',
  directory: 'write the path of a folder',
  variable: `use letters, digits and underscores, not a digit first, and none of ${GIVEN_VARIABLES.join(', ')}`,
} as const;

/** ECS allows these in names of clusters and services (CreateCluster and CreateService in its API reference). */
const name = z.string({ error: mend.name }).regex(/^[A-Za-z0-9_-]{1,255}$/, { error: mend.name });

const path = z.string({ error: mend.path }).regex(/^\/[\x21-\x7e]*$/, { error: mend.path });

function wholeNumber(from: number, to: number): z.ZodInt {
  const error = `write a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

function numberBetween(from: number, to: number): z.ZodNumber {
  const error = `write a number from ${from} to ${to}`;
  return z.number({ error }).min(from, { error }).max(to, { error });
}

/** AWS's rules for tags: 50 a resource, keys to 128 and values to 256 characters, a common set of characters, no `aws:`. */
const tags = z
  .record(z.string(), z.string({ error: mend.text }), { error: mend.map })
  .superRefine((entries, context) => {
    if (Object.keys(entries).length > 50) context.addIssue({ code: 'custom', message: 'write at most 50 tags' });
    for (const [key, value] of Object.entries(entries)) {
      const message = tagMend(key, value);
      if (message !== null) context.addIssue({ code: 'custom', path: [key], message });
    }
  });

function tagMend(key: string, value: string): string | null {
  const allowed = /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u;
  if (key.length < 1 || key.length > 128 || !allowed.test(key)) {
    return 'use a tag key of 1 to 128 letters, digits, spaces and + - = . _ : / @';
  }
  if (key.toLowerCase().startsWith('aws:')) return 'use another tag key: AWS keeps "aws:" for itself';
  if (value.length > 256 || !allowed.test(value)) {
    return 'write at most 256 letters, digits, spaces and + - = . _ : / @';
  }
  return null;
}

const environment = z
  .record(z.string(), z.string({ error: mend.text }), { error: mend.map })
  .superRefine((entries, context) => {
    for (const key of Object.keys(entries)) {
      const taken = GIVEN_VARIABLES.some((given) => given === key);
      if (taken || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) {
        context.addIssue({ code: 'custom', path: [key], message: mend.variable });
      }
    }
  });

const command = z.union([z.string().trim().min(1), z.array(z.string().min(1)).min(1)], { error: mend.command });

const traffic = z.strictObject(
  { requestsPerSecond: numberBetween(0, 2000), path: path.default('/') },
  { error: unlessUnknownKey(mend.traffic) },
);

const hypothesis = z.strictObject(
  { errorRate: numberBetween(0, 1), p99Ms: numberBetween(1, 60_000) },
  { error: unlessUnknownKey(mend.hypothesis) },
);

const service = z.strictObject(
  {
    name,
    desired: wholeNumber(1, 50),
    command,
    health: path.default('/'),
    tags: tags.default({}),
    propagateTags: z.enum(['SERVICE', 'NONE'], { error: mend.propagateTags }).default('NONE'),
    launchType: z.enum(['FARGATE', 'EC2'], { error: mend.launchType }).default('FARGATE'),
    traffic: traffic.default({ requestsPerSecond: 0, path: '/' }),
    hypothesis: hypothesis.optional(),
    stopTimeoutSeconds: wholeNumber(1, 120).default(30),
    startTimeoutSeconds: wholeNumber(1, 600).default(30),
    unhealthyThreshold: wholeNumber(2, 600).default(3),
    environment: environment.default({}),
    workingDirectory: z.string({ error: mend.directory }).min(1, { error: mend.directory }).optional(),
  },
  { error: unlessUnknownKey(mend.service) },
);

const hostGroup = z.strictObject(
  {
    name: z
      .string({ error: mend.groupName })
      .regex(/^[A-Za-z0-9._/-]{1,255}$/, { error: mend.groupName })
      .optional(),
    min: wholeNumber(0, 50).default(0),
    max: wholeNumber(1, 100).optional(),
    tags: tags.default({}),
    standby: wholeNumber(0, 50).default(0),
    protectedFromScaleIn: wholeNumber(0, 50).default(0),
    dataVolumes: wholeNumber(0, 10).default(0),
    tasksPerHost: wholeNumber(1, 1000).optional(),
  },
  { error: unlessUnknownKey(mend.hostGroup) },
);

/** A fleet file as written, after parsing YAML. Closed: a key that is not listed here is a mistake. */
export const fleetSchema = z.strictObject(
  {
    cluster: name,
    clusterTags: tags.default({}),
    hosts: wholeNumber(1, 50).optional(),
    hostTags: tags.optional(),
    hostGroup: hostGroup.optional(),
    services: z.array(service, { error: mend.services }).min(1, { error: mend.services }),
  },
  { error: unlessUnknownKey(mend.fleet) },
);

const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(fleetSchema.shape),
  hostGroup: Object.keys(hostGroup.shape),
  'services[]': Object.keys(service.shape),
  'services[].traffic': Object.keys(traffic.shape),
  'services[].hypothesis': Object.keys(hypothesis.shape),
};

/** The keys that may stand in the map at a path of a fleet file. */
export function knownKeys(at: readonly PropertyKey[]): readonly string[] {
  const pattern = at.map((part) => (typeof part === 'number' ? '[]' : `.${String(part)}`)).join('');
  return KNOWN_KEYS[pattern.replace(/^\./, '')] ?? [];
}

/** Keeps zod's own message for unknown keys, which the reader words itself. */
function unlessUnknownKey(message: string): (issue: { code: string }) => string | undefined {
  return (issue) => (issue.code === 'unrecognized_keys' ? undefined : message);
}
