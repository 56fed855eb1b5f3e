import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountState,
  type ClaimAnswer,
  type ClaimRequest,
  claimAccount,
  claimGroup,
  EMPTY_ACCOUNT,
  type GroupState,
  releaseAccount,
  releaseGroup,
} from '../../lib/core/claim.ts';
import { aCalendar, aWindow, NOON_MS } from './examples.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const FREE: GroupState = { group: 'front' };

const request = (experiment: string, changes: Partial<ClaimRequest> = {}): ClaimRequest => ({
  experiment,
  group: 'front',
  owner: `run of ${experiment}`,
  nowMs: NOON_MS,
  untilMs: NOON_MS + HOUR,
  ...changes,
});

function granted<State>(answer: ClaimAnswer<State>): State {
  if (!answer.granted) throw new Error(`refused: ${answer.refusal.because}`);
  return answer.state;
}
const codeOf = (answer: ClaimAnswer<unknown>): string => (answer.granted ? 'granted' : answer.refusal.code);

const WORK_DAYS = aCalendar(aWindow('09:00-17:00'));

describe('a claim of a group', () => {
  it('is granted to the first, who is written down with what was before', () => {
    const before: GroupState = { group: 'front', lastExperiment: 'old', lastStartedMs: 1 };
    expect(claimGroup(before, request('a'), undefined)).toEqual({
      granted: true,
      changed: true,
      state: {
        group: 'front',
        inFlight: { experiment: 'a', owner: 'run of a', untilMs: NOON_MS + HOUR },
        lastExperiment: 'a',
        lastStartedMs: NOON_MS,
        before: { lastExperiment: 'old', lastStartedMs: 1 },
      },
    });
  });

  it('asked for again by the same execution is the same claim', () => {
    const state = granted(claimGroup(FREE, request('a'), undefined));
    const again = claimGroup(state, request('a', { nowMs: NOON_MS + 9, untilMs: NOON_MS + 2 * HOUR }), undefined);
    expect(again).toEqual({ granted: true, state, changed: false });
  });

  it('is refused while another experiment is in flight, and until when', () => {
    const state = granted(claimGroup(FREE, request('a'), undefined));
    expect(claimGroup(state, request('b'), undefined)).toEqual({
      granted: false,
      refusal: {
        code: 'group-in-flight',
        because: 'a is in flight, at the latest until 2026-11-23T13:00:00.000Z',
        facts: { experiment: 'a', until: '2026-11-23T13:00:00.000Z' },
      },
    });
  });

  it('is refused to a second execution of the same experiment, in flight, expired or done', () => {
    const second = { owner: 'another run' };
    const state = granted(claimGroup(FREE, request('a'), undefined));
    expect(claimGroup(state, request('a', second), undefined)).toEqual({
      granted: false,
      refusal: { code: 'already-done', because: 'a was claimed before', facts: { experiment: 'a' } },
    });
    const later = { ...second, nowMs: NOON_MS + 2 * HOUR };
    expect(codeOf(claimGroup(state, request('a', later), undefined))).toBe('already-done');
    const done = releaseGroup(state, 'run of a', true);
    expect(codeOf(claimGroup(done, request('a', second), undefined))).toBe('already-done');
  });

  it.each([
    [HOUR - 1, 'group-in-flight'],
    [HOUR, 'granted'],
    [HOUR + 1, 'granted'],
  ])('that nobody released holds for others until it is over: %d ms later it is %s', (afterMs, code) => {
    const state = granted(claimGroup(FREE, request('a'), undefined));
    expect(codeOf(claimGroup(state, request('b', { nowMs: NOON_MS + afterMs }), undefined))).toBe(code);
  });

  it('that nobody released counts as a start for the spacing, for it may have acted', () => {
    const state = granted(claimGroup(FREE, request('a'), undefined));
    const spacing = { calendar: WORK_DAYS, minDays: 1 };
    expect(codeOf(claimGroup(state, request('b', { nowMs: NOON_MS + 2 * HOUR }), spacing))).toBe('group-spacing');
    expect(codeOf(claimGroup(state, request('b', { nowMs: NOON_MS + 24 * HOUR }), spacing))).toBe('granted');
  });

  it.each([
    [1, '2026-11-20T12:00:00Z', 'granted'],
    [1, '2026-11-23T07:00:00Z', 'group-spacing'],
    [1, '2026-11-22T23:00:00Z', 'group-spacing'],
    [1, '2026-11-22T22:59:59Z', 'granted'],
    [2, '2026-11-20T12:00:00Z', 'group-spacing'],
    [2, '2026-11-19T12:00:00Z', 'granted'],
    [0, '2026-11-23T11:59:59Z', 'granted'],
  ])('keeps a spacing of %d work days after %s: %s', (minDays, last, code) => {
    const state = { group: 'front', lastExperiment: 'old', lastStartedMs: Date.parse(last) };
    expect(codeOf(claimGroup(state, request('a'), { calendar: WORK_DAYS, minDays }))).toBe(code);
    expect(codeOf(claimGroup(state, request('a'), undefined))).toBe('granted');
  });

  it('says of a spacing that is not kept what was last, and when', () => {
    const state = { group: 'front', lastExperiment: 'old', lastStartedMs: NOON_MS - HOUR };
    expect(claimGroup(state, request('a'), { calendar: WORK_DAYS, minDays: 2 })).toMatchObject({
      refusal: {
        because: 'old started at 2026-11-23T11:00:00.000Z; at least 2 work days must lie between two',
        facts: { last: 'old', lastStartedAt: '2026-11-23T11:00:00.000Z', minDays: 2 },
      },
    });
  });
});

