import { hostFault } from './hosts/host-fault.ts';
import { wholeNumber } from './hosts/parameters.ts';

export const restartContainer = hostFault({
  name: 'restart-container',
  summary:
    'Stops a task’s containers through the engine of their host and starts them at once. ECS ends and replaces a task whose essential ' +
    'container ends, however soon it is back.',
  scopes: ['container'],
  shares: ['records.sh', 'engine-life.sh'],
  parameters: {
    graceSeconds: wholeNumber('seconds from the stop signal to SIGKILL', { least: 0, most: 30, otherwise: 10 }),
  },
  lasts: 'one-shot',
  byHand: () => 'nothing is left to take back',
});
