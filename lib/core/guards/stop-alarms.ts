import { alarmsNotOk, type Guard } from './guard.ts';

/** A stop condition that is not in OK could not stop anything: it has gone off already, or it sees nothing. */
export const stopAlarmsOk: Guard = {
  name: 'stop-alarms',
  question: 'Is every stop alarm of the group in OK?',
  codes: ['stop-alarm-not-ok'],
  check: ({ stopAlarms }) => alarmsNotOk('stop-alarm-not-ok', 'stop alarm', stopAlarms),
};
