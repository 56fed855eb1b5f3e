import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClaimRequest,
  claimAccount,
  claimedTargets,
  EMPTY_ACCOUNT,
  releaseAccount,
} from '../../lib/core/claim.ts';
import { codeOf, granted, HOUR, request } from './claim-scenes.ts';
import { NOON_MS } from './examples.ts';

const wide = { maxInFlight: 100, maxPerHour: 100, maxPerDay: 100 };

describe('the targets of a claim', () => {
  const held = granted(claimAccount(EMPTY_ACCOUNT, request('a', { targets: ['t1', 't2', 't3'] }), wide, 'UTC'));
  const ask = (targets: string[], changes: Partial<ClaimRequest> = {}) =>
    claimAccount(held, request('b', { targets, ...changes }), wide, 'UTC');

  it('are nobody else’s until it is over, though there is budget left', () => {
    expect(ask(['t4', 't3', 't1'])).toEqual({
      granted: false,
      refusal: {
        code: 'target-under-experiment',
        because: 't1, t3 is under a, at the latest until 2026-11-23T13:00:00.000Z',
        facts: { targets: ['t1', 't3'], experiment: 'a' },
      },
    });
    expect(codeOf(ask(['t4']))).toBe('granted');
    expect(codeOf(ask([]))).toBe('granted');
  });

  it.each([
    [HOUR - 1, 'target-under-experiment'],
    [HOUR, 'granted'],
  ])('are free when its time is over though nobody released it: %d ms later it is %s', (afterMs, code) => {
    expect(codeOf(ask(['t1'], { nowMs: NOON_MS + afterMs }))).toBe(code);
  });

  it('are free when it is released', () => {
    const released = releaseAccount(held, 'a', 'run of a', true);
    expect(codeOf(claimAccount(released, request('b', { targets: ['t1'] }), wide, 'UTC'))).toBe('granted');
  });

  it('are told before what the budgets say, and after that it was done', () => {
    const none = { maxInFlight: 1, maxPerHour: 1, maxPerDay: 1 };
    const both = request('b', { targets: ['t1'] });
    expect(codeOf(claimAccount(held, both, none, 'UTC'))).toBe('target-under-experiment');
    const again = request('a', { owner: 'another run', targets: ['t1'] });
    expect(codeOf(claimAccount(held, again, none, 'UTC'))).toBe('already-done');
  });

  it('of another experiment are found wherever it stands', () => {
    const more = granted(claimAccount(held, request('b', { targets: ['t8'] }), wide, 'UTC'));
    expect(claimAccount(more, request('c', { targets: ['t9', 't8'] }), wide, 'UTC')).toMatchObject({
      refusal: { facts: { targets: ['t8'], experiment: 'b' } },
    });
  });

  it('are written down with the claim', () => {
    expect(held.slots).toEqual([
      { experiment: 'a', owner: 'run of a', untilMs: NOON_MS + HOUR, targets: ['t1', 't2', 't3'] },
    ]);
  });

  it('are known to others who choose, and not to its own execution, nor when its time is over', () => {
    const more = granted(
      claimAccount(held, request('b', { targets: ['t8'], untilMs: NOON_MS + 2 * HOUR }), wide, 'UTC'),
    );
    const claimed = (owner: string, nowMs: number): string[] => [...claimedTargets(more, owner, nowMs)];
    expect(claimed('run of c', NOON_MS)).toEqual(['t1', 't2', 't3', 't8']);
    expect(claimed('run of a', NOON_MS)).toEqual(['t8']);
    expect(claimed('run of c', NOON_MS + HOUR - 1)).toEqual(['t1', 't2', 't3', 't8']);
    expect(claimed('run of c', NOON_MS + HOUR)).toEqual(['t8']);
    expect(claimed('run of c', NOON_MS + 2 * HOUR)).toEqual([]);
    expect(claimedTargets(EMPTY_ACCOUNT, 'run of a', NOON_MS).size).toBe(0);
  });

  it('are others when the same execution draws anew after a crash, and take no more budget for it', () => {
    const tight = { maxInFlight: 1, maxPerHour: 1, maxPerDay: 1 };
    const again = (targets: string[]) =>
      claimAccount(held, request('a', { targets, nowMs: NOON_MS + 5, untilMs: NOON_MS + 2 * HOUR }), tight, 'UTC');
    for (const same of [['t1', 't2', 't3'], ['t3'], []])
      expect(again(same)).toEqual({ granted: true, state: held, changed: false });
    for (const other of [['t9'], ['t1', 't9']]) {
      expect(again(other)).toEqual({
        granted: true,
        changed: true,
        state: {
          slots: [{ experiment: 'a', owner: 'run of a', untilMs: NOON_MS + 2 * HOUR, targets: other }],
          starts: held.starts,
        },
      });
    }
  });

  it('of another draw are refused like any when somebody else has them, who keeps them', () => {
    const more = granted(claimAccount(held, request('b', { targets: ['t8'] }), wide, 'UTC'));
    expect(claimAccount(more, request('a', { targets: ['t1', 't8'] }), wide, 'UTC')).toMatchObject({
      refusal: { code: 'target-under-experiment', facts: { targets: ['t8'], experiment: 'b' } },
    });
    const redrawn = granted(claimAccount(more, request('a', { targets: ['t9'] }), wide, 'UTC'));
    expect(redrawn.slots.map(({ experiment, targets }) => [experiment, targets])).toEqual([
      ['b', ['t8']],
      ['a', ['t9']],
    ]);
  });

  it('are never under two experiments at once, whoever asks, releases and waits', () => {
    const names = fc.subarray(['t1', 't2', 't3', 't4'], { minLength: 1 });
    const deed = fc.record({
      targets: names,
      afterMs: fc.integer({ min: 0, max: HOUR }),
      holdMs: fc.integer({ min: 1, max: HOUR }),
      releases: fc.boolean(),
      acted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 25 }), (deeds) => {
        let state = EMPTY_ACCOUNT;
        let nowMs = NOON_MS;
        for (const [index, { targets, afterMs, holdMs, releases, acted }] of deeds.entries()) {
          nowMs += afterMs;
          const oldest = state.slots[0];
          if (releases && oldest) state = releaseAccount(state, oldest.experiment, oldest.owner, acted);
          const taken = claimedTargets(state, `run of e${index}`, nowMs);
          const answer = claimAccount(
            state,
            request(`e${index}`, { targets, nowMs, untilMs: nowMs + holdMs }),
            wide,
            'UTC',
          );
          expect(codeOf(answer)).toBe(targets.some((one) => taken.has(one)) ? 'target-under-experiment' : 'granted');
          if (answer.granted) state = answer.state;
          const live = state.slots.filter(({ untilMs }) => untilMs > nowMs).flatMap((slot) => slot.targets);
          expect(new Set(live).size).toBe(live.length);
        }
      }),
    );
  });
});
