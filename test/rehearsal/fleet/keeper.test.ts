import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type ProcessEvent, startKeeper, type TaskProcesses } from '../../../lib/rehearsal/fleet/keeper.ts';
import { groupIsAlive, markedProcesses } from '../../../lib/rehearsal/fleet/process-group.ts';
import { until } from './until.ts';

const program = fileURLToPath(new URL('./fixtures/program.mjs', import.meta.url));
const open: TaskProcesses[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((keeper) => keeper.close(0)));
});

/** A keeper and what it told, with the process group of each task that it started. */
async function keeper() {
  const told: ProcessEvent[] = [];
  const processes = await startKeeper((event) => told.push(event));
  open.push(processes);
  const one = <Kind extends ProcessEvent['kind']>(kind: Kind) =>
    told.find((event): event is ProcessEvent & { kind: Kind } => event.kind === kind);
  return {
    processes,
    one,
    run(script: string, program = '/bin/sh', signal = new AbortController().signal) {
      const environment = { PATH: process.env.PATH ?? '', GREETING: 'hello' };
      return processes.run({ program, parameters: ['-c', script], workingDirectory: '/', environment }, signal);
    },
    start(command: string | readonly string[], task = 'aa'): void {
      const environment = { PATH: process.env.PATH ?? '', PORT: '0', CAPUCHIN_TASK: task };
      processes.start({ task, command, workingDirectory: '/', environment });
    },
    async group(): Promise<number> {
      await until('the process has started', () => one('started') !== undefined);
      return one('started')?.pid ?? 0;
    },
    async exited() {
      await until('the process has exited', () => one('exited') !== undefined);
      return one('exited');
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the keeper', () => {
  test('tells the exit code and the last lines of both streams', async () => {
    const { start, exited } = await keeper();
    start('for n in $(seq 30); do echo line $n; done; echo oh >&2; exit 7');
    const event = await exited();
    expect(event).toMatchObject({ task: 'aa', exitCode: 7 });
    expect(event?.lastLines).toHaveLength(20);
    expect(event?.lastLines).toContain('line 30');
    expect(event?.lastLines).toContain('oh');
  });

  test('runs a list of words without a shell', async () => {
    const { start, exited } = await keeper();
    start(['echo', '$PORT; ls']);
    expect(await exited()).toMatchObject({ exitCode: 0, lastLines: ['$PORT; ls'] });
  });

  test('tells why a program cannot be started', async () => {
    const { start, one } = await keeper();
    start(['no-such-program']);
    await until('it was told', () => one('not-started') !== undefined);
    expect(one('not-started')?.why).toMatch(/ENOENT/);
  });

  test('reports a killed process as a container does, with 128 and the signal’s number', async () => {
    const { start, exited, processes, group } = await keeper();
    start(['sleep', '600']);
    await group();
    processes.signal('aa', 'SIGKILL');
    expect(await exited()).toMatchObject({ exitCode: 137 });
  });

  test('kills what a program that died on its own leaves behind', async () => {
    const { start, exited, group } = await keeper();
    start('sleep 600 & exit 1');
    const pid = await group();
    await exited();
    expect(groupIsAlive(pid)).toBe(false);
  });

  test('lets a child finish after SIGTERM although the shell above it has ended', async () => {
    const { start, exited, processes } = await keeper();
    const folder = await mkdtemp(join(tmpdir(), 'keeper-'));
    const ready = join(folder, 'ready');
    start(`(trap "sleep 1; echo finished; exit 0" TERM; touch ${ready}; while true; do sleep 0.1; done) & wait`);
    await until('the child listens to SIGTERM', () => existsSync(ready));
    await rm(folder, { recursive: true });
    processes.signal('aa', 'SIGTERM');
    expect((await exited())?.lastLines).toContain('finished');
  });

  test('closes with SIGTERM, kills who does not listen, and leaves nothing', async () => {
    const { start, processes, group, one } = await keeper();
    start([process.execPath, program, 'stubborn']);
    const pid = await group();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await processes.close(300);
    expect(groupIsAlive(pid)).toBe(false);
    expect(one('lost')).toBeUndefined();
    await processes.close(300);
  });

  test('knows the first process of a task for as long as that lives, not for as long as anything of the task does', async () => {
    const { start, processes, exited, group, one } = await keeper();
    start(['/bin/sh', '-c', "(trap '' TERM; sleep 2) & exec sleep 600"]);
    expect(processes.firstProcess('aa')).toBeNull();
    const first = await group();
    expect(processes.firstProcess('aa')).toBe(first);
    // Long enough for the shell to have begun both.
    await new Promise((resolve) => setTimeout(resolve, 300));
    processes.signal('aa', 'SIGTERM');
    await until('the first process has ended', () => processes.firstProcess('aa') === null);
    expect([groupIsAlive(first), one('exited')]).toEqual([true, undefined]);
    await exited();
    expect(processes.firstProcess('aa')).toBeNull();
  });

  test('takes a signal to a frozen task, which is let go on for it, and kills it with SIGKILL', async () => {
    const { start, processes, exited, group } = await keeper();
    start(['sleep', '600']);
    await group();
    expect(await processes.freeze('aa', true)).toBe(true);
    expect(processes.isFrozen('aa')).toBe(true);
    processes.signal('aa', 'SIGTERM');
    expect(processes.isFrozen('aa')).toBe(false);
    expect(await exited()).toMatchObject({ exitCode: 143 });
    expect(await processes.freeze('aa', true)).toBe(false);
    expect(processes.isFrozen('aa')).toBe(false);
  });

  test('closes with frozen tasks, which end by SIGTERM', async () => {
    const { start, processes, group, one } = await keeper();
    start('trap "exit 5" TERM; while true; do sleep 0.1; done');
    await group();
    await processes.freeze('aa', true);
    await processes.close(10_000);
    expect(one('exited')).toMatchObject({ exitCode: 5 });
  });

  test.runIf(process.platform === 'linux')('freezes and thaws what left the task’s group, too', async () => {
    const { start, processes, group } = await keeper();
    const task = `${process.pid.toString(16)}fedcba`;
    start('setsid sleep 600 & sleep 600', task);
    const pid = await group();
    // proc(5): after the name in parentheses come state, parent and group.
    const stats = () =>
      markedProcesses('CAPUCHIN_TASK', task).map(
        (each) => readFileSync(`/proc/${each}/stat`, 'utf8').split(') ')[1] ?? '',
      );
    const hasLeft = (stat: string) => stat.split(' ')[2] !== String(pid);
    await until('one has left', () => stats().length >= 2 && stats().some(hasLeft));
    expect(await processes.freeze(task, true)).toBe(true);
    expect(new Set(stats().map(([state]) => state))).toEqual(new Set(['T']));
    expect(await processes.freeze(task, false)).toBe(true);
    expect(stats().map(([state]) => state)).not.toContain('T');
  });

  test('runs a program beside the tasks, with its output and exit code', async () => {
    const { run } = await keeper();
    const script = 'echo out; echo err >&2; echo $GREETING; exit 7';
    expect(await run(script)).toEqual({ exitCode: 7, stdout: 'out\nhello\n', stderr: 'err\n' });
    expect(await run('kill -9 $$')).toMatchObject({ exitCode: 137 });
    expect((await run('head -c 200000 /dev/zero')).stdout).toHaveLength(65_536);
    await expect(run('', 'no-such-program')).rejects.toThrow(/no-such-program cannot be started .*ENOENT/);
  });

  test('does not wait for what a program leaves in the background, and ends it at its close', async () => {
    const { run, processes } = await keeper();
    const { stdout } = await run('sleep 600 & echo $!');
    const left = Number(stdout);
    expect(isAlive(left)).toBe(true);
    await processes.close(0);
    if (process.platform === 'linux') await until('it is gone', () => !isAlive(left));
    else process.kill(left, 'SIGKILL');
  });

  test('kills a program when it is aborted, or when the keeper ends', async () => {
    const { run, processes } = await keeper();
    const stopped = new AbortController();
    const running = run('sleep 600', '/bin/sh', stopped.signal);
    stopped.abort();
    expect(await running).toMatchObject({ exitCode: 137 });
    const lost = expect(run('sleep 600')).rejects.toThrow('the keeper of the fleet ended while a command ran');
    await processes.close(0);
    await lost;
  });

  test('when it is killed itself, its tasks are killed and the rehearsal is told', async () => {
    const { start, group, one } = await keeper();
    start('sleep 600 & sleep 600');
    const pid = await group();
    const [kept] = open;
    process.kill((kept as TaskProcesses & { pid: number }).pid, 'SIGKILL');
    await until('the loss is told', () => one('lost') !== undefined);
    expect(one('lost')?.message).toMatch(
      /^the keeper of the fleet's processes \(pid \d+\) ended with SIGKILL, so its tasks/,
    );
    await until('the group is gone', () => !groupIsAlive(pid));
  });

  test.runIf(process.platform === 'linux')('finds at its end what left its group by a session of its own', async () => {
    const { start, group, processes } = await keeper();
    const mark = `${process.pid.toString(16)}abcdef`;
    start('setsid sleep 600 & sleep 600', mark);
    await group();
    const strays = () => markedProcesses('CAPUCHIN_TASK', mark);
    await until('both run', () => strays().length >= 2);
    await processes.close(100);
    await until('none is left', () => strays().length === 0);
  });
});
