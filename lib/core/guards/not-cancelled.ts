import { cannotTell, type Guard } from './guard.ts';

export const notCancelled: Guard = {
  name: 'not-cancelled',
  question: 'Has nobody cancelled the planned experiment?',
  codes: ['cancelled'],
  check({ cancellation }) {
    if (!cancellation.known) return cannotTell('cancelled', cancellation.because);
    if (cancellation.value === undefined) return [];
    const { actor, reason, at } = cancellation.value;
    return [{ code: 'cancelled', because: `${actor} cancelled it at ${at}: ${reason}`, facts: { actor, reason, at } }];
  },
};
