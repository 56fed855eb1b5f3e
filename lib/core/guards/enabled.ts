import { excludedRefusal } from '../group.ts';
import { cannotTell, type Guard } from './guard.ts';

export const enabled: Guard = {
  name: 'enabled',
  question: 'Does the config enable account and region, and except nothing of the group?',
  codes: ['not-enabled', 'excepted'],
  check({ group }) {
    if (!group.known) return cannotTell('not-enabled', group.because);
    return group.value.excluded.map(excludedRefusal);
  },
};
