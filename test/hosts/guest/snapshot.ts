import { isIP } from 'node:net';
import path from 'node:path';
import type { Guest, GuestProcess } from './guest.ts';

const NAMESPACE = path.join(import.meta.dirname, 'inside', 'namespace.sh');
/** Settings of a container's cgroup that a fault may change. */
const CGROUP_FILES = ['cgroup.freeze', 'cpu.max', 'cpu.weight', 'cpuset.cpus', 'memory.high', 'memory.max', 'pids.max'];
/** A clock that has moved by less than this has not been set: that much is the emulation's own. */
const CLOCK_TOLERANCE_MS = 400;

/** Before the kind of what the host has of a container: the other end of its interface, its mounts. */
const OF_HOST = 'of the host: ';

/** How a guest is, by whose it is and what it is: `host/routes`, `web/interfaces`. */
export interface Snapshot {
  readonly sections: ReadonlyMap<string, string>;
  /** The guest's clock less this machine's. */
  readonly clockOffsetMs: number;
}

interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly Pid: number };
  readonly Config: unknown;
  readonly HostConfig: { readonly NetworkMode: string };
  readonly GraphDriver: { readonly Data: { readonly MergedDir?: string } | null };
  readonly NetworkSettings: { readonly SandboxKey: string };
}

/**
 * Everything of the guest that a fault may change and must put back: of the host and each container its network namespace, mounts, names,
 * processes and limits. What is volatile in it is left out. Which processes the harness's own commands have is nobody's change either: take it
 * when none runs.
 * @param only names of containers, when neither the others nor the host are wanted: they may be changing.
 */
export async function snapshot(guest: Guest, only?: readonly string[]): Promise<Snapshot> {
  const listed = await guest.engine<readonly { Id: string; Names: string[] }[]>('GET', '/containers/json?all=1');
  const all = listed.filter(({ Names: [name = ''] }) => only === undefined || only.includes(name.slice(1)));
  const containers = await Promise.all(
    all.map(({ Id: id }) => guest.engine<Inspected>('GET', `/containers/${id}/json`)),
  );
  const processes = await guest.processes();
  const marks = new Map(containers.flatMap((one) => marksOf(one).map((mark) => [mark, nameOf(one)] as const)));
  const peers = new Map<string, string>();
  const sections = new Map<string, string>();
  const parts = await Promise.all(containers.map((one) => lookAtContainer(guest, one, peers)));
  for (const [index, container] of containers.entries()) {
    const name = nameOf(container);
    for (const [kind, text] of parts[index] ?? []) sections.set(`${name}/${kind}`, withNames(text, marks));
    sections.set(`${name}/processes`, linesOf(processes.filter(({ cgroup }) => cgroup.includes(container.Id))));
  }
  const clockOffsetMs = await clockOffset(guest);
  if (only !== undefined) return { sections, clockOffsetMs };
  const ids = containers.map(({ Id: id }) => id);
  const host = await lookAtHost(guest, processes, ids);
  // The host's ends of the containers' interfaces, whose numbers the containers' ends have told.
  for (const [, number = '', name = ''] of (host.get('interfaces') ?? '').matchAll(/^(\d+): ([^:@]+)@/gm)) {
    const owner = peers.get(number);
    if (owner !== undefined) marks.set(name, owner);
  }
  const names = containers.map(nameOf);
  for (const [kind, text] of host) {
    for (const [owner, lines] of byOwner(withNames(text, marks), names)) {
      sections.set(owner === null ? `host/${kind}` : `${owner}/${OF_HOST}${kind}`, lines.join('\n'));
    }
  }
  return { sections, clockOffsetMs };
}

const nameOf = ({ Name: name }: Inspected): string => name.slice(1);

/** What of a container's shows up in what is the host's: ids of itself, its layer and its namespace. */
function marksOf({
  Id: id,
  GraphDriver: { Data: layer },
  NetworkSettings: { SandboxKey: sandbox },
}: Inspected): string[] {
  const folder = layer?.MergedDir?.split('/').at(-2);
  return [id, id.slice(0, 12), folder, sandbox.split('/').at(-1)].filter(
    (mark): mark is string => mark !== undefined && mark !== '',
  );
}

