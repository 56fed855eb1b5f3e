import { hostFault } from './hosts/host-fault.ts';

export const stopAgent = hostFault({
  name: 'stop-agent',
  summary:
    'Takes the ECS agent of a container host away, as if the host had lost its cluster: tasks run on, and nothing is started, stopped or ' +
    'told. Its systemd unit is stopped; an agent that is a mere container is frozen, as the engine would not start a stopped one after a reboot.',
  scopes: ['host'],
  shares: ['records.sh'],
  prerequisites: ['the ECS agent runs as the systemd unit ecs, or as the container ecs-agent'],
  parameters: {},
  lasts: 300,
  byHand: () => 'start the agent: systemctl start ecs, or docker unpause ecs-agent where there is no such unit',
});
