import { describe, expect, it } from 'vitest';
import {
  type AccountState,
  claimAccount,
  claimGroup,
  EMPTY_ACCOUNT,
  type GroupState,
  releaseAccount,
  releaseGroup,
} from '../../lib/core/claim.ts';
import { codeOf, FREE, granted, HOUR, request, SECOND } from './claim-scenes.ts';
import { NOON_MS } from './examples.ts';

const wide = { maxInFlight: 100, maxPerHour: 100, maxPerDay: 100 };

/** Starts experiments one after the other, each released at once, at the given moments. */
function startedAt(...moments: number[]): AccountState {
  return moments.reduce((state, atMs, index) => {
    const claimed = granted(claimAccount(state, request(`e${index}`, { nowMs: atMs, untilMs: atMs + 1 }), wide, 'UTC'));
    return releaseAccount(claimed, `e${index}`, `run of e${index}`, true);
  }, EMPTY_ACCOUNT);
}

describe('an account of which nothing is known', () => {
  it('has nothing in flight, and no starts', () => {
    expect(EMPTY_ACCOUNT).toEqual({ slots: [], starts: [] });
  });
});

describe('a claim of the account', () => {
  it('is granted within the budgets, and asked for again by the same execution it is the same', () => {
    const first = claimAccount(EMPTY_ACCOUNT, request('a'), wide, 'UTC');
    const state = {
      slots: [{ experiment: 'a', owner: 'run of a', untilMs: NOON_MS + HOUR, targets: ['task of a'] }],
      starts: [{ experiment: 'a', atMs: NOON_MS }],
    };
    expect(first).toEqual({ granted: true, changed: true, state });
    const one = { maxInFlight: 1, maxPerHour: 1, maxPerDay: 1 };
    expect(claimAccount(state, request('a'), one, 'UTC')).toEqual({ granted: true, changed: false, state });
  });

  it('is refused when as many as allowed are in flight, and names them', () => {
    const state = granted(claimAccount(EMPTY_ACCOUNT, request('a'), wide, 'UTC'));
    expect(claimAccount(state, request('b'), { ...wide, maxInFlight: 1 }, 'UTC')).toEqual({
      granted: false,
      refusal: {
        code: 'account-in-flight',
        because: '1 of 1 are in flight',
        facts: { experiments: ['a'], limit: 1 },
      },
    });
    expect(codeOf(claimAccount(state, request('b'), { ...wide, maxInFlight: 2 }, 'UTC'))).toBe('granted');
  });

  it.each([
    [HOUR - 1, 'account-in-flight'],
    [HOUR, 'granted'],
  ])('does not count a slot whose time is over: %d ms later it is %s', (afterMs, code) => {
    const state = granted(claimAccount(EMPTY_ACCOUNT, request('a'), wide, 'UTC'));
    const later = request('b', { nowMs: NOON_MS + afterMs });
    expect(codeOf(claimAccount(state, later, { ...wide, maxInFlight: 1 }, 'UTC'))).toBe(code);
  });

  it.each([
    [[1, 2, 59 * 60], 3, 'account-hour'],
    [[1, 2], 3, 'granted'],
    [[1, 2, 3599.999], 3, 'account-hour'],
    [[1, 2, 3600], 3, 'granted'],
    [[3601, 3602, 7000], 1, 'granted'],
  ])('keeps the budget of the last 3600 seconds: %j seconds ago and at most %d is %s', (ago, maxPerHour, code) => {
    const state = startedAt(...ago.map((seconds) => NOON_MS - seconds * SECOND));
    expect(codeOf(claimAccount(state, request('x'), { ...wide, maxPerHour }, 'UTC'))).toBe(code);
  });

  it.each([
    // Noon in UTC is 01:00 of the next day in Auckland, and 02:00 in Honolulu.
    ['UTC', ['2026-11-23T00:00:00Z'], 'account-day'],
    ['UTC', ['2026-11-22T23:59:59Z'], 'granted'],
    ['Pacific/Auckland', ['2026-11-23T10:59:59Z'], 'granted'],
    ['Pacific/Auckland', ['2026-11-23T11:00:00Z'], 'account-day'],
    ['Pacific/Honolulu', ['2026-11-23T09:59:59Z'], 'granted'],
    ['Pacific/Honolulu', ['2026-11-23T10:00:00Z'], 'account-day'],
  ])('keeps the budget of a date in %s after %j: %s', (zone, starts, code) => {
    const state = startedAt(...starts.map((start) => Date.parse(start)));
    expect(codeOf(claimAccount(state, request('x'), { ...wide, maxPerDay: 1 }, zone))).toBe(code);
  });

  it('counts for a date nothing of the day before, though it was within the hour', () => {
    const nowMs = Date.parse('2026-11-23T00:10:00Z');
    const state = startedAt(nowMs - HOUR / 2);
    expect(codeOf(claimAccount(state, request('x', { nowMs }), { ...wide, maxPerDay: 1 }, 'UTC'))).toBe('granted');
    expect(codeOf(claimAccount(state, request('x', { nowMs }), { ...wide, maxPerHour: 1 }, 'UTC'))).toBe(
      'account-hour',
    );
  });

  it('is refused to a second execution of the same experiment', () => {
    const state = startedAt(NOON_MS - 1);
    expect(claimAccount(state, request('e0', { owner: 'another run' }), wide, 'UTC')).toEqual({
      granted: false,
      refusal: { code: 'already-done', because: 'e0 was claimed before', facts: { experiment: 'e0' } },
    });
  });

  it('says how many of how many', () => {
    const state = startedAt(NOON_MS - 2, NOON_MS - 1);
    expect(claimAccount(state, request('x'), { ...wide, maxPerHour: 2 }, 'UTC')).toMatchObject({
      refusal: { because: '2 of 2 started within the hour', facts: { started: 2, limit: 2 } },
    });
    expect(claimAccount(state, request('x'), { ...wide, maxPerDay: 2 }, 'UTC')).toMatchObject({
      refusal: { because: '2 of 2 started today', facts: { started: 2, limit: 2 } },
    });
  });

  it('drops starts that no budget looks at any more, and keeps the others', () => {
    const moments = [NOON_MS - 13 * HOUR, NOON_MS - 2 * HOUR, NOON_MS - 1];
    const state = granted(claimAccount(startedAt(...moments), request('x'), wide, 'UTC'));
    expect(state.starts.map(({ atMs }) => atMs)).toEqual([NOON_MS - 2 * HOUR, NOON_MS - 1, NOON_MS]);
    // Shortly after midnight the hour reaches into yesterday.
    const midnight = Date.parse('2026-11-23T00:10:00Z');
    const early = granted(claimAccount(startedAt(midnight - HOUR / 2), request('x', { nowMs: midnight }), wide, 'UTC'));
    expect(early.starts).toHaveLength(2);
  });

  it('is refused to an experiment that started before, though its group had another since', () => {
    let group: GroupState = FREE;
    let account = EMPTY_ACCOUNT;
    const strike = (experiment: string, owner: string): string => {
      const asked = request(experiment, { owner });
      const first = claimGroup(group, asked, undefined);
      if (!first.granted) return first.refusal.code;
      const second = claimAccount(account, asked, wide, 'UTC');
      if (!second.granted) return second.refusal.code;
      group = releaseGroup(first.state, owner, true);
      account = releaseAccount(second.state, experiment, owner, true);
      return 'acted';
    };
    expect([strike('a', '1'), strike('b', '2'), strike('a', '3')]).toEqual(['acted', 'acted', 'already-done']);
  });
});

describe('a release of the account', () => {
  it('that did not act gives place and budget back, and leaves others alone', () => {
    const other = granted(claimAccount(EMPTY_ACCOUNT, request('b'), wide, 'UTC'));
    const state = granted(claimAccount(other, request('a'), wide, 'UTC'));
    expect(releaseAccount(state, 'a', 'run of a', false)).toEqual(other);
    expect(releaseAccount(state, 'a', 'run of a', true)).toEqual({ slots: other.slots, starts: state.starts });
  });

  it('by anybody else, or a second time, changes nothing', () => {
    const state = granted(claimAccount(EMPTY_ACCOUNT, request('a'), wide, 'UTC'));
    expect(releaseAccount(state, 'a', 'another run', false)).toBe(state);
    const released = releaseAccount(state, 'a', 'run of a', true);
    expect(releaseAccount(released, 'a', 'run of a', false)).toBe(released);
  });
});
