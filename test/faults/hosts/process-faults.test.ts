import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { killContainer } from '../../../lib/faults/kill-container.ts';
import { killProcess } from '../../../lib/faults/kill-process.ts';
import { stopAgent } from '../../../lib/faults/stop-agent.ts';
import { eventually, processesOf, TestHost } from './host.ts';

/** A shell under a name of its own, which lives until a signal. */
function aShell(name: string, script: string): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script, name], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
const WAITS = 'while :; do sleep 0.1; done';
let names = 0;
const aName = () => `capuchin-test-${process.pid}-${++names}`;

describe('kill-container', () => {
  async function hostWith(child: ChildProcess): Promise<TestHost> {
    const host = await TestHost.start(killContainer);
    host.add('aa');
    host.setProcess('aa', child.pid ?? expect.fail('it did not start'));
    return host;
  }

  it('ends the first process, arms nothing and has nothing to undo', async () => {
    const child = aShell(aName(), WAITS);
    const host = await hostWith(child);
    const ended = once(child, 'exit');
    const { answer } = await host.run('apply', { signal: 'SIGTERM' });
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(answer).toMatchObject({ code: 'applied', members: [{ id: 'aa', state: 'killed' }] });
    expect(processesOf(host)).toEqual([]);
    expect((await host.run('undo')).answer).toMatchObject({ undone: true, members: [] });
    expect((await host.run('status')).answer).toMatchObject({ members: [{ state: 'killed' }] });
    expect((await host.run('apply', { signal: 'SIGKILL' })).answer).toMatchObject({ code: 'came-twice' });
  });

  it('goes by the kernel and not by the engine, which would not start again what was killed by its own word', async () => {
    const host = await hostWith(aShell(aName(), WAITS));
    await host.run('apply', { signal: 'SIGKILL' });
    expect(host.calls('kill')).toEqual([]);
  });

  it('refuses a signal that the process ignores, and says of one that it handles that it was taken', async () => {
    const child = aShell(aName(), `trap "" TERM; trap : HUP; ${WAITS}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const host = await hostWith(child);
    expect((await host.run('apply', { signal: 'SIGTERM' })).answer).toMatchObject({ code: 'ignores-signal' });
    const { answer } = await host.run('apply', { signal: 'SIGHUP', experiment: 'trial-2' });
    expect(answer).toMatchObject({ code: 'applied', members: [{ state: 'signalled' }] });
    expect(child.exitCode).toBeNull();
  });

  it('refuses where nobody can tell the process, and signals that would stop it for good', async () => {
    const child = aShell(aName(), WAITS);
    const host = await hostWith(child);
    expect((await host.run('apply', { signal: 'SIGSTOP' })).answer).toMatchObject({ code: 'bad-parameter' });
    host.setProcess('aa', 0);
    expect((await host.run('apply', { signal: 'SIGKILL', experiment: 'trial-2' })).answer).toMatchObject({
      code: 'engine-silent',
    });
    expect(child.exitCode).toBeNull();
  });
});

describe('kill-process on a host', () => {
  const ask = (pattern: string, more: Readonly<Record<string, string>> = {}) => ({
    ...{ target: 'host', pattern, signal: 'SIGKILL', everySeconds: '0', ...more },
  });

  it('ends every process with the text in its command line once, and says in a plan which', async () => {
    const name = aName();
    const [one, two, other] = [aShell(name, WAITS), aShell(name, WAITS), aShell(aName(), WAITS)];
    const ended = Promise.all([one, two].map((child) => once(child, 'exit')));
    const host = await TestHost.start(killProcess);
    const { would } = (await host.run('plan', ask(`done ${name}`))).answer;
    expect(new Set(would as string[])).toEqual(new Set([`host: kill -9 ${one.pid}`, `host: kill -9 ${two.pid}`]));
    const { answer } = await host.run('apply', ask(`done ${name}`));
    expect(answer).toMatchObject({ code: 'applied', members: [{ id: 'host', state: 'hit' }] });
    await ended;
    expect(other.exitCode).toBeNull();
    expect((await host.run('status', { target: 'host' })).answer).toMatchObject({ members: [{ state: 'hit' }] });
    expect((await host.run('undo', { target: 'host' })).answer).toMatchObject({ undone: true });
    expect(processesOf(host)).toEqual([]);
  });

  it('goes on with those that come later, until its undo', async () => {
    const name = aName();
    aShell(name, WAITS);
    const host = await TestHost.start(killProcess);
    const { answer } = await host.run('apply', ask(name, { everySeconds: '1' }));
    expect(answer).toMatchObject({ code: 'applied', members: [{ state: 'killing' }] });
    for (let round = 0; round < 2; round++) await once(aShell(name, WAITS), 'exit');
    expect((await host.run('undo', { target: 'host' })).answer).toMatchObject({
      undone: true,
      members: [{ state: 'not-killing' }],
    });
    await eventually(() => expect(processesOf(host)).toEqual([]));
    const left = aShell(name, WAITS);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(left.exitCode ?? left.signalCode).toBeNull();
  });

  it('stops by itself at the deadline', async () => {
    const name = aName();
    aShell(name, WAITS);
    const host = await TestHost.start(killProcess);
    await host.run('apply', ask(name, { everySeconds: '1', until: String(Math.floor(Date.now() / 1000) + 6) }));
    await eventually(() => expect(processesOf(host)).toEqual([]));
    const left = aShell(name, WAITS);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(left.exitCode ?? left.signalCode).toBeNull();
  });

  it.each(['systemd', 'dockerd', 'containerd', 'amazon-ssm-agent', 'sshd'])('never ends %s', async (name) => {
    const host = await TestHost.start(killProcess);
    // A program of that name, as the kernel has it.
    const file = path.join(host.folder, name);
    writeFileSync(file, `#!/bin/sh\n${WAITS}\n`, { mode: 0o755 });
    const child = spawn(file, [aName()], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await host.run('apply', ask(file))).answer).toMatchObject({ code: 'no-process' });
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  it('takes the text as it stands, and refuses what is too short, matches nothing or is no such text', async () => {
    const child = aShell(`${aName()}-abc`, WAITS);
    const host = await TestHost.start(killProcess);
    for (const [pattern, code] of [
      [`capuchin-test-${process.pid}-.-abc`, 'no-process'],
      ['sh', 'bad-parameter'],
      ['[a-z]*', 'bad-parameter'],
    ] as const) {
      expect(
        (await host.run('apply', ask(pattern, { experiment: `x${pattern.length}` }))).answer,
        pattern,
      ).toMatchObject({ code });
    }
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });
});

describe('stop-agent', () => {
  /** A systemd that has one unit; its state is a file. */
  async function aHost(state: string, { sticks = false } = {}) {
    const host = await TestHost.start(stopAgent);
    const unit = path.join(host.folder, 'unit');
    writeFileSync(unit, `${state}\n`);
    host.addTool(
      'systemctl',
      `#!/bin/sh
echo "$*" >>"${host.folder}/systemctl.calls"
case "$*" in
  'is-active ecs.service') cat "${unit}"; [ "$(cat "${unit}")" = active ] ;;
  'cat ecs.service') ;;
  'stop ecs.service') ${sticks ? 'exit 0' : `echo inactive >"${unit}"`} ;;
  'start ecs.service') echo active >"${unit}" ;;
  *) exit 64 ;;
esac
`,
    );
    return {
      host,
      set: (now: string) => writeFileSync(unit, `${now}\n`),
      run: (action: string, more = {}) => host.run(action, { target: 'host', ...more }),
    };
  }

  it('stops the unit, and starts it again', async () => {
    const { host, run } = await aHost('active');
    expect((await run('plan')).answer.would).toEqual(['host: timeout -k 2 40 systemctl stop ecs.service']);
    expect((await run('apply')).answer).toMatchObject({ code: 'applied', members: [{ id: 'host', state: 'stopped' }] });
    expect((await run('undo')).answer).toMatchObject({ undone: true, members: [{ state: 'not-stopped' }] });
    await eventually(() => expect(processesOf(host)).toEqual([]));
  });

  it('starts it by the host’s timer alone', async () => {
    const { host, run } = await aHost('active');
    await run('apply', { until: String(Math.floor(Date.now() / 1000) + 5) });
    await eventually(() => expect(processesOf(host)).toEqual([]));
    expect((await run('status')).answer).toMatchObject({ ended: true, members: [{ state: 'not-stopped' }] });
  });

  it('refuses where the agent does not run, and counts no stop that is not seen', async () => {
    const down = await aHost('inactive');
    expect((await down.run('apply')).answer).toMatchObject({ code: 'already-down' });
    const sticky = await aHost('active', { sticks: true });
    expect((await sticky.run('apply')).answer).toMatchObject({ code: 'failed' });
  });

  it('freezes an agent that is a mere container, and thaws that one alone', async () => {
    const host = await TestHost.start(stopAgent);
    host.add('ecs-agent', { task: 'none' });
    host.add('bb');
    const run = (action: string) => host.run(action, { target: 'host' });
    expect((await run('apply')).answer).toMatchObject({ code: 'applied', members: [{ state: 'frozen' }] });
    expect([host.statusOf('ecs-agent'), host.statusOf('bb')]).toEqual(['paused', 'running']);
    host.set('bb', 'paused');
    expect((await run('undo')).answer).toMatchObject({ undone: true, members: [{ state: 'not-frozen' }] });
    expect([host.statusOf('ecs-agent'), host.statusOf('bb')]).toEqual(['running', 'paused']);
    expect(host.calls('stop')).toEqual([]);
  });
});
