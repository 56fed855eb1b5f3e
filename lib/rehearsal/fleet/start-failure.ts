import type { ServiceDefinition } from './fleet-file.ts';
import type { TaskState } from './model.ts';
import { counts, type ServiceLife } from './service-scheduler.ts';
import type { TaskLife } from './task-life.ts';

/** Lines of a program's output that a message repeats. */
const LINES_TOLD = 5;
const CHARACTERS_TOLD = 600;
/** How long a task that is given up may take to end before the message goes without its last lines. */
const LAST_WORDS_MS = 2000;

/** Why a fleet cannot go on. */
export interface FleetFailure {
  /** One sentence with the place and the mend. */
  readonly message: string;
  /** `command`: there is no such program, or it cannot be run, so the fleet file is wrong. `program`: a program died. */
  readonly blame: 'command' | 'program';
}

/** What a shell answers for a command that it cannot run or cannot find (POSIX, "Exit Status for Commands"). */
const SHELL_CANNOT = [126, 127];

/**
 * Why a service cannot start, in one sentence with the place and the mend: none of its first tasks became healthy, or not all
 * of them in twice the time that a start may take. Null while there is hope.
 */
export function startFailure(
  life: ServiceLife,
  definition: ServiceDefinition,
  file: string,
  startedAt: Date,
  now: Date,
): FleetFailure | null {
  const failed = life.everHealthy ? null : lastOfFailedFirst(life, now);
  const mend = `mend the command in ${file}:${definition.commandPlace.line}`;
  if (failed !== null) {
    const message = `service ${definition.name}: ${whatFailed(failed, definition)}; ${mend}`;
    return { message, blame: couldNotRun(failed, definition) ? 'command' : 'program' };
  }
  const limitMs = life.rules.startTimeoutMs * 2;
  if (now.getTime() - startedAt.getTime() <= limitMs) return null;
  const { healthy } = counts(life);
  const short = `only ${healthy} of ${definition.desired} tasks are healthy ${limitMs / 1000} s after the start`;
  const last = life.tasks.findLast(({ failedStart }) => failedStart);
  const why = last === undefined ? '' : `; the last one that failed: ${whatFailed(last, definition)}`;
  return { message: `service ${definition.name}: ${short}${why}; ${mend}`, blame: 'program' };
}

function couldNotRun({ state }: TaskLife, { command }: ServiceDefinition): boolean {
  if (state.stopCode === 'TaskFailedToStart') return /^CannotStartContainerError: /.test(state.stoppedReason ?? '');
  return typeof command === 'string' && SHELL_CANNOT.includes(state.exitCode ?? 0);
}

function lastOfFailedFirst(life: ServiceLife, now: Date): TaskLife | null {
  const first = life.tasks.filter(({ launch }) => launch <= life.service.desired);
  const givenUp = ({ stopCode, stoppingAt }: TaskState): boolean =>
    stopCode === 'TaskFailedToStart' && now.getTime() - (stoppingAt ?? now).getTime() > LAST_WORDS_MS;
  const allFailed =
    first.length === life.service.desired && first.every(({ failedStart, state }) => failedStart || givenUp(state));
  return allFailed ? (first.at(-1) ?? null) : null;
}

function whatFailed(task: TaskLife, definition: ServiceDefinition): string {
  return `its command ${wordCommand(definition.command)} ${howItFailed(task, definition)}${said(task.lastLines)}`;
}

function howItFailed(task: TaskLife, definition: ServiceDefinition): string {
  const { stopCode, exitCode, stoppedReason = '' } = task.state;
  if (stopCode !== 'TaskFailedToStart') return `ended with exit code ${exitCode} before it was healthy`;
  const cannot = /^CannotStartContainerError: (.*)$/s.exec(stoppedReason)?.[1];
  if (cannot !== undefined) return `could not be started (${cannot})`;
  const why =
    task.state.startedAt === undefined
      ? 'nothing listened on the port in its environment variable PORT'
      : `GET ${definition.health} ${task.lastCheck ?? 'was not asked yet'}`;
  return `was not healthy within ${definition.startTimeoutSeconds} s: ${why}`;
}

function wordCommand(command: string | readonly string[]): string {
  return JSON.stringify(typeof command === 'string' ? command : command.join(' '));
}

/** The last line that names an error; without one, the end of what it wrote. */
function said(lines: readonly string[]): string {
  const trimmed = lines.map((line) => line.trim());
  const error = trimmed.findLast((line) => /^(\S+ )?\w*(error|exception|fatal)\b[^:]*:/i.test(line));
  const text = (error ?? trimmed.slice(-LINES_TOLD).join(' | ')).slice(-CHARACTERS_TOLD);
  return text === '' ? '' : `; it said: ${text}`;
}
