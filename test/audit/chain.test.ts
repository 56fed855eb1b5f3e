import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, follow, hashOf, verifyChains } from '../../lib/audit/chain.ts';
import { type AuditRecord, auditRecordSchema } from '../../lib/audit/record.ts';
import { aChain, anEntry, anyChains, anyEntry, NOON_MS } from './examples.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('canonical JSON', () => {
  it('sorts keys at every depth, keeps lists in order and leaves out what is undefined', () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }, 'x', undefined], a: undefined, '10': true, '9': 1.5 })).toBe(
      '{"10":true,"9":1.5,"b":[{"a":null,"z":1},"x",null]}',
    );
  });

  it('is one text for one value, in whatever order its keys were written', () => {
    const backwards = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(backwards);
      if (value === null || typeof value !== 'object') return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, backwards(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(backwards(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it('says the same before and after a journey through JSON, and stands for the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(throughJson(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(throughJson(value));
      }),
    );
  });

  it('of nothing is null, as in a list', () => {
    expect([canonicalJson(undefined), canonicalJson(null), canonicalJson([undefined])]).toEqual([
      'null',
      'null',
      '[null]',
    ]);
  });

  it('differs for different values', () => {
    const texts = [0, '0', null, 'null', [], {}, [[]], [null], { a: null }, '', false, { a: { b: 1 } }, { 'a.b': 1 }];
    expect(new Set(texts.map(canonicalJson)).size).toBe(texts.length);
  });
});

describe('a record', () => {
  it('opens its chain with sequence 0 after 64 zeros, and is hashed over everything else', () => {
    const record = follow('experiment', undefined, anEntry('planned'), NOON_MS);
    expect(record).toEqual({
      version: 1,
      chain: 'experiment',
      sequence: 0,
      previous: '0'.repeat(64),
      at: '2026-11-23T12:00:00.000Z',
      key: 'planned',
      kind: 'planned',
      actor: 'ada',
      reason: 'to learn',
      facts: { fault: 'stop-task' },
      hash: expect.any(String),
    });
    const text =
      '{"actor":"ada","at":"2026-11-23T12:00:00.000Z","chain":"experiment","facts":{"fault":"stop-task"},"key":"planned",' +
      `"kind":"planned","previous":"${'0'.repeat(64)}","reason":"to learn","sequence":0,"version":1}`;
    expect(record.hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('follows the head of its chain, and names its hash', () => {
    const [first, second] = aChain('experiment', [anEntry('one'), anEntry('two')]);
    expect(second).toMatchObject({ sequence: 1, previous: first?.hash, at: '2026-11-23T12:00:01.000Z' });
  });

  it('is never older than the one before it', () => {
    const head = follow('experiment', undefined, anEntry('one'), NOON_MS);
    expect(follow('experiment', head, anEntry('two'), NOON_MS - 5000).at).toBe(head.at);
    expect(follow('experiment', head, anEntry('two'), NOON_MS + 1).at).toBe('2026-11-23T12:00:00.001Z');
  });

  it('is what a store gives back: facts that JSON cannot carry are gone before the hash', () => {
    const facts = { at: new Date(NOON_MS), none: undefined, ratio: Number.NaN };
    const record = follow('experiment', undefined, anEntry('one', { facts }), NOON_MS);
    expect(record.facts).toEqual({ at: '2026-11-23T12:00:00.000Z', ratio: null });
    expect(hashOf(throughJson(record) as AuditRecord)).toBe(record.hash);
  });

  it('has the form of a record, whatever is said', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const record = follow('experiment', undefined, { ...entry, key: 'one' }, NOON_MS);
        expect(auditRecordSchema.safeParse(record).success).toBe(true);
      }),
    );
  });
});

/** Another value of the same form where that is possible, so that only the hash can tell. */
function otherThan(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string') return { ...(value as object), more: 1 };
  if (/^[0-9a-f]{64}$/.test(value)) return value.replace(/^./, value.startsWith('0') ? '1' : '0');
  if (!Number.isNaN(Date.parse(value)) && value.endsWith('Z')) return new Date(Date.parse(value) + 1).toISOString();
  return value === 'planned' ? 'requested' : `${value}x`;
}

