import { cpuStress } from '../../lib/faults/cpu-stress.ts';
import { diskFill } from '../../lib/faults/disk-fill.ts';
import { ioStress } from '../../lib/faults/io-stress.ts';
import { memoryStress } from '../../lib/faults/memory-stress.ts';
import { type Guest, startTask } from './guest/index.ts';
import { describeEnds, type Place } from './scenarios.ts';

const MIB = 1_048_576;

describeEnds({
  fault: cpuStress,
  parameters: { loadPercent: 20, workers: 1 },
  isUnder: async ({ meter, container }) => (await meter.processors(container, 400)) > 0.1,
});

describeEnds({
  fault: memoryStress,
  parameters: { megabytes: 64 },
  isUnder: async ({ meter, container }) => (await meter.usage(container)).memoryBytes > 40 * MIB,
});

/** Bytes that a container's processes have handed to disks, or to file systems in memory. */
async function handed({ guest, container }: Place): Promise<number> {
  const own = (await guest.processes()).filter(({ cgroup }) => cgroup.includes(container.id));
  const texts = await guest.read(...own.map(({ pid }) => `/proc/${pid}/io`));
  return texts.reduce((sum, text) => sum + Number(/^wchar: (\d+)$/m.exec(text ?? '')?.[1] ?? 0), 0);
}

describeEnds({
  fault: ioStress,
  parameters: { method: 'write', megabytesPerSecond: 2, fileMegabytes: 4 },
  isUnder: async (place) => {
    const before = await handed(place);
    await new Promise((resolve) => setTimeout(resolve, 800));
    return (await handed(place)) - before > MIB / 2;
  },
});

/** A task with a file system of its own at /data. */
async function startWithDisk(guest: Guest, family: string) {
  await guest.sh(
    `modprobe loop; modprobe ext4; mkdir -p "/mnt/$1"; mountpoint -q "/mnt/$1" && exit
    truncate -s 900M "/run/$1.img" && mkfs.ext4 -q -F "/run/$1.img" && mount -o loop "/run/$1.img" "/mnt/$1"`,
    { args: [family] },
  );
  return startTask(guest, family, { limits: { Binds: [`/mnt/${family}:/data`] } });
}

describeEnds({
  fault: diskFill,
  parameters: { percent: 60, path: '/data' },
  start: startWithDisk,
  isUnder: async ({ guest, task }) => {
    const [free = 0, all = 1] = (await guest.sh('stat -f -c "%f %b" "/mnt/$1"', { args: [task.family] }))
      .split(' ')
      .map(Number);
    return free / all < 0.5;
  },
});
