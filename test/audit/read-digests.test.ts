import { describe, expect, it } from 'vitest';
import { DIGEST_CHAIN, type DigestFacts, digestEntries, type Head } from '../../lib/audit/digest.ts';
import { readDigests } from '../../lib/audit/read-digests.ts';
import type { AuditRecord, Entry } from '../../lib/audit/record.ts';
import { aChain } from './examples.ts';

const HASH = 'a'.repeat(64);
const LATER_MS = Date.parse('2026-12-01T00:00:00Z');

function closing(day: string, changes: Partial<DigestFacts> = {}): Entry {
  const entry = digestEntries({ day, records: 0, heads: [] }).close([]);
  return { ...entry, facts: { ...entry.facts, ...changes } };
}

const digestsOf = (entries: readonly Entry[], ms = LATER_MS): AuditRecord[] => aChain(DIGEST_CHAIN, entries, ms);
const problemsOf = (records: readonly unknown[]): string[] =>
  readDigests(records).findings.map(({ problem }) => problem);

describe('the chain of the digests', () => {
  it('has one for each day after the first', () => {
    expect(problemsOf(digestsOf([closing('2026-11-20'), closing('2026-11-21')]))).toEqual([]);
    expect(problemsOf(digestsOf([closing('2026-11-20'), closing('2026-11-23')]))).toEqual([
      'the digests of 2026-11-21 to 2026-11-22 are missing before that of 2026-11-23',
    ]);
    expect(problemsOf(digestsOf([closing('2026-11-21'), closing('2026-11-21')]))).toEqual([
      'the digest of 2026-11-21 comes after that of 2026-11-21',
    ]);
    expect(problemsOf(digestsOf([closing('2026-11-21'), closing('2026-11-20')]))).toEqual([
      'the digest of 2026-11-20 comes after that of 2026-11-21',
    ]);
  });

  it('may leave days out only when the next digest names all of them', () => {
    const leavingOut = (notCovered: DigestFacts['notCovered']) =>
      problemsOf(digestsOf([closing('2026-09-01'), closing('2026-11-20', { notCovered })]));
    expect(leavingOut({ from: '2026-09-02', to: '2026-11-19' })).toEqual([]);
    for (const wrong of [
      { to: '2026-11-19' },
      { from: '2026-09-03', to: '2026-11-19' },
      { from: '2026-09-02', to: '2026-11-18' },
    ])
      expect(leavingOut(wrong)).toHaveLength(1);
  });

  it('has none that was written before its day had settled', () => {
    const at = (iso: string) => problemsOf(digestsOf([closing('2026-11-20')], Date.parse(iso)));
    expect(at('2026-11-21T00:15:00Z')).toEqual([]);
    expect(at('2026-11-21T00:14:59.999Z')).toEqual(['the digest of 2026-11-20 was written before its day was over']);
  });

  it('has every part that a digest names, in the order in which it names them, and as many heads as it counts', () => {
    const head = (n: number): Head => ({ chain: `${'x'.repeat(800)}-${n + 1000}`, sequence: n, hash: HASH });
    const heads = Array.from({ length: 300 }, (_, n) => head(n));
    const { parts, close } = digestEntries({ day: '2026-11-20', records: 300, heads });
    const written = digestsOf(parts);
    const whole = digestsOf([...parts, close(written.map(({ hash }) => hash))]);
    expect(readDigests([...whole].reverse())).toMatchObject({ digests: [{ day: '2026-11-20', heads }], findings: [] });
    expect(problemsOf(whole.slice(1))).toEqual(['the digest of 2026-11-20 has 1 parts that are not there']);
    const fewer = digestsOf([...parts, close(written.slice(1).map(({ hash }) => hash))]);
    expect(problemsOf(fewer)).toEqual([
      expect.stringMatching(/^the digest of 2026-11-20 counts 300 chains and names \d+$/),
    ]);
    // Parts of a sweep that crashed are named by nobody.
    expect(readDigests(written)).toEqual({ digests: [], findings: [] });
  });

  it('has nothing else in it', () => {
    const other = { ...closing('2026-11-20'), kind: 'planned' } as const;
    const bad = closing('2026-11-20', { chains: -1 });
    expect(problemsOf(digestsOf([other, bad]))).toEqual(['it is not a digest', 'it is not a digest']);
  });
});
