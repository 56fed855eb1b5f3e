import { hostFault } from './hosts/host-fault.ts';
import { choice } from './hosts/parameters.ts';
import { SIGNALS } from './hosts/signals.ts';

export const killContainer = hostFault({
  name: 'kill-container',
  summary:
    'Sends a signal to the first process of a task’s containers, SIGKILL by default, as the kernel does when memory runs out. ' +
    'A restart policy starts the container again; without one ECS ends the whole task when the container is essential.',
  scopes: ['container'],
  shares: ['namespaces.sh', 'records.sh', 'processes.sh'],
  parameters: {
    signal: choice('signal to the container’s first process', SIGNALS, 'SIGKILL'),
  },
  lasts: 'one-shot',
  targetMayStay: true,
  byHand: () => 'nothing is left to take back',
});
