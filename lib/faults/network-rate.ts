import { hostFault } from './hosts/host-fault.ts';
import { wholeNumber } from './hosts/parameters.ts';
import { firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

/** EC2's largest packet, 9001 bytes, with an Ethernet header, rounded up. */
const LARGEST_PACKET = 9216;

export const networkRate = hostFault({
  ...SHAPING,
  name: 'network-rate',
  summary: 'Narrows the link to a rate; what waits too long is dropped.',
  parameters: {
    rateKbit: wholeNumber('rate in kilobits per second (1000 bits), with Ethernet’s headers', {
      least: 8,
      most: 10_000_000,
      otherwise: 1000,
    }),
    burstBytes: wholeNumber('bytes that may go at once after a silence; 0 for 4 ms of the rate, 16384 at least', {
      least: 0,
      most: 100_000_000,
      otherwise: 0,
    }),
    queueMs: wholeNumber('how long a packet may wait, in milliseconds; later ones are dropped', {
      least: 1,
      most: 10_000,
      otherwise: 400,
    }),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(({ burstBytes }) =>
    burstBytes > 0 && burstBytes < LARGEST_PACKET
      ? `a burst below ${LARGEST_PACKET} bytes would let none of the largest packets through`
      : undefined,
  ),
});
