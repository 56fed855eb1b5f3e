import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ContainerHost } from './container-host.ts';
import {
  type Container,
  Guest,
  look,
  Meter,
  only,
  remove,
  startNeighbour,
  startTask,
  type Task,
} from './guest/index.ts';
import { eventually } from './pace.ts';

const MIB = 1_048_576;
/** For tests with many commands on a busy machine. */
const MANY_COMMANDS_MS = 900_000;
/** A first process that reaps nobody, as many programs in containers do not. */
const REAPS_NOBODY = { command: ['sleep', '7777'], limits: { Init: false } };
/** Uses all the processor time it can get. */
const BUSY = ['sh', '-c', 'while :; do :; done'];

let guest: Guest;
let meter: Meter;
let neighbour: Container;
const neighbours: Container[] = [];

beforeAll(async () => {
  guest = await Guest.open();
  meter = new Meter(guest);
  await guest.sh(
    `modprobe loop; modprobe ext4
    for disk in disk old; do truncate -s 900M "/run/$disk.img"; mkdir -p "/mnt/$disk"; done
    mkfs.ext4 -q -F /run/disk.img; mkfs.ext4 -q -F -O ^extent,^64bit /run/old.img
    for disk in disk old; do mount -o loop "/run/$disk.img" "/mnt/$disk"; done`,
  );
  neighbour = await startNeighbour(guest, 'busy', { command: BUSY, limits: { NanoCpus: 3e8, Memory: 64 * MIB } });
  neighbours.push(neighbour);
}, 400_000);

afterAll(async () => {
  await remove(guest, ...neighbours);
  await guest?.sh('umount /mnt/disk /mnt/old; rm -f /run/disk.img /run/old.img');
  await guest?.close();
}, 120_000);

const cgroup = (container: Pick<Container, 'id'>) => `/sys/fs/cgroup/docker/${container.id}`;

/** The number behind a word in one of a container's cgroup files. */
async function counted(container: Container, file: string, word: string): Promise<number> {
  const [text] = await guest.read(`${cgroup(container)}/${file}`);
  return Number(new RegExp(`\\b${word}[ =](\\d+)`).exec(text ?? '')?.[1] ?? 0);
}

/** Bytes a second that a container reads and writes, on all disks. */
async function diskRate(container: Container, spanMs: number): Promise<number> {
  const moved = async () =>
    (await counted(container, 'io.stat', 'rbytes')) + (await counted(container, 'io.stat', 'wbytes'));
  const [before, startMs] = [await moved(), await guest.now()];
  await new Promise((resolve) => setTimeout(resolve, spanMs));
  return (((await moved()) - before) * 1000) / ((await guest.now()) - startMs);
}

/** How full a folder's file system is, in percent, and bytes that are free. */
async function fullness(folder: string): Promise<{ percent: number; available: number }> {
  const text = await guest.sh('stat -f -c "%S %b %f %a" "$1"', { args: [folder] });
  const [size = 0, blocks = 0, free = 0, available = 0] = text.split(' ').map(Number);
  return { percent: (100 * (blocks - free)) / (blocks - free + available), available: size * available };
}

/** Dead processes that nobody has fetched. */
const zombies = () => guest.sh(`grep -ls '^State:.Z' /proc/[0-9]*/status | wc -l`);
/** Processes of Capuchin's that are no timer. */
const workers = async () =>
  (await guest.processes()).filter(({ command }) => /\.scripts\/\w+\.sh (begin|work)/.test(command));

const ALL_OF_THEM = { container: '*' };
const CPU = { ...ALL_OF_THEM, loadPercent: '60', workers: '0', cgroup: 'target' };
const MEMORY = {
  ...{ ...ALL_OF_THEM, percent: '50', of: 'limit', megabytes: '0', workers: '2', killFirst: 'workers' },
  cgroup: 'target',
};
const IO = {
  ...{ ...ALL_OF_THEM, workers: '2', method: 'write', megabytesPerSecond: '1', mostMegabytes: '4096' },
  ...{ fileMegabytes: '16', path: '/data', cgroup: 'target' },
};
const FILL = { ...ALL_OF_THEM, percent: '70', megabytes: '0', path: '/data' };

