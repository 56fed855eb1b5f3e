import { cannotTell, type Guard } from './guard.ts';

/** Nobody wants chaos on top of an outage. An alarm that does not know is an alarm that cannot be told to be quiet. */
export const noOutage: Guard = {
  name: 'no-outage',
  question: 'Is every outage alarm that the config names in OK?',
  codes: ['outage'],
  check({ outageAlarms }) {
    if (!outageAlarms.known) return cannotTell('outage', outageAlarms.because);
    return outageAlarms.value
      .filter(({ state }) => state !== 'OK')
      .map(({ name, state, reason, since }) => ({
        code: 'outage',
        because: `the outage alarm ${name} is ${state === 'MISSING' ? 'missing' : `in ${state}`}${reason === undefined ? '' : `: ${reason}`}`,
        facts: { alarm: name, state, reason, since, ...(state === 'ALARM' ? {} : { cannotTell: state }) },
      }));
  },
};
