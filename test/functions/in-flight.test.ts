import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  beat,
  closeInFlight,
  type InFlight,
  listInFlight,
  putInFlight,
  readInFlight,
  requestStop,
  seize,
} from '../../functions/in-flight.ts';
import type { RunningExperiment, StopRequest } from '../../lib/core/running.ts';
import type { StateStore } from '../../lib/core/state-store.ts';
import { START_MS } from './experiment/fake-world.ts';
import { inOrder } from './in-order.ts';
import { MemoryState } from './memory-stores.ts';
import { aRunning } from './running.ts';

const CART = { experiment: 'cart-1', owner: 'owner-1' };
const by = (actor: string): StopRequest => ({ actor, reason: 'enough', at: '2026-03-02T10:00:05Z' });

let state: MemoryState;
beforeEach(() => {
  state = new MemoryState();
});

async function read(): Promise<InFlight> {
  return (await readInFlight(state, 'cart-1')) ?? expect.fail('no item');
}

const body = (): RunningExperiment | undefined => state.body('running', 'cart-1');

describe('an experiment that is stored', () => {
  it('again by its own execution keeps its targets as they were prepared first, and who asked for its end', async () => {
    await putInFlight(state, aRunning());
    await requestStop(state, 'cart-1', by('Ann'));
    const anew = aRunning({}, { targets: [], aliveUntilMs: START_MS + 9e6 });
    const stored = await putInFlight(state, anew);
    expect(stored).toEqual({ ...aRunning(), aliveUntilMs: START_MS + 9e6, stop: by('Ann') });
    expect(body()).toEqual(stored);
  });

  it('again after it was closed stays closed', async () => {
    for (const status of ['stuck', 'ended'] as const) {
      state = new MemoryState();
      await putInFlight(state, aRunning());
      await closeInFlight(state, CART, status, START_MS);
      expect((await putInFlight(state, aRunning())).status).toBe(status);
      expect(body()?.status).toBe(status);
    }
  });

  it('by another execution takes nothing over', async () => {
    await putInFlight(state, aRunning());
    await requestStop(state, 'cart-1', by('Ann'));
    await closeInFlight(state, CART, 'ended', START_MS);
    const other = aRunning({}, { owner: 'owner-2', targets: [] });
    expect(await putInFlight(state, other)).toEqual(other);
    expect(body()).toEqual(other);
  });
});

describe('who asks for the end', () => {
  it('first is kept, and everybody is answered the item as it stands', async () => {
    await putInFlight(state, aRunning());
    expect((await requestStop(state, 'cart-1', by('Ann')))?.stop).toEqual(by('Ann'));
    expect((await requestStop(state, 'cart-1', by('Bob')))?.stop).toEqual(by('Ann'));
  });

  it('of what is not in flight, or is over, hears so; of what is stuck, does not', async () => {
    expect(await requestStop(state, 'cart-1', by('Ann'))).toBeUndefined();
    await putInFlight(state, aRunning());
    await closeInFlight(state, CART, 'stuck', START_MS);
    expect(await requestStop(state, 'cart-1', by('Ann'))).toMatchObject({ status: 'stuck', stop: by('Ann') });
    await closeInFlight(state, CART, 'ended', START_MS);
    expect(await requestStop(state, 'cart-1', by('Bob'))).toBeUndefined();
  });
});

describe('an experiment that is over', () => {
  it('is kept a week when it has ended, and for good while it is stuck', async () => {
    await putInFlight(state, aRunning());
    await closeInFlight(state, CART, 'stuck', START_MS);
    expect(state.items.get('running/cart-1')).not.toHaveProperty('expiresAtSeconds');
    expect(await listInFlight(state)).toHaveLength(1);
    await closeInFlight(state, CART, 'ended', START_MS);
    expect(state.items.get('running/cart-1')?.expiresAtSeconds).toBe(START_MS / 1000 + 7 * 86_400);
    expect(await listInFlight(state)).toEqual([]);
  });

  it('is not closed by another execution, nor twice', async () => {
    await putInFlight(state, aRunning());
    await closeInFlight(state, { ...CART, owner: 'owner-2' }, 'ended', START_MS);
    await closeInFlight(state, { ...CART, experiment: 'none-1' }, 'ended', START_MS);
    expect(body()?.status).toBe('running');
    expect([...state.items.keys()]).toEqual(['running/cart-1']);
    await closeInFlight(state, CART, 'ended', START_MS);
    const { version } = await read();
    await closeInFlight(state, CART, 'ended', START_MS);
    expect((await read()).version).toBe(version);
  });

  it('is not brought back to life by a beat that was on its way', async () => {
    await putInFlight(state, aRunning());
    const before = await read();
    await closeInFlight(state, CART, 'ended', START_MS);
    await beat(state, before, START_MS + 9e6);
    expect(body()).toMatchObject({ status: 'ended', aliveUntilMs: START_MS + 9e6 });
  });
});