/** Starts a task with a disk of its own at /data, and takes it away in the end. */
async function withTask(
  options: Parameters<typeof startTask>[2],
  use: (app: Container, host: ContainerHost, task: Task) => Promise<void>,
) {
  const limits = { NanoCpus: 5e8, Memory: 256 * MIB, Binds: ['/mnt/disk:/data', '/mnt/old:/old'], ...options?.limits };
  const task = await startTask(guest, 'shop', { ...options, limits });
  try {
    await use(only(task), new ContainerHost(guest), task);
  } finally {
    await remove(guest, ...task.containers).catch(() => {});
  }
}

const within = (value: number, percent: number, of: number) => {
  expect(Math.abs(value - of) / of, `${value} is not within ${percent} % of ${of}`).toBeLessThan(percent / 100);
};

describe('cpu-stress', () => {
  it('uses the share of what the target may use, counted as the target’s, and the neighbour gets what it got', async () => {
    await withTask({}, async (app, host, { arn }) => {
      const before = await meter.processors(neighbour, 8_000);
      expect((await host.apply('cpu-stress', arn, CPU)).answer).toMatchObject({
        code: 'applied',
        members: [{ state: 'stressed' }],
      });
      const [used, during] = await Promise.all([meter.processors(app, 12_000), meter.processors(neighbour, 12_000)]);
      console.log({ used, before, during });
      within(used, 5, 0.3);
      within(during, 5, before);
      expect((await host.undo(arn)).answer).toMatchObject({ undone: true });
      expect(await meter.processors(app, 2_000)).toBeLessThan(0.02);
      expect(await workers()).toEqual([]);
    });
  });

  it('is held by the target’s limit, whatever the workers want, unless it is told to stay out of its cgroup', async () => {
    await withTask({ limits: { NanoCpus: 2e8 } }, async (app, host, { arn }) => {
      await host.apply('cpu-stress', arn, { ...CPU, loadPercent: '40', workers: '1' });
      within(await meter.processors(app, 8_000), 5, 0.2);
      await host.undo(arn);
      await host.apply('cpu-stress', arn, { ...CPU, loadPercent: '40', workers: '1', cgroup: 'host' });
      expect(await meter.processors(app, 2_000)).toBeLessThan(0.02);
      expect(await workers()).not.toEqual([]);
      await remove(guest, app);
      expect(await workers()).toEqual([]);
      expect((await host.undo(arn)).answer).toMatchObject({
        undone: true,
        members: [{ state: 'gone' }],
      });
    });
  });
});

describe('memory-stress', () => {
  it('holds what was asked of the target’s limit, counted as the target’s', async () => {
    await withTask({}, async (app, host, { arn }) => {
      const [before, other] = [await meter.usage(app), await meter.usage(neighbour)];
      expect((await host.apply('memory-stress', arn, MEMORY)).answer).toMatchObject({ code: 'applied' });
      const held = (await meter.usage(app)).memoryBytes - before.memoryBytes;
      console.log({ heldMib: held / MIB });
      within(held, 5, 128 * MIB);
      expect(Math.abs((await meter.usage(neighbour)).memoryBytes - other.memoryBytes)).toBeLessThan(MIB);
      await host.undo(arn);
      expect((await meter.usage(app)).memoryBytes - before.memoryBytes).toBeLessThan(2 * MIB);
    });
  });

  it('past the limit the kernel kills the workers, again and again, and neither the target nor its neighbour', async () => {
    await withTask({}, async (app, host, { arn }) => {
      expect(
        (await host.apply('memory-stress', arn, { ...MEMORY, percent: '100', workers: '1' })).answer,
      ).toMatchObject({ code: 'applied' });
      await eventually(async () => expect(await counted(app, 'memory.events', 'oom_kill')).toBeGreaterThan(1));
      expect((await look(guest, app.id)).pid).toBe(app.pid);
      expect(await meter.answers('outside', app.address, 10_000)).toBe(true);
      expect(await counted(neighbour, 'memory.events', 'oom_kill')).toBe(0);
      expect((await host.undo(arn)).answer).toMatchObject({ undone: true });
      expect(await workers()).toEqual([]);
    });
  });

  it('refuses what the host cannot spare', async () => {
    const { answer } = await new ContainerHost(guest).apply('memory-stress', 'host', {
      ...MEMORY,
      of: 'limit',
      percent: '100',
    });
    expect(answer).toMatchObject({ code: 'below-floor' });
  });
});

