import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimGroup, type GroupState, releaseGroup } from '../../lib/core/claim.ts';
import { codeOf, FREE, granted, HOUR, request } from './claim-scenes.ts';
import { aCalendar, aWindow, NOON_MS } from './examples.ts';

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

  it('is refused to an experiment that is in flight, whatever is known of the last one', () => {
    const inFlight = { experiment: 'a', owner: 'run of a', untilMs: NOON_MS - 1 };
    expect(codeOf(claimGroup({ ...FREE, inFlight }, request('a', { owner: 'x' }), undefined))).toBe('already-done');
  });

  it('says of a spacing of one day that it is one, and need not know the name of the last experiment', () => {
    const state = { group: 'front', lastStartedMs: NOON_MS - HOUR };
    expect(claimGroup(state, request('a'), { calendar: WORK_DAYS, minDays: 1 })).toEqual({
      granted: false,
      refusal: {
        code: 'group-spacing',
        because: 'an experiment started at 2026-11-23T11:00:00.000Z; at least 1 work day must lie between two',
        facts: { last: undefined, lastStartedAt: '2026-11-23T11:00:00.000Z', minDays: 1 },
      },
    });
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
