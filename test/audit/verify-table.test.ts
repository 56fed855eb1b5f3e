import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeDigests } from '../../functions/sweep/digest.ts';
import { hashOf } from '../../lib/audit/chain.ts';
import { DIGEST_CHAIN } from '../../lib/audit/digest.ts';
import type { AuditRecord } from '../../lib/audit/record.ts';
import { daysLater } from '../../lib/audit/utc-day.ts';
import { type TableVerification, verifyTable } from '../../lib/audit/verify-table.ts';
import { FakeTable, type Item } from './fake-table.ts';

const FIRST = '2026-11-20';
/** The day after the last one that has a digest. */
const TODAY = '2026-11-25';
const NOW_MS = Date.parse(`${TODAY}T09:00:00Z`);

const verify = (table: FakeTable, changes: { digest?: string; from?: string; to?: string; nowMs?: number } = {}) =>
  verifyTable(table, { from: FIRST, to: TODAY, nowMs: NOW_MS, ...changes });

/** Sweeps every day a quarter past midnight, up to today. */
async function withDigests(table: FakeTable, until = TODAY): Promise<FakeTable> {
  for (let day = daysLater(FIRST, 1); day <= until; day = daysLater(day, 1)) {
    await writeDigests({ audit: table, now: () => Date.parse(`${day}T00:16:00Z`) });
  }
  return table;
}

