import { isIP } from 'node:net';
import type { ServiceAddresses } from '../host-commands.ts';
import { choice, type ParsedParameters, words } from './parameters.ts';

/** Files that every network fault's script shares, in order, before its family's. */
export const NETWORK_SHARES = ['namespaces.sh', 'network.sh'] as const;

export const NETWORK_PREREQUISITES = [
  'the host has iproute2, nsenter and unshare (util-linux) and getent (glibc)',
  'the task is not in the host’s network namespace; for that, the scope `host` says what is meant',
] as const;

export type Direction = 'egress' | 'ingress' | 'both';

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const V4 = `${OCTET}([.]${OCTET}){3}`;
/** Hexadecimal digits and colons, two of these at least; whether they are an address, `filterContradiction` says. */
const V6 = '[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,38}:[0-9A-Fa-f.]{0,15}';
const V6_LENGTH = '/(12[0-8]|1[01][0-9]|[1-9]?[0-9])';
export const CIDR = `${V4}(/(3[0-2]|[12]?[0-9]))?|${V6}(${V6_LENGTH})?`;
const PORTS = '[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?';
const HOST_NAME = '[A-Za-z0-9_]([A-Za-z0-9_.-]{0,198}[A-Za-z0-9_])?';
const SERVICE = '[A-Za-z0-9_-]{1,255}/[A-Za-z0-9_-]{1,255}';

/**
 * What of the traffic a network fault hits: traffic of one of the peers (`addresses`, `peers` and `services` together; all when there is
 * none of these) **and** of the protocol **and** of one of the ports. A host's ways to Systems Manager and to the metadata, and neighbour
 * discovery, are never hit.
 */
export const NETWORK_FILTERS = {
  interfaces: words(
    'names of interfaces as the target sees them; those of its default routes unless told',
    '[A-Za-z0-9][A-Za-z0-9_.-]{0,14}',
    { most: 4 },
  ),
  addresses: words('addresses of peers, IPv4 or IPv6, or ranges such as 10.1.0.0/16', CIDR, { most: 32 }),
  ports: words('ports or ranges such as 8000-8099, of TCP and UDP', PORTS, { most: 15 }),
  portSide: choice(
    'whose ports these are: the peer’s (remote), the target’s own (local)',
    ['remote', 'local'],
    'remote',
  ),
  protocol: choice('protocol; any is every kind of IP', ['any', 'tcp', 'udp', 'icmp'], 'any'),
  peers: words('host names of peers, looked up by the target’s own resolver when the fault begins', HOST_NAME, {
    most: 8,
  }),
  services: words('ECS services that are peers, as cluster/service; their tasks’ addresses at the beginning', SERVICE, {
    most: 4,
  }),
} as const;

/** The direction of the traffic that is hit, as the target sees it. */
export const direction = (otherwise: Direction) =>
  choice('egress: what the target sends; ingress: what it receives', ['egress', 'ingress', 'both'], otherwise);

/** Most addresses of services' tasks that a command carries. */
export const MOST_SERVICE_ADDRESSES = 64;
/** One address as `isIP` knows it, or nearly. */
export const ADDRESS = `(${V4}|${V6})`;

/** What `resolveServices` gives, as the document takes it. */
export const RESOLVED_SERVICES = {
  serviceAddresses: {
    description: 'addresses of the tasks of the services that are peers',
    allowedPattern: `^(${ADDRESS}( ${ADDRESS}){0,${MOST_SERVICE_ADDRESSES - 1}})?$`,
  },
} as const;

/**
 * The addresses of the peers that are services, asked before the act.
 *
 * @throws Error when a service has no task with an address, or there are more addresses than a command carries: a cut with a hole in it is
 * another fault than was asked for.
 */
export async function resolveServices(
  port: ServiceAddresses,
  { services }: Pick<FilterParameters, 'services'>,
): Promise<{ readonly serviceAddresses: string }> {
  const each = await Promise.all(
    services.map(async (name) => {
      const [cluster = '', service = ''] = name.split('/');
      const found = await port.addressesOf(cluster, service);
      if (found.length === 0) throw new Error(`no running task of ${name} has an address`);
      return found;
    }),
  );
  const addresses = [...new Set(each.flat())].sort((a, b) => (a < b ? -1 : 1));
  if (addresses.length > MOST_SERVICE_ADDRESSES) {
    throw new Error(`${services.join(', ')} have ${addresses.length} addresses; ${MOST_SERVICE_ADDRESSES} can be told`);
  }
  return { serviceAddresses: addresses.join(' ') };
}

export type FilterParameters = ParsedParameters<typeof NETWORK_FILTERS>;

/** Whether the parameters name any part of the traffic, rather than all of it. */
export function isFiltered({ addresses, ports, protocol, peers, services }: FilterParameters): boolean {
  return [addresses, ports, peers, services].some((list) => list.length > 0) || protocol !== 'any';
}

/** What is wrong with filter parameters that each look right; undefined when nothing is. */
export function filterContradiction({ addresses, ports, protocol }: FilterParameters): string | undefined {
  const noAddress = addresses.find((address) => isIP(address.split('/')[0] ?? '') === 0);
  if (noAddress !== undefined) return `${noAddress} is no address`;
  for (const range of ports) {
    const [from = 0, to = from] = range.split('-').map(Number);
    if (to > 65_535 || from > to) return `${range} is no range of ports from 1 to 65535`;
  }
  if (ports.length > 0 && protocol === 'icmp') return 'ICMP has no ports';
  return undefined;
}