type Kinds = ReadonlyMap<string, string>;

async function lookAtContainer(guest: Guest, container: Inspected, peers: Map<string, string>): Promise<Kinds> {
  const { State: state, Id: id, HostConfig: limits, Config: config } = container;
  const kinds = new Map([
    ['state', state.Status],
    ['settings', JSON.stringify({ config, limits }, null, 1)],
  ]);
  if (state.Pid === 0) return kinds;
  const root = `/proc/${state.Pid}/root`;
  const files = ['hosts', 'resolv.conf', 'hostname'].map((file) => `${root}/etc/${file}`);
  const [mounts, ...contents] = await guest.read(
    `/proc/${state.Pid}/mountinfo`,
    ...files,
    ...CGROUP_FILES.map((file) => `/sys/fs/cgroup/docker/${id}/${file}`),
  );
  kinds.set('mounts', steadyMounts(mounts ?? ''));
  for (const [index, file] of ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname', ...CGROUP_FILES].entries()) {
    kinds.set(file, contents[index] ?? 'none');
  }
  const sharesNetwork = limits.NetworkMode === 'host' || limits.NetworkMode.startsWith('container:');
  if (!sharesNetwork) {
    const text = await guest.sh(`nsenter -t ${state.Pid} -n sh '${NAMESPACE}'`);
    for (const [, peer = ''] of text.matchAll(/^\d+: [^:@]+@if(\d+): .* veth /gm)) peers.set(peer, nameOf(container));
    for (const [kind, lines] of headed(text)) kinds.set(kind, lines);
  }
  return kinds;
}

async function lookAtHost(guest: Guest, processes: readonly GuestProcess[], ids: readonly string[]): Promise<Kinds> {
  const [network, cgroups] = await Promise.all([
    guest.sh(`sh '${NAMESPACE}'`),
    guest.sh('find /sys/fs/cgroup -type d; ip netns list; cat /etc/crontab 2>/dev/null; ls -l /dev /dev/shm'),
  ]);
  const [mounts, hosts, names, hostname] = await guest.read(
    ...['/proc/1/mountinfo', '/etc/hosts', '/etc/resolv.conf', '/proc/sys/kernel/hostname'],
  );
  return new Map([
    ...headed(network),
    ['groups', cgroups],
    ['mounts', steadyMounts(mounts ?? '')],
    ['/etc/hosts', hosts ?? 'none'],
    ['/etc/resolv.conf', names ?? 'none'],
    ['hostname', hostname ?? 'none'],
    ['processes', linesOf(processes.filter(({ cgroup }) => !ids.some((id) => cgroup.includes(id))))],
  ]);
}

/** Sections of what namespace.sh prints. */
function headed(text: string): Kinds {
  const parts = text.split(/^== (.+)$/m).slice(1);
  const kinds = new Map<string, string>();
  for (let index = 0; index + 1 < parts.length; index += 2) {
    kinds.set(parts[index] ?? '', steadyNetwork(parts[index + 1] ?? ''));
  }
  return kinds;
}

/** Without what changes by itself: counters, comments with dates, a bridge's timers. */
function steadyNetwork(text: string): string {
  return text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) =>
      line
        .replace(/\[\d+:\d+\]/g, '')
        .replace(/ (\w*_timer|port_id|port_no|designated_port) +\S+/g, '')
        .replace(/ (fdb_n_learned|refcnt) \d+/g, '')
        .replace(/ expires \d+sec/g, '')
        .replace(/\\?\s+$/, ''),
    )
    .join('\n');
}

/** Without the numbers that the kernel gives a mount. */
function steadyMounts(mountinfo: string): string {
  return mountinfo
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split(' ')
        .slice(2)
        .filter((field) => !/^(shared|master|propagate_from):\d+$/.test(field))
        .join(' '),
    )
    .join('\n');
}

