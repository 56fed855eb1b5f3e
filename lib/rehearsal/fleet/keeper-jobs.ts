import { type ChildProcess, spawn } from 'node:child_process';
import type { HostJob, KeeperReport } from './keeper-messages.ts';
import { familyOf, signalGroup, signalProcess } from './process-group.ts';

/** How long output may take to arrive after a program has ended. What it left in the background may hold its streams open. */
const OUTPUT_WAIT_MS = 500;
/** Bytes of a stream that are kept, from its beginning; Run Command shows fewer. */
const KEPT_BYTES = 64 * 1024;

/** The variable by which a host's programs are told from another's. */
const HOST = 'AWS_SSM_INSTANCE_ID';
/** No process has this group. */
const NO_GROUP = -1;
const KILL_ROUNDS = 20;

/**
 * Programs that run on container hosts, inside the keeper. Unlike a task's, the processes that a program leaves behind go on,
 * as they do under the SSM agent; they bear the keeper's mark and end with it.
 */
export class HostJobs {
  readonly #mark: Readonly<Record<string, string>>;
  readonly #report: (message: KeeperReport) => void;
  readonly #running = new Map<number, number>();

  constructor(mark: Readonly<Record<string, string>>, report: (message: KeeperReport) => void) {
    this.#mark = mark;
    this.#report = report;
  }

  /** Starts a program in a process group of its own; `ran` or `not-run` is reported once. */
  run(ask: number, job: HostJob): void {
    let child: ChildProcess;
    try {
      child = spawn(job.program, job.parameters, {
        cwd: job.workingDirectory,
        env: { ...job.environment, ...this.#mark },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      this.#report({ kind: 'not-run', ask, why: error instanceof Error ? error.message : String(error) });
      return;
    }
    child.on('error', (error) => {
      if (child.pid === undefined) this.#report({ kind: 'not-run', ask, why: error.message });
    });
    if (child.pid === undefined) return;
    this.#running.set(ask, child.pid);
    this.#watch(ask, child);
  }

  cancel(ask: number): void {
    const group = this.#running.get(ask);
    if (group !== undefined) signalGroup(group, 'SIGKILL');
  }

  /** Kills what runs on one host, also what left its process group; as often as it takes for what is forked meanwhile. */
  killHost(instanceId: string): void {
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      const left = familyOf(NO_GROUP, { ...this.#mark, [HOST]: instanceId }) ?? [];
      if (left.length === 0) return;
      for (const { pid } of left) signalProcess(pid, 'SIGKILL');
    }
  }

  killAll(): void {
    for (const group of this.#running.values()) signalGroup(group, 'SIGKILL');
  }

  #watch(ask: number, child: ChildProcess): void {
    const stdout = new FirstBytes();
    const stderr = new FirstBytes();
    child.stdout?.on('data', (chunk: Buffer) => stdout.add(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
    child.once('exit', (code, signal) => {
      this.#running.delete(ask);
      const tell = (): void => {
        clearTimeout(timer);
        child.off('close', tell);
        this.#report({ kind: 'ran', ask, code, signal, stdout: stdout.text(), stderr: stderr.text() });
      };
      const timer = setTimeout(tell, OUTPUT_WAIT_MS);
      child.once('close', tell);
    });
  }
}

/** The beginning of a stream; the rest is read and dropped, so that no writer blocks. */
class FirstBytes {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, KEPT_BYTES - this.#bytes);
    if (kept.length > 0) this.#chunks.push(kept);
    this.#bytes += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
