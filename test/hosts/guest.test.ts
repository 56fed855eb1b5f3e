import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentContent } from '../../lib/faults/hosts/document.ts';
import { documentContent } from '../../lib/faults/hosts/document.ts';
import { RefusedCommandError, SsmAgent } from './agent/ssm-agent.ts';
import {
  type Container,
  diff,
  Guest,
  lossOf,
  Meter,
  median,
  OUTSIDE,
  only,
  removeAll,
  type Snapshot,
  snapshot,
  startNeighbour,
  startTask,
  type Task,
} from './guest/index.ts';
import { eventually } from './pace.ts';

let guest: Guest;
let meter: Meter;
let task: Task;
let app: Container;
let vpc: Task;
let neighbour: Container;
let before: Snapshot;

beforeAll(async () => {
  guest = await Guest.open();
  meter = new Meter(guest);
  [task, vpc, neighbour] = await Promise.all([
    startTask(guest, 'web'),
    startTask(guest, 'vpc', { network: 'awsvpc', containers: ['a', 'b'], command: ['sleep', '100000'] }),
    startNeighbour(guest, 'neighbour'),
  ]);
  app = only(task);
  before = await snapshot(guest);
}, 900_000);

afterAll(async () => {
  await removeAll(guest);
  await guest.close();
}, 300_000);

const inApp = (command: string): Promise<string> => guest.sh(`nsenter -t ${app.pid} -n ${command}`);
/** The kernel gives an interface that had no queue one of 1000 packets with its first discipline, and leaves it that. */
const removeDiscipline = async (which = 'root'): Promise<string> =>
  (await inApp(`tc qdisc del dev eth0 ${which}`)) + (await inApp('ip link set eth0 txqueuelen 0'));
const document = (script: string, timeoutSeconds = '60'): DocumentContent => {
  const parameters = { word: { description: 'a word', allowedPattern: '^[a-z $()]{1,20}$' } };
  const content = documentContent({ name: 'try', description: 'tries', parameters }, script);
  const [step] = content.mainSteps;
  return { ...content, mainSteps: [{ ...step, inputs: { timeoutSeconds, runCommand: script.split('\n') } }] };
};

describe('the guest', () => {
  it('is a kernel of its own with an engine and systemd nowhere', async () => {
    expect((await guest.sh('uname -r')).trim()).not.toBe(release());
    expect(await guest.engine('GET', '/version')).toMatchObject({ Os: 'linux', ApiVersion: '1.41' });
    expect(await guest.sh('test -d /run/systemd/system || echo none')).toBe('none\n');
    expect(await guest.sh('modprobe sch_netem && echo there')).toBe('there\n');
  });

  it('writes nothing to the machine’s own files', async () => {
    await guest.sh(`echo x >${import.meta.dirname}/written-in-the-guest`);
    expect(await guest.sh(`cat ${import.meta.dirname}/written-in-the-guest`)).toBe('x\n');
    expect(existsSync(`${import.meta.dirname}/written-in-the-guest`)).toBe(false);
  });

  it('tells how a command ended, and ends one that takes too long', async () => {
    expect(await guest.exec(['/bin/sh', '-c', 'cat; echo no >&2; exit 3'], { stdin: 'yes' })).toMatchObject({
      code: 3,
      stdout: 'yes',
      stderr: 'no\n',
    });
    const { code, signal, startedMs, endedMs } = await guest.exec(['sleep', '1000'], { timeoutMs: 500 });
    expect({ code, signal }).toEqual({ code: null, signal: 'TIMEOUT' });
    expect(endedMs - startedMs).toBeGreaterThanOrEqual(490);
    expect((await guest.processes()).filter(({ command }) => command === 'sleep 1000')).toEqual([]);
  });

  it('runs several commands at once', async () => {
    const both = await Promise.all([1, 2].map(() => guest.exec(['sleep', '2'])));
    const [first, second] = both.map(({ startedMs, endedMs }) => ({ startedMs, endedMs }));
    expect(Math.max(first?.startedMs ?? 0, second?.startedMs ?? 0)).toBeLessThan(
      Math.min(first?.endedMs ?? 0, second?.endedMs ?? 0),
    );
  });
});

