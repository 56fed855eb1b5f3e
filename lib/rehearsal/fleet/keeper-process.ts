/*
 * The keeper: one process in a session of its own that starts every task, so that tasks can end with the rehearsal however
 * it ends. When the channel to the rehearsal closes (kill -9 included), every task's process group is killed at once.
 * The rehearsal starts this file with Node; it is no module to import.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { HostJobs } from './keeper-jobs.ts';
import type { KeeperOrder, KeeperReport, TaskCommand } from './keeper-messages.ts';
import { LastLines } from './last-lines.ts';
import { familyOf, groupIsAlive, markedProcesses, signalGroup, signalProcess } from './process-group.ts';

/** How long a task's last output may take to arrive after its processes have ended. */
const OUTPUT_WAIT_MS = 100;
/** How often a group that outlives its first process is looked at. */
const GROUP_POLL_MS = 100;
/** How long a group may take to vanish after SIGKILL before it is given up as gone. */
const KILL_WAIT_MS = 2000;
/** How often a process that was stopped, or let go on, is looked for before that is given up, and the pause between. */
const FREEZE_LOOKS = 100;
const FREEZE_POLL_MS = 10;
/** How often killing is repeated for processes that were forked while others were being killed. */
const KILL_ROUNDS = 20;

interface KeptTask {
  readonly group: number;
  /** Told to stop: then what the first process leaves behind may finish; otherwise it is killed with it. */
  stopping: boolean;
  /** What was asked for last. */
  frozen: boolean;
  killedAtMs: number | null;
}

const tasks = new Map<string, KeptTask>();
const MARK = 'CAPUCHIN_KEEPER';
/** Every task carries this in its environment, so that this keeper's processes, and no other rehearsal's, can be told. */
const mark = randomUUID();
const jobs = new HostJobs({ [MARK]: mark }, report);
let ending = false;

function report(message: KeeperReport): void {
  // A channel that closes in between is no error here: its 'disconnect' ends this process.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function start(order: TaskCommand): void {
  if (ending) return;
  const words = typeof order.command === 'string' ? ['/bin/sh', '-c', order.command] : order.command;
  const [program = '', ...rest] = words;
  let child: ChildProcess;
  try {
    child = spawn(program, rest, {
      cwd: order.workingDirectory,
      env: { ...order.environment, [MARK]: mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    report({ kind: 'not-started', task: order.task, why: error instanceof Error ? error.message : String(error) });
    return;
  }
  child.on('error', (error) => {
    if (child.pid === undefined) report({ kind: 'not-started', task: order.task, why: error.message });
  });
  if (child.pid === undefined) return;
  tasks.set(order.task, { group: child.pid, stopping: false, frozen: false, killedAtMs: null });
  report({ kind: 'started', task: order.task, pid: child.pid });
  watch(order.task, child);
}

function watch(task: string, child: ChildProcess): void {
  const lines = new LastLines(20);
  child.stdout?.on('data', (chunk: Buffer) => lines.add('out', chunk));
  child.stderr?.on('data', (chunk: Buffer) => lines.add('err', chunk));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('exit', (code, signal) => {
    report({ kind: 'first-ended', task });
    groupEnded(task)
      .then(() => Promise.race([closed, wait(OUTPUT_WAIT_MS)]))
      .then(() => {
        tasks.delete(task);
        report({ kind: 'exited', task, code, signal, lastLines: lines.all() });
      })
      .catch(giveUp);
  });
}

async function groupEnded(task: string): Promise<void> {
  const kept = tasks.get(task);
  if (kept === undefined) return;
  if (!kept.stopping) kill(kept);
  while (groupIsAlive(kept.group)) {
    if (kept.killedAtMs !== null && Date.now() - kept.killedAtMs > KILL_WAIT_MS) return;
    await wait(GROUP_POLL_MS);
  }
}

function kill(kept: KeptTask): void {
  signalGroup(kept.group, 'SIGKILL');
  kept.killedAtMs ??= Date.now();
}

/**
 * A frozen task is let go on after a signal, so that it takes it: what container engines do (`killWithSignal` of moby's
 * daemon/kill.go resumes a paused container).
 */
function signal(task: string, name: NodeJS.Signals): void {
  const kept = tasks.get(task);
  if (kept === undefined) return;
  kept.stopping = true;
  if (name === 'SIGKILL') kill(kept);
  else signalGroup(kept.group, name);
  if (kept.frozen) freeze(task, false).catch(giveUp);
}

/**
 * Stops all processes of a task, or lets them go on; again and again, because one that is not stopped yet may fork. False when
 * there is no such task, or some process would not.
 */
async function freeze(task: string, frozen: boolean): Promise<boolean> {
  const kept = tasks.get(task);
  if (kept === undefined) return false;
  const name = frozen ? 'SIGSTOP' : 'SIGCONT';
  kept.frozen = frozen;
  for (let look = 0; look < FREEZE_LOOKS && kept.frozen === frozen; look += 1) {
    signalGroup(kept.group, name);
    const family = familyOf(kept.group, { [MARK]: mark, CAPUCHIN_TASK: task });
    if (family === null) return true;
    const others = family.filter(({ isStopped }) => isStopped !== frozen);
    if (others.length === 0) return family.length > 0;
    for (const { pid } of others) signalProcess(pid, name);
    await wait(FREEZE_POLL_MS);
  }
  return false;
}

async function end(graceMs: number): Promise<void> {
  ending = true;
  for (const task of tasks.keys()) signal(task, 'SIGTERM');
  const until = Date.now() + graceMs;
  while (tasks.size > 0 && Date.now() < until) await wait(20);
  killEverything();
  const groups = [...tasks.values()].map(({ group }) => group);
  const givenUpAt = Date.now() + KILL_WAIT_MS;
  const isLeft = (): boolean => groups.some(groupIsAlive) || markedProcesses(MARK, mark).length > 0;
  while (isLeft() && Date.now() < givenUpAt) await wait(20);
  process.exit(0);
}

/** Kills all groups, and whatever left its group but still carries this keeper's mark. */
function killEverything(): void {
  ending = true;
  for (const kept of tasks.values()) signalGroup(kept.group, 'SIGKILL');
  jobs.killAll();
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    const left = markedProcesses(MARK, mark);
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, 'SIGKILL');
  }
}

function giveUp(error: unknown): void {
  killEverything();
  const message: KeeperReport = { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  if (process.connected) process.send?.(message, undefined, undefined, () => process.exit(1));
  else process.exit(1);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function obey(order: KeeperOrder): void {
  if (order.kind === 'start') start(order);
  else if (order.kind === 'signal') signal(order.task, order.signal);
  else if (order.kind === 'end') end(order.graceMs).catch(giveUp);
  else if (order.kind === 'cancel') jobs.cancel(order.ask);
  else if (order.kind === 'end-host') jobs.killHost(order.instanceId);
  else if (order.kind === 'run') {
    if (!ending) jobs.run(order.ask, order);
  } else {
    const { ask } = order;
    freeze(order.task, order.frozen)
      .then((done) => report({ kind: 'frozen', ask, done }))
      .catch(giveUp);
  }
}

process.on('message', obey);
process.once('disconnect', () => {
  killEverything();
  process.exit(0);
});
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(name, () => {
    killEverything();
    process.exit(1);
  });
}
process.on('uncaughtException', giveUp);
report({ kind: 'ready' });