describe('a spacing', () => {
  const closed = aCalendar(
    aWindow('09:00-17:00'),
    ['2026-11-19'],
    [{ fromDate: '2026-11-20', toDate: '2026-11-20', name: 'year end' }],
  );

  it.each([
    // Before Monday the 23rd, Thursday was a holiday and Friday frozen: the work day before it is Wednesday the 18th.
    [1, '2026-11-20T12:00:00Z', 'granted'],
    [2, '2026-11-18T12:00:00Z', 'group-spacing'],
    [2, '2026-11-17T12:00:00Z', 'granted'],
    [3, '2026-11-17T12:00:00Z', 'group-spacing'],
    [3, '2026-11-16T12:00:00Z', 'granted'],
  ])('of %d work days after %s counts no holiday and no frozen day: %s', (minDays, last, code) => {
    const state = { group: 'front', lastExperiment: 'old', lastStartedMs: Date.parse(last) };
    expect(codeOf(claimGroup(state, request('a'), { calendar: closed, minDays }))).toBe(code);
  });

  it('counts what comes after midnight to the night in which it began', () => {
    const calendar = aCalendar(aWindow('22:00-06:00', 'mon-fri', 'UTC'));
    const state = { group: 'front', lastExperiment: 'old', lastStartedMs: Date.parse('2026-11-23T23:00:00Z') };
    const at = (now: string) =>
      codeOf(claimGroup(state, request('a', { nowMs: Date.parse(now) }), { calendar, minDays: 1 }));
    expect(at('2026-11-24T05:00:00Z')).toBe('group-spacing');
    expect(at('2026-11-24T22:00:00Z')).toBe('granted');
  });
});

describe('when a group was first met', () => {
  const met: GroupState = { group: 'front', knownSinceMs: 5 };

  it('stays known through a claim and its release, whether it acted or not', () => {
    const claimed = granted(claimGroup(met, request('a'), undefined));
    expect(claimed.knownSinceMs).toBe(5);
    expect(releaseGroup(claimed, 'run of a', false)).toStrictEqual(met);
    const acted = releaseGroup(claimed, 'run of a', true);
    expect(acted).toStrictEqual({ ...met, lastExperiment: 'a', lastStartedMs: NOON_MS });
    const again = granted(claimGroup(acted, request('b', { nowMs: NOON_MS + HOUR }), undefined));
    expect(again.knownSinceMs).toBe(5);
    expect(releaseGroup(again, 'run of b', false)).toStrictEqual(acted);
  });

  it('stays unknown where it was never said', () => {
    expect(granted(claimGroup(FREE, request('a'), undefined))).not.toHaveProperty('knownSinceMs');
  });
});

describe('a release of a group', () => {
  const before: fc.Arbitrary<GroupState> = fc.record(
    {
      group: fc.constant('front'),
      lastExperiment: fc.constantFrom('old', 'older'),
      lastStartedMs: fc.nat(),
      knownSinceMs: fc.nat(),
    },
    { requiredKeys: ['group'], noNullPrototype: true },
  );

  it('that did not act restores exactly what was before', () => {
    fc.assert(
      fc.property(before, (state) => {
        const claimed = granted(claimGroup(state, request('a'), undefined));
        expect(releaseGroup(claimed, 'run of a', false)).toStrictEqual(state);
      }),
    );
  });

  it('that acted keeps the start, and nothing of the claim', () => {
    fc.assert(
      fc.property(before, (state) => {
        const claimed = granted(claimGroup(state, request('a'), undefined));
        const { knownSinceMs } = state;
        expect(releaseGroup(claimed, 'run of a', true)).toStrictEqual({
          group: 'front',
          ...(knownSinceMs === undefined ? {} : { knownSinceMs }),
          lastExperiment: 'a',
          lastStartedMs: NOON_MS,
        });
      }),
    );
  });

  it('by anybody else, or a second time, changes nothing', () => {
    const claimed = granted(claimGroup(FREE, request('a'), undefined));
    for (const acted of [true, false]) {
      expect(releaseGroup(claimed, 'another run', acted)).toBe(claimed);
      const released = releaseGroup(claimed, 'run of a', acted);
      expect(releaseGroup(released, 'run of a', !acted)).toBe(released);
      expect(releaseGroup(FREE, 'run of a', acted)).toBe(FREE);
    }
  });
});

