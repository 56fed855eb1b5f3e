import type { ActContext, Injection } from '../contract.ts';

/** The act's answer when its time is over; asked right before a call that acts. */
export function tooLate({ notAfterMs, now }: Pick<ActContext, 'notAfterMs' | 'now'>): Injection | undefined {
  const lateMs = now() - notAfterMs;
  if (lateMs <= 0) return undefined;
  const message = `it would have begun ${Math.ceil(lateMs / 1000)} s too late`;
  return { outcome: 'failed', facts: { code: 'too-late', message } };
}
