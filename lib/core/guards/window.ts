import type { ClosedBecause } from '../calendar.ts';
import type { RefusalCode } from '../refusal.ts';
import { cannotTell, type Guard } from './guard.ts';

const CODES: Readonly<Record<ClosedBecause, RefusalCode>> = {
  'not-a-window-day': 'outside-window',
  'outside-hours': 'outside-window',
  holiday: 'holiday',
  'calendar-unknown': 'calendar-unknown',
  freeze: 'freeze',
};

/** Hours, days, zone and holidays of the group as they are now. Freezes have a guard of their own, because they cannot be skipped. */
export const windowOpen: Guard = {
  name: 'window',
  question: 'Is the window of the group open now, in the zone in which it was planned, and is it no holiday?',
  codes: ['zone-changed', 'outside-window', 'holiday', 'calendar-unknown'],
  check({ order, nowMs, group, calendars }) {
    if (order.skip.includes('window')) return [];
    if (!group.known) return cannotTell('outside-window', group.because);
    const settings = group.value.group?.settings;
    // A group that cannot be read has its refusal already.
    if (settings === undefined) return [];
    const { zone } = settings.window;
    if (order.zone !== undefined && order.zone !== zone) {
      const because = `it was planned in ${order.zone}, and the group is in ${zone} now`;
      return [{ code: 'zone-changed', because, facts: { planned: order.zone, zone } }];
    }
    const closed = calendars.of(settings).closedAt(nowMs);
    if (closed === undefined || closed.because === 'freeze') return [];
    const at = new Date(nowMs).toISOString();
    const code = CODES[closed.because];
    const because = code === 'holiday' ? `${closed.name} is a holiday` : `at ${at} ${closed.name}`;
    return [{ code, because, facts: { at, zone, closed: closed.because, name: closed.name } }];
  },
};
