import type { Guard } from './guard.ts';

export const onTime: Guard = {
  name: 'on-time',
  question: 'Is it still the planned instant, or shortly after?',
  codes: ['late'],
  check({ order, nowMs, lateAfterSeconds }) {
    const lateSeconds = Math.round((nowMs - Date.parse(order.at)) / 1000);
    if (lateSeconds <= lateAfterSeconds) return [];
    const because = `due at ${order.at}, it came ${lateSeconds} s late; at most ${lateAfterSeconds} s are allowed`;
    return [{ code: 'late', because, facts: { at: order.at, lateSeconds, lateAfterSeconds } }];
  },
};
