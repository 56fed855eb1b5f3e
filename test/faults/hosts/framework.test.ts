import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FaultTarget } from '../../../lib/core/fault-target.ts';
import type { HostCommand } from '../../../lib/faults/host-commands.ts';
import { HOST_FAULTS } from '../../../lib/faults/hosts/catalogue.ts';
import { documentsOf } from '../../../lib/faults/hosts/documents.ts';
import type { HostPort } from '../../../lib/faults/hosts/host-fault.ts';
import { stopContainer } from '../../../lib/faults/stop-container.ts';
import { eventually, processesOf, TASK, TestHost } from './host.ts';

const OTHER_TASK = `${TASK.slice(0, -1)}e`;
const inSeconds = (seconds: number): string => String(Math.floor(Date.now() / 1000) + seconds);

/** What a person must write at least, where that is not nothing. */
const COMPULSORY: Readonly<Record<string, object>> = { 'kill-process': { pattern: 'java' } };
const faults = HOST_FAULTS.map((fault) => ({ name: fault.name, fault, given: COMPULSORY[fault.name] ?? {} }));
/** Those that can do without anything else; the others' own tests give what they need. */
const plain = faults.filter(({ fault, given }) => fault.parameters.safeParse(given).success);

const context = { experiment: 'shop-checkout-1', reason: 'to learn' };
const act = { ...context, notAfterMs: 1e12, untilMs: 2e12, alarms: [], installTools: false, now: Date.now };
const CLUSTER = 'arn:aws:ecs:eu-west-1:111122223333:cluster/shop';
const TARGETS: Readonly<Record<string, FaultTarget>> = {
  container: {
    kind: 'task',
    resource: TASK,
    clusterArn: CLUSTER,
    service: 'shop/checkout',
    containerInstanceArn: 'arn',
  },
  host: {
    kind: 'host',
    resource: 'i-0123456789abcdef0',
    zone: 'eu-west-1a',
    clusterArn: CLUSTER,
    containerInstanceArn: 'arn',
  },
};

/** The commands that a fault sends for everything it can be asked. */
async function commandsOf({ fault, given }: (typeof faults)[number], target: FaultTarget): Promise<HostCommand[]> {
  const commands: HostCommand[] = [];
  const port = {
    hostOf: async () => ({ instanceId: 'i-0123456789abcdef0', agentConnected: true }),
    addressesOf: async () => ['10.0.0.7'],
    prefixesOf: async () => ['10.0.0.0/8'],
    sendCommand: async (command: HostCommand) => {
      commands.push(command);
      return { commandId: 'c-1' };
    },
    runCommand: async (command: HostCommand) => {
      commands.push(command);
      return { code: 'known', apply: { code: 'applied' } };
    },
  } as unknown as HostPort;
  const prepared = await fault.prepare(port, target, given, { ...context, minRemaining: 0, now: Date.now });
  if (!prepared.ready) throw new Error(prepared.because);
  await fault.inject(port, target, given, prepared.undo, act);
  await fault.plan?.(port, target, given, prepared.undo, act);
  await fault.confirm(port, target, prepared.undo, context);
  if (fault.kind === 'reversible') await fault.undo(port, target, prepared.undo, context);
  return commands;
}

describe.each(plain)('the host fault $name', (one) => {
  it.each(one.fault.scopes)('sends on a %s only what its documents take, and all of it', async (scope) => {
    const commands = await commandsOf(one, TARGETS[scope] ?? expect.fail(`no target for ${scope}`));
    expect(commands.map(({ parameters }) => parameters.action).slice(0, 3)).toEqual(['apply', 'plan', 'status']);
    const documents = documentsOf(one.fault.script);
    for (const { document: name, parameters } of commands) {
      const known = documents.find((document) => document.name === name)?.parameters ?? expect.fail(name);
      expect(new Set(Object.keys(parameters))).toEqual(new Set(Object.keys(known)));
      for (const [parameter, value] of Object.entries(parameters)) {
        expect(value, parameter).toMatch(new RegExp(known[parameter]?.allowedPattern ?? 'none'));
      }
      expect(parameters.target).toBe(scope === 'host' ? 'host' : TASK);
    }
  });

  it('describes every parameter, and gives no alarm to what undoes or looks', async () => {
    for (const { description } of Object.values(one.fault.script.parameters)) expect(description).toMatch(/\w{3}/);
    const [scope = 'container'] = one.fault.scopes;
    const commands = await commandsOf(one, TARGETS[scope] ?? expect.fail(scope));
    for (const command of commands) {
      if (command.parameters.action !== 'apply') expect(command).not.toHaveProperty('alarms');
    }
  });
});

