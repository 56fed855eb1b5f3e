import { cannotTell, type Guard } from './guard.ts';

/** A stop condition that is not in OK could not stop anything: it has gone off already, or it sees nothing. */
export const stopAlarmsOk: Guard = {
  name: 'stop-alarms',
  question: 'Is every stop alarm of the group in OK?',
  codes: ['stop-alarm-not-ok'],
  check({ stopAlarms }) {
    if (!stopAlarms.known) return cannotTell('stop-alarm-not-ok', stopAlarms.because);
    return stopAlarms.value
      .filter(({ state }) => state !== 'OK')
      .map(({ name, state, reason, since }) => ({
        code: 'stop-alarm-not-ok',
        because: `the stop alarm ${name} is ${state === 'MISSING' ? 'missing' : `in ${state}`}${reason === undefined ? '' : `: ${reason}`}`,
        facts: { alarm: name, state, reason, since, ...(state === 'ALARM' ? {} : { cannotTell: state }) },
      }));
  },
};
