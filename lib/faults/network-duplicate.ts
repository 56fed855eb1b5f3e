import { hostFault } from './hosts/host-fault.ts';
import { percent } from './hosts/parameters.ts';
import { correlation, firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

export const networkDuplicate = hostFault({
  ...SHAPING,
  name: 'network-duplicate',
  summary: 'Lets packets arrive twice.',
  parameters: {
    percent: percent('share of packets that are sent twice', 10),
    correlationPercent: correlation(),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(({ percent: share }) => (share === 0 ? 'a share of 0 % is no fault' : undefined)),
});
