import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { forbiddenTo, TOPOLOGIES } from '../../lib/faults/hosts/topology.ts';
import { BlockingHost, type Trial } from './blocking-host.ts';
import {
  type Container,
  diff,
  Guest,
  Meter,
  only,
  remove,
  removeAll,
  type Snapshot,
  snapshot,
  startNeighbour,
  startTask,
  type Task,
} from './guest/index.ts';
import { eventually } from './pace.ts';
import { Pool } from './pool.ts';

const [PEER, OTHER] = ['10.99.0.11', '10.99.0.12'];
const [PEER6, OTHER6] = ['fd99::11', 'fd99::12'];
/** Long enough for two tries of TCP, short enough for many tests. */
const LIMIT_MS = 3_000;
const BOOT_MS = 400_000;

/** Tests that go on at the same time wait for each other, too. */
vi.setConfig({ testTimeout: 900_000 });

/** What one test at a time does its faults to: an `awsvpc` task. */
interface Ground {
  readonly task: Task;
  readonly app: Container;
  /** Holds the namespace: the container whose sections of a snapshot tell of it. */
  readonly holder: string;
}

let guest: Guest;
let host: BlockingHost;
let meter: Meter;
let grounds: Pool<Ground>;
/** For tests that have the host to themselves. */
let task: Task;
let app: Container;
let neighbour: Container;
let before: Snapshot;

beforeAll(async () => {
  guest = await Guest.open();
  host = new BlockingHost(guest);
  meter = new Meter(guest);
  const [beside, first, second] = await Promise.all([startNeighbour(guest, 'neighbour'), startGround(), startGround()]);
  neighbour = beside;
  grounds = new Pool([first, second]);
  ({ task, app } = first);
  // Whatever is asked for the first time leaves something behind: neighbours' addresses, modules, programs that measure.
  await Promise.all([app, second.app, neighbour].map((one) => seen(one)));
  // So does the engine, of the first container in the host's network.
  await remove(guest, only(await startTask(guest, 'first', { network: 'host', command: ['sleep', '300'] })));
  before = await snapshot(guest);
}, BOOT_MS);

afterAll(async () => {
  await removeAll(guest);
  await guest.close();
}, BOOT_MS);

async function startGround(): Promise<Ground> {
  const started = await startTask(guest, 'shop', { network: 'awsvpc' });
  return { task: started, app: only(started), holder: started.pause?.name ?? '' };
}

/** What gets through from a namespace to the world outside, by name. */
async function seen({ pid }: Pick<Container, 'pid'>) {
  const from = { pid };
  const tcp = async (address: string) => (await meter.http(from, address, { timeoutMs: LIMIT_MS })).error ?? 'ok';
  const udp = async (address: string) =>
    (await meter.echo(from, { host: address, count: 3, timeoutMs: 1_500 })).times.every((time) => time === null)
      ? 'lost'
      : 'ok';
  const [t1, t2, t16, t26, u1, u2, u16] = await Promise.all([
    ...[PEER, OTHER, PEER6, OTHER6].map((address) => tcp(address as string)),
    ...[PEER, OTHER, PEER6].map((address) => udp(address as string)),
  ]);
  return { tcp: [t1, t2, t16, t26], udp: [u1, u2, u16] };
}

const ALL_WELL = { tcp: ['ok', 'ok', 'ok', 'ok'], udp: ['ok', 'ok', 'ok'] };

/** Byte for byte as it was before: the whole host, or some containers while others change. */
async function isAsBefore(some?: readonly string[]): Promise<void> {
  await eventually(async () =>
    expect(diff(before, await snapshot(guest, some), some === undefined ? {} : { only: some })).toBe(''),
  );
}

/** Runs something while a fault lasts, with a neighbour that sees nothing of it, and sees everything put back. */
function during(
  fault: string,
  parameters: object,
  use: (ground: Ground, trial: Trial) => Promise<void>,
): Promise<void> {
  return grounds.use(async (ground) => {
    const trial = await host.apply(fault, ground.task.arn, parameters);
    try {
      await use(ground, trial);
      expect(await seen(neighbour)).toEqual(ALL_WELL);
      expect(await host.ask(trial, 'status')).toMatchObject({ members: [{ state: 'blocked' }] });
    } finally {
      await host.undo(trial);
    }
    expect(await seen(ground.app)).toEqual(ALL_WELL);
    await isAsBefore([ground.holder, ground.app.name, neighbour.name]);
  });
}

