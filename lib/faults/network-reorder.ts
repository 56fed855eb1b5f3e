import { hostFault } from './hosts/host-fault.ts';
import { decimal, percent, wholeNumber } from './hosts/parameters.ts';
import { correlation, firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

export const networkReorder = hostFault({
  ...SHAPING,
  name: 'network-reorder',
  summary: 'Delays packets but for some, which overtake the others.',
  parameters: {
    delayMs: decimal('how long the packets wait that are overtaken, in milliseconds', {
      least: 1,
      most: 60_000,
      otherwise: 50,
    }),
    percent: percent('share of packets that do not wait', 25),
    correlationPercent: correlation(),
    gap: wholeNumber('with n, only every nth packet may overtake; 0 or 1 for any', {
      least: 0,
      most: 1000,
      otherwise: 0,
    }),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(({ percent: share }) => (share === 0 ? 'a share of 0 % is no fault' : undefined)),
});
