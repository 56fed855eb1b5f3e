import { describe, expect, it } from 'vitest';
import { follow } from '../../lib/audit/follow.ts';
import type { AuditRecord, RecordKind } from '../../lib/audit/record.ts';
import { aChain, anEntry } from './examples.ts';

const chainOf = (...kinds: RecordKind[]): AuditRecord[] =>
  aChain(
    'experiment',
    kinds.map((kind, index) => anEntry(`k${index}`, { kind })),
  );

/** A store whose chain has as many records at each look as `lengths` says; the last length stays. */
function growing(chain: readonly AuditRecord[], lengths: readonly number[]) {
  let looks = 0;
  return {
    looks: () => looks,
    readChain: (name: string): Promise<AuditRecord[]> => {
      expect(name).toBe('experiment');
      return Promise.resolve(chain.slice(0, lengths[Math.min(looks++, lengths.length - 1)]));
    },
  };
}

describe('following an experiment', () => {
  it.each<RecordKind>(['refused', 'leashed', 'ended', 'failed'])(
    'ends on a record of kind %s, and gives it',
    async (kind) => {
      const chain = chainOf('planned', kind);
      const told: AuditRecord[] = [];
      const last = await follow(growing(chain, [0, 1, 2]), 'experiment', (record) => told.push(record), { everyMs: 1 });
      expect(last).toEqual(chain[1]);
      expect(told).toEqual(chain);
    },
  );

  it('tells each record once and in order, however they come', async () => {
    const chain = chainOf('planned', 'started', 'injected', 'took-effect', 'recovered', 'ended');
    const told: number[] = [];
    const store = growing(chain, [0, 1, 1, 4, 4, 4, 6]);
    await follow(store, 'experiment', ({ sequence }) => told.push(sequence), { everyMs: 1 });
    expect(told).toEqual([0, 1, 2, 3, 4, 5]);
    expect(store.looks()).toBe(7);
  });

  it('goes on after the refusal of a second execution', async () => {
    const chain = chainOf('planned', 'started', 'refused', 'injected', 'ended');
    const last = await follow(growing(chain, [2, 3, 4, 5]), 'experiment', () => undefined, { everyMs: 1 });
    expect(last?.kind).toBe('ended');
  });

  it('gives up when nothing new comes within the limit, and only then', async () => {
    const chain = chainOf('planned', 'started', 'injected', 'took-effect');
    const told: number[] = [];
    const store = growing(chain, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
    const last = await follow(store, 'experiment', ({ sequence }) => told.push(sequence), { everyMs: 1, limitMs: 4 });
    expect(last).toBeUndefined();
    expect(told).toEqual([0, 1, 2, 3]);
    // Nine looks until the last record came, and one for each millisecond of quiet.
    expect(store.looks()).toBe(13);
  });

  it('ends when it is aborted, also in the middle of a wait', async () => {
    const stop = new AbortController();
    const store = growing(chainOf('planned'), [1]);
    const following = follow(store, 'experiment', () => stop.abort(), { signal: stop.signal, everyMs: 3_600_000 });
    expect(await following).toBeUndefined();
    expect(store.looks()).toBe(1);
  });

  it('does not even look when it was aborted before', async () => {
    const store = growing(chainOf('ended'), [1]);
    expect(await follow(store, 'experiment', () => undefined, { signal: AbortSignal.abort() })).toBeUndefined();
    expect(store.looks()).toBe(0);
  });
});
