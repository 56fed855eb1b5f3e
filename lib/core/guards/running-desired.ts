import type { Refusal } from '../refusal.ts';
import { cannotTell, type Guard } from './guard.ts';

export const runningDesired: Guard = {
  name: 'running-desired',
  question: 'Does every member run exactly as many tasks or hosts as desired, and is none a daemon service?',
  codes: ['not-running-desired', 'daemon-service'],
  check({ services }) {
    if (!services.known) return cannotTell('not-running-desired', services.because);
    const refusals: Refusal[] = [];
    for (const { service, running, desired, schedulingStrategy, unit = 'tasks' } of services.value) {
      if (schedulingStrategy === 'DAEMON') {
        refusals.push({ code: 'daemon-service', because: `${service} is a daemon service`, facts: { service } });
      }
      if (running !== desired) {
        const because = `${service} runs ${running} of ${desired} ${unit}`;
        refusals.push({ code: 'not-running-desired', because, facts: { service, running, desired } });
      }
    }
    return refusals;
  },
};