/** Chains that grow on one or several days, some of which have nothing. */
const anyTable: fc.Arbitrary<FakeTable> = fc
  .array(
    fc.array(fc.record({ day: fc.nat({ max: 4 }), hour: fc.nat({ max: 23 }), count: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((chains) => {
    const table = new FakeTable();
    const grown = chains.flatMap((times, chain) => times.map((time) => ({ ...time, chain: `chain-${chain}` })));
    for (const { chain, day, hour, count } of grown.sort((a, b) => a.day - b.day || a.hour - b.hour)) {
      table.grow(chain, `${daysLater(FIRST, day)}T${String(hour).padStart(2, '0')}:30:00Z`, count);
    }
    return table;
  });

const isDigest = ({ chain }: Item): boolean => chain === DIGEST_CHAIN;
const recordOf = ({ record }: Item): AuditRecord => record as AuditRecord;

/** Spoils a table that verifies, in a copy of it, and expects that somebody sees it. */
async function spoiled(
  table: FakeTable,
  spoil: (items: Item[]) => Item[],
  changes: Parameters<typeof verify>[1] = {},
): Promise<TableVerification> {
  const copy = table.clone();
  copy.items = spoil(copy.items);
  const found = await verify(copy, changes);
  expect(found.findings.length).toBeGreaterThan(0);
  return found;
}

describe('the verification of a table with digests', () => {
  it('finds nothing wrong as long as nothing was done to it, and counts what it read', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, async (table) => {
        const bare = table.items.length;
        const chains = new Set(table.items.map(({ chain }) => chain)).size;
        await withDigests(table);
        const { findings, notes, ...rest } = await verify(table);
        expect({ findings, notes }).toEqual({ findings: [], notes: [] });
        const digests = table.chain(DIGEST_CHAIN);
        expect(rest).toMatchObject({ records: bare + digests.length, digests: digests.length });
        expect(rest.chains).toBe(chains + 1);
        expect(rest.lastDigest).toEqual({ day: '2026-11-24', hash: digests.at(-1)?.hash });
        expect(await verify(table, { digest: rest.lastDigest?.hash ?? '' })).toMatchObject({ findings: [] });
      }),
      { numRuns: 40 },
    );
  });

  /** What somebody may do to the records; each answers the items as they are afterwards, all hashes and links of a forger made anew. */
  const spoilers: Readonly<Record<string, (items: Item[], which: number) => Item[]>> = {
    'an edit of a record': (items, which) =>
      items.map((item, index) =>
        index === which % items.length ? { ...item, record: { ...recordOf(item), reason: 'forged' } } : item,
      ),
    'the removal of a record': (items, which) => items.filter((_, index) => index !== which % items.length),
    'the removal of the end of a chain': (items, which) => {
      const { chain, sequence } = items[which % items.length] as Item;
      return items.filter((item) => item.chain !== chain || item.sequence < sequence);
    },
    'the removal of a whole chain': (items, which) => {
      const { chain } = items[which % items.length] as Item;
      return items.filter((item) => item.chain !== chain);
    },
    'a forged chain: a record changed, and everything after it hashed anew': (items, which) =>
      forged(items, items[which % items.length] as Item),
    'another index entry, by which a record is not found': (items, which) =>
      items.map((item, index) => (index === which % items.length ? { ...item, day: '2020-01-01' } : item)),
    'something that is no record': (items, which) =>
      items.map((item, index) => (index === which % items.length ? { ...item, record: undefined } : item)),
    'two records of a chain that changed places': (items, which) => {
      const item = items[which % items.length] as Item;
      const next = items.find((one) => one.chain === item.chain && one.sequence === item.sequence + 1);
      if (next === undefined) return items;
      return items.map((one) =>
        one === item ? { ...one, record: next.record } : one === next ? { ...one, record: item.record } : one,
      );
    },
  };

  it.each(Object.entries(spoilers))('finds %s, of a digest too', async (_, spoil) => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat(), fc.boolean(), async (table, which, ofDigests) => {
        await withDigests(table);
        const last = table.chain(DIGEST_CHAIN).at(-1);
        const copy = table.clone();
        const [mine, others] = [
          copy.items.filter((item) => isDigest(item) === ofDigests),
          copy.items.filter((item) => isDigest(item) !== ofDigests),
        ];
        copy.items = [...others, ...spoil(mine, which)];
        fc.pre(JSON.stringify(copy.items) !== JSON.stringify([...others, ...mine]));
        // Whoever forges the digests as well is caught by a hash that was kept elsewhere.
        const { findings } = await verify(copy, ofDigests ? { digest: last?.hash ?? '' } : {});
        expect(findings.length).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a record that was added later with an old date, to a chain of the day or as a new one', async () => {
    await fc.assert(
      fc.asyncProperty(anyTable, fc.nat({ max: 4 }), fc.boolean(), async (table, day, isNew) => {
        await withDigests(table);
        const date = daysLater(FIRST, day);
        const grownAt = (item: Item): string => recordOf(item).at.slice(0, 10);
        const own = table.items.find(
          (item) => !isDigest(item) && !table.items.some((one) => one.chain === item.chain && grownAt(one) > date),
        );
        fc.pre(isNew || own !== undefined);
        // Days before the first digest are nobody's, and a note says so.
        fc.pre(date >= (table.chain(DIGEST_CHAIN)[0]?.facts.day as string));
        table.grow(isNew || own === undefined ? 'new' : own.chain, `${date}T23:59:59Z`);
        const { findings } = await verify(table);
        expect(findings).toEqual([expect.objectContaining({ problem: expect.stringContaining('added later') })]);
      }),
      { numRuns: 60 },
    );
  });
});

/** Changes a record, and makes every hash and link after it anew: what a chain alone cannot show when it goes to the end. */
function forged(items: readonly Item[], victim: Item): Item[] {
  let previous: string | undefined;
  const anew = new Map<Item, Item>();
  const members = items.filter(({ chain }) => chain === victim.chain).sort((a, b) => a.sequence - b.sequence);
  for (const item of members.slice(members.indexOf(victim))) {
    const record = recordOf(item);
    const said = item === victim ? { ...record, reason: 'forged' } : record;
    const linked = previous === undefined ? said : { ...said, previous };
    const hash = hashOf(linked);
    anew.set(item, { ...item, record: { ...linked, hash } });
    previous = hash;
  }
  return items.map((item) => anew.get(item) ?? item);
}

describe('what a verification says', () => {
  let table: FakeTable;
  beforeAll(async () => {
    table = new FakeTable();
    table.grow('shop-1', '2026-11-20T10:00:00Z', 3);
    table.grow('shop-1', '2026-11-21T10:00:00Z', 1);
    table.grow('shop-2', '2026-11-22T10:00:00Z', 2);
    await withDigests(table);
    table.grow('shop-3', '2026-11-25T08:00:00Z', 1);
  });
  const digestOf = (day: string): number => table.chain(DIGEST_CHAIN).findIndex(({ facts }) => facts.day === day);
  const without = (gone: (item: Item) => boolean) => (items: Item[]) => items.filter((item) => !gone(item));

  it('of a chain that is gone', async () => {
    expect(
      (
        await spoiled(
          table,
          without(({ chain }) => chain === 'shop-2'),
        )
      ).findings,
    ).toEqual([
      {
        chain: 'shop-2',
        sequence: 1,
        problem: 'the digest of 2026-11-22 names the chain, and nothing of it is there: it was removed',
      },
    ]);
  });

  it('of an end that was cut off', async () => {
    const cut = without(({ chain, sequence }) => chain === 'shop-1' && sequence > 2);
    expect((await spoiled(table, cut)).findings).toEqual([
      {
        chain: 'shop-1',
        sequence: 3,
        problem: 'the digest of 2026-11-21 names this record, and it is not there: it was removed',
      },
    ]);
  });

  it('of a chain that was forged to its end: the digest of each day on which it grew', async () => {
    const forge = (items: Item[]) => forged(items, items[0] as Item);
    expect((await spoiled(table, forge)).findings.map(({ sequence, problem }) => [sequence, problem])).toEqual([
      [2, 'the digest of 2026-11-20 has another hash of it: it was changed'],
      [3, 'the digest of 2026-11-21 has another hash of it: it was changed'],
    ]);
  });

  it('of a record that was added with an old date', async () => {
    const copy = table.clone();
    copy.grow('shop-9', '2026-11-21T12:00:00Z');
    expect((await verify(copy)).findings).toEqual([
      {
        chain: 'shop-9',
        sequence: 0,
        problem: 'it is of 2026-11-21, and the digest of that day does not know it: it was added later',
      },
    ]);
  });

  it('of a digest that is missing, although those around it were linked anew', async () => {
    const gone = digestOf('2026-11-22');
    const relinked = (items: Item[]): Item[] => {
      const others = items.filter((item) => !isDigest(item));
      const kept = items.filter((item) => isDigest(item) && item.sequence !== gone);
      let previous = '0'.repeat(64);
      return [
        ...others,
        ...kept.map((item, sequence): Item => {
          const linked = { ...recordOf(item), sequence, previous };
          previous = hashOf(linked);
          return { ...item, sequence, record: { ...linked, hash: previous } };
        }),
      ];
    };
    expect((await spoiled(table, relinked)).findings).toEqual([
      {
        chain: DIGEST_CHAIN,
        sequence: gone,
        problem: 'the digests of 2026-11-22 to 2026-11-22 are missing before that of 2026-11-23',
      },
    ]);
  });

  it('of the end of the digests that was cut off: days that should have one', async () => {
    const from = digestOf('2026-11-23');
    const cut = without((item) => isDigest(item) && item.sequence >= from);
    const problem = (range: string) =>
      `${range} should have a digest and has none: either nobody sweeps, or the end was cut off`;
    const place = { chain: DIGEST_CHAIN, sequence: from };
    expect((await spoiled(table, cut)).findings).toEqual([{ ...place, problem: problem('2026-11-23 to 2026-11-24') }]);
    const late = await spoiled(table, cut, { from: TODAY, to: TODAY, nowMs: Date.parse('2026-11-26T09:00:00Z') });
    expect(late.findings).toEqual([{ ...place, problem: problem(TODAY) }]);
    // Days that were not asked for are nobody's business: the deployment may be gone by then.
    const copy = table.clone();
    copy.items = cut(copy.items);
    expect((await verify(copy, { to: '2026-11-22' })).findings).toEqual([]);
    expect((await verify(copy, { from: TODAY })).findings).toEqual([]);
  });

  it('of the digests that are all gone: the days that have records', async () => {
    const { findings, digested } = await spoiled(table, without(isDigest));
    expect(digested).toBeUndefined();
    expect(findings).toMatchObject([
      { chain: DIGEST_CHAIN, sequence: 0, problem: expect.stringMatching(/^2026-11-20 to 2026-11-24 /) },
    ]);
  });

  it('of a sweep that is late: nothing, for two hours and a quarter', async () => {
    const nothing = await verify(table, { nowMs: Date.parse('2026-11-26T02:14:59Z'), to: '2026-11-26' });
    expect(nothing.findings).toEqual([]);
    const something = await verify(table, { nowMs: Date.parse('2026-11-26T02:15:00Z'), to: '2026-11-26' });
    expect(something.findings).toMatchObject([{ problem: expect.stringMatching(/^2026-11-25 should have/) }]);
  });

  it('of a hash that was kept elsewhere: whether a digest has it, be it the last or an older one', async () => {
    for (const { hash } of table.chain(DIGEST_CHAIN))
      expect((await verify(table, { digest: hash })).findings).toEqual([]);
    const other = table.chain('shop-1')[0]?.hash ?? '';
    expect((await verify(table, { digest: other })).findings).toEqual([
      { chain: DIGEST_CHAIN, sequence: 5, problem: `no digest has the hash ${other}: it was changed or cut off` },
    ]);
  });

  it('of digests that were made anew after everything was forged: that they are late, and not the one that was kept', async () => {
    const kept = table.chain(DIGEST_CHAIN).at(-1)?.hash ?? '';
    const copy = table.clone();
    copy.items = forged(without(isDigest)(copy.items), copy.items[0] as Item);
    await writeDigests({ audit: copy, now: () => NOW_MS });
    const { findings, notes } = await verify(copy);
    expect(findings).toEqual([]);
    expect(notes).toEqual([
      expect.stringMatching(
        /^The digest of 2026-11-20 was written only at 2026-11-25T09:00:00.000Z, and \d more as late/,
      ),
    ]);
    expect((await verify(copy, { digest: kept })).findings).toHaveLength(1);
  });

  it('of days that no digest covers, and rightly so: a note', async () => {
    const old = new FakeTable();
    old.grow('shop-0', '2026-08-01T10:00:00Z');
    old.grow('shop-1', '2026-11-20T10:00:00Z');
    await writeDigests({ audit: old, now: () => NOW_MS });
    old.grow('shop-2', '2026-12-01T10:00:00Z');
    await writeDigests({ audit: old, now: () => Date.parse('2027-03-01T09:00:00Z') });
    const { findings, notes } = await verify(old, {
      from: '2026-07-01',
      to: '2027-02-28',
      nowMs: Date.parse('2027-03-01T09:00:00Z'),
    });
    expect(findings).toEqual([]);
    expect(notes.slice(0, 2)).toEqual([
      '1 days with records lie before the first digest, that of 2026-11-20: no digest covers them.',
      'No digest covers 2026-11-25 to 2027-01-19: nobody swept for more than 40 days.',
    ]);
  });

  it('of a chain that no day of the index leads to: where it was filed, not that it is gone', async () => {
    const misfile = (items: Item[]): Item[] =>
      items.map((item) => (item.chain === 'shop-2' ? { ...item, day: '2020-01-01' } : item));
    expect((await spoiled(table, misfile)).findings).toEqual(
      [0, 1].map((sequence) => {
        const problem = 'it is filed in the table under another day than it says itself';
        return { chain: 'shop-2', sequence, problem };
      }),
    );
  });

  it('of a chain that held something else when its digest was written', async () => {
    const copy = new FakeTable();
    copy.grow('shop-1', '2026-11-24T10:00:00Z', 2);
    const whole = copy.clone();
    const [, second] = copy.items;
    if (second) second.record = 'nothing';
    await writeDigests({ audit: copy, now: () => NOW_MS });
    copy.items = [...whole.items, ...copy.items.filter(isDigest)];
    expect((await verify(copy)).findings).toEqual([
      {
        chain: 'shop-1',
        sequence: 0,
        problem: 'the digest of 2026-11-24 found something in the chain that was no record',
      },
    ]);
  });
});
