import { cannotTell, type Guard } from './guard.ts';

export const faultAllowed: Guard = {
  name: 'fault-allowed',
  question: 'Does the group allow this fault?',
  codes: ['fault-not-allowed'],
  check({ order, group }) {
    if (!group.known) return cannotTell('fault-not-allowed', group.because);
    const allowed = group.value.group?.settings.faults.map(({ name }) => name);
    // A group that cannot be read has its refusal already.
    if (allowed === undefined || allowed.includes(order.fault)) return [];
    const because = `${order.group} allows ${allowed.join(', ')}, not ${order.fault}`;
    return [{ code: 'fault-not-allowed', because, facts: { fault: order.fault, allowed } }];
  },
};