/** One line for each process, without its number; whether it is stopped. */
function linesOf(processes: readonly GuestProcess[]): string {
  return processes
    .map(({ state, command }) => (state === 'T' ? `(stopped) ${command}` : command))
    .toSorted()
    .join('\n');
}

/** With names of containers instead of what the engine and the kernel made up for them. */
function withNames(text: string, marks: ReadonlyMap<string, string>): string {
  return [...marks].reduce((named, [mark, name]) => named.replaceAll(mark, `<${name}>`), text);
}

function byOwner(text: string, owners: readonly string[]): Map<string | null, string[]> {
  const split = new Map<string | null, string[]>();
  for (const line of text.split('\n')) {
    const owner = owners.find((name) => line.includes(`<${name}>`)) ?? null;
    split.set(owner, [...(split.get(owner) ?? []), line]);
  }
  return split;
}

/** Of several looks the one that took the shortest, since nobody can tell when within it the guest read its clock. */
async function clockOffset(guest: Guest): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
  for (let tries = 0; tries < 5; tries++) {
    const beforeMs = Date.now();
    const guestMs = await guest.now();
    const tookMs = Date.now() - beforeMs;
    if (tookMs < best.tookMs) best = { tookMs, offsetMs: guestMs - beforeMs - tookMs / 2 };
  }
  return best.offsetMs;
}

export interface DiffOptions {
  /** The only containers that are compared. */
  readonly only?: readonly string[];
  /** Containers whose sections are not compared: they are gone for a reason. */
  readonly without?: readonly string[];
  /** Containers that were started again: their addresses are other ones for a reason, and nothing else. */
  readonly restarted?: readonly string[];
}

/** What is different, in lines with - and + by section; empty when nothing is. */
export function diff(
  before: Snapshot,
  after: Snapshot,
  { only, without = [], restarted = [] }: DiffOptions = {},
): string {
  const said: string[] = [];
  for (const key of [...new Set([...before.sections.keys(), ...after.sections.keys()])].toSorted((a, b) =>
    a < b ? -1 : 1,
  )) {
    const owner = key.slice(0, key.indexOf('/'));
    if (without.includes(owner) || only?.includes(owner) === false) continue;
    // What the host has of a container is not looked at when the host is not.
    if (only !== undefined && key.startsWith(`${owner}/${OF_HOST}`)) continue;
    const [was, is] = [before, after].map(({ sections }) => {
      const text = sections.get(key) ?? '';
      return restarted.includes(owner) ? withoutAddresses(text) : text;
    });
    if (was !== is) said.push(`${key}:`, ...lineDiff(was ?? '', is ?? ''));
  }
  const moved = after.clockOffsetMs - before.clockOffsetMs;
  if (only === undefined && Math.abs(moved) > CLOCK_TOLERANCE_MS)
    said.push(`the host's clock was moved by ${Math.round(moved)} ms`);
  return said.join('\n');
}

/** Without addresses, and without the numbers that the kernel gives. */
function withoutAddresses(text: string): string {
  return text
    .replace(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, '<mac>')
    .replace(/[0-9a-f.]*[.:][0-9a-f.:]*/g, (word) => (isIP(word) === 0 ? word : '<address>'))
    .replace(/^\d+: /gm, '')
    .replace(/^\d+:\d+ /gm, '')
    .replace(/@if\d+/g, '')
    .replace(/link-netnsid \d+/g, 'link-netnsid')
    .replace(/net:\[\d+\]/g, 'net');
}

/** Lines that only one of them has, as often as it has them more; when only the order differs, both. */
function lineDiff(was: string, is: string): string[] {
  const [old, now] = [was.split('\n'), is.split('\n')];
  const extra = (some: readonly string[], others: readonly string[]): string[] => {
    const left = [...others];
    return some.filter((line) => {
      const index = left.indexOf(line);
      if (index >= 0) left.splice(index, 1);
      return index < 0;
    });
  };
  const lines = [...extra(old, now).map((line) => `  - ${line}`), ...extra(now, old).map((line) => `  + ${line}`)];
  return lines.length > 0 ? lines : ['  the same lines in another order:', ...now.map((line) => `  + ${line}`)];
}
