import { hostFault } from './hosts/host-fault.ts';
import { choice, decimal, percent, yesNo } from './hosts/parameters.ts';
import { firstWrong, SHAPING, SHAPING_FILTERS } from './hosts/shaping.ts';

export const networkLatency = hostFault({
  ...SHAPING,
  name: 'network-latency',
  summary: 'Lets packets wait, evenly or with jitter, as a longer or a busier way would.',
  parameters: {
    delayMs: decimal('how long a packet waits, in milliseconds', { least: 0, most: 60_000, otherwise: 100 }),
    jitterMs: decimal('how much longer or shorter it may be, in milliseconds', {
      least: 0,
      most: 30_000,
      otherwise: 0,
    }),
    correlationPercent: percent('how much a packet’s jitter follows the last one’s', 0),
    distribution: choice(
      'how jitter is spread; none is uniform, as the kernel does it without a table',
      ['none', 'uniform', 'normal', 'pareto', 'paretonormal'],
      'none',
    ),
    keepOrder: yesNo('whether packets stay in order under jitter, as they do on one way', true),
    ...SHAPING_FILTERS,
  },
  contradiction: firstWrong(
    ({ delayMs, jitterMs }) => (delayMs === 0 && jitterMs === 0 ? 'no delay and no jitter is no latency' : undefined),
    ({ delayMs, jitterMs }) =>
      jitterMs > delayMs ? 'jitter above the delay would let packets leave before they came' : undefined,
    ({ jitterMs, distribution, correlationPercent }) =>
      jitterMs === 0 && ((distribution !== 'none' && distribution !== 'uniform') || correlationPercent > 0)
        ? 'distribution and correlation are of the jitter, and there is none'
        : undefined,
  ),
});