const wide = { maxInFlight: 100, maxPerHour: 100, maxPerDay: 100 };

/** Starts experiments one after the other, each released at once, at the given moments. */
function startedAt(...moments: number[]): AccountState {
  return moments.reduce((state, atMs, index) => {
    const claimed = granted(claimAccount(state, request(`e${index}`, { nowMs: atMs, untilMs: atMs + 1 }), wide, 'UTC'));
    return releaseAccount(claimed, `e${index}`, `run of e${index}`, true);
  }, EMPTY_ACCOUNT);
}

describe('a claim of the account', () => {
  it('is granted within the budgets, and asked for again by the same execution it is the same', () => {
    const first = claimAccount(EMPTY_ACCOUNT, request('a'), wide, 'UTC');
    const state = {
      slots: [{ experiment: 'a', owner: 'run of a', untilMs: NOON_MS + HOUR }],
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

/** A compare-and-set item, as the state table keeps them. */
class Item<Body> {
  body: Body;
  version = 0;
  constructor(body: Body) {
    this.body = body;
  }
  write(body: Body, expected: number): boolean {
    if (this.version !== expected) return false;
    this.body = body;
    this.version++;
    return true;
  }
}

/**
 * Claimers that each read, decide and write, one step at a time, in an order that `next` chooses.
 *
 * @returns the owners to whom it was granted.
 */
function race<State>(
  item: Item<State>,
  owners: readonly string[],
  decide: (state: State, owner: string) => ClaimAnswer<State>,
  next: (left: number) => number,
): string[] {
  const winners: string[] = [];
  const claimers = owners.map((owner) => ({ owner, read: undefined as { body: State; version: number } | undefined }));
  while (claimers.length > 0) {
    const index = next(claimers.length) % claimers.length;
    const claimer = claimers[index];
    if (claimer === undefined) break;
    if (claimer.read === undefined) {
      claimer.read = { body: item.body, version: item.version };
      continue;
    }
    const answer = decide(claimer.read.body, claimer.owner);
    const { version } = claimer.read;
    claimer.read = undefined;
    if (answer.granted && answer.changed && !item.write(answer.state, version)) continue;
    if (answer.granted) winners.push(claimer.owner);
    claimers.splice(index, 1);
  }
  return winners;
}

describe('two hundred claims at once', () => {
  const owners = Array.from({ length: 200 }, (_, index) => `run ${index}`);
  /** Whose turn it is, from a seed; the same seed gives the same race. */
  const turns = (seed: number) => {
    let state = seed >>> 0;
    return (left: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * left);
    };
  };
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  it('of one group by executions of the same experiment are granted exactly once', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const item = new Item(FREE);
        const decide = (state: GroupState, owner: string) => claimGroup(state, request('a', { owner }), undefined);
        const winners = race(item, owners, decide, turns(seed));
        expect(winners).toEqual([item.body.inFlight?.owner]);
      }),
      { numRuns: 20 },
    );
  });

  it('of one group by experiments of their own are granted exactly once', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const item = new Item(FREE);
        const decide = (state: GroupState, owner: string) =>
          claimGroup(state, request(`of ${owner}`, { owner }), undefined);
        expect(race(item, owners, decide, turns(seed))).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  it('of the account are granted as often as the tightest budget allows', () => {
    const budget = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(seeds, budget, budget, budget, (seed, maxInFlight, maxPerHour, maxPerDay) => {
        const item = new Item(EMPTY_ACCOUNT);
        const budgets = { maxInFlight, maxPerHour, maxPerDay };
        const decide = (state: AccountState, owner: string) =>
          claimAccount(state, request(`of ${owner}`, { owner }), budgets, 'UTC');
        expect(race(item, owners, decide, turns(seed))).toHaveLength(Math.min(maxInFlight, maxPerHour, maxPerDay));
      }),
      { numRuns: 20 },
    );
  });
});
