import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** What a command left behind: its exit code, and everything that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly talk: string;
}

/** A command that is running. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when what it has said matches; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpMatchArray>;
}

/** Starts the command line in a process of its own, with no AWS of this machine's to be found. */
export function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const env = { PATH: process.env.PATH ?? '', HOME: tmpdir(), NO_COLOR: '1', ...environment };
  const child = spawn(process.execPath, [path.join(ROOT, 'bin', 'capuchin.ts'), ...args], { cwd: ROOT, env });
  let out = '';
  let talk = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (data: Buffer) => {
    talk += data.toString();
    for (const listener of listeners) listener();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, talk }));
  const says = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const listen = (): void => {
        const match = pattern.exec(out) ?? pattern.exec(talk);
        if (match === null) return;
        listeners.delete(listen);
        resolve(match);
      };
      listeners.add(listen);
      listen();
      void ended.then(() => reject(new Error(`it ended without saying ${pattern}:\n${out}\n${talk}`)));
    });
  return { process: child, ended, says };
}

/** Runs a command to its end. */
export function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return start(args, environment).ended;
}

/** A new folder for a rehearsal's report. */
export function newFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'capuchin-test-'));
}

/** Every process below this one, itself included. Linux only, as is whoever uses it. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while the others were read.
    }
  }
  const below = (parent: number): number[] => [
    parent,
    ...[...parents].filter(([, of]) => of === parent).flatMap(([child]) => below(child)),
  ];
  return below(pid);
}

/** Whether a process runs; one that is dead but not yet collected does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
