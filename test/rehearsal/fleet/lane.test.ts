import { describe, expect, test } from 'vitest';
import { hindrance } from '../../../lib/rehearsal/fleet/hindrance.ts';
import { hindranceOf } from '../../../lib/rehearsal/fleet/hindrances.ts';
import { type Freight, Lane } from '../../../lib/rehearsal/fleet/lane.ts';
import { pause } from '../../../lib/rehearsal/fleet/pause.ts';
import { until } from './until.ts';

const failed = (error: unknown): void => {
  throw error;
};

function setUp(
  faults: ReturnType<typeof hindrance>[] = [],
  deliver: (freight: Freight) => Promise<void> | undefined = () => undefined,
) {
  const arrived: { text: string; atMs: number }[] = [];
  const lane = new Lane({
    way: 'egress',
    hindrances: () => faults,
    deliver: (freight) => {
      arrived.push({ text: Buffer.isBuffer(freight) ? String(freight) : freight.end, atMs: performance.now() });
      return deliver(freight);
    },
    failed,
  });
  const send = (text: string): boolean => {
    let mayGoOn = false;
    lane.send(Buffer.from(text), () => {
      mayGoOn = true;
    });
    return mayGoOn;
  };
  return { lane, send, arrived, texts: () => arrived.map(({ text }) => text) };
}

describe('a lane', () => {
  test('hands over at once what nothing hinders', () => {
    const { lane, send, texts } = setUp();
    send('a');
    lane.send({ end: 'in-order' }, () => undefined);
    expect(texts()).toEqual(['a', 'in-order']);
  });

  test('lets pieces wait side by side, in order, although a later one is faster', async () => {
    const delays = [300, 0, 100];
    const { signal } = new AbortController();
    const slow = hindrance(signal, { delayMs: () => delays.shift() ?? 0 });
    const { send, arrived, texts } = setUp([slow]);
    const fromMs = performance.now();
    for (const text of ['a', 'b', 'c']) send(text);
    await until('all are there', () => arrived.length === 3);
    expect(texts()).toEqual(['a', 'b', 'c']);
    expect((arrived[0]?.atMs ?? 0) - fromMs).toBeGreaterThanOrEqual(300);
    // One after the other they would have taken 400.
    expect((arrived[2]?.atMs ?? 0) - (arrived[0]?.atMs ?? 0)).toBeLessThan(90);
  });

  test('sends again what is lost, after 200 ms and then twice as long each time', async () => {
    const triesMs: number[] = [];
    const unlucky = hindrance(new AbortController().signal, {
      loses: (_way, _bytes, nowMs) => triesMs.push(nowMs) <= 3,
    });
    const { send, texts } = setUp([unlucky]);
    send('a');
    await until('it is there', () => texts().length === 1);
    const waits = triesMs.slice(1).map((atMs, index) => atMs - (triesMs[index] ?? 0));
    expect(waits).toHaveLength(3);
    for (const [index, leastMs] of [200, 400, 800].entries()) expect(waits[index]).toBeGreaterThanOrEqual(leastMs);
  });

  test('lets what waits go on at once when the fault is taken away, but what was lost only when it is sent again', async () => {
    const control = new AbortController();
    const faults = [
      hindranceOf(
        { kind: 'latency', direction: 'both', delayMs: 60_000, jitterMs: 0, correlation: 0, spread: 'uniform' },
        control.signal,
      ),
    ];
    const { send, texts } = setUp(faults);
    send('late');
    faults.pop();
    control.abort();
    await until('it is there', () => texts().length === 1, 2_000);

    faults.push(hindranceOf({ kind: 'blackhole', direction: 'egress' }, new AbortController().signal));
    const fromMs = performance.now();
    send('lost');
    await pause(50);
    faults.pop();
    await until('it is there too', () => texts().length === 2);
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(200);
  });

  test('makes the sender wait while much is under way, and only then', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { lane, send, texts } = setUp([], () => promise);
    expect(send('x'.repeat(200_000))).toBe(true);
    let mayGoOn = false;
    lane.send(Buffer.alloc(200_000), () => {
      mayGoOn = true;
    });
    expect(mayGoOn).toBe(false);
    resolve();
    await until('it may go on', () => mayGoOn);
    expect(texts()).toHaveLength(2);
  });

  test('that is closed hands nothing over any more', async () => {
    const { lane, send, texts } = setUp([hindrance(new AbortController().signal, { delayMs: () => 20 })]);
    send('a');
    lane.close();
    send('b');
    await pause(60);
    expect(texts()).toEqual([]);
  });
});