describe('network-blackhole', () => {
  it.concurrent('drops a port of TCP, in both families, and nothing of another port or protocol', async () => {
    await during('network-blackhole', { ports: [80], protocol: 'tcp' }, async ({ app }) => {
      expect(await seen(app)).toEqual({ ...ALL_WELL, tcp: ['timeout', 'timeout', 'timeout', 'timeout'] });
      expect(await meter.answers('outside', app.address)).toBe(true);
    });
  });

  it.concurrent('drops what goes to addresses and comes from them, and nothing of others', async () => {
    await during('network-blackhole', { addresses: [PEER, 'fd99::10/124'] }, async ({ app }) => {
      expect(await seen(app)).toEqual({ tcp: ['timeout', 'ok', 'timeout', 'timeout'], udp: ['lost', 'ok', 'lost'] });
    });
  });

  it.concurrent('drops what comes to a port of the target’s own', async () => {
    await during('network-blackhole', { ports: [80], portSide: 'local', direction: 'ingress' }, async ({ app }) => {
      expect(await seen(app)).toEqual(ALL_WELL);
      expect(await meter.answers('outside', app.address, LIMIT_MS)).toBe(false);
      expect(await meter.answers('outside', app.address6, LIMIT_MS)).toBe(false);
    });
  });

  it.each(['egress', 'ingress'] as const)('drops one way alone: %s', async (direction) => {
    // Of what the outside gets of three questions by UDP.
    const received = async () =>
      Number(
        /^Udp: (\d+)/m.exec(
          (await guest.sh('ip netns exec outside cat /proc/net/snmp')).replace(/^Udp: In.*$/m, ''),
        )?.[1],
      );
    await during('network-blackhole', { ports: [7], protocol: 'udp', direction }, async ({ app }) => {
      const count = await received();
      expect(await seen(app)).toEqual({ ...ALL_WELL, udp: ['lost', 'lost', 'lost'] });
      expect((await received()) - count).toBe(direction === 'egress' ? 0 : 6);
    });
  });

  it('drops what a connection sends that was open before, and says nothing to who sends', async () => {
    const log = '/run/open-connection';
    const program = `
      const { connect } = require('node:net');
      const { appendFileSync } = require('node:fs');
      const udp = require('node:dgram').createSocket('udp4');
      const tcp = connect(80, '${PEER}');
      tcp.on('data', () => appendFileSync('${log}', 'answer '));
      tcp.on('error', (error) => appendFileSync('${log}', error.code + ' '));
      setInterval(() => {
        tcp.write('GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
        udp.send('x', 80, '${PEER}', (error) => appendFileSync('${log}', error ? error.code + ' ' : 'sent '));
      }, 200);`;
    const { pid, ended } = await guest.start(['nsenter', '-t', String(app.pid), '-n', process.execPath, '-e', program]);
    const words = async () => ((await guest.read(log))[0] ?? '').trim().split(' ');
    await eventually(async () => expect((await words()).filter((word) => word === 'answer').length).toBeGreaterThan(2));
    const trial = await host.apply('network-blackhole', task.arn, { ports: [80] });
    await sleep(500);
    const [then] = [await words()];
    await sleep(2000);
    const more = (await words()).slice(then.length);
    await host.undo(trial);
    expect(more.length).toBeGreaterThan(3);
    expect([...new Set(more)]).toEqual(['sent']);
    // The connection itself lives on.
    await eventually(async () => expect((await words()).slice(then.length + more.length)).toContain('answer'));
    await guest.kill(-pid);
    await ended;
    await guest.sh(`rm ${log}`);
    await isAsBefore();
  });

  it('drops everything when that is said, but the way to the metadata', async () => {
    const lines = await host.attempt('network-blackhole', task.arn, { everything: true }, 'plan');
    expect(lines).toMatchObject({
      code: 'planned',
      would: [expect.stringContaining('drop any any any any'), expect.anything()],
    });
    await isAsBefore();
    await guest.sh(
      'ip -n outside address add 169.254.169.254/32 dev world && ip route add 169.254.169.254 via 10.99.0.1',
    );
    try {
      const trial = await host.apply('network-blackhole', task.arn, { everything: true });
      const lost = { tcp: ['timeout', 'timeout', 'timeout', 'timeout'], udp: ['lost', 'lost', 'lost'] };
      expect(await seen(app)).toEqual(lost);
      expect(await meter.answers({ pid: app.pid }, '169.254.169.254')).toBe(true);
      await host.undo(trial);
    } finally {
      await guest.sh(
        'ip -n outside address del 169.254.169.254/32 dev world; ip route del 169.254.169.254 via 10.99.0.1',
      );
    }
    await isAsBefore();
  });
});

