import { hostFault } from './hosts/host-fault.ts';
import { decimal, wholeNumber } from './hosts/parameters.ts';

/** A year. */
const FARTHEST_SECONDS = 31_536_000;
/** Less than this could not be told from how long it takes to read a clock. */
const LEAST_SECONDS = 0.1;

export const clockSkew = hostFault({
  name: 'clock-skew',
  summary:
    'Puts the wall clock of a container host wrong, at once or more and more, with its time daemon stopped; every container of the host ' +
    'shares that clock. Not on one container alone: Linux gives it a clock of its own for the uptime only (time_namespaces(7)), and a ' +
    'library that lies about the time would need a changed image and a restart.',
  scopes: ['host'],
  shares: ['records.sh', 'processes.sh', 'repeating.sh'],
  prerequisites: [
    'whatever sets the host’s clock (chronyd, ntpd, systemd-timesyncd) is kept by systemd',
    'AWS refuses signatures that are more than 5 minutes off, those of the host’s own agents too: beyond that only the host’s timer takes it back',
  ],
  parameters: {
    offsetSeconds: decimal('seconds by which the clock is ahead, negative for behind; 0 for drift alone', {
      least: -FARTHEST_SECONDS,
      most: FARTHEST_SECONDS,
      otherwise: 120,
    }),
    driftPpm: wholeNumber(
      'microseconds that the clock gains in each second, negative for losing; in one step a second, so a losing clock goes back',
      { least: -100_000, most: 100_000, otherwise: 0 },
    ),
  },
  contradiction({ offsetSeconds, driftPpm }) {
    if (offsetSeconds === 0 && driftPpm === 0) return 'offsetSeconds and driftPpm are both 0: nothing would change';
    if (offsetSeconds !== 0 && Math.abs(offsetSeconds) < LEAST_SECONDS) {
      return `offsetSeconds is 0, or ${LEAST_SECONDS} at least in either direction`;
    }
    return undefined;
  },
  lasts: 300,
  byHand: () =>
    'start what sets the clock and let it do so at once, for instance: systemctl start chronyd && chronyc makestep',
});
