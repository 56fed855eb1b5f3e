import { hostFault } from './hosts/host-fault.ts';
import { choice, wholeNumber } from './hosts/parameters.ts';
import { CGROUP, endWorkers, STRESS_PREREQUISITES } from './hosts/workers.ts';

export const cpuStress = hostFault({
  name: 'cpu-stress',
  summary:
    'Computes beside the target, in its own cgroups, so that its limits hold and its share of the processors is what gets short.',
  scopes: ['container', 'host'],
  shares: ['namespaces.sh', 'cgroups.sh', 'workers.sh'],
  prerequisites: STRESS_PREREQUISITES,
  parameters: {
    loadPercent: wholeNumber(
      'percent of one processor that each worker uses; with 0 workers, percent of all that the target may use',
      { least: 1, most: 100, otherwise: 100 },
    ),
    workers: wholeNumber('how many workers; 0 for as many as the processors that the target may use, rounded up', {
      least: 0,
      most: 256,
      otherwise: 0,
    }),
    cgroup: choice(...CGROUP),
  },
  lasts: 60,
  byHand: endWorkers('cpu'),
});
