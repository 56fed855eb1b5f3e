import { type Scope, scopeFor } from '../fault-choice.ts';
import { kindOf } from '../group.ts';
import { cannotTell, type Guard } from './guard.ts';

/** What a scope takes that takes no number of targets. */
const WHOLES: Readonly<Partial<Record<Scope, string>>> = {
  service: 'a whole service',
  'scaling-group': 'a whole Auto Scaling group',
  zone: 'all of a zone',
};

/** Whether the fault reaches single targets is part of their eligibility; this asks for the group as a whole. */
export const faultApplicable: Guard = {
  name: 'fault-applicable',
  question: 'Does the fault mean something to targets of this kind?',
  codes: ['fault-not-applicable', 'targets-not-applicable'],
  check({ order, group, fault }) {
    if (!group.known) return cannotTell('fault-not-applicable', group.because);
    // A group that cannot be read and a fault that does not exist have their refusals already.
    if (group.value.group === undefined || fault === undefined) return [];
    const scope = scopeFor(fault, group.value.group);
    if (scope !== undefined) {
      const whole = WHOLES[scope];
      if (whole === undefined || order.targets === undefined) return [];
      const because = `${order.fault} takes ${whole}, so ${order.targets} targets cannot be asked for`;
      return [{ code: 'targets-not-applicable', because, facts: { fault: order.fault, targets: order.targets } }];
    }
    const kind = kindOf(group.value.group);
    const because = `${order.fault} acts on a ${fault.scopes.join(' or a ')}; ${order.group} is a group of ${kind === 'hosts' ? 'hosts' : 'services'}`;
    return [{ code: 'fault-not-applicable', because, facts: { fault: order.fault, scopes: fault.scopes, kind } }];
  },
};
