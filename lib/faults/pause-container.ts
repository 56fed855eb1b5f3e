import { hostFault } from './hosts/host-fault.ts';

export const pauseContainer = hostFault({
  name: 'pause-container',
  summary:
    'Freezes a task’s containers through the engine of their host, as a long collection of garbage would, and thaws them.',
  scopes: ['container'],
  parameters: {},
  lasts: 60,
  byHand: (where) =>
    `thaw what is still frozen of the task: ` +
    `docker ps -q --filter status=paused --filter label=com.amazonaws.ecs.task-arn=${where} | xargs -r docker unpause`,
});
