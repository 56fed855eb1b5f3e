import { describe, expect, it } from 'vitest';
import { writeDigests } from '../../../functions/sweep/digest.ts';
import { verifyChains } from '../../../lib/audit/chain.ts';
import { DIGEST_CHAIN, type DigestFacts } from '../../../lib/audit/digest.ts';
import { readDigests } from '../../../lib/audit/read-digests.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import { FakeTable } from '../../audit/fake-table.ts';

const at = (iso: string) => (): number => Date.parse(iso);
const factsOf = (records: readonly AuditRecord[]): DigestFacts[] => records.map(({ facts }) => facts as DigestFacts);
const daysOf = (table: FakeTable): string[] => readDigests(table.chain(DIGEST_CHAIN)).digests.map(({ day }) => day);

/** Two experiments on the 20th, one of which goes on after midnight, and the lever on the 22nd. */
function someDays(): FakeTable {
  const table = new FakeTable();
  table.grow('shop-1', '2026-11-20T10:00:00Z', 3);
  table.grow('shop-2', '2026-11-20T23:59:58Z', 2);
  table.grow('shop-2', '2026-11-21T00:00:01Z', 4);
  table.grow('lever', '2026-11-22T08:00:00Z', 1);
  return table;
}

const head = (table: FakeTable, chain: string, sequence: number) => {
  return { chain, sequence, hash: table.chain(chain)[sequence]?.hash };
};

describe('the daily digest', () => {
  it('names every chain that grew on a day, with its end as of that day, and links to the day before', async () => {
    const table = someDays();
    const written = await writeDigests({ audit: table, now: at('2026-11-23T00:20:00Z') });
    expect(factsOf(written)).toEqual([
      {
        day: '2026-11-20',
        chains: 2,
        records: 5,
        parts: [],
        heads: [head(table, 'shop-1', 2), head(table, 'shop-2', 1)],
      },
      { day: '2026-11-21', chains: 1, records: 4, parts: [], heads: [head(table, 'shop-2', 5)] },
      { day: '2026-11-22', chains: 1, records: 1, parts: [], heads: [head(table, 'lever', 0)] },
    ]);
    expect(table.chain(DIGEST_CHAIN)).toEqual(written);
    expect(written.map(({ previous }) => previous).slice(1)).toEqual(written.map(({ hash }) => hash).slice(0, -1));
    expect(verifyChains(written)).toEqual([]);
  });

  it('is written once: the next sweep of the day reads one record and writes nothing', async () => {
    const table = someDays();
    await writeDigests({ audit: table, now: at('2026-11-23T00:20:00Z') });
    const before = { ...table.calls };
    expect(await writeDigests({ audit: table, now: at('2026-11-23T23:55:00Z') })).toEqual([]);
    expect(table.calls).toEqual({ ...before, readLast: (before.readLast ?? 0) + 1 });
  });

  it('is written for a day without records too, but not before the first day that has any', async () => {
    const table = someDays();
    await writeDigests({ audit: table, now: at('2026-11-23T00:20:00Z') });
    const [empty, ...others] = await writeDigests({ audit: table, now: at('2026-11-24T00:20:00Z') });
    expect(others).toEqual([]);
    expect(empty?.facts).toEqual({ day: '2026-11-23', chains: 0, records: 0, parts: [], heads: [] });
    const nothing = new FakeTable();
    expect(await writeDigests({ audit: nothing, now: at('2026-11-23T00:20:00Z') })).toEqual([]);
    expect(nothing.items).toEqual([]);
  });

  it('leaves a day alone until it has settled', async () => {
    const table = new FakeTable();
    table.grow('shop-1', '2026-11-20T23:59:59Z');
    expect(await writeDigests({ audit: table, now: at('2026-11-21T00:14:00Z') })).toEqual([]);
    expect(await writeDigests({ audit: table, now: at('2026-11-21T00:15:00Z') })).toHaveLength(1);
  });

  it('makes up for days without a sweep, each by what it was then, and says which are too long ago', async () => {
    const table = someDays();
    await writeDigests({ audit: table, now: at('2026-11-21T00:20:00Z') });
    table.grow('lever', '2027-01-20T08:00:00Z', 2);
    const written = factsOf(await writeDigests({ audit: table, now: at('2027-02-01T09:00:00Z') }));
    expect(written).toHaveLength(40);
    expect(written[0]).toMatchObject({ day: '2026-12-23', notCovered: { from: '2026-11-21', to: '2026-12-22' } });
    expect(written.filter(({ notCovered }) => notCovered !== undefined)).toHaveLength(1);
    expect(written.find(({ day }) => day === '2027-01-20')).toMatchObject({
      records: 2,
      heads: [head(table, 'lever', 2)],
    });
    expect(readDigests(table.chain(DIGEST_CHAIN)).findings).toEqual([]);
  });

  it('of an old deployment says that days before may have records too', async () => {
    const table = new FakeTable();
    for (const day of ['2026-08-01', '2026-10-13', '2026-11-20']) table.grow('lever', `${day}T08:00:00Z`);
    const [first] = factsOf(await writeDigests({ audit: table, now: at('2026-11-22T09:00:00Z') }));
    expect(first).toMatchObject({ day: '2026-10-13', heads: [{ sequence: 1 }], notCovered: { to: '2026-10-12' } });
  });

  it('is one a day, however many sweeps write it at once', async () => {
    const table = someDays();
    const world = { audit: table, now: at('2026-11-23T00:20:00Z') };
    const all = await Promise.all(Array.from({ length: 5 }, () => writeDigests(world)));
    for (const one of all) expect(one).toEqual(all[0]);
    expect(daysOf(table)).toEqual(['2026-11-20', '2026-11-21', '2026-11-22']);
    expect(table.chain(DIGEST_CHAIN)).toHaveLength(3);
    expect(verifyChains(table.chain(DIGEST_CHAIN))).toEqual([]);
  });
});

