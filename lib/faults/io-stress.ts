import { hostFault } from './hosts/host-fault.ts';
import { choice, wholeNumber } from './hosts/parameters.ts';
import { CGROUP, endWorkers, PLACE, STRESS_PREREQUISITES } from './hosts/workers.ts';

export const ioStress = hostFault({
  name: 'io-stress',
  summary:
    'Reads and writes on the target’s own disk, past the cache and in its own cgroups, through files without a name, of which nothing can be left.',
  scopes: ['container', 'host'],
  shares: ['namespaces.sh', 'cgroups.sh', 'places.sh', 'workers.sh'],
  prerequisites: STRESS_PREREQUISITES,
  parameters: {
    workers: wholeNumber('how many workers', { least: 1, most: 64, otherwise: 1 }),
    method: choice(
      'write: large blocks one after the other; sync: 4 KiB at a time, each on the disk before the next; read: large blocks; mixed: write and read in turn',
      ['write', 'sync', 'read', 'mixed'],
      'mixed',
    ),
    megabytesPerSecond: wholeNumber('MiB a second, of all workers together; 0 for as much as the disk gives', {
      least: 0,
      most: 100_000,
      otherwise: 0,
    }),
    mostMegabytes: wholeNumber(
      'MiB that are written at most, all in all, the files that are read included; with that, writing is over',
      { least: 1, most: 10_000_000, otherwise: 8192 },
    ),
    fileMegabytes: wholeNumber('size of each worker’s file in MiB; as much space is taken until the end', {
      least: 1,
      most: 100_000,
      otherwise: 64,
    }),
    path: PLACE,
    cgroup: choice(...CGROUP),
  },
  contradiction: ({ workers, fileMegabytes, mostMegabytes }) =>
    workers * fileMegabytes > mostMegabytes
      ? `mostMegabytes: ${mostMegabytes} MiB do not fill ${workers} files of ${fileMegabytes} MiB once`
      : undefined,
  lasts: 60,
  byHand: endWorkers('io'),
});
