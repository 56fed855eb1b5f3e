import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends a signal to every process of a group. False when the group has no process left.
 * (macOS answers EPERM for a group that has only zombies, which is the same to us.)
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH') || isErrno(error, 'EPERM')) return false;
    throw error;
  }
}

/**
 * Whether a group has a process that still runs. Where the kernel has /proc, zombies do not count: a container whose first
 * process reaps nothing would otherwise keep every group for ever.
 */
export function groupIsAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  const processes = listProcesses();
  return processes === null || processes.some((process) => process.group === group && process.state !== 'Z');
}

/**
 * Processes that were started with a variable of a value, wherever they moved themselves (`setsid`, a shell's job control).
 * Linux only; elsewhere, and for other users' processes, the answer is empty: a group is then all that is known of a task.
 */
export function markedProcesses(variable: string, value: string): readonly number[] {
  const entry = `${variable}=${value}`;
  const marked = ({ pid, state }: ListedProcess): boolean =>
    state !== 'Z' && readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(entry);
  return (listProcesses() ?? []).filter(marked).map(({ pid }) => pid);
}

/**
 * Processes of a group, and those that moved themselves out of it but were started with all of some variables. Zombies do not
 * count. Null where the kernel has no /proc: a group is then all that is known.
 */
export function familyOf(
  group: number,
  variables: Readonly<Record<string, string>>,
): readonly { readonly pid: number; readonly isStopped: boolean }[] | null {
  const entries = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const isMarked = (pid: number): boolean => {
    const environment = readOrEmpty(`/proc/${pid}/environ`).split('\0');
    return entries.every((entry) => environment.includes(entry));
  };
  const processes = listProcesses()?.filter(({ state }) => state !== 'Z' && state !== 'X') ?? null;
  if (processes === null) return null;
  const members = processes.filter((process) => process.group === group || isMarked(process.pid));
  return members.map(({ pid, state }) => ({ pid, isStopped: state === 'T' }));
}

/** Sends a signal to one process. One that is gone already, or that belongs to somebody else, is left alone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH') && !isErrno(error, 'EPERM')) throw error;
  }
}

interface ListedProcess {
  readonly pid: number;
  readonly group: number;
  readonly state: string;
}

function listProcesses(): ListedProcess[] | null {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
  const processes = names.filter((name) => /^\d+$/.test(name)).map(listedProcess);
  const found = processes.filter((process) => process !== null);
  // A system whose /proc is something else has no process of its own there.
  return found.length === 0 ? null : found;
}

function listedProcess(pid: string): ListedProcess | null {
  // proc(5): pid (comm) state ppid pgrp …; comm may hold spaces and parentheses, so count from its last one.
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || group === undefined ? null : { pid: Number(pid), group: Number(group), state };
}

/** A process may end, or belong to somebody else, between the listing and the reading: then there is nothing to read. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH') || isErrno(error, 'EACCES') || isErrno(error, 'EPERM'))
      return '';
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
