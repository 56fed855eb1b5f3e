import { hostFault } from './hosts/host-fault.ts';
import { choice, decimal, percent, wholeNumber, yesNo } from './hosts/parameters.ts';
import { firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

interface Effects {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly distribution: string;
  readonly delayCorrelationPercent: number;
  readonly lossPercent: number;
  readonly duplicatePercent: number;
  readonly corruptPercent: number;
  readonly reorderPercent: number;
  readonly rateKbit: number;
}

function several({ delayMs, ...others }: Effects): string | undefined {
  const shares = [others.lossPercent, others.duplicatePercent, others.corruptPercent, others.reorderPercent];
  const effects = [delayMs, ...shares, others.rateKbit].filter((effect) => effect > 0);
  return effects.length < 2 ? 'name two effects at least; for one alone there is a fault of its own' : undefined;
}

function fitting(parameters: Effects): string | undefined {
  const { delayMs, jitterMs, distribution, delayCorrelationPercent, reorderPercent } = parameters;
  if (jitterMs > delayMs) return 'jitter above the delay would let packets leave before they came';
  if (jitterMs === 0 && ((distribution !== 'none' && distribution !== 'uniform') || delayCorrelationPercent > 0)) {
    return 'distribution and correlation are of the jitter, and there is none';
  }
  return reorderPercent > 0 && delayMs === 0 ? 'who is to be overtaken must wait: name a delay' : undefined;
}

export const networkCombine = hostFault({
  ...SHAPING,
  name: 'network-combine',
  summary: 'Several faults of a link at once: latency, loss, duplicates, damage, disorder and a rate.',
  parameters: {
    delayMs: decimal('how long a packet waits, in milliseconds', { least: 0, most: 60_000, otherwise: 0 }),
    jitterMs: decimal('how much longer or shorter it may be, in milliseconds', {
      least: 0,
      most: 30_000,
      otherwise: 0,
    }),
    delayCorrelationPercent: percent('how much a packet’s jitter follows the last one’s', 0),
    distribution: choice(
      'how jitter is spread; none is uniform, as the kernel does it without a table',
      ['none', 'uniform', 'normal', 'pareto', 'paretonormal'],
      'none',
    ),
    keepOrder: yesNo('whether packets stay in order under jitter, as they do on one way', true),
    lossPercent: percent('share of packets that vanish', 0),
    duplicatePercent: percent('share of packets that are sent twice', 0),
    corruptPercent: percent('share of packets with one bit turned over', 0),
    reorderPercent: percent('share of packets that do not wait', 0),
    rateKbit: wholeNumber('rate in kilobits per second (1000 bits), with Ethernet’s headers; 0 for none', {
      least: 0,
      most: 10_000_000,
      otherwise: 0,
    }),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(
    (given) => several(given),
    (given) => fitting(given),
  ),
});
