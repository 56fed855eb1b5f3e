import { NETWORK_PREREQUISITES, NETWORK_SHARES } from './network-parameters.ts';

/** Files that the scripts of faults share that let packets vanish, in order. */
export const BLOCKING_SHARES = [...NETWORK_SHARES, 'packet-program.sh', 'blocking.sh'] as const;

export const BLOCKING_PREREQUISITES = [
  ...NETWORK_PREREQUISITES,
  'the host has tc, awk and cmp, and the kernel modules sch_ingress and cls_bpf',
  'no interface that is hit has a clsact or ingress qdisc of another hand',
] as const;

/** What a person does when the undo cannot be confirmed. */
export const unblockByHand = (where: string): string =>
  `take away what still drops packets of ${where}: in its network namespace (nsenter -t PID -n), for each interface that ` +
  '`tc qdisc show` lists with clsact and whose filters have `pref 4242`: tc qdisc del dev INTERFACE clsact';