describe('the ends of a fault that blocks', () => {
  const parameters = { ports: [80], protocol: 'tcp' };

  it('may be asked for twice, and when the script was killed in the middle', async () => {
    for (const waitMs of [300, 900, 1500, 2200]) {
      const { trial, command } = await host.begin('network-blackhole', task.arn, parameters);
      await sleep(waitMs);
      await command.killScript();
      await command.ended;
      await eventually(async () => expect(await host.ask(trial, 'undo')).toMatchObject({ undone: true }));
      expect(await host.ask(trial, 'undo')).toMatchObject({ code: 'undone', undone: true });
      await isAsBefore();
    }
  });

  it('leaves what another hand has put there, and is refused where it was first', async () => {
    const inside = (command: string) => guest.sh(`nsenter -t ${app.pid} -n sh -c '${command}'`);
    await inside('tc qdisc add dev eth0 clsact');
    expect(await host.attempt('network-blackhole', task.arn, parameters)).toMatchObject({ code: 'foreign-qdisc' });
    await inside('tc qdisc del dev eth0 clsact');
    const trial = await host.apply('network-blackhole', task.arn, parameters);
    await inside('tc filter add dev eth0 ingress pref 1 protocol ip bpf bytecode "1,6 0 0 0" da');
    expect(await host.attempt('network-blackhole', task.arn, parameters)).toMatchObject({ code: 'fault-running' });
    await host.undo(trial);
    expect(await inside('tc filter show dev eth0 ingress')).toContain('pref 1 ');
    expect(await inside('tc filter show dev eth0 egress')).toBe('');
    await inside('tc qdisc del dev eth0 clsact');
    await isAsBefore();
  });

  it('needs none where the container is in the host’s network: that is refused', async () => {
    const inHost = await startTask(guest, 'hostly', { network: 'host', command: ['sleep', '300'] });
    expect(await host.attempt('network-blackhole', inHost.arn, parameters)).toMatchObject({ code: 'host-network' });
    await remove(guest, only(inHost));
    await isAsBefore();
  });
});

describe('network-partition', () => {
  it('cuts from a service’s tasks and from addresses, one way too', async () => {
    await during('network-partition', { services: ['shop/cart'], addresses: [PEER] }, async ({ app }) => {
      expect(await seen(app)).toEqual({ tcp: ['timeout', 'timeout', 'ok', 'timeout'], udp: ['lost', 'lost', 'ok'] });
    });
    await during('network-partition', { addresses: [PEER], direction: 'ingress' }, async ({ app }) => {
      expect((await seen(app)).tcp).toEqual(['timeout', 'ok', 'ok', 'ok']);
    });
  });

  describe('of five members', () => {
    let tasks: readonly Task[];
    let members: readonly Container[];
    beforeAll(async () => {
      tasks = await Promise.all(Array.from({ length: 5 }, () => startTask(guest, 'member')));
      members = tasks.map(only);
    }, BOOT_MS);
    afterEach(async () => {
      expect(await pairs()).toEqual(members.map(() => []));
    });
    afterAll(async () => {
      await remove(guest, ...members);
    });

    /** Of each member, the numbers of those whom it does not reach. */
    const pairs = () =>
      Promise.all(
        members.map(async ({ pid }, own) => {
          const reached = await Promise.all(
            members.map(async ({ address, address6 }, other) => {
              if (other === own) return true;
              const to = other % 2 === 0 || address6 === '' ? address : address6;
              return (await meter.connect({ pid }, to, 80, LIMIT_MS)).error === undefined;
            }),
          );
          return reached.flatMap((isReached, other) => (isReached ? [] : [other]));
        }),
      );

    it.each(TOPOLOGIES.filter((one) => one !== 'none'))('makes a %s', async (topology) => {
      const list = members.map(({ address, address6 }) => (address6 === '' ? address : `${address},${address6}`));
      const trials = await Promise.all(
        tasks.map(({ arn }) => host.apply('network-partition', arn, { topology, members: list })),
      );
      expect(await pairs()).toEqual(members.map((_, own) => forbiddenTo(topology, 5, own)));
      expect(await seen(neighbour)).toEqual(ALL_WELL);
      await host.undo(...trials);
    });

    it('is refused to who is no member', async () => {
      expect(
        await host.attempt('network-partition', task.arn, {
          topology: 'split',
          members: members.map(({ address }) => address),
        }),
      ).toMatchObject({ code: 'not-a-member' });
    });
  });
});