describe('io-stress', () => {
  it('moves as much a second as was asked, on the target’s own disk, counted as the target’s', async () => {
    await withTask({}, async (app, host, { arn }) => {
      const before = await fullness('/mnt/disk');
      for (const method of ['write', 'mixed']) {
        expect((await host.apply('io-stress', arn, { ...IO, method })).answer).toMatchObject({ code: 'applied' });
        const rate = await diskRate(app, 15_000);
        console.log({ method, mibPerSecond: rate / MIB });
        within(rate, 5, MIB);
        expect((await host.undo(arn)).answer).toMatchObject({ undone: true });
      }
      expect(await fullness('/mnt/disk')).toEqual(before);
      expect(await guest.sh('ls -A /mnt/disk')).toBe('lost+found\n');
    });
  });

  it('writes no more than it may, and small synced blocks when told', async () => {
    await withTask({}, async (app, host, { arn }) => {
      await host.apply('io-stress', arn, {
        ...IO,
        method: 'sync',
        megabytesPerSecond: '0',
        mostMegabytes: '2',
        fileMegabytes: '1',
      });
      const written = () => counted(app, 'io.stat', 'wbytes');
      await eventually(async () => expect(await written()).toBeGreaterThanOrEqual(2 * MIB));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const [all, writes] = [await written(), await counted(app, 'io.stat', 'wios')];
      console.log({ all, writes });
      expect(all).toBe(2 * MIB);
      within(all / writes, 5, 4096);
      await host.undo(arn);
    });
  });
});

describe('disk-fill', () => {
  it.each(['/data', '/old'])(
    'fills %s as far as was asked, whether it can reserve space or must write',
    async (path) => {
      await withTask({}, async (_, host, { arn }) => {
        const folder = path === '/data' ? '/mnt/disk' : '/mnt/old';
        const before = await fullness(folder);
        const percent = path === '/data' ? '70' : '12';
        expect((await host.apply('disk-fill', arn, { ...FILL, path, percent })).answer).toMatchObject({
          code: 'applied',
        });
        await eventually(async () => {
          const { answer } = await host.status(arn);
          expect(answer).toMatchObject({ members: [{ state: 'full' }] });
        });
        const during = await fullness(folder);
        console.log({ path, percent: during.percent });
        within(during.percent, 5, Number(percent));
        expect(await guest.sh('ls -A "$1"', { args: [folder] })).toBe('lost+found\n');
        expect((await host.undo(arn)).answer).toMatchObject({ undone: true });
        expect(await fullness(folder)).toEqual(before);
      });
    },
  );

  it('takes from the container’s own layer when no folder is named', async () => {
    await withTask({}, async (app, host, { arn }) => {
      const before = await fullness('/var/lib/docker');
      await host.apply('disk-fill', arn, { ...FILL, percent: '0', megabytes: '200', path: 'auto' });
      within(before.available - (await fullness('/var/lib/docker')).available, 5, 200 * MIB);
      expect(await guest.sh('ls -A "$1"', { args: [`/proc/${app.pid}/root`] })).not.toContain('.capuchin');
      await remove(guest, app);
      await eventually(async () => within((await fullness('/var/lib/docker')).available, 2, before.available));
    });
  });

  it('never goes past the floor, and not where it cannot or must not write', async () => {
    await withTask({ limits: { ReadonlyRootfs: true } }, async (app, host, { arn }) => {
      const ask = async (given: object) => (await host.apply('disk-fill', arn, { ...FILL, ...given })).answer;
      expect(await ask({ percent: '90' })).toMatchObject({ code: 'below-floor' });
      expect(await ask({ percent: '0.1' })).toMatchObject({ code: 'already-full' });
      expect(await ask({ path: 'auto' })).toMatchObject({ code: 'read-only' });
      expect(await ask({ path: '/none' })).toMatchObject({ code: 'no-folder' });
      expect(await ask({ path: '/data/../data' })).toMatchObject({ code: 'bad-parameter' });
      await guest.sh('ln -s /var/tmp /mnt/disk/link');
      expect(await ask({ path: '/data/link' })).toMatchObject({ code: 'linked-path' });
      await guest.sh('rm /mnt/disk/link');
      expect(await workers()).toEqual([]);
      expect((await look(guest, app.id)).pid).toBe(app.pid);
    });
    const onHost = await new ContainerHost(guest).apply('disk-fill', 'host', { ...FILL, path: '/run/lock' });
    expect(onHost.answer).toMatchObject({ code: 'holds-state' });
  });
});

