import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { type Mistake, mistakeOf, type Place, placeOf, wordPath } from './fleet-mistakes.ts';
import { fleetSchema } from './fleet-schema.ts';

type Written = z.output<typeof fleetSchema>;
type WrittenService = Written['services'][number];

/** One service of a fleet file, with every default filled in. */
export interface ServiceDefinition extends Omit<WrittenService, 'workingDirectory'> {
  /** Absolute path of the folder that the command starts in. Default: the fleet file's folder. */
  readonly workingDirectory: string;
  /** Where the command stands in the file, for messages; lines and columns count from 1. */
  readonly commandPlace: Place;
}

/** The Auto Scaling group of a fleet's container hosts, with every default filled in. */
export interface HostGroupDefinition {
  /** Default: `<cluster>-hosts`. */
  readonly name: string;
  /** Default 0. */
  readonly min: number;
  /** Default: one more than the hosts. */
  readonly max: number;
  /** Tags of the group alone; `hostTags` are its tags as well, and the hosts'. */
  readonly tags: Readonly<Record<string, string>>;
  /** How many of the hosts are in Standby at first. */
  readonly standby: number;
  /** How many of the others are protected from scale-in. */
  readonly protectedFromScaleIn: number;
  /** EBS volumes of each host besides its root. */
  readonly dataVolumes: number;
  /** How many tasks a host takes; without a limit by default. */
  readonly tasksPerHost?: number | undefined;
}

/** A fleet to rehearse: one cluster and its services, as its file says. */
export interface FleetDefinition {
  /** The file's path as it was given, for messages. */
  readonly file: string;
  readonly cluster: string;
  readonly clusterTags: Readonly<Record<string, string>>;
  /** Container hosts for the services of launch type EC2; 0 without such a service. */
  readonly hosts: number;
  /** Tags of the container hosts as EC2 instances, which their Auto Scaling group gives them. Default: the cluster's. */
  readonly hostTags: Readonly<Record<string, string>>;
  readonly hostGroup: HostGroupDefinition;
  readonly services: readonly ServiceDefinition[];
}

/** Container hosts of a fleet that has services on them and does not say how many. */
const DEFAULT_HOSTS = 2;

/** What a fleet file's `hostGroup` comes to when it is left out. */
const NO_GROUP: NonNullable<Written['hostGroup']> = {
  ...{ min: 0, tags: {}, standby: 0, protectedFromScaleIn: 0, dataVolumes: 0 },
};

/** A fleet, or one sentence that names the place of the mistake and the mend. */
export type FleetReading =
  | { readonly ok: true; readonly fleet: FleetDefinition }
  | { readonly ok: false; readonly message: string };

/**
 * Reads a fleet file (YAML 1.2, one document). Never throws for bad input: the answer then carries one sentence such as
 * `fleet.yaml:7:5: services[1].desired: 99 does not fit; write a whole number from 1 to 50`.
 */
export async function readFleetFile(path: string): Promise<FleetReading> {
  const text = await readText(path);
  if (!text.ok) return text;
  const lines = new LineCounter();
  const document = parseDocument(text.text, { lineCounter: lines });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const what = (fault.message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '');
    return { ok: false, message: `${path}:${line}:${col}: this is not valid YAML: ${what}; mend this line` };
  }
  const value = plainValue(document);
  if (!value.ok)
    return {
      ok: false,
      message: `${path}:1:1: this YAML cannot be read: ${value.why}; write it without so many aliases`,
    };
  const parsed = fleetSchema.safeParse(value.value);
  if (!parsed.success) return refusal(path, mistakeOf(parsed.error.issues, value.value, document, lines));
  const mistake =
    doubleName(parsed.data) ??
    hypothesisWithoutTraffic(parsed.data) ??
    hostsWithoutService(parsed.data) ??
    hostGroupMisfit(parsed.data);
  if (mistake !== null) return refusal(path, { ...mistake, place: placeOf(document, lines, mistake.path) });
  return withFolders(path, parsed.data, document, lines);
}