/** What comes of one question by each way. */
async function names(from: Parameters<Meter['resolve']>[0], name: string) {
  const ways = [
    { server: '10.99.0.53' },
    { server: 'fd99::53' },
    { server: '10.99.0.53', overTcp: true },
    { server: 'fd99::53', overTcp: true },
  ];
  const answers = await Promise.all(ways.map((way) => meter.resolve(from, name, { ...way, timeoutMs: LIMIT_MS })));
  return answers.map(({ error, code }) => error ?? code);
}
const UNHEARD = ['timeout', 'timeout', 'timeout', 'timeout'];
const HEARD = [0, 0, 0, 0];

describe('dns-failure', () => {
  it.concurrent('lets every question vanish, by UDP and TCP, IPv4 and IPv6, and nothing else', async () => {
    await during('dns-failure', {}, async ({ app }) => {
      expect(await names({ pid: app.pid }, 'db.example.com')).toEqual(UNHEARD);
      expect(await names({ pid: neighbour.pid }, 'db.example.com')).toEqual(HEARD);
      expect(await seen(app)).toEqual(ALL_WELL);
    });
  });

  it.concurrent('lets questions for listed names vanish, and for names below them, in whatever case', async () => {
    await during('dns-failure', { names: ['Example.com'] }, async ({ app }) => {
      expect(await names({ pid: app.pid }, 'example.COM')).toEqual(UNHEARD);
      expect(await names({ pid: app.pid }, 'a.b.example.com')).toEqual(UNHEARD);
      expect(await names({ pid: app.pid }, 'myexample.com')).toEqual(HEARD);
      expect(await names({ pid: app.pid }, 'example.com.org')).toEqual(HEARD);
    });
  });

  it('holds for Docker’s own resolver too', async () => {
    const arn = task.arn.replace(/[0-9a-f]{32}$/, 'd'.repeat(32));
    const labels = `--label com.amazonaws.ecs.task-arn=${arn} --label com.amazonaws.ecs.container-name=app`;
    await guest.sh(`docker network create named && docker run -d --network named --name named-app ${labels} capuchin-test sleep 600 &&
      docker run -d --network named --name friend capuchin-test sleep 600`);
    const asked = async (name: string) =>
      (
        await guest.exec([
          'docker',
          'exec',
          'named-app',
          'busybox',
          'timeout',
          '2',
          'busybox',
          'nslookup',
          name,
          '127.0.0.11',
        ])
      ).code === 0;
    try {
      expect([await asked('friend'), await asked('www.example.com')]).toEqual([true, true]);
      const some = await host.apply('dns-failure', arn, { names: ['example.com'] });
      expect([await asked('friend'), await asked('www.example.com')]).toEqual([true, false]);
      await host.undo(some);
      const all = await host.apply('dns-failure', arn, {});
      expect([await asked('friend'), await asked('www.example.com')]).toEqual([false, false]);
      await host.undo(all);
      expect([await asked('friend'), await asked('www.example.com')]).toEqual([true, true]);
    } finally {
      await guest.sh('docker rm -f named-app friend && docker network rm named');
    }
    await isAsBefore();
  });
});

describe('dependency-failure', () => {
  it.concurrent('blocks the addresses of hosts by name, in both families, and of no others', async () => {
    await during('dependency-failure', { hosts: ['api.example.com'] }, async ({ app }) => {
      expect(await seen(app)).toEqual({ ...ALL_WELL, tcp: ['timeout', 'ok', 'timeout', 'ok'] });
    });
    await during('dependency-failure', { hosts: ['api.example.com'], traffic: 'all' }, async ({ app }) => {
      expect(await seen(app)).toEqual({ tcp: ['timeout', 'ok', 'timeout', 'ok'], udp: ['lost', 'ok', 'lost'] });
    });
  });

  it.concurrent('follows a name to another address, and keeps the first one blocked', async () => {
    await during('dependency-failure', { hosts: ['api.example.com'] }, async ({ app }) => {
      const file = `/proc/${app.pid}/root/etc/hosts`;
      const kept = (await guest.read(file))[0] ?? '';
      await guest.sh(`echo '${OTHER} api.example.com' >>${file}`);
      await eventually(async () => expect((await seen(app)).tcp).toEqual(['timeout', 'timeout', 'timeout', 'ok']));
      await guest.sh(`cat >${file}`, { stdin: kept });
    });
  });

  it('is refused for a name that has no address', async () => {
    expect(await host.attempt('dependency-failure', task.arn, { hosts: ['no-such.example.com'] })).toMatchObject({
      code: 'no-address',
    });
    await isAsBefore();
  });
});
