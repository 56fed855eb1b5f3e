import { readFileSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { describeException, type Exception, exceptionFor } from '../core/exception.ts';
import type { Group } from '../core/group.ts';
import { readSettings, type SettingsContext, type TagProblem } from '../core/settings.ts';
import { isOptedIn, type TaggedService } from '../core/tagged.ts';
import { placeOf, wordPath } from '../rehearsal/fleet/fleet-mistakes.ts';

/** A group as a groups file describes it. */
export interface DescribedGroup {
  readonly group: string;
  /** How many tasks it is to have. */
  readonly desired: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** The groups of a file, or a sentence for each mistake, with its line. */
export type GroupsReading =
  | { readonly ok: true; readonly groups: readonly DescribedGroup[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const MEND = {
  file: 'write "groups:" and below it a list of groups',
  groups: 'write a list with at least one group',
  group: 'write a name of 1 to 511 characters',
  row: 'write a map with group, desired and tags',
  desired: 'write a whole number from 0 to 100000',
  tags: 'write a map of tags and their values',
  tag: 'write one value',
} as const;

/** Every scalar comes as the text that stands in the file: a tag's value is a text, also when it is written `true` or `5`. */
const fileSchema = z.strictObject(
  {
    groups: z
      .array(
        z.strictObject(
          {
            group: z
              .string({ error: MEND.group })
              .regex(/^\P{Cc}{1,511}$/u, { error: MEND.group })
              .refine((name) => name.trim() !== '', { error: MEND.group }),
            desired: z
              .string({ error: MEND.desired })
              .regex(/^(\d{1,5}|100000)$/, { error: MEND.desired })
              .transform(Number),
            tags: z.record(z.string(), z.string({ error: MEND.tag }), { error: MEND.tags }),
          },
          { error: (issue) => (issue.code === 'invalid_type' ? MEND.row : undefined) },
        ),
        { error: MEND.groups },
      )
      .min(1, { error: MEND.groups }),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? MEND.file : undefined) },
);

const KEYS = { file: 'groups', row: 'group, desired, tags' } as const;

/**
 * Reads a groups file: YAML (or JSON) with a list `groups`, each with `group`, `desired` and `tags`. Never throws for bad input.
 */
export function readGroupsFile(file: string): GroupsReading {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = { ENOENT: 'there is no such file', EISDIR: 'this is a folder', EACCES: 'it may not be read' }[code];
    return { ok: false, problems: [`${file}: ${why ?? code}; give the path of a groups file`] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', merge: true });
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    const what = (message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');
    return `${file}:${line}:${col}: this is not valid YAML: ${what}; mend this line`;
  });
  if (faults.length > 0) return { ok: false, problems: faults };
  // No limit: an alias gives the same map again, not a copy, and the schema goes no deeper than a tag.
  const value: unknown = document.toJS({ maxAliasCount: -1 });
  const say = (path: readonly PropertyKey[], what: string): string => {
    const { line, column } = placeOf(document as Document, lines, path);
    return `${file}:${line}:${column}: ${path.length === 0 ? '' : `${wordPath(path)}: `}${what}`;
  };
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => mistakesOf(issue, value, say));
    return { ok: false, problems: [...new Set(problems)] };
  }
  const doubles = doublesOf(parsed.data.groups, say);
  return doubles.length > 0 ? { ok: false, problems: doubles } : { ok: true, groups: parsed.data.groups };
}

type Say = (path: readonly PropertyKey[], what: string) => string;

function mistakesOf(issue: z.core.$ZodIssue, value: unknown, say: Say): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? KEYS.file : KEYS.row;
    return issue.keys.map((key) => say([...issue.path, key], `there is no such key; the keys here are ${known}`));
  }
  const found = issue.path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined),
    value,
  );
  return [say(issue.path, `${describe(found)}; ${issue.message}`)];
}

function describe(found: unknown): string {
  if (found === undefined || found === null) return 'it is missing';
  if (Array.isArray(found)) return found.length === 0 ? 'the list is empty' : 'a list does not fit';
  if (typeof found === 'object') return 'a map does not fit';
  const text = JSON.stringify(found);
  return found === '' ? 'it is empty' : `${text.length > 60 ? `${text.slice(0, 59)}…"` : text} does not fit`;
}

function doublesOf(groups: readonly DescribedGroup[], say: Say): string[] {
  const seen = new Map<string, number>();
  return groups.flatMap(({ group }, index) => {
    const first = seen.get(group);
    if (first === undefined) seen.set(group, index);
    return first === undefined
      ? []
      : [say(['groups', index, 'group'], `"${group}" is the group of groups[${first}] already; list each group once`)];
  });
}

/** The groups of a file that take part, and why the others do not. */
export interface FormedGroups {
  readonly groups: readonly Group[];
  readonly notOptedIn: readonly string[];
  /** Those that take part although their tags do not say so: whoever lists a group wants to see it. */
  readonly assumed: readonly string[];
  /** Tags that cannot be read; their groups are left out. */
  readonly problems: readonly TagProblem[];
  readonly excluded: readonly { readonly group: string; readonly because: string }[];
}

/** Reads the tags of described groups as those of services, each of which is a group of its own, whatever its tag `group` says. */
export function formDescribed(described: readonly DescribedGroup[], context: SettingsContext): FormedGroups {
  const groups: Group[] = [];
  const notOptedIn: string[] = [];
  const assumed: string[] = [];
  const optIn = `${context.config.tagPrefix}opt-in`;
  const problems: TagProblem[] = [];
  const excluded: { group: string; because: string }[] = [];
  for (const one of described) {
    const service = serviceOf(one);
    if (!Object.hasOwn(one.tags, optIn)) assumed.push(one.group);
    else if (!isOptedIn(service, context.config.tagPrefix)) {
      notOptedIn.push(one.group);
      continue;
    }
    const exception = exceptionOf(service, context.config.exceptions);
    if (exception !== undefined) {
      excluded.push({ group: one.group, because: `the config excepts ${describeException(exception)}` });
      continue;
    }
    const read = readSettings(service, context);
    if (read.settings === undefined)
      problems.push(...read.problems.map((problem) => ({ ...problem, group: one.group })));
    else groups.push({ name: one.group, members: [service], hosts: [], settings: read.settings });
  }
  return { groups, notOptedIn, assumed, problems, excluded };
}

/** A file says nothing of accounts and regions: an exception of a certain one excepts nothing here. */
function exceptionOf({ cluster, service }: TaggedService, exceptions: readonly Exception[]): Exception | undefined {
  return exceptionFor({ account: '', region: '', cluster, service }, exceptions);
}

function serviceOf({ group, tags }: DescribedGroup): TaggedService {
  const slash = group.indexOf('/');
  const [cluster, service] = slash < 0 ? ['', group] : [group.slice(0, slash), group.slice(slash + 1)];
  return { serviceArn: group, service, clusterArn: cluster, cluster, tags, clusterTags: {} };
}
