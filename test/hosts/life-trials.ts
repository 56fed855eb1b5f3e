import { expect } from 'vitest';
import { cpuStress } from '../../lib/faults/cpu-stress.ts';
import { diskFill } from '../../lib/faults/disk-fill.ts';
import { ioStress } from '../../lib/faults/io-stress.ts';
import { killProcess } from '../../lib/faults/kill-process.ts';
import { memoryStress } from '../../lib/faults/memory-stress.ts';
import { pauseContainer } from '../../lib/faults/pause-container.ts';
import { stopAgent } from '../../lib/faults/stop-agent.ts';
import { stopContainer } from '../../lib/faults/stop-container.ts';
import { close, perSecond } from './closeness.ts';
import type { Place, Start, Trial } from './experiment.ts';
import { startNeighbour, startTask, stateOf } from './guest/index.ts';

const MIB = 1_048_576;
/** How long what is answered at once may take while the host works. */
const PATIENCE_MS = 1_500;
/** Starts another one as soon as one has ended; its own command line does not hold what theirs does. */
const KEEPER = ['sh', '-c', 'n=7777; while :; do sleep $n; done'];
const startKeeper: Start = (guest, family) => startTask(guest, family, { command: KEEPER, limits: { Init: false } });

/** The process that a container's keeper has at the moment. */
async function keptBy({ guest, container }: Place): Promise<string> {
  const all = await guest.processes();
  return all
    .filter(({ cgroup, command }) => cgroup.includes(container.id) && command === 'sleep 7777')
    .map(({ pid }) => pid)
    .join();
}

const startWithAgent: Start = async (guest, family) => {
  const [agent, task] = [await startNeighbour(guest, 'ecs-agent'), await startTask(guest, family)];
  return { ...task, containers: [agent, ...task.containers] };
};

/** Faults of a container's life and of its processes. */
export const LIFE_TRIALS: readonly Trial[] = [
  {
    fault: pauseContainer,
    standsForOthers: true,
    // The kernel still takes connections for a frozen process, which answers none of them.
    isUnder: async ({ meter, container }) =>
      (await meter.http('outside', container.address, { timeoutMs: PATIENCE_MS })).error === 'timeout',
  },
  {
    fault: stopContainer,
    parameters: { graceSeconds: 1 },
    restarts: true,
    isUnder: async ({ guest, container }) => (await stateOf(guest, container)) === 'exited',
  },
  {
    fault: killProcess,
    standsForOthers: true,
    parameters: { pattern: 'sleep 7777', everySeconds: 2 },
    start: startKeeper,
    isUnder: async (place) => {
      const before = await keptBy(place);
      await new Promise((resolve) => setTimeout(resolve, 2 * PATIENCE_MS));
      return (await keptBy(place)) !== before;
    },
    measure: async (place) => {
      // Three rounds, of which the emulated host may begin one late.
      const seen = new Set<string>();
      const endMs = Date.now() + 6_000;
      while (Date.now() < endMs) {
        seen.add(await keptBy(place));
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      seen.delete('');
      expect(seen.size).toBeGreaterThanOrEqual(3);
      expect(seen.size).toBeLessThanOrEqual(5);
    },
  },
  {
    fault: stopAgent,
    standsForOthers: true,
    target: 'host',
    start: startWithAgent,
    isUnder: async ({ guest, container }) => (await stateOf(guest, container)) === 'paused',
  },
];

/** Bytes that a container's processes have handed to disks, or to file systems in memory. */
async function handed({ guest, container }: Place): Promise<number> {
  const own = (await guest.processes()).filter(({ cgroup }) => cgroup.includes(container.id));
  const texts = await guest.read(...own.map(({ pid }) => `/proc/${pid}/io`));
  return texts.reduce((sum, text) => sum + Number(/^wchar: (\d+)$/m.exec(text ?? '')?.[1] ?? 0), 0);
}

/** A task with a file system of its own at /data. */
const startWithDisk: Start = async (guest, family) => {
  await guest.sh(
    `modprobe loop; modprobe ext4; mkdir -p "/mnt/$1"; mountpoint -q "/mnt/$1" && exit
    truncate -s 900M "/run/$1.img" && mkfs.ext4 -q -F "/run/$1.img" && mount -o loop "/run/$1.img" "/mnt/$1"`,
    { args: [family] },
  );
  return startTask(guest, family, { limits: { Binds: [`/mnt/${family}:/data`] } });
};

/** How full the file system of such a task is, in percent, as df has it. */
async function fullness({ guest, task }: Place): Promise<number> {
  const [blocks = 0, free = 0, available = 0] = (
    await guest.sh('stat -f -c "%b %f %a" "/mnt/$1"', { args: [task.family] })
  )
    .split(' ')
    .map(Number);
  return (100 * (blocks - free)) / (blocks - free + available);
}

/** Faults that use up what a container has. */
export const STRESS_TRIALS: readonly Trial[] = [
  {
    fault: cpuStress,
    standsForOthers: true,
    parameters: { loadPercent: 20, workers: 1 },
    keepsBusy: true,
    isUnder: async ({ meter, container }) => (await meter.processors(container, 800)) > 0.1,
    measure: async ({ meter, container }) => close(await meter.processors(container, 8_000), 0.2, 'processors'),
  },
  {
    fault: memoryStress,
    parameters: { megabytes: 64 },
    isUnder: async ({ meter, container }) => (await meter.usage(container)).memoryBytes > 40 * MIB,
    measure: async ({ meter, container }) => close((await meter.usage(container)).memoryBytes, 64 * MIB, 'bytes'),
  },
  {
    fault: ioStress,
    parameters: { method: 'write', megabytesPerSecond: 2, fileMegabytes: 4 },
    keepsBusy: true,
    isUnder: async (place) => {
      const before = await handed(place);
      await new Promise((resolve) => setTimeout(resolve, 800));
      return (await handed(place)) - before > MIB / 2;
    },
    measure: async (place) =>
      close(await perSecond(place.guest, 10_000, () => handed(place)), 2 * MIB, 'bytes a second'),
  },
  {
    fault: diskFill,
    standsForOthers: true,
    parameters: { percent: 60, path: '/data' },
    start: startWithDisk,
    isUnder: async (place) => (await fullness(place)) > 50,
    measure: async (place) => close(await fullness(place), 60, 'percent'),
  },
];