describe('an experiment whose execution is lost', () => {
  it('is taken by one only, and stored anew by its execution it stays taken', async () => {
    await putInFlight(state, aRunning());
    const taken = await Promise.all([1, 2, 3].map(() => seize(state, 'cart-1', ({ status }) => status === 'running')));
    expect(taken.filter((one) => one !== undefined)).toEqual([{ ...aRunning(), status: 'stuck' }]);
    expect((await putInFlight(state, aRunning())).status).toBe('stuck');
  });

  it('is not taken when it is gone, or was heard of meanwhile', async () => {
    expect(await seize(state, 'cart-1', () => true)).toBeUndefined();
    await putInFlight(state, aRunning());
    expect(await seize(state, 'cart-1', () => false)).toBeUndefined();
    const overtaken: StateStore = {
      list: (...input) => state.list(...input),
      write: (...input) => state.write(...input),
      read: async (...input) => {
        const found = await state.read<RunningExperiment>(...input);
        if (found) await beat(state, found, START_MS + 9e6);
        return found as never;
      },
    };
    expect(await seize(overtaken, 'cart-1', () => true)).toBeUndefined();
    expect(body()).toMatchObject({ status: 'running', aliveUntilMs: START_MS + 9e6 });
  });
});

/** A store whose calls come in any order that the scheduler makes. */
function shuffled(order: fc.Scheduler): StateStore {
  const turn = (name: string) => order.schedule(Promise.resolve(), name);
  return {
    read: async (...input) => {
      await turn('read');
      return state.read(...input);
    },
    list: (...input) => state.list(...input),
    write: async (...input) => {
      await turn('write');
      return state.write(...input);
    },
  };
}

it('nothing that two or more writers say at once is lost, however their calls fall together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.boolean(), async (order, isClosed) => {
      state = new MemoryState();
      await putInFlight(state, aRunning());
      const before = await read();
      const outcome = before.body.targets.map((target) => ({ ...target, outcome: 'accepted' as const }));
      const outside = shuffled(order);
      const writers = [
        beat(outside, before, START_MS + 500_000, outcome),
        requestStop(outside, 'cart-1', by('Ann')),
        requestStop(outside, 'cart-1', by('Bob')),
        ...(isClosed ? [closeInFlight(outside, CART, 'ended', START_MS)] : []),
      ];
      const [beaten, ann, bob] = (await order.waitFor(Promise.all(writers))) as (RunningExperiment | undefined)[];
      expect(body()).toMatchObject({ aliveUntilMs: START_MS + 500_000, targets: [{ outcome: 'accepted' }] });
      expect(beaten).toMatchObject({ aliveUntilMs: START_MS + 500_000 });
      expect(body()?.status).toBe(isClosed ? 'ended' : 'running');
      // Whoever was too late for an open item heard so; all others were told of the same first one.
      const kept = body()?.stop;
      if (!isClosed) expect(kept).toBeDefined();
      const told = [ann, bob].flatMap((one) => (one?.stop === undefined ? [] : [one.stop]));
      for (const stop of told) expect(stop).toEqual(kept);
    }),
    { numRuns: 500 },
  );
});

it('thirty writers at once all have their way', async () => {
  await putInFlight(state, aRunning());
  const names = Array.from({ length: 15 }, (_, n) => `person ${n}`);
  const asked = await Promise.all(names.map((name) => requestStop(state, 'cart-1', by(name))));
  expect(new Set(inOrder(asked.map((one) => one?.stop?.actor))).size).toBe(1);
  const before = await read();
  await Promise.all(names.map((_, n) => beat(state, before, START_MS + n)));
  expect((await read()).version).toBe(before.version + names.length);
});

it('gives up, and says so, when every write meets another', async () => {
  await putInFlight(state, aRunning());
  const busy: StateStore = {
    read: (...input) => state.read(...input),
    list: (...input) => state.list(...input),
    write: () => Promise.resolve(false),
  };
  await expect(requestStop(busy, 'cart-1', by('Ann'))).rejects.toThrow('the item of cart-1 changed 20 times');
});
