import { hostFault } from './hosts/host-fault.ts';
import { choice, percent, wholeNumber } from './hosts/parameters.ts';
import { CGROUP, endWorkers, STRESS_PREREQUISITES } from './hosts/workers.ts';

export const memoryStress = hostFault({
  name: 'memory-stress',
  summary:
    'Holds memory beside the target, in its own cgroups, so that it counts towards its limit, as a leak would. What the host needs to go on stays free.',
  scopes: ['container', 'host'],
  shares: ['namespaces.sh', 'cgroups.sh', 'workers.sh'],
  prerequisites: STRESS_PREREQUISITES,
  parameters: {
    percent: percent('how much to hold, in percent; megabytes, when it is not 0, says it instead', 80),
    of: choice(
      'percent of what: the target’s memory limit (the host’s memory where it has none), or what is free of that when it begins',
      ['free', 'limit'],
      'free',
    ),
    megabytes: wholeNumber('how much to hold, in MiB; 0 for percent', { least: 0, most: 9_999_999, otherwise: 0 }),
    workers: wholeNumber('among how many processes it is spread', { least: 1, most: 64, otherwise: 1 }),
    killFirst: choice(
      'whom the kernel kills first when memory runs out: the workers, or in the target’s cgroup whoever is largest; on a host always the workers, which start again after a second',
      ['workers', 'largest'],
      'workers',
    ),
    cgroup: choice(...CGROUP),
  },
  lasts: 60,
  byHand: endWorkers('memory'),
});
