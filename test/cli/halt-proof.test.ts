import { describe, expect, test } from 'vitest';
import type { Entry } from '../../lib/audit/record.ts';
import {
  type Ended,
  gaps,
  isProven,
  notUndone,
  type Proof,
  proofDocument,
  proofLines,
} from '../../lib/cli/halt-proof.ts';
import type { Output } from '../../lib/cli/output.ts';
import { aChain, anEntry } from '../audit/examples.ts';

const [FIRST, SECOND] = [
  'arn:aws:ecs:eu-west-1:111122223333:task/shop/aaaa',
  'arn:aws:ecs:eu-west-1:111122223333:task/shop/bbbb',
] as const;
const TASKS: readonly string[] = [FIRST, SECOND];
const PLAIN = { style: (_style: unknown, text: string) => text } as Output;

const undone = (resource: string): Partial<Entry> => {
  return { kind: 'undone', resource, facts: { because: 'undone: looked', seconds: 1.5 } };
};
const ended = (facts: Entry['facts'] = { verdict: 'aborted', acted: true }): Partial<Entry> => ({
  kind: 'ended',
  facts,
});

function chainOf(...entries: Partial<Entry>[]): Ended {
  const records = aChain(
    'shop-1',
    entries.map((entry, index) => anEntry(`${index}`, entry)),
  );
  return { experiment: 'shop-1', group: 'shop', targets: TASKS, reversible: true, records };
}

const proofOf = (one: Ended, inFlight: Proof['inFlight'] = []): Proof => ({
  one: undefined,
  experiments: [one],
  inFlight,
});

describe('a halt is proven', () => {
  test('when every target is undone on record, the chain has its end, and nothing is in flight', () => {
    const whole = chainOf(undone(FIRST), undone(SECOND), ended());
    expect(isProven(proofOf(whole))).toBe(true);
    expect(isProven({ one: undefined, experiments: [], inFlight: [] })).toBe(true);
    expect(isProven(proofOf(whole, ['shop-1']))).toBe(false);
    expect(isProven({ ...proofOf(whole), inFlight: undefined })).toBe(false);
    expect(isProven(proofOf(chainOf(undone(FIRST), undone(SECOND))))).toBe(false);
    expect(isProven(proofOf(chainOf(undone(SECOND), ended())))).toBe(false);
    expect(notUndone(chainOf(undone(SECOND), ended()))).toEqual([FIRST]);
  });

  test('without an undo where there is nothing to undo', () => {
    const failed = { kind: 'injected', resource: FIRST, facts: { outcome: 'failed' } } as const;
    const unknown = { kind: 'injected', resource: FIRST, facts: { outcome: 'unknown' } } as const;
    expect(isProven(proofOf({ ...chainOf(ended()), reversible: false }))).toBe(true);
    expect(isProven(proofOf(chainOf(failed, undone(SECOND), ended())))).toBe(true);
    expect(isProven(proofOf(chainOf(unknown, undone(SECOND), ended())))).toBe(false);
    expect(isProven(proofOf(chainOf(ended({ verdict: 'aborted', acted: false }))))).toBe(true);
    expect(isProven(proofOf(chainOf({ kind: 'refused', facts: {} })))).toBe(true);
    expect(isProven(proofOf(chainOf({ kind: 'leashed', facts: {} })))).toBe(true);
    expect(isProven(proofOf(chainOf({ kind: 'failed', facts: { acted: true } })))).toBe(false);
  });
});

describe('the proof', () => {
  test('names targets and records whole, for people and for programs', () => {
    const proof = proofOf(chainOf(undone(FIRST), undone(SECOND), ended()));
    const hashes = proof.experiments.flatMap(({ records }) => records.map(({ hash }) => hash));
    const lines = proofLines(PLAIN, proof);
    expect(lines).toEqual([
      '',
      `undone    ${FIRST}`,
      '          looked (1.5 s after the undo was called for)',
      `          record 0 of shop-1, ${hashes[0]}`,
      `undone    ${SECOND}`,
      '          looked (1.5 s after the undo was called for)',
      `          record 1 of shop-1, ${hashes[1]}`,
      'aborted   shop-1',
      expect.stringMatching(/^proof {5}nothing is in flight, and every undo is confirmed \(.* UTC\)$/),
    ]);
    expect(proofLines(PLAIN, { ...proof, one: 'shop-1' }).at(-1)).toMatch(/^proof {5}shop-1 is over, and every undo/);
    expect(proofDocument(proof)).toMatchObject({
      proven: true,
      inFlight: [],
      experiments: [{ ended: 'aborted', undone: [{ record: { sequence: 0, hash: hashes[0] } }, {}], notUndone: [] }],
    });
  });

  test('says what is missing, and what to do by hand for what is not undone yet', () => {
    const stuck = (resource: string): Partial<Entry> => {
      const facts = { attempts: 4, because: 'no answer', byHand: `thaw ${resource.slice(-4)}` };
      return { kind: 'undo-failed', resource, facts };
    };
    const proof = proofOf(chainOf(stuck(FIRST), stuck(SECOND), undone(SECOND)), ['shop-1']);
    const lines = proofLines(PLAIN, proof);
    expect(lines).toContain(`not yet   ${FIRST}`);
    expect(lines).toContain('open      shop-1: it has not ended yet');
    expect(lines.join('\n')).not.toContain('proof');
    expect(gaps(proof)).toEqual(['in flight: shop-1', 'aaaa: not undone after 4 tries: no answer. By hand: thaw aaaa']);
    expect(gaps({ ...proof, inFlight: undefined })[0]).toBe('what is in flight could not be asked');
    expect(proofDocument({ ...proof, inFlight: undefined })).toMatchObject({
      proven: false,
      inFlight: null,
      experiments: [{ ended: null, notUndone: [FIRST] }],
    });
  });

  test('says so when there was nothing to undo', () => {
    const lines = proofLines(PLAIN, proofOf({ ...chainOf(ended({ verdict: 'held' })), reversible: false }));
    expect(lines[1]).toBe('held      shop-1: there was nothing to undo');
  });
});
