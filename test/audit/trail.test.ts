import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyChains } from '../../lib/audit/chain.ts';
import { Trail } from '../../lib/audit/trail.ts';
import { anEntry, NOON_MS } from './examples.ts';
import { FakeStore } from './fake-store.ts';

const CHAIN = 'experiment';
const clock = (startMs = NOON_MS) => {
  let nowMs = startMs;
  return () => nowMs++;
};
const keysOf = (store: FakeStore): string[] => store.records.map(({ key }) => key);

describe('a trail', () => {
  it('appends one record after the other, each to the one before, and knows its head', async () => {
    const store = new FakeStore();
    const trail = new Trail(store, CHAIN, clock());
    expect(trail.head).toBeUndefined();
    const first = await trail.append(anEntry('one'));
    const second = await trail.append(anEntry('two'));
    expect(store.records).toEqual([first, second]);
    expect(trail.head).toEqual(second);
    expect(verifyChains(store.records)).toEqual([]);
  });

  it('reads nothing where nothing can stand before its records', async () => {
    const store = new FakeStore();
    const first = await new Trail(store, CHAIN, clock()).append(anEntry('one'));
    await new Trail(store, CHAIN, clock(), first).append(anEntry('two'));
    expect(keysOf(store)).toEqual(['one', 'two']);
    expect(store.reads).toBe(0);
  });

  it('gives back the record that a key has already, to the same writer and to the next', async () => {
    const store = new FakeStore();
    const trail = new Trail(store, CHAIN, clock());
    const first = await trail.append(anEntry('one', { reason: 'said first' }));
    await trail.append(anEntry('two'));
    expect(await trail.append(anEntry('one', { reason: 'said again' }))).toEqual(first);
    for (const head of [undefined, store.records[0], store.records[1]]) {
      const next = new Trail(store, CHAIN, clock(), head);
      expect(await next.append(anEntry('one', { reason: 'said again' }))).toEqual(first);
    }
    expect(keysOf(store)).toEqual(['one', 'two']);
  });

  it('does not write again what stands before the head that it was given', async () => {
    const store = new FakeStore();
    const trail = new Trail(store, CHAIN, clock());
    for (const key of ['planned', 'started', 'injected']) await trail.append(anEntry(key));
    // What a step does that is tried again after a crash.
    const again = new Trail(store, CHAIN, clock(), await store.readLast(CHAIN));
    await again.append(anEntry('started'));
    await again.append(anEntry('injected'));
    await again.append(anEntry('ended'));
    expect(keysOf(store)).toEqual(['planned', 'started', 'injected', 'ended']);
  });

  it('reads the chain once when its head is behind, and not record by record', async () => {
    const store = new FakeStore();
    const other = new Trail(store, CHAIN, clock());
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await other.append(anEntry(key));
    const trail = new Trail(store, CHAIN, clock(), store.records[1]);
    await trail.append(anEntry('one'));
    await trail.append(anEntry('two'));
    expect(keysOf(store)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'one', 'two']);
    expect(store.reads).toBe(1);
  });

  it('writes once though the answer is lost, when it is asked again', async () => {
    const store = new FakeStore();
    const trail = new Trail(store, CHAIN, clock());
    let isLost = true;
    store.onPut = (_, put) => {
      const answer = put();
      if (isLost) {
        isLost = false;
        throw new Error('socket hang up');
      }
      return answer;
    };
    await expect(trail.append(anEntry('one'))).rejects.toThrow('socket hang up');
    const second = await trail.append(anEntry('one', { reason: 'tried again' }));
    expect(store.records).toEqual([second]);
    expect(second.reason).toBe('to learn');
  });

  it('takes its own record for written when a client that tries again is told that it is taken', async () => {
    const store = new FakeStore();
    store.onPut = (_, put) => (put() === 'put' ? 'taken' : 'taken');
    const trail = new Trail(store, CHAIN, clock());
    await trail.append(anEntry('one'));
    await trail.append(anEntry('two'));
    expect(keysOf(store)).toEqual(['one', 'two']);
  });

  it('comes after a writer that got in between', async () => {
    const store = new FakeStore();
    const trail = new Trail(store, CHAIN, clock());
    const other = new Trail(store, CHAIN, clock());
    await trail.append(anEntry('one'));
    for (const key of ['x', 'y', 'z']) await other.append(anEntry(key));
    const mine = await trail.append(anEntry('two'));
    expect(keysOf(store)).toEqual(['one', 'x', 'y', 'z', 'two']);
    expect(mine.sequence).toBe(4);
    expect(verifyChains(store.records)).toEqual([]);
  });

  it('finds its own key among what others wrote in between', async () => {
    const store = new FakeStore();
    const trail = new Trail(store, CHAIN, clock());
    await trail.append(anEntry('one'));
    const other = new Trail(store, CHAIN, clock(), trail.head);
    await other.append(anEntry('x'));
    const theirs = await other.append(anEntry('two', { actor: 'bob' }));
    await other.append(anEntry('y'));
    expect(await trail.append(anEntry('two'))).toEqual(theirs);
    expect(keysOf(store)).toEqual(['one', 'x', 'two', 'y']);
  });

  it('never lets time run backwards, whatever the writers’ clocks say', async () => {
    const store = new FakeStore();
    await new Trail(store, CHAIN, clock(NOON_MS)).append(anEntry('one'));
    await new Trail(store, CHAIN, clock(NOON_MS - 60_000)).append(anEntry('two'));
    await new Trail(store, CHAIN, clock(NOON_MS + 60_000), store.records[1]).append(anEntry('three'));
    const times = store.records.map(({ at }) => Date.parse(at) - NOON_MS);
    expect(times).toEqual([0, 0, 60_000]);
  });

  it('says so when a record is taken, yet cannot be read', async () => {
    const store = new FakeStore();
    store.onPut = () => 'taken';
    await expect(new Trail(store, CHAIN, clock()).append(anEntry('one'))).rejects.toThrow(
      'record 0 of experiment is taken, yet cannot be read',
    );
  });

  it('writes every key once and a chain without a flaw, with many writers, lost answers and crashes', async () => {
    // One step: who tries (again) to append which key, whether the answer gets lost, and with which head it begins.
    const step = fc.record({
      writer: fc.nat({ max: 3 }),
      key: fc.nat({ max: 5 }),
      isLost: fc.boolean(),
      crashes: fc.constantFrom('no', 'behind', 'ahead'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const store = new FakeStore();
        const trails = new Map<number, Trail>();
        const asked = new Set<string>();
        for (const { writer, key, isLost, crashes } of steps) {
          if (crashes !== 'no' || !trails.has(writer)) {
            const head = crashes === 'ahead' ? await store.readLast(CHAIN) : undefined;
            trails.set(writer, new Trail(store, CHAIN, clock(NOON_MS - writer * 10), head));
          }
          let toLose = isLost;
          store.onPut = (_, put) => {
            const answer = put();
            if (!toLose || answer === 'taken') return answer;
            toLose = false;
            throw new Error('lost');
          };
          const name = `w${writer}/${key}`;
          const appended = trails.get(writer)?.append(anEntry(name));
          asked.add(name);
          await (isLost ? appended?.catch(() => undefined) : appended);
        }
        expect(verifyChains(store.records)).toEqual([]);
        expect(new Set(keysOf(store))).toEqual(asked);
        expect(store.records).toHaveLength(asked.size);
      }),
    );
  });

  it('writes every key once when all writers write at the same time', async () => {
    const store = new FakeStore();
    const writers = Array.from({ length: 20 }, (_, index) => new Trail(store, CHAIN, clock(NOON_MS + index)));
    const entries = writers.flatMap((trail, index) =>
      [`own/${index}`, 'shared'].map((key) => trail.append(anEntry(key))),
    );
    const records = await Promise.all(entries);
    expect(store.records).toHaveLength(21);
    expect(verifyChains(store.records)).toEqual([]);
    expect(new Set(records.filter(({ key }) => key === 'shared').map(({ hash }) => hash)).size).toBe(1);
  });
});
