import type { ActContext, Injection } from '../contract.ts';
import { tooLate } from './too-late.ts';

/** How long after its preparation an act may begin. It bounds what can be ours, and is far more than an experiment takes. */
const WINDOW_MS = 300_000;

/** How far AWS's clock and ours may be apart, and what is lost where AWS writes whole seconds. */
const SLACK_MS = 10_000;

/** The act's answer when its time is over, or when its preparation is too long ago for anybody to tell later that it was ours. */
export function outsideWindow(
  preparedAtMs: number,
  context: Pick<ActContext, 'notAfterMs' | 'now'>,
): Injection | undefined {
  return tooLate({ now: context.now, notAfterMs: Math.min(context.notAfterMs, preparedAtMs + WINDOW_MS) });
}

/**
 * Whether something that AWS says happened at a moment can be this experiment's act. AWS tells what a user did, and when, but not which
 * user. Where it does not say when, it passes for ours: what nobody takes away is the worse mistake.
 */
export function canBeOurs(preparedAtMs: number, atMs: number | undefined): boolean {
  if (atMs === undefined) return true;
  return atMs >= preparedAtMs - SLACK_MS && atMs <= preparedAtMs + WINDOW_MS + SLACK_MS;
}
