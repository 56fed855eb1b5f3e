import { BLOCKING_PREREQUISITES, BLOCKING_SHARES, unblockByHand } from './hosts/blocking-parameters.ts';
import { hostFault } from './hosts/host-fault.ts';
import {
  direction,
  filterContradiction,
  isFiltered,
  NETWORK_FILTERS,
  RESOLVED_SERVICES,
  resolveServices,
} from './hosts/network-parameters.ts';
import { yesNo } from './hosts/parameters.ts';

export const networkBlackhole = hostFault({
  name: 'network-blackhole',
  summary:
    'Lets packets vanish without a word, as a wrong security group or route does: of some ports, protocols or peers, in one direction or both, open connections included.',
  scopes: ['container', 'host'],
  prerequisites: BLOCKING_PREREQUISITES,
  shares: BLOCKING_SHARES,
  parameters: {
    direction: direction('both'),
    ...NETWORK_FILTERS,
    everything: yesNo('said when no filter is meant: every packet vanishes', false),
  },
  contradiction: (parameters) => {
    if (isFiltered(parameters) === parameters.everything) {
      return parameters.everything
        ? 'everything and a filter exclude each other'
        : 'say what vanishes by ports, protocol, addresses, peers or services, or say `everything: true`';
    }
    return filterContradiction(parameters);
  },
  resolve: resolveServices,
  resolved: RESOLVED_SERVICES,
  lasts: 60,
  byHand: unblockByHand,
});
