import { pauseContainer } from '../../lib/faults/pause-container.ts';
import { describeEnds } from './scenarios.ts';

describeEnds({
  fault: pauseContainer,
  // The kernel still takes connections for a frozen process, which answers none of them.
  isUnder: async ({ meter, container }) => {
    const { error, status } = await meter.http('outside', container.address, { timeoutMs: 1_500 });
    return error === 'timeout' && status === undefined;
  },
  isUnharmed: async ({ meter, container }) => {
    const answers = await Promise.all([1, 2, 3].map(() => meter.http('outside', container.address)));
    return answers.every(({ status, ms }) => status === 200 && ms < 3_000);
  },
});