describe('a digest in parts', () => {
  function manyChains(): FakeTable {
    const table = new FakeTable();
    // Long names, so that few chains make a part.
    for (let n = 0; n < 250; n++) table.grow(`experiment-${'x'.repeat(800)}-${n}`, '2026-11-20T10:00:00Z');
    return table;
  }

  it('survives a crash after any of its records: the next sweep writes what is missing, and nothing twice', async () => {
    const whole = manyChains();
    const now = at('2026-11-21T00:20:00Z');
    const records = await writeDigests({ audit: whole, now });
    expect(records.length).toBeGreaterThan(2);
    for (let crash = 1; crash <= records.length; crash++) {
      const table = manyChains();
      let puts = 0;
      table.afterPut = () => {
        if (++puts === crash) throw new Error('crash');
      };
      await expect(writeDigests({ audit: table, now })).rejects.toThrow('crash');
      table.afterPut = () => undefined;
      await writeDigests({ audit: table, now });
      expect(table.chain(DIGEST_CHAIN)).toEqual(records);
      const { digests, findings } = readDigests(table.chain(DIGEST_CHAIN));
      expect(findings).toEqual([]);
      expect(digests.map(({ heads }) => heads.length)).toEqual([250]);
    }
  });

  it('that crashed does not make the next sweep look at days that have theirs', async () => {
    const table = manyChains();
    table.grow('lever', '2026-11-19T10:00:00Z');
    await writeDigests({ audit: table, now: at('2026-11-20T00:20:00Z') });
    table.afterPut = () => {
      throw new Error('crash');
    };
    const world = { audit: table, now: at('2026-11-21T00:20:00Z') };
    await expect(writeDigests(world)).rejects.toThrow('crash');
    table.afterPut = () => undefined;
    table.calls.readDayPlaces = 0;
    expect(await writeDigests(world)).toHaveLength(3);
    expect(table.calls.readDayPlaces).toBe(1);
    expect(daysOf(table)).toEqual(['2026-11-19', '2026-11-20']);
  });

  it('is never mixed with the parts of a sweep that saw something else', async () => {
    const table = manyChains();
    const now = at('2026-11-21T00:20:00Z');
    table.afterPut = () => {
      throw new Error('crash');
    };
    await expect(writeDigests({ audit: table, now })).rejects.toThrow('crash');
    table.afterPut = () => undefined;
    // The index was behind: here comes a chain that the first sweep did not see.
    table.grow('a-late-one', '2026-11-20T23:59:59Z');
    await writeDigests({ audit: table, now });
    const { digests, findings } = readDigests(table.chain(DIGEST_CHAIN));
    expect(findings).toEqual([]);
    expect(digests).toHaveLength(1);
    const named = digests.flatMap(({ heads }) => heads.map(({ chain }) => chain));
    expect(named).toHaveLength(251);
    expect(new Set(named).size).toBe(251);
  });
});

describe('a table that was spoiled before the digest', () => {
  it('does not keep the other chains from their digest: what is no record is named', async () => {
    const table = someDays();
    const spoiled = table.items.find(({ chain, sequence }) => chain === 'shop-1' && sequence === 2);
    if (spoiled) spoiled.record = { kind: 'started' };
    const [first] = factsOf(await writeDigests({ audit: table, now: at('2026-11-21T00:20:00Z') }));
    expect(first).toMatchObject({ chains: 1, heads: [{ chain: 'shop-2' }], unreadable: ['shop-1'] });
  });

  it('has the end that is still there when a record of a chain that goes on is missing', async () => {
    const table = someDays();
    table.items = table.items.filter(({ chain, sequence }) => !(chain === 'shop-2' && sequence === 1));
    const [first] = factsOf(await writeDigests({ audit: table, now: at('2026-11-21T00:20:00Z') }));
    expect(first?.heads).toContainEqual(head(table, 'shop-2', 0));
  });

  it('does not name a chain of which the table has nothing of that day, whatever the index says', async () => {
    const table = someDays();
    table.grow('misfiled', '2026-11-20T12:00:00Z');
    for (const item of table.items) if (item.chain === 'misfiled') item.day = '2026-11-22';
    const [, , last] = factsOf(await writeDigests({ audit: table, now: at('2026-11-23T00:20:00Z') }));
    expect(last).toMatchObject({ day: '2026-11-22', chains: 1, records: 1, heads: [{ chain: 'lever' }] });
  });

  it('fails when the table cannot be read, and writes nothing', async () => {
    const table = someDays();
    table.readLast = async (chain) => {
      if (chain === DIGEST_CHAIN) return undefined;
      throw new Error('throttled');
    };
    await expect(writeDigests({ audit: table, now: at('2026-11-23T00:20:00Z') })).rejects.toThrow('throttled');
    expect(table.chain(DIGEST_CHAIN)).toEqual([]);
  });
});
