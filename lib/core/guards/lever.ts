import { cannotTell, type Guard } from './guard.ts';

export const lever: Guard = {
  name: 'lever',
  question: 'Is the lever released?',
  codes: ['lever-engaged'],
  check({ lever: state }) {
    if (!state.known) return cannotTell('lever-engaged', state.because);
    if (!state.value.engaged) return [];
    const { reason, actor, at } = state.value;
    return [
      {
        code: 'lever-engaged',
        because: `${actor} engaged the lever at ${at}: ${reason}`,
        facts: { reason, actor, at },
      },
    ];
  },
};
