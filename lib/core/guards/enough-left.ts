import { remainingRequired } from '../min-remaining.ts';
import { cannotTell, type Guard } from './guard.ts';

export const enoughLeft: Guard = {
  name: 'enough-left',
  question: 'Will as many healthy tasks stay as the group demands?',
  codes: ['too-few-remaining'],
  check({ group, services, choice, wanted }) {
    if (!services.known) return cannotTell('too-few-remaining', services.because);
    if (!group.known) return cannotTell('too-few-remaining', group.because);
    const settings = group.value.group?.settings;
    if (!choice.known) return cannotTell('too-few-remaining', choice.because);
    // A group that cannot be read has its refusal already. What takes a whole member asks for itself how much must stay of it.
    if (settings === undefined || choice.value.isWhole) return [];
    const running = services.value.reduce((sum, one) => sum + one.running, 0);
    const desired = services.value.reduce((sum, one) => sum + one.desired, 0);
    const required = remainingRequired(settings.minRemaining, desired);
    const unhealthy = choice.value.ineligible.filter(({ because }) => because === 'unhealthy').length;
    const remaining = running - unhealthy - wanted;
    if (remaining >= required) return [];
    const uncounted = unhealthy > 0 ? `, ${unhealthy} unhealthy not counted` : '';
    const because = `${remaining} of ${desired} would stay${uncounted}, at least ${required} must`;
    return [
      { code: 'too-few-remaining', because, facts: { running, unhealthy, wanted, remaining, required, desired } },
    ];
  },
};
