import { memberNames } from '../experiment.ts';
import { tagRefusal } from '../group.ts';
import { cannotTell, type Guard } from './guard.ts';

export const optedIn: Guard = {
  name: 'opted-in',
  question: 'Do all services or hosts of the group carry the opt-in tag now, and can all its tags be read?',
  codes: ['not-opted-in', 'tag-unparsable'],
  check({ order, group }) {
    if (!group.known) return cannotTell('not-opted-in', group.because);
    const { problems, present, excluded } = group.value;
    const refusals = problems.map(tagRefusal);
    const gone = memberNames(order).filter(
      (name) => !present.includes(name) && !excluded.some(({ resource }) => resource.endsWith(`/${name}`)),
    );
    // What the config leaves out has a guard of its own.
    if (gone.length > 0 || (group.value.group === undefined && problems.length === 0 && excluded.length === 0)) {
      const because = `${gone.join(', ') || order.group} is not opted in to the group ${order.group} (any more)`;
      refusals.push({ code: 'not-opted-in', because, facts: { services: gone } });
    }
    return refusals;
  },
};