describe('the verification of chains', () => {
  const flat = (chains: readonly AuditRecord[][]): AuditRecord[] => throughJson(chains.flat()) as AuditRecord[];

  it('finds nothing wrong with whole chains, in whatever order their records come', () => {
    const shuffled = anyChains.chain((chains) =>
      fc.shuffledSubarray(flat(chains), { minLength: chains.flat().length }),
    );
    fc.assert(
      fc.property(shuffled, (records) => {
        expect(verifyChains(records)).toEqual([]);
      }),
    );
    expect(verifyChains([])).toEqual([]);
  });

  it('finds any change of any field of any record, and names the chain', () => {
    fc.assert(
      fc.property(anyChains, fc.nat(), fc.nat(), (chains, which, field) => {
        const records = flat(chains);
        const index = which % records.length;
        const record = records[index] as AuditRecord;
        const fields = Object.keys(record);
        const name = fields[field % fields.length] as keyof AuditRecord;
        records[index] = { ...record, [name]: otherThan(record[name]) } as AuditRecord;
        const findings = verifyChains(records);
        expect(findings.length, `${name} of ${record.chain}`).toBeGreaterThan(0);
        const chain = records[index]?.chain;
        expect(findings.some((finding) => finding.chain === chain || finding.chain === record.chain)).toBe(true);
      }),
      { numRuns: 250 },
    );
  });

  it('finds any change inside the facts', () => {
    const [record] = aChain('experiment', [anEntry('one', { facts: { outer: { inner: [1, 2, { deep: 'x' }] } } })]);
    for (const inner of [
      [1, 2, { deep: 'y' }],
      [2, 1, { deep: 'x' }],
      [1, 2, { deep: 'x', more: null }],
      [1, 2, {}],
    ]) {
      expect(verifyChains([{ ...record, facts: { outer: { inner } } }])).toEqual([
        { chain: 'experiment', sequence: 0, problem: 'its content does not fit its hash: it was changed' },
      ]);
    }
  });

  it('finds a member that a parser drops without a word', () => {
    const [record] = aChain('experiment', [anEntry('one')]);
    const text = JSON.stringify(record).replace('"facts":{', '"facts":{"__proto__":{"verdict":"held"},');
    expect(verifyChains([JSON.parse(text)])).toHaveLength(1);
  });

  it('finds a field too many and one too few', () => {
    const [record] = aChain('experiment', [anEntry('one')]);
    expect(verifyChains([{ ...record, note: 'x' }])).toEqual([
      { chain: 'experiment', sequence: 0, problem: expect.stringMatching(/^it is not an audit record: .*note/) },
    ]);
    const { actor: _, ...without } = record as AuditRecord;
    expect(verifyChains([without])).toMatchObject([{ chain: 'experiment', problem: expect.stringContaining('actor') }]);
  });

  it.each([null, 5, 'x', [], {}, undefined])('finds that %j is not a record, and where it stands', (candidate) => {
    const [record] = aChain('experiment', [anEntry('one')]);
    expect(verifyChains([record, candidate])).toMatchObject([{ chain: 'record 2', sequence: 1 }]);
  });

  it('finds the removal of any record but the last of its chain, which only a seal or a digest can show', () => {
    fc.assert(
      fc.property(anyChains, fc.nat(), (chains, which) => {
        const records = flat(chains);
        const [removed] = records.splice(which % records.length, 1);
        const isLast = chains.some((chain) => chain.at(-1)?.hash === removed?.hash);
        const findings = verifyChains(records);
        if (isLast) expect(findings).toEqual([]);
        else {
          const problem = `record ${removed?.sequence} is missing before it`;
          expect(findings).toEqual([{ chain: removed?.chain, sequence: (removed?.sequence ?? 0) + 1, problem }]);
        }
      }),
    );
  });

  it('finds a double of any record', () => {
    fc.assert(
      fc.property(anyChains, fc.nat(), (chains, which) => {
        const records = flat(chains);
        const double = records[which % records.length] as AuditRecord;
        expect(verifyChains([...records, double])).toEqual([
          { chain: double.chain, sequence: double.sequence, problem: 'it stands twice' },
        ]);
      }),
    );
  });

  it('finds any two records of a chain that changed places', () => {
    fc.assert(
      fc.property(anyChains, fc.nat(), fc.nat(), (chains, one, other) => {
        const chain = chains.find(({ length }) => length > 1);
        fc.pre(chain !== undefined);
        const records = flat([chain ?? []]);
        const [a, b] = [one % records.length, other % records.length];
        fc.pre(a !== b);
        const [first, second] = [records[a] as AuditRecord, records[b] as AuditRecord];
        records[a] = { ...first, sequence: second.sequence };
        records[b] = { ...second, sequence: first.sequence };
        expect(verifyChains(records).length).toBeGreaterThan(0);
      }),
    );
  });

  it('finds a changed record although its hash was made anew', () => {
    fc.assert(
      fc.property(anyChains, fc.nat(), (chains, which) => {
        const records = flat(chains);
        const index = which % records.length;
        const record = { ...(records[index] as AuditRecord), reason: 'forged' };
        fc.pre(!chains.some((chain) => chain.at(-1)?.hash === record.hash) && records[index]?.reason !== 'forged');
        records[index] = { ...record, hash: hashOf(record) };
        expect(verifyChains(records)).toEqual([
          { chain: record.chain, sequence: record.sequence + 1, problem: 'it does not follow the record before it' },
        ]);
      }),
    );
  });

  it('finds a record that is older than the one before it, though every hash fits', () => {
    const [first] = aChain('experiment', [anEntry('one')]);
    const late = {
      ...(first as AuditRecord),
      sequence: 1,
      previous: first?.hash ?? '',
      at: '2026-11-23T11:00:00.000Z',
    };
    expect(verifyChains([first, { ...late, hash: hashOf(late) }])).toEqual([
      { chain: 'experiment', sequence: 1, problem: 'it is older than the record before it' },
    ]);
  });

  it('finds a chain that does not begin with the 64 zeros', () => {
    const [first] = aChain('experiment', [anEntry('one')]);
    const odd = { ...(first as AuditRecord), previous: 'f'.repeat(64) };
    expect(verifyChains([{ ...odd, hash: hashOf(odd) }])).toEqual([
      { chain: 'experiment', sequence: 0, problem: 'it does not follow the record before it' },
    ]);
  });
});
