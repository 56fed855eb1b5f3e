import type { Refusal } from '../refusal.ts';
import { cannotTell, type Guard } from './guard.ts';

export const runningDesired: Guard = {
  name: 'running-desired',
  question: 'Does every service run exactly as many tasks as desired, and is none a daemon service?',
  codes: ['not-running-desired', 'daemon-service'],
  check({ services }) {
    if (!services.known) return cannotTell('not-running-desired', services.because);
    const refusals: Refusal[] = [];
    for (const { service, running, desired, schedulingStrategy } of services.value) {
      if (schedulingStrategy === 'DAEMON') {
        refusals.push({ code: 'daemon-service', because: `${service} is a daemon service`, facts: { service } });
      }
      if (running !== desired) {
        const because = `${service} runs ${running} of ${desired} tasks`;
        refusals.push({ code: 'not-running-desired', because, facts: { service, running, desired } });
      }
    }
    return refusals;
  },
};
