import { hostFault } from './hosts/host-fault.ts';
import { percent, wholeNumber } from './hosts/parameters.ts';
import { endWorkers, PLACE, STRESS_PREREQUISITES } from './hosts/workers.ts';

export const diskFill = hostFault({
  name: 'disk-fill',
  summary:
    'Takes space of a file system through a file without a name, which is free again when its holder ends. 200 MiB or 5 % always stay free, whichever is more.',
  scopes: ['container', 'host'],
  shares: ['namespaces.sh', 'cgroups.sh', 'places.sh', 'workers.sh'],
  prerequisites: STRESS_PREREQUISITES,
  parameters: {
    percent: percent(
      'how full the file system is to be, in percent as df counts it; megabytes, when it is not 0, says it instead',
      90,
    ),
    megabytes: wholeNumber('how much to take, in MiB; 0 for percent', { least: 0, most: 9_999_999, otherwise: 0 }),
    path: PLACE,
  },
  lasts: 60,
  byHand: endWorkers('space'),
});