async function readText(path: string): Promise<{ ok: true; text: string } | { ok: false; message: string }> {
  try {
    return { ok: true, text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = { ENOENT: 'there is no such file', EISDIR: 'this is a folder', EACCES: 'it may not be read' }[code];
    return { ok: false, message: `${path}: ${why ?? code}; give the path of a fleet file` };
  }
}

/** Plain values of a document. Fails only where aliases multiply beyond reason. */
function plainValue(document: Document): { ok: true; value: unknown } | { ok: false; why: string } {
  try {
    return { ok: true, value: document.toJS() };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

function refusal(path: string, mistake: Mistake): FleetReading {
  const { line, column } = mistake.place;
  const where = mistake.path.length === 0 ? '' : `${wordPath(mistake.path)}: `;
  return { ok: false, message: `${path}:${line}:${column}: ${where}${mistake.text}` };
}

function doubleName(fleet: Written): Omit<Mistake, 'place'> | null {
  const seen = new Map<string, number>();
  for (const [index, { name }] of fleet.services.entries()) {
    const first = seen.get(name);
    if (first !== undefined) {
      const text = `"${name}" is the name of services[${first}] already; give each service a name of its own`;
      return { path: ['services', index, 'name'], text };
    }
    seen.set(name, index);
  }
  return null;
}

function hypothesisWithoutTraffic(fleet: Written): Omit<Mistake, 'place'> | null {
  const index = fleet.services.findIndex(
    (service) => service.hypothesis !== undefined && service.traffic.requestsPerSecond === 0,
  );
  if (index < 0) return null;
  const text = 'without traffic there is nothing to measure it by; set traffic.requestsPerSecond above 0';
  return { path: ['services', index, 'hypothesis'], text };
}

function hostsWithoutService(fleet: Written): Omit<Mistake, 'place'> | null {
  if (isOnHosts(fleet)) return null;
  const key = (['hosts', 'hostTags', 'hostGroup'] as const).find((each) => fleet[each] !== undefined);
  if (key === undefined) return null;
  const text = 'no service runs on container hosts; write "launchType: EC2" for one of them, or take this key away';
  return { path: [key], text };
}

function hostGroupMisfit({ hosts = DEFAULT_HOSTS, hostGroup, services }: Written): Omit<Mistake, 'place'> | null {
  if (hostGroup === undefined) return null;
  const { min, max = hosts + 1, standby, protectedFromScaleIn } = hostGroup;
  const desired = hosts - standby;
  const misfit = (key: string, text: string) => ({ path: ['hostGroup', key], text });
  if (desired < 1) return misfit('standby', `all ${hosts} hosts would be in Standby; leave at least one in service`);
  if (min > desired) return misfit('min', `only ${desired} hosts are in service; write at most ${desired}`);
  if (max < desired) return misfit('max', `${desired} hosts are in service; write at least ${desired}`);
  if (protectedFromScaleIn > desired) {
    return misfit('protectedFromScaleIn', `only ${desired} hosts are in service; write at most ${desired}`);
  }
  const tasks = services.reduce((sum, one) => sum + (one.launchType === 'EC2' ? one.desired : 0), 0);
  if (hosts * (hostGroup.tasksPerHost ?? tasks) < tasks) {
    return misfit(
      'tasksPerHost',
      `${tasks} tasks do not fit on ${hosts} hosts; write at least ${Math.ceil(tasks / hosts)}`,
    );
  }
  return null;
}

function isOnHosts({ services }: Written): boolean {
  return services.some(({ launchType }) => launchType === 'EC2');
}

async function withFolders(
  path: string,
  written: Written,
  document: Document,
  lines: LineCounter,
): Promise<FleetReading> {
  const home = dirname(resolve(path));
  const services: ServiceDefinition[] = [];
  for (const [index, service] of written.services.entries()) {
    const workingDirectory = resolve(home, service.workingDirectory ?? '.');
    if (!(await isFolder(workingDirectory))) {
      const at = ['services', index, 'workingDirectory'];
      const text = `there is no folder ${workingDirectory}; write a path that exists, seen from the fleet file`;
      return refusal(path, { path: at, text, place: placeOf(document, lines, at) });
    }
    const commandPlace = placeOf(document, lines, ['services', index, 'command']);
    services.push({ ...service, workingDirectory, commandPlace });
  }
  const { cluster, clusterTags, hostTags = clusterTags } = written;
  const hosts = isOnHosts(written) ? (written.hosts ?? DEFAULT_HOSTS) : 0;
  const { max = hosts + 1, ...group } = written.hostGroup ?? NO_GROUP;
  const hostGroup = { ...group, max, name: group.name ?? `${cluster}-hosts` };
  return { ok: true, fleet: { file: path, cluster, clusterTags, hosts, hostTags, hostGroup, services } };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
