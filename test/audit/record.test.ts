import { describe, expect, it } from 'vitest';
import { type AuditRecord, finalOf, isFinal, RECORD_KINDS, type RecordKind } from '../../lib/audit/record.ts';
import { aChain, anEntry } from './examples.ts';

const chainOf = (...kinds: RecordKind[]): AuditRecord[] =>
  aChain(
    'experiment',
    kinds.map((kind, index) => anEntry(`k${index}`, { kind })),
  );

describe('the kinds of records', () => {
  it('are final when nothing of an experiment comes after them', () => {
    const final = (Object.keys(RECORD_KINDS) as RecordKind[]).filter((kind) => chainOf(kind).some(isFinal));
    expect(new Set(final)).toEqual(new Set(['cancelled', 'refused', 'leashed', 'ended', 'failed']));
  });
});

describe('the final record of an experiment', () => {
  it.each<[RecordKind[], number | undefined]>([
    [[], undefined],
    [['planned'], undefined],
    [['planned', 'refused'], 1],
    [['planned', 'cancelled'], 1],
    [['planned', 'restored'], undefined],
    // It fired although it was cancelled: the cancellation had ended it.
    [['planned', 'cancelled', 'refused'], 1],
    [['requested', 'leashed'], 1],
    [['planned', 'started', 'injected', 'took-effect', 'ended'], 4],
    [['planned', 'started', 'failed'], 2],
    [['planned', 'started', 'injected'], undefined],
  ])('of %j is number %s', (kinds, sequence) => {
    expect(finalOf(chainOf(...kinds))?.sequence).toBe(sequence);
  });

  it('is not the refusal of a second execution, once the first has started', () => {
    expect(finalOf(chainOf('planned', 'started', 'refused', 'injected'))).toBeUndefined();
    expect(finalOf(chainOf('planned', 'refused', 'started', 'injected'))).toBeUndefined();
    expect(finalOf(chainOf('planned', 'started', 'leashed'))).toBeUndefined();
    expect(finalOf(chainOf('planned', 'started', 'refused', 'injected', 'ended'))?.kind).toBe('ended');
  });

  it('is not a cancellation that came when the experiment had started', () => {
    expect(finalOf(chainOf('planned', 'started', 'cancelled', 'injected'))).toBeUndefined();
    expect(finalOf(chainOf('planned', 'cancelled', 'started', 'ended'))?.kind).toBe('ended');
  });
});