describe.each(faults)('the script of $name', ({ name, fault }) => {
  const text = readFileSync(new URL(`../../../lib/faults/hosts/${name}.sh`, import.meta.url), 'utf8');

  it('says what it does, how it looks and how it takes it back, and begins in the end', () => {
    const whole = fault.script.shares
      .map((file) => readFileSync(new URL(`../../../lib/faults/hosts/${file}`, import.meta.url), 'utf8'))
      .join('\n')
      .concat(text);
    for (const named of ['apply_to', 'take_from', 'look_at'])
      expect(whole).toMatch(new RegExp(`^${named}\\(\\) [({]`, 'm'));
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^main/);
    expect(/^lasts=no$/m.test(text)).toBe(fault.kind === 'one-shot');
  });

  it.each(Object.keys(fault.script.parameters))('takes no hostile %s, and runs nothing of it', async (parameter) => {
    const host = await TestHost.start(fault);
    host.add('aa');
    host.setProcess('aa', process.pid);
    const mark = path.join(host.folder, 'mark');
    const target = fault.scopes.includes('container') ? TASK : 'host';
    const hostile = `1'"; touch ${mark}; $(touch ${mark}) \`touch ${mark}\`\ntouch ${mark}`;
    const { answer } = await host.run('plan', { target, [parameter]: hostile });
    expect(answer.code ?? 'crashed').not.toBe('planned');
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a tool that is missing', () => {
  const TOOLS = [
    'sh',
    'cat',
    'date',
    'dirname',
    'mkdir',
    'mv',
    'tr',
    'cut',
    'flock',
    'timeout',
    'touch',
    'ln',
    'find',
    'tail',
  ];
  const packager = (host: TestHost, name: string, does = 'exit 1') =>
    host.addTool(name, `#!/bin/sh\necho "${name} $*" >>"${host.folder}/installed"\n${does}\n`);

  async function without(missing: string): Promise<TestHost> {
    const host = await TestHost.start();
    host.add('aa');
    host.onlyTools(...TOOLS.filter((tool) => tool !== missing));
    return host;
  }

  it.each([
    ['flock', ['dnf', 'yum'], 'dnf install -y util-linux'],
    ['timeout', ['yum'], 'yum install -y coreutils'],
    ['flock', [], 'apt-get install -y util-linux'],
  ])('%s is a refusal with the command that installs it, where there is %o', async (missing, packagers, command) => {
    const host = await without(missing);
    for (const name of packagers) packager(host, name);
    const { answer } = await host.run('apply');
    expect(answer).toMatchObject({ code: 'missing-tool' });
    expect(answer.because).toBe(`${missing} is missing on this host; install it: ${command}`);
    expect(existsSync(path.join(host.folder, 'installed'))).toBe(false);
    expect(host.statusOf('aa')).toBe('running');
  });

  it('is installed where Capuchin may, which a plan only says, and a refusal when that fails', async () => {
    const host = await without('flock');
    const installed = path.join(host.folder, 'installed');
    packager(host, 'dnf');
    const planned = (await host.run('plan', { install: 'yes' })).answer;
    expect(planned).toMatchObject({ code: 'planned', would: ['dnf install -y util-linux', 'aa: docker pause aa'] });
    expect(existsSync(installed)).toBe(false);
    expect((await host.run('apply', { install: 'yes' })).answer).toMatchObject({ code: 'missing-tool' });
    expect(readFileSync(installed, 'utf8')).toBe('dnf install -y util-linux\n');
    packager(host, 'dnf', `ln -s /usr/bin/flock "${path.join(host.folder, 'bin', 'flock')}"`);
    await host.run('apply', { experiment: 'trial-2', install: 'yes' });
    expect(existsSync(path.join(host.folder, 'bin', 'flock'))).toBe(true);
  });
});

describe('a plan', () => {
  it('says what would be run, writes no record, and arms and hurts nothing', async () => {
    const host = await TestHost.start();
    host.add('aa');
    const { answer } = await host.run('plan');
    expect(answer).toMatchObject({ code: 'planned', would: ['aa: docker pause aa'] });
    expect(existsSync(host.stateOf('trial-1'))).toBe(false);
    expect(processesOf(host)).toEqual([]);
    expect((await host.run('status')).answer).toMatchObject({ code: 'not-begun' });
    // Nor does it stand in the way of the act, with an answer of its own.
    expect((await host.run('apply')).answer).toMatchObject({ code: 'applied' });
  });

  it('of what would be refused is the refusal, which is not kept for the act', async () => {
    const host = await TestHost.start();
    host.add('aa', { status: 'paused' });
    expect((await host.run('plan')).answer).toMatchObject({ action: 'plan', code: 'already-paused' });
    host.set('aa', 'running');
    expect((await host.run('apply')).answer).toMatchObject({ code: 'applied' });
  });
});

describe('a facility', () => {
  it('is one fault’s at a time on a target, and free again after the undo', async () => {
    const host = await TestHost.start();
    host.add('aa');
    host.add('bb', { task: OTHER_TASK });
    await host.run('apply');
    host.set('aa', 'running');
    const { answer } = await host.under(stopContainer).run('apply', { experiment: 'trial-2', graceSeconds: '1' });
    expect(answer).toMatchObject({ code: 'fault-running', because: expect.stringContaining('trial-1') });
    expect(host.calls('stop')).toEqual([]);
    expect((await host.run('apply', { experiment: 'trial-2', target: OTHER_TASK })).answer).toMatchObject({
      code: 'applied',
    });
    await host.run('undo');
    expect((await host.run('apply', { experiment: 'trial-3' })).answer).toMatchObject({ code: 'applied' });
  });

  it('of an experiment that has been refused is nobody’s', async () => {
    const host = await TestHost.start();
    host.add('aa');
    expect((await host.run('apply', { notAfter: '1' })).answer).toMatchObject({ code: 'too-late' });
    expect((await host.run('apply', { experiment: 'trial-2' })).answer).toMatchObject({ code: 'applied' });
  });
});

describe('while another fault has its hands on the host’s clock', () => {
  /** A wall clock that is an hour ahead. */
  const AHEAD =
    '#!/bin/sh\nif [ "$1" = +%s%N ]; then echo "$(($(/bin/date +%s%N) + 3600000000000))"; else /bin/date "$@"; fi\n';
  const trueClock = (host: TestHost) => {
    const uptimeMs = Math.round(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000);
    writeFileSync(path.join(host.state, '.clock'), `${Date.now() - uptimeMs}\n`);
  };

  it('acts and heals by the true time', async () => {
    const host = await TestHost.start();
    host.add('aa');
    await host.run('status');
    host.addTool('date', AHEAD);
    expect((await host.run('apply', { experiment: 'trial-2' })).answer).toMatchObject({ code: 'too-late' });
    trueClock(host);
    const until = inSeconds(6);
    expect((await host.run('apply', { until })).answer).toMatchObject({ code: 'applied' });
    await eventually(() => expect(host.statusOf('aa')).toBe('running'));
    expect(Date.now()).toBeGreaterThanOrEqual(Number(until) * 1000 - 20);
    await eventually(() => expect(processesOf(host)).toEqual([]));
  });

  it('forgets nothing by its age', async () => {
    const host = await TestHost.start();
    host.add('aa');
    await host.run('undo', { experiment: 'old' });
    trueClock(host);
    host.addTool('find', `#!/bin/sh\necho "$*" >>"${host.folder}/found"\nexec /usr/bin/find "$@"\n`);
    expect((await host.run('apply')).answer).toMatchObject({ code: 'applied' });
    expect(existsSync(path.join(host.folder, 'found'))).toBe(false);
    expect(readdirSync(host.state)).toContain('e-old');
  });
});
