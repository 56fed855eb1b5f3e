import { hostFault } from './hosts/host-fault.ts';
import { choice, text, wholeNumber } from './hosts/parameters.ts';
import { SIGNALS } from './hosts/signals.ts';

/** A whole text and no expression: whoever reads it sees what it hits. */
const LETTER = '[A-Za-z0-9_./:=@,+-]';

export const killProcess = hostFault({
  name: 'kill-process',
  summary:
    'Ends processes by a text in their command line, in a task’s containers or on a host; once, or again and again until the duration is over.',
  scopes: ['container', 'host'],
  shares: ['records.sh', 'processes.sh', 'repeating.sh'],
  prerequisites: [
    'the host has ps and awk',
    'on a host, process 1, the container engine, the agents of ECS and Systems Manager, systemd, sshd and Capuchin’s own are left alone',
  ],
  parameters: {
    pattern: text(
      'text in the command lines of the processes, 3 to 200 characters, arguments with a blank between',
      `${LETTER}(${LETTER}| ){1,198}${LETTER}`,
    ),
    signal: choice('signal to each of them', SIGNALS, 'SIGKILL'),
    everySeconds: wholeNumber('seconds until the next round; 0 for one round alone', {
      least: 0,
      most: 600,
      otherwise: 0,
    }),
  },
  lasts: 60,
  byHand: () => 'end what still kills processes: systemctl stop "capuchin-*.timer"; pkill -f /run/capuchin/.scripts/',
});