describe('what is measured', () => {
  it('reaches a container on the engine’s bridge and one with an interface of its own, by both families', async () => {
    for (const host of [app.address, app.address6, neighbour.address]) {
      expect(await meter.http('outside', host, { timeoutMs: 20_000 })).toMatchObject({ status: 200 });
    }
    for (const host of [only(vpc).address, only(vpc).address6]) {
      expect(lossOf(await meter.ping('outside', host, { count: 5 }))).toBe(0);
    }
    expect(await guest.sh(`readlink /proc/${vpc.containers[1]?.pid}/ns/net`)).toBe(
      await guest.sh(`readlink /proc/${vpc.pause?.pid}/ns/net`),
    );
  });

  it('is a delay to the millisecond, and all is as before when it is gone', async () => {
    const atRest = median(await meter.ping('outside', app.address));
    await inApp('tc qdisc add dev eth0 root netem delay 200ms');
    const delayed = median(await meter.ping('outside', app.address));
    await removeDiscipline();
    expect(delayed - atRest).toBeGreaterThan(199);
    expect(delayed - atRest).toBeLessThan(220);
    expect(diff(before, await snapshot(guest))).toBe('');
  });

  it('is a loss, by datagrams that an echo outside would return', async () => {
    expect(lossOf((await meter.echo(app, { timeoutMs: 5_000 })).times)).toBe(0);
    await inApp('tc qdisc add dev eth0 root netem loss 100%');
    expect(lossOf((await meter.echo(app)).times)).toBe(1);
    await removeDiscipline();
  });

  it('is a rate, in both directions', async () => {
    expect(await meter.throughput(app, 'up')).toBeGreaterThan(200_000);
    expect(await meter.throughput(app, 'down')).toBeGreaterThan(200_000);
    await inApp('tc qdisc add dev eth0 root tbf rate 800kbit burst 10kb latency 100ms');
    const limited = await meter.throughput(app, 'up', { bytes: 300_000 });
    await removeDiscipline();
    expect(limited).toBeGreaterThan(70_000);
    expect(limited).toBeLessThan(110_000);
  });

  it.each([
    [OUTSIDE.names, false],
    [OUTSIDE.names, true],
    [OUTSIDE.names6, false],
    [OUTSIDE.names6, true],
  ])('are names that %s resolves (over TCP: %s)', async (server, overTcp) => {
    const options = { server, overTcp, timeoutMs: 20_000 };
    for (const type of ['A', 'AAAA'] as const) {
      expect(await meter.resolve(app, 'shop.example', { ...options, type })).toMatchObject({ code: 0, answers: 1 });
    }
    expect(await meter.resolve(app, 'no-shop.example', options)).toMatchObject({ code: 3, answers: 0 });
  });

  it('are processors and memory of a container', async () => {
    const idle = await meter.processors(neighbour);
    await guest.sh(`docker exec -d neighbour sh -c 'while :; do :; done'`);
    await eventually(async () => expect(await meter.processors(neighbour)).toBeGreaterThan(0.3));
    await guest.exec(['pkill', '-9', '-f', 'while :; do :; done']);
    expect(idle).toBeLessThan(0.2);
    const { memoryBytes, processes } = await meter.usage(neighbour);
    expect(memoryBytes).toBeGreaterThan(10_000);
    expect(processes).toBeGreaterThan(0);
  });
});

