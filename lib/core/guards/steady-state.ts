import { cannotTell, type Guard } from './guard.ts';

export const steadyState: Guard = {
  name: 'steady-state',
  question: 'Does the steady state hold before the act?',
  codes: ['steady-state-not-met'],
  check({ steadyState: answers }) {
    if (!answers.known) return cannotTell('steady-state-not-met', answers.because);
    return answers.value
      .filter(({ answer }) => answer !== 'holds')
      .map(({ probe, answer, because }) => ({
        code: 'steady-state-not-met',
        because: `${probe} ${answer === 'unknown' ? 'cannot be told' : 'is violated'}: ${because}`,
        facts: { probe, answer, ...(answer === 'unknown' ? { cannotTell: because } : { found: because }) },
      }));
  },
};
