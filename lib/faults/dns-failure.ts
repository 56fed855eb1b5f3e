import { BLOCKING_PREREQUISITES, BLOCKING_SHARES, unblockByHand } from './hosts/blocking-parameters.ts';
import { hostFault } from './hosts/host-fault.ts';
import { NETWORK_FILTERS } from './hosts/network-parameters.ts';
import { words } from './hosts/parameters.ts';

/** A label of a host name; service names have underscores (RFC 2782). */
const LABEL = '[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const NAME = `${LABEL}([.]${LABEL}){0,20}`;
/** Longest name without its last dot (RFC 1035, 2.3.4: 255 with the lengths of its labels and the root's). */
const LONGEST_NAME = 253;

/** What is wrong with names to be blocked; undefined when nothing is. */
function wrongName(names: readonly string[]): string | undefined {
  const long = names.find((name) => name.length > LONGEST_NAME);
  if (long !== undefined) return `${long.slice(0, 20)}… is longer than ${LONGEST_NAME} characters`;
  // The program on the host looks from the end of a question. There the length of a label reads like a hyphen or a digit within a longer one.
  const unclear = names.find((name) => {
    const { length } = name.split('.', 1)[0] ?? '';
    return length === 45 || (length >= 48 && length <= 57);
  });
  return unclear === undefined
    ? undefined
    : `the first label of ${unclear} has 45 or 48 to 57 characters, and could not be told from the end of a longer one`;
}

export const dnsFailure = hostFault({
  name: 'dns-failure',
  summary:
    'Lets the target’s questions for names vanish, as a resolver that does not answer: all, or those for some names; by UDP and TCP, IPv4 and IPv6. What it has looked up already, it knows until that expires. On a host, the names of Systems Manager stay resolvable by UDP.',
  scopes: ['container', 'host'],
  prerequisites: [
    ...BLOCKING_PREREQUISITES,
    'the target asks at port 53 (DNS over TLS and HTTPS are other ports), or Docker’s resolver at 127.0.0.11',
  ],
  shares: BLOCKING_SHARES,
  parameters: {
    names: words('names that are not found, with every name below them, in whatever case; all unless told', NAME, {
      most: 16,
    }),
    interfaces: NETWORK_FILTERS.interfaces,
  },
  contradiction: ({ names }) => wrongName(names),
  lasts: 60,
  byHand: unblockByHand,
});
