import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportRecords, verifyExport } from '../../lib/audit/export.ts';
import { aChain, anEntry, anyChains, NOON_MS } from './examples.ts';

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

const chains = [
  aChain(
    'experiment-a',
    ['planned', 'started', 'ended'].map((key) => anEntry(key)),
  ),
  aChain(
    'experiment-b',
    ['planned', 'refused'].map((key) => anEntry(key)),
    NOON_MS + 500,
  ),
];
const { text, seal } = exportRecords(chains.flat());

describe('an export', () => {
  it('is a line for each record in the order of time, and a seal over all of them', () => {
    const lines = linesOf(text);
    expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toEqual(
      [0, 3, 1, 4, 2].map((index) => chains.flat()[index]),
    );
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ seal: 1, records: 5, sha256: seal });
    expect(seal).toBe(
      createHash('sha256')
        .update(textOf(lines.slice(0, -1)))
        .digest('hex'),
    );
  });

  it('is the same file in whatever order the records come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(chains.flat(), { minLength: 5 }), (records) => {
        expect(exportRecords(records).text).toBe(text);
      }),
    );
  });

  it('keeps records of one instant in the order of chain and sequence', () => {
    const many = aChain(
      'e',
      Array.from({ length: 12 }, (_, index) => anEntry(`k${index}`)),
    ).length;
    const at = Array.from({ length: 12 }, (_, index) => anEntry(`k${index}`));
    const same = aChain('e', at, NOON_MS).map((record) => record.sequence);
    expect(same).toHaveLength(many);
    const records = [...aChain('e', at.slice(0, 1)), ...aChain('d', at.slice(0, 1))];
    expect(
      linesOf(exportRecords(records).text)
        .slice(0, -1)
        .map((line) => JSON.parse(line).chain),
    ).toEqual(['d', 'e']);
  });

  it('of nothing is a seal, which verifies', () => {
    const none = exportRecords([]);
    expect(linesOf(none.text)).toHaveLength(1);
    expect(verifyExport(none.text)).toEqual({ records: 0, seal: none.seal, findings: [] });
  });
});

describe('the verification of an export', () => {
  const findings = (changed: string) => verifyExport(changed).findings;
  const anyExport = anyChains.map((all) => linesOf(exportRecords(all.flat()).text));

  it('says how many records hold, and the seal', () => {
    expect(verifyExport(text)).toEqual({ records: 5, seal, findings: [] });
    fc.assert(
      fc.property(anyChains, (all) => {
        const made = exportRecords(all.flat());
        expect(verifyExport(made.text)).toEqual({ records: all.flat().length, seal: made.seal, findings: [] });
      }),
    );
  });

  it('finds any change of one character of any line', () => {
    fc.assert(
      fc.property(
        anyExport,
        fc.nat(),
        fc.nat(),
        fc.constantFrom('x', '0', ' ', '"', '}', ''),
        (lines, which, place, put) => {
          const index = which % lines.length;
          const line = lines[index] ?? '';
          const at = place % (line.length + 1);
          const changed = line.slice(0, at) + put + line.slice(at + 1);
          fc.pre(changed !== line);
          expect(findings(textOf(lines.with(index, changed)))).not.toEqual([]);
        },
      ),
      { numRuns: 250 },
    );
  });

  it('finds the removal of any line, also of the last record and of the seal', () => {
    fc.assert(
      fc.property(anyExport, fc.nat(), (lines, which) => {
        expect(findings(textOf(lines.toSpliced(which % lines.length, 1)))).not.toEqual([]);
      }),
    );
    const lines = linesOf(text);
    expect(findings(textOf(lines.toSpliced(-2, 1)))).toEqual([
      { chain: 'the file', sequence: 5, problem: 'its seal covers 5 records, it has 4' },
    ]);
    expect(findings(textOf(lines.slice(0, -1)))).toEqual([
      { chain: 'the file', sequence: 5, problem: 'its seal is missing: the end was cut off' },
    ]);
    expect(findings(textOf(lines.toSpliced(2, 1)))).toContainEqual({
      chain: 'experiment-a',
      sequence: 2,
      problem: 'record 1 is missing before it',
    });
  });

  it('finds any two lines that changed places', () => {
    fc.assert(
      fc.property(anyExport, fc.nat(), fc.nat(), (lines, one, other) => {
        const [a, b] = [one % lines.length, other % lines.length];
        fc.pre(a !== b);
        const swapped = lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
        expect(findings(textOf(swapped))).not.toEqual([]);
      }),
    );
  });

  it('finds swapped lines although the seal was made anew, and on which line', () => {
    const lines = linesOf(text);
    const body = lines.slice(0, -1);
    const swapped = body.with(1, body[2] ?? '').with(2, body[1] ?? '');
    const sha256 = createHash('sha256').update(textOf(swapped)).digest('hex');
    expect(findings(textOf([...swapped, JSON.stringify({ seal: 1, records: 5, sha256 })]))).toEqual([
      { chain: 'experiment-b', sequence: 0, problem: 'it stands out of order, on line 3' },
    ]);
  });

  it('finds a line that stands twice, one that is empty, and a file without any', () => {
    const lines = linesOf(text);
    expect(findings(textOf([lines[0] ?? '', ...lines]))).toContainEqual({
      chain: 'experiment-a',
      sequence: 0,
      problem: 'it stands twice',
    });
    expect(findings(textOf(lines.toSpliced(1, 0, '')))).toContainEqual({
      chain: 'line 2',
      sequence: 1,
      problem: 'it is not JSON',
    });
    expect(verifyExport('')).toMatchObject({
      records: 0,
      findings: [{ problem: expect.stringContaining('seal is missing') }],
    });
  });

  it.each(['null', '5', '[]', '{}', '"x"', 'true', '{'])('finds a line that says %s instead of a record', (line) => {
    const lines = linesOf(text);
    for (const index of lines.keys()) expect(findings(textOf(lines.with(index, line)))).not.toEqual([]);
  });

  it('finds what was added behind the seal', () => {
    expect(findings(`${text}{}\n`)).not.toEqual([]);
    expect(findings(`${text}\n`)).not.toEqual([]);
    expect(findings(text + text)).not.toEqual([]);
  });

  it('finds other line ends', () => {
    expect(findings(text.replaceAll('\n', '\r\n'))).not.toEqual([]);
    expect(findings(text.replace(/\n$/, '\r\n'))).toEqual([
      { chain: 'the file', sequence: 6, problem: 'its seal is not written as one: it was changed' },
    ]);
  });
});
