import type { PrefixLists } from './host-commands.ts';
import { AWS_SERVICES, type AwsService, type AwsServiceName } from './hosts/aws-services.ts';
import { BLOCKING_PREREQUISITES, BLOCKING_SHARES, unblockByHand } from './hosts/blocking-parameters.ts';
import { hostFault } from './hosts/host-fault.ts';
import { CIDR, NETWORK_FILTERS } from './hosts/network-parameters.ts';
import { choice, words } from './hosts/parameters.ts';

const ENDPOINT = '[a-z0-9][a-z0-9.-]{0,60}';
const MOST_ENDPOINTS = 4;
/** Ranges of an AWS service that a command carries. S3 has about a dozen in a region (from memory). */
const MOST_RANGES = 100;
const NONE = 'none';

/** What the host is told of a service: its names without the region, and its ranges. */
async function resolveService(
  port: PrefixLists,
  { service }: { readonly service: string },
): Promise<{ readonly endpoints: string; readonly ranges: string }> {
  if (service === NONE) return { endpoints: '', ranges: '' };
  const { endpoints = [service], lists = [] }: AwsService = AWS_SERVICES[service as AwsServiceName];
  const ranges = lists.length === 0 ? [] : await port.prefixesOf(lists);
  if (lists.length > 0 && ranges.length === 0) throw new Error(`AWS lists no ranges of ${service} in this region`);
  if (ranges.length > MOST_RANGES) {
    throw new Error(`${service} has ${ranges.length} ranges; ${MOST_RANGES} can be told to a host`);
  }
  return { endpoints: endpoints.join(' '), ranges: ranges.join(' ') };
}

export const dependencyFailure = hostFault({
  name: 'dependency-failure',
  summary:
    'Lets everything vanish that the target sends to an AWS service or to some hosts, as when that service is down or out of reach. On a host, Systems Manager stays reachable, even by an address that is shared.',
  scopes: ['container', 'host'],
  prerequisites: [
    ...BLOCKING_PREREQUISITES,
    'names are resolved by the target’s resolver, again every five seconds; ranges of S3 and DynamoDB are those that AWS manages as prefix lists',
  ],
  permissions: [
    { actions: ['ec2:DescribeManagedPrefixLists', 'ec2:GetManagedPrefixListEntries'], on: 'any', use: 'looking' },
  ],
  shares: BLOCKING_SHARES,
  parameters: {
    service: choice('an AWS service', [NONE, ...(Object.keys(AWS_SERVICES) as AwsServiceName[])], NONE),
    hosts: words('host names that are a dependency', '[A-Za-z0-9_]([A-Za-z0-9_.-]{0,198}[A-Za-z0-9_])?', { most: 16 }),
    traffic: choice('web: to the ports 80 and 443 of TCP and UDP; all: everything', ['web', 'all'], 'web'),
    interfaces: NETWORK_FILTERS.interfaces,
  },
  contradiction: ({ service, hosts }) =>
    service === NONE && hosts.length === 0 ? 'say which service or which hosts fail' : undefined,
  resolve: resolveService,
  resolved: {
    endpoints: {
      description: 'names of the endpoints of the service, without the region',
      allowedPattern: `^(${ENDPOINT}( ${ENDPOINT}){0,${MOST_ENDPOINTS - 1}})?$`,
    },
    ranges: {
      description: 'ranges of addresses of the service',
      allowedPattern: `^((${CIDR})( (${CIDR})){0,${MOST_RANGES - 1}})?$`,
    },
  },
  lasts: 60,
  byHand: unblockByHand,
});
