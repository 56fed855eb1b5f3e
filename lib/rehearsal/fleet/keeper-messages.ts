/** What a task's process is started with. */
export interface TaskCommand {
  readonly task: string;
  /** A text for `/bin/sh -c`, or words that are run without a shell. */
  readonly command: string | readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A program that runs on a container host beside the tasks. */
export interface HostJob {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** From the rehearsal to its keeper. `ask` comes back in the answer. */
export type KeeperOrder =
  | ({ readonly kind: 'start' } & TaskCommand)
  | { readonly kind: 'signal'; readonly task: string; readonly signal: NodeJS.Signals }
  /** Stop every process of a task where it is, or let them go on. */
  | { readonly kind: 'freeze'; readonly ask: number; readonly task: string; readonly frozen: boolean }
  | ({ readonly kind: 'run'; readonly ask: number } & HostJob)
  /** SIGKILL to the process group of what runs for this `ask`. */
  | { readonly kind: 'cancel'; readonly ask: number }
  /** SIGKILL to whatever runs on a container host beside the tasks. */
  | { readonly kind: 'end-host'; readonly instanceId: string }
  /** End everything: SIGTERM to all, SIGKILL to what is left after the grace, then the keeper ends. */
  | { readonly kind: 'end'; readonly graceMs: number };

/** From the keeper to the rehearsal. */
export type KeeperReport =
  | { readonly kind: 'ready' }
  /** The keeper itself cannot go on; it kills everything and ends. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'started'; readonly task: string; readonly pid: number }
  /** The command could not be started at all. */
  | { readonly kind: 'not-started'; readonly task: string; readonly why: string }
  /** A task's first process has ended; what it left behind may still run. */
  | { readonly kind: 'first-ended'; readonly task: string }
  /** False: the task has no process, or they could not all be stopped. */
  | { readonly kind: 'frozen'; readonly ask: number; readonly done: boolean }
  | {
      readonly kind: 'ran';
      readonly ask: number;
      readonly code: number | null;
      readonly signal: string | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'not-run'; readonly ask: number; readonly why: string }
  /** No process of the task is left. `lastLines` are the last lines of its output, oldest first. */
  | {
      readonly kind: 'exited';
      readonly task: string;
      readonly code: number | null;
      readonly signal: string | null;
      readonly lastLines: readonly string[];
    };
