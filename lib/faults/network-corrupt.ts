import { hostFault } from './hosts/host-fault.ts';
import { percent } from './hosts/parameters.ts';
import { correlation, firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

export const networkCorrupt = hostFault({
  ...SHAPING,
  name: 'network-corrupt',
  summary: 'Turns over one bit, somewhere, of some packets; checksums find it, and most of these packets are lost.',
  parameters: {
    percent: percent('share of packets that are damaged', 1),
    correlationPercent: correlation(),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(({ percent: share }) => (share === 0 ? 'a share of 0 % is no fault' : undefined)),
});
