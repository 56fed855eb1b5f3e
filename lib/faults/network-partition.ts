import { isIP } from 'node:net';
import { BLOCKING_PREREQUISITES, BLOCKING_SHARES, unblockByHand } from './hosts/blocking-parameters.ts';
import { hostFault } from './hosts/host-fault.ts';
import {
  ADDRESS,
  direction,
  filterContradiction,
  NETWORK_FILTERS,
  RESOLVED_SERVICES,
  resolveServices,
} from './hosts/network-parameters.ts';
import { choice, words } from './hosts/parameters.ts';
import { LEAST_MEMBERS, TOPOLOGIES } from './hosts/topology.ts';

const { interfaces, addresses, peers, services } = NETWORK_FILTERS;
const MOST_MEMBERS = 32;

const members = words(
  'addresses of all members in order, one for each, or its IPv4 and IPv6 address with a comma between; the same list for every target',
  `${ADDRESS}(,${ADDRESS})?`,
  { most: MOST_MEMBERS },
);

/** An address as `ip` writes it, by which a host knows its own. */
const canonical = (address: string): string =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
const addressesIn = (list: readonly string[]): string[] => list.flatMap((member) => member.split(','));

export const networkPartition = hostFault({
  name: 'network-partition',
  summary:
    'Cuts the target from some others, in one direction or both: from services, host names or addresses, or as its place in a topology of members says (split, ring, bridge, single-bridge).',
  scopes: ['container', 'host'],
  prerequisites: [
    ...BLOCKING_PREREQUISITES,
    'members reach each other by addresses that are in their network namespaces, as tasks of the network modes awsvpc and bridge on one host do',
  ],
  shares: BLOCKING_SHARES,
  parameters: {
    direction: direction('both'),
    interfaces,
    addresses,
    peers,
    services,
    topology: choice(
      'who may talk with whom among the members; the first ⌊n/2⌋+1 of them are the majority',
      TOPOLOGIES,
      'none',
    ),
    members: {
      ...members,
      toWire: (list: readonly string[]) => list.map((member) => member.split(',').map(canonical).join(',')).join(' '),
    },
  },
  contradiction: ({ addresses: from, peers: names, services: groups, topology, members: list }) => {
    const all = addressesIn(list);
    const noAddress = all.find((address) => isIP(address) === 0);
    if (noAddress !== undefined) return `${noAddress} is no address`;
    if (new Set(all.map(canonical)).size < all.length) return 'an address stands twice among the members';
    if (topology === 'none') {
      if (list.length > 0) return 'members without a topology';
      if (from.length + names.length + groups.length === 0) {
        return 'say whom the target is cut from: addresses, peers, services, or a topology of members';
      }
    } else if (list.length < LEAST_MEMBERS[topology]) {
      return `a ${topology} takes ${LEAST_MEMBERS[topology]} members or more`;
    }
    return filterContradiction({
      ...{ addresses: from, peers: names, services: groups, interfaces: [], ports: [] },
      ...{ protocol: 'any', portSide: 'remote' },
    });
  },
  resolve: resolveServices,
  resolved: RESOLVED_SERVICES,
  lasts: 60,
  byHand: unblockByHand,
});
