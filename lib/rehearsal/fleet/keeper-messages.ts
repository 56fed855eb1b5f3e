/** What a task's process is started with. */
export interface TaskCommand {
  readonly task: string;
  /** A text for `/bin/sh -c`, or words that are run without a shell. */
  readonly command: string | readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** From the rehearsal to its keeper. */
export type KeeperOrder =
  | ({ readonly kind: 'start' } & TaskCommand)
  | { readonly kind: 'signal'; readonly task: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
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
  /** No process of the task is left. `lastLines` are the last lines of its output, oldest first. */
  | {
      readonly kind: 'exited';
      readonly task: string;
      readonly code: number | null;
      readonly signal: string | null;
      readonly lastLines: readonly string[];
    };
