import type { ServiceAddresses } from '../host-commands.ts';
import {
  direction,
  type FilterParameters,
  filterContradiction,
  NETWORK_FILTERS,
  NETWORK_PREREQUISITES,
  NETWORK_SHARES,
  RESOLVED_SERVICES,
  resolveServices,
} from './network-parameters.ts';
import { percent } from './parameters.ts';

/** What the filters of a shaping fault are. */
export const SHAPING_FILTERS = { ...NETWORK_FILTERS, direction: direction('egress') } as const;

/** What every fault that shapes traffic declares alike. */
export const SHAPING = {
  scopes: ['container', 'host'],
  prerequisites: [
    ...NETWORK_PREREQUISITES,
    'the host has tc (iproute2) and the kernel modules sch_netem, sch_tbf, sch_ingress, act_mirred, cls_u32 and ifb; on Amazon Linux 2023 and Ubuntu ' +
      'some are in kernel-modules-extra and linux-modules-extra',
    'no other hand has put a clsact, ingress or netem discipline on the interface',
  ],
  shares: [...NETWORK_SHARES, 'shaping.sh', 'traffic-filters.sh', 'netem.sh'],
  resolved: RESOLVED_SERVICES,
  resolve: (port: ServiceAddresses, parameters: FilterParameters) => resolveServices(port, parameters),
  lasts: 120,
  byHand: (where: string) =>
    `in the network namespace of ${where} (docker inspect --format '{{.State.Pid}}' tells a process, nsenter --net --target enters), ` +
    'tc qdisc del dev eth0 clsact for each interface, then ip link del capuchin-out and ip link del capuchin-in',
} as const;

/** How much one packet's fate depends on the last one's. */
export const correlation = () =>
  percent('how much a packet’s fate follows the last one’s; the kernel’s way to do so makes the share smaller', 0);

/** The first thing that is wrong. */
export const firstWrong =
  <Parameters extends FilterParameters>(...checks: readonly ((parameters: Parameters) => string | undefined)[]) =>
  (parameters: Parameters): string | undefined => {
    for (const check of [filterContradiction, ...checks]) {
      const wrong = check(parameters);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
