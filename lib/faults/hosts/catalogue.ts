import { clockSkew } from '../clock-skew.ts';
import { cpuStress } from '../cpu-stress.ts';
import { dependencyFailure } from '../dependency-failure.ts';
import { diskFill } from '../disk-fill.ts';
import { dnsFailure } from '../dns-failure.ts';
import { ioStress } from '../io-stress.ts';
import { killContainer } from '../kill-container.ts';
import { killProcess } from '../kill-process.ts';
import { memoryStress } from '../memory-stress.ts';
import { networkBlackhole } from '../network-blackhole.ts';
import { networkCombine } from '../network-combine.ts';
import { networkCorrupt } from '../network-corrupt.ts';
import { networkDuplicate } from '../network-duplicate.ts';
import { networkLatency } from '../network-latency.ts';
import { networkLoss } from '../network-loss.ts';
import { networkPartition } from '../network-partition.ts';
import { networkRate } from '../network-rate.ts';
import { networkReorder } from '../network-reorder.ts';
import { pauseContainer } from '../pause-container.ts';
import { restartContainer } from '../restart-container.ts';
import { stopAgent } from '../stop-agent.ts';
import { stopContainer } from '../stop-container.ts';
import type { HostFault } from './host-fault.ts';

/** Every fault with a host script. */
export const HOST_FAULTS: readonly HostFault[] = [
  pauseContainer,
  killContainer,
  stopContainer,
  restartContainer,
  killProcess,
  stopAgent,
  clockSkew,
  networkLatency,
  networkLoss,
  networkDuplicate,
  networkCorrupt,
  networkReorder,
  networkRate,
  networkCombine,
  networkBlackhole,
  networkPartition,
  dnsFailure,
  dependencyFailure,
  cpuStress,
  memoryStress,
  ioStress,
  diskFill,
];