describe('a container under every stress at once', () => {
  const ALL = { 'cpu-stress': CPU, 'memory-stress': MEMORY, 'io-stress': IO, 'disk-fill': FILL };
  const hurt = async (arn: string): Promise<ReadonlyMap<string, ContainerHost>> => {
    const hosts = new Map<string, ContainerHost>();
    for (const [fault, given] of Object.entries(ALL)) {
      const host = new ContainerHost(guest);
      hosts.set(fault, host);
      expect((await host.apply(fault, arn, given)).answer).toMatchObject({ code: 'applied' });
    }
    return hosts;
  };

  it(
    'is freed of it without a process left to a first process that reaps nobody',
    async () => {
      await withTask({ ...REAPS_NOBODY }, async (app, _, { arn }) => {
        const [dead, own] = [await zombies(), await guest.sh(`cat ${cgroup(app)}/cgroup.procs`)];
        for (const [, host] of await hurt(arn)) {
          expect((await host.undo(arn)).answer).toMatchObject({ undone: true });
        }
        expect(await guest.sh(`cat ${cgroup(app)}/cgroup.procs`)).toBe(own);
        expect(await zombies()).toBe(dead);
        expect(await workers()).toEqual([]);
      });
    },
    MANY_COMMANDS_MS,
  );

  it.each(['removed', 'stopped', 'killed'])(
    'can be %s, and takes its workers, its cgroup and the space with it',
    async (how) => {
      await withTask({ ...REAPS_NOBODY }, async (app, _, { arn }) => {
        const before = await fullness('/mnt/disk');
        const hosts = await hurt(arn);
        if (how === 'removed') await remove(guest, app);
        if (how === 'stopped') await guest.engine('POST', `/containers/${app.id}/stop?t=1`);
        if (how === 'killed') await guest.engine('POST', `/containers/${app.id}/kill`);
        await eventually(async () =>
          expect(await guest.sh(`ls -d ${cgroup(app)} 2>&1 || true`)).toContain('No such file'),
        );
        expect(await workers()).toEqual([]);
        expect(await fullness('/mnt/disk')).toEqual(before);
        for (const [, host] of hosts) {
          const { answer } = await host.undo(arn);
          expect(answer).toMatchObject({ undone: true, members: [{ state: 'gone' }] });
        }
      });
    },
    MANY_COMMANDS_MS,
  );
});

it('a container that may trace gets no worker through which it could reach the host, unless it is privileged', async () => {
  await withTask({ limits: { CapAdd: ['SYS_PTRACE'] } }, async (_, host, { arn }) => {
    expect((await host.apply('cpu-stress', arn, CPU)).answer).toMatchObject({ code: 'may-trace' });
  });
});

it('a host is loaded outside of every limit, by processes that carry a mark and end with the undo', async () => {
  const host = new ContainerHost(guest);
  expect((await host.apply('cpu-stress', 'host', { ...CPU, loadPercent: '30', workers: '1' })).answer).toMatchObject({
    code: 'applied',
  });
  const [worker] = await workers();
  expect(worker?.cgroup).toMatch(/^\/?$|0::\/$/);
  const ticks = async () => {
    const [text] = await guest.read(`/proc/${worker?.pid}/stat`);
    return (
      (text ?? '')
        .split(') ')[1]
        ?.split(' ')
        .slice(11, 15)
        .map(Number)
        .reduce((a, b) => a + b, 0) ?? 0
    );
  };
  const [before, startMs] = [await ticks(), await guest.now()];
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  within((((await ticks()) - before) * 10) / ((await guest.now()) - startMs), 5, 0.3);
  expect((await host.undo('host')).answer).toMatchObject({ undone: true });
  expect(await workers()).toEqual([]);
});
