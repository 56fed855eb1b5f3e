import { cannotTell, type Guard } from './guard.ts';

export const changeCalendarOpen: Guard = {
  name: 'change-calendar',
  question: 'Is every Change Calendar that the config names open?',
  codes: ['change-calendar-closed'],
  check({ changeCalendars }) {
    if (!changeCalendars.known) return cannotTell('change-calendar-closed', changeCalendars.because);
    return changeCalendars.value
      .filter(({ isOpen }) => !isOpen)
      .map(({ calendar, nextChange }) => ({
        code: 'change-calendar-closed',
        because: `the Change Calendar ${calendar} is closed${nextChange === undefined ? '' : ` until ${nextChange}`}`,
        facts: { calendar, nextChange },
      }));
  },
};
