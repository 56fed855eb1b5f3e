import { describe, expect, it } from 'vitest';
import {
  CATCH_UP_DAYS,
  type DigestFacts,
  daysDue,
  digestEntries,
  digestFactsSchema,
  digestPartSchema,
  type Head,
} from '../../lib/audit/digest.ts';
import { daysBetween, daysLater } from '../../lib/audit/utc-day.ts';

const HASH = 'a'.repeat(64);
const ms = (at: string): number => Date.parse(at);
const heads = (count: number): Head[] =>
  Array.from({ length: count }, (_, n) => ({
    chain: `experiment-${String(n).padStart(5, '0')}`,
    sequence: n,
    hash: HASH,
  }));

describe('days of the audit', () => {
  it('are those of UTC, over months, years and leap days', () => {
    expect(daysBetween('2028-02-27', '2028-03-01')).toEqual(['2028-02-27', '2028-02-28', '2028-02-29', '2028-03-01']);
    expect(daysLater('2026-12-31', 1)).toBe('2027-01-01');
    expect(daysBetween('2026-12-31', '2026-12-30')).toEqual([]);
  });
});

describe('the days that want a digest', () => {
  it('are over for a quarter of an hour', () => {
    expect(daysDue('2026-11-20', ms('2026-11-22T00:14:59.999Z')).days).toEqual([]);
    expect(daysDue('2026-11-20', ms('2026-11-22T00:15:00Z')).days).toEqual(['2026-11-21']);
    expect(daysDue('2026-11-21', ms('2026-11-22T23:59:59Z')).days).toEqual([]);
  });

  it('are all since the last one, oldest first', () => {
    expect(daysDue('2026-11-18', ms('2026-11-22T09:00:00Z'))).toEqual({
      days: ['2026-11-19', '2026-11-20', '2026-11-21'],
    });
  });

  it('are the last forty at most; what lies before is named', () => {
    const nowMs = ms('2026-11-22T09:00:00Z');
    const exactly = daysDue(daysLater('2026-11-21', -CATCH_UP_DAYS), nowMs);
    expect(exactly.days).toHaveLength(CATCH_UP_DAYS);
    expect(exactly.notCovered).toBeUndefined();
    const late = daysDue('2026-09-01', nowMs);
    expect(late.days).toEqual(exactly.days);
    expect(late.notCovered).toEqual({ from: '2026-09-02', to: '2026-10-12' });
    expect(late.days[0]).toBe('2026-10-13');
  });

  it('are the last forty before the first digest of all', () => {
    const { days, notCovered } = daysDue(undefined, ms('2026-11-22T09:00:00Z'));
    expect([days.length, days.at(-1), notCovered]).toEqual([CATCH_UP_DAYS, '2026-11-21', undefined]);
  });
});

describe('the records of a digest', () => {
  it('are one, as long as all heads fit, in the order of the chains', () => {
    const [one, two, three] = heads(3);
    const { parts, close } = digestEntries({
      day: '2026-11-21',
      records: 9,
      heads: [three, one, two] as Head[],
    });
    expect(parts).toEqual([]);
    expect(close([])).toEqual({
      key: 'digest/2026-11-21',
      kind: 'digest',
      actor: 'sweep',
      reason: "the day's digest",
      facts: { day: '2026-11-21', chains: 3, records: 9, parts: [], heads: [one, two, three] },
    });
  });

  it('of an empty day say that it was empty', () => {
    const { parts, close } = digestEntries({ day: '2026-11-21', records: 0, heads: [] });
    expect(parts).toEqual([]);
    expect(close([]).facts).toEqual({ day: '2026-11-21', chains: 0, records: 0, parts: [], heads: [] });
  });

  it('are several of a hundred kilobytes at most when there are too many heads, and hold each once', () => {
    const all = heads(2500);
    const { parts, close } = digestEntries({ day: '2026-11-21', records: 2500, heads: all });
    expect(parts.length).toBeGreaterThan(1);
    const last = close(parts.map(() => HASH));
    const facts = last.facts as DigestFacts;
    expect(digestFactsSchema.parse(facts)).toMatchObject({ chains: 2500, parts: parts.map(() => HASH) });
    const held = parts.map((part) => digestPartSchema.parse(part.facts));
    expect(held.map(({ part }) => part)).toEqual(parts.map((_, index) => index + 1));
    expect([...held.flatMap((one) => one.heads), ...facts.heads]).toEqual(all);
    for (const { facts: said } of [...parts, last]) expect(JSON.stringify(said).length).toBeLessThan(101_000);
  });

  it('give a part another key when it says something else, and the same when it says the same', () => {
    const keys = (list: readonly Head[]): string[] =>
      digestEntries({ day: '2026-11-21', records: 0, heads: list }).parts.map(({ key }) => key);
    const all = heads(1500);
    expect(keys(all)).toEqual(keys([...all].reverse()));
    expect(keys(all)[0]).toMatch(/^digest\/2026-11-21\/part\/1\/[0-9a-f]{16}$/);
    const other = keys(all.with(0, { chain: 'experiment-00000', sequence: 7, hash: HASH }));
    expect(other[0]).not.toBe(keys(all)[0]);
    expect(other.slice(1)).toEqual(keys(all).slice(1));
  });

  it('say which days have none, and which chains could not be read', () => {
    const notCovered = { from: '2026-09-01', to: '2026-11-20' };
    const { close } = digestEntries({ day: '2026-11-21', records: 0, heads: [], notCovered, unreadable: ['b', 'a'] });
    expect(digestFactsSchema.parse(close([]).facts)).toMatchObject({ notCovered, unreadable: ['a', 'b'] });
  });
});
