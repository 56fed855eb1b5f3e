import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOST_FAULTS } from '../../../lib/faults/hosts/catalogue.ts';
import { hostScriptFor } from '../../../lib/rehearsal/fleet/host-scripts.ts';

const OWN = 'echo its own\n';
const AS_DEPLOYED = ['pause-container', 'kill-container', 'stop-container', 'restart-container'];
const AT_CONNECTIONS = ['network-latency', 'network-loss', 'network-rate', 'network-blackhole'];
const NAMES = HOST_FAULTS.map(({ name }) => name);
const NOT_HERE = NAMES.filter((name) => !AS_DEPLOYED.includes(name) && !AT_CONNECTIONS.includes(name));
/** What reaches for the kernel, for services, for packages or for processes of the machine. */
const REACHING = [
  ...['tc', 'ip', 'iptables', 'nft', 'nsenter', 'unshare', 'mount', 'modprobe', 'ps', 'kill', 'adjtimex', 'hwclock'],
  ...[
    'systemctl',
    'systemd-run',
    'apt-get',
    'dnf',
    'yum',
    'docker',
    'curl',
    'connections',
    'getent',
    'dd',
    'fallocate',
  ],
];

describe('the script of', () => {
  it.each(AS_DEPLOYED)('%s is the deployed one', (name) => {
    expect(hostScriptFor(`Capuchin-${name}`, OWN)).toBe(OWN);
  });

  it.each(['undo', 'docker', 'freeze'])('another document, %s, is its own', (name) => {
    expect(hostScriptFor(`Capuchin-${name}`, OWN)).toBe(OWN);
  });

  it.each([...AT_CONNECTIONS, ...NOT_HERE])('%s is another, whatever stands before its name', (name) => {
    for (const document of [name, `Capuchin-${name}`, `My-Stack-${name}`]) {
      expect(hostScriptFor(document, OWN)).not.toContain(OWN);
    }
  });
});

describe('on a host', () => {
  /** Runs a script as Run Command does, and tells what it began and what of the machine it asked. */
  function ran(name: string, action: string, target: string) {
    const folder = mkdtempSync(path.join(tmpdir(), 'capuchin-scripts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, '_script.sh');
    writeFileSync(file, hostScriptFor(`Capuchin-${name}`, OWN));
    const seconds = Math.floor(Date.now() / 1000);
    const moments = { notAfter: String(seconds + 30), until: String(seconds + 60) };
    const given = { ...moments, action, experiment: 'e-1', target, container: '*', install: 'yes', pattern: 'node' };
    const environment = Object.fromEntries(Object.entries(given).map(([one, value]) => [`SSM_${one}`, value]));
    const state = path.join(folder, 'state');
    const asked = path.join(folder, 'asked');
    writeFileSync(asked, '');
    const spies = path.join(folder, 'spies');
    mkdirSync(spies);
    for (const tool of REACHING)
      writeFileSync(path.join(spies, tool), `#!/bin/sh\necho "${tool} $*" >>${asked}\n`, { mode: 0o755 });
    const { stdout } = spawnSync('/bin/sh', [file], {
      env: { PATH: `${spies}:/usr/bin:/bin`, CAPUCHIN_STATE: state, CAPUCHIN_TIMER: 'sleeper', ...environment },
      encoding: 'utf8',
    });
    const acts = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((one) =>
      /(acted|armed|before)/.test(one),
    );
    return { answer: JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''), acts, asked: readFileSync(asked, 'utf8') };
  }

  it.each(NOT_HERE)(
    '%s refuses on the host and on a task, in an act and in a plan, has begun nothing and asked the machine nothing',
    (name) => {
      for (const target of ['host', 'arn:aws:ecs:eu-west-1:123456789012:task/shop/0123456789abcdef0123456789abcdef']) {
        for (const action of ['apply', 'plan']) {
          const { answer, acts, asked } = ran(name, action, target);
          expect(answer).toMatchObject({
            code: 'no-kernel',
            because: expect.stringContaining('no kernel of their own'),
          });
          for (const works of [...AS_DEPLOYED, ...AT_CONNECTIONS]) expect(answer.because).toContain(works);
          expect([acts, asked]).toEqual([[], '']);
        }
      }
    },
  );
});

// Debian's package; where it is missing, the check is left out.
const SHELLCHECK = 'shellcheck';
const hasShellcheck = spawnSync(SHELLCHECK, ['--version']).status === 0;
it.runIf(hasShellcheck).each(['connections.sh', 'no-kernel.sh'])('%s has no findings in shellcheck', (file) => {
  const text = readFileSync(new URL(`../../../lib/rehearsal/fleet/${file}`, import.meta.url), 'utf8');
  expect(spawnSync(SHELLCHECK, ['--shell=sh', '-'], { input: text, encoding: 'utf8' }).stdout).toBe('');
});