describe('a snapshot', () => {
  afterEach(async () => {
    await eventually(async () => expect(diff(before, await snapshot(guest))).toBe(''));
  }, 300_000);

  it.each([
    ['a discipline', () => inApp('tc qdisc add dev eth0 root pfifo'), () => removeDiscipline(), 'pfifo'],
    [
      'a discipline for what comes in',
      () => inApp('tc qdisc add dev eth0 ingress'),
      () => removeDiscipline('ingress'),
      'ingress',
    ],
    [
      'a rule of the host',
      () => guest.sh('iptables -A FORWARD -s 203.0.113.9 -j DROP'),
      () => guest.sh('iptables -D FORWARD -s 203.0.113.9 -j DROP'),
      '203.0.113.9',
    ],
    [
      'a table of nftables',
      () => inApp('nft add table inet foreign'),
      () => inApp('nft delete table inet foreign'),
      'table inet foreign',
    ],
    [
      'a route',
      () => inApp('ip route add blackhole 203.0.113.0/24'),
      () => inApp('ip route del blackhole 203.0.113.0/24'),
      '203.0.113.0/24',
    ],
    [
      'a mount in a container',
      () => guest.sh(`nsenter -t ${app.pid} -m busybox mount -t tmpfs foreign /tmp`),
      () => guest.sh(`nsenter -t ${app.pid} -m busybox umount /tmp`),
      '/tmp',
    ],
    [
      'a name',
      () => guest.sh(`echo '203.0.113.9 foreign' >>/proc/${app.pid}/root/etc/hosts`),
      () =>
        guest.sh(`nsenter -t ${app.pid} -m busybox sh -c 'grep -v foreign /etc/hosts >/h; cat /h >/etc/hosts; rm /h'`),
      'foreign',
    ],
    [
      'a limit',
      () => guest.sh(`echo '50000 100000' >/sys/fs/cgroup/docker/${app.id}/cpu.max`),
      () => guest.sh(`echo 'max 100000' >/sys/fs/cgroup/docker/${app.id}/cpu.max`),
      '50000 100000',
    ],
    [
      'a process that stays',
      () => guest.sh('setsid sleep 7654 >/dev/null 2>&1 &'),
      () => guest.sh('pkill -x -f "sleep 7654"'),
      'sleep 7654',
    ],
    [
      'a frozen container',
      () => guest.sh(`docker pause ${app.name}`),
      () => guest.sh(`docker unpause ${app.name}`),
      'paused',
    ],
    ['a clock', () => guest.sh('date -s "+90 seconds"'), () => guest.sh('date -s "-90 seconds"'), 'clock was moved by'],
  ])('shows %s of somebody’s', async (_what, add, take, word) => {
    await add();
    const changed = diff(before, await snapshot(guest));
    await take();
    expect(changed).toContain(word);
    expect(changed.split('\n').filter((line) => /^\S.*:$/.test(line)).length).toBeLessThan(5);
  });
});

describe('the stand-in for the SSM agent', () => {
  it('hands on parameters as data in the environment, and tells exit code, output and last line', async () => {
    const script = 'echo "got $SSM_word"; echo no >&2; printf \'{"code":"%s"}\\n\' fine; exit 4';
    const result = await new SsmAgent(guest).run(document(script), { word: '$(reboot)' });
    expect(result).toMatchObject({ exitCode: 4, stderr: 'no\n', answer: { code: 'fine' } });
    expect(result.stdout).toContain('got $(reboot)\n');
  });

  it.each([{ word: 'Not this' }, {}, { word: 'a', more: 'b' }])('refuses %o before any shell', async (parameters) => {
    const agent = new SsmAgent(guest);
    const ran = (): Promise<string> => guest.sh('find /var/lib/amazon/ssm -name _script.sh | wc -l');
    const earlier = await ran();
    await expect(agent.run(document('echo ran'), parameters as Record<string, string>)).rejects.toThrow(
      RefusedCommandError,
    );
    expect(await ran()).toBe(earlier);
  });

  it('ends a script that takes longer than its document says', async () => {
    const { exitCode, startedMs, endedMs } = await new SsmAgent(guest).run(document('sleep 4321', '2'), { word: 'a' });
    expect(exitCode).toBe(137);
    expect(endedMs - startedMs).toBeGreaterThanOrEqual(2_000);
    expect((await guest.processes()).filter(({ command }) => command === 'sleep 4321')).toEqual([]);
  });

  it('can be killed while its script goes on', async () => {
    const running = await new SsmAgent(guest).start(document('sleep 3; echo x >/run/went-on'), { word: 'a' });
    await eventually(async () => expect((await guest.processes()).map(({ command }) => command)).toContain('sleep 3'));
    await running.killAgent();
    expect((await running.ended).exitCode).toBe(null);
    await eventually(async () => expect(await guest.read('/run/went-on')).not.toEqual([null]));
  });

  it('stays and tells when its script is killed', async () => {
    const running = await new SsmAgent(guest).start(document('sleep 3210'), { word: 'a' });
    await eventually(async () =>
      expect((await guest.processes()).map(({ command }) => command)).toContain('sleep 3210'),
    );
    await running.killScript();
    expect((await running.ended).exitCode).toBe(137);
    expect((await guest.processes()).map(({ command }) => command)).not.toContain('sleep 3210');
  });
});
