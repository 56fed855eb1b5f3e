import { hostFault } from './hosts/host-fault.ts';
import { wholeNumber } from './hosts/parameters.ts';

export const stopContainer = hostFault({
  name: 'stop-container',
  summary:
    'Stops a task’s containers through the engine of their host, and starts them again. ECS ends and replaces a task whose essential ' +
    'container ends: such a container stays down.',
  scopes: ['container'],
  shares: ['records.sh', 'engine-life.sh'],
  parameters: {
    graceSeconds: wholeNumber('seconds from the stop signal to SIGKILL', { least: 0, most: 30, otherwise: 10 }),
  },
  lasts: 60,
  byHand: (where) =>
    `start what is still down of the task, unless ECS has ended it: ` +
    `docker ps -q --filter status=exited --filter label=com.amazonaws.ecs.task-arn=${where} | xargs -r docker start`,
});
