import type { ClaimAnswer, ClaimRequest, GroupState } from '../../lib/core/claim.ts';
import { NOON_MS } from './examples.ts';

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;
export const FREE: GroupState = { group: 'front' };

export const request = (experiment: string, changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  experiment,
  targets: [`task of ${experiment}`],
  group: 'front',
  owner: `run of ${experiment}`,
  nowMs: NOON_MS,
  untilMs: NOON_MS + HOUR,
  ...changes,
});

export function granted<State>(answer: ClaimAnswer<State>): State {
  if (!answer.granted) throw new Error(`refused: ${answer.refusal.because}`);
  return answer.state;
}
export const codeOf = (answer: ClaimAnswer<unknown>): string => (answer.granted ? 'granted' : answer.refusal.code);
