import { alarmsNotOk, type Guard } from './guard.ts';

/** Nobody wants chaos on top of an outage. */
export const noOutage: Guard = {
  name: 'no-outage',
  question: 'Is every outage alarm that the config names in OK?',
  codes: ['outage'],
  check: ({ outageAlarms }) => alarmsNotOk('outage', 'outage alarm', outageAlarms),
};
