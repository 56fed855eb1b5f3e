import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ConnectionFaults } from '../../../lib/rehearsal/fleet/connection-faults.ts';
import type { RequestOutcome } from '../../../lib/rehearsal/fleet/forward.ts';
import type { ConnectionOrder } from '../../../lib/rehearsal/fleet/hindrances.ts';
import { startLoadBalancer } from '../../../lib/rehearsal/fleet/load-balancer.ts';
import { seeded } from './seeded.ts';
import { until } from './until.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A balancer in front of programs, each of which answers `/health` and leaves the rest to the test. */
async function setUp(
  answers: Readonly<Record<string, RequestListener>>,
  checks = { intervalMs: 60_000, timeoutMs: 5_000 },
) {
  const faults = new ConnectionFaults(seeded(11));
  const outcomes: RequestOutcome[] = [];
  const found = new Map<string, { health: string; found: string }>();
  const balancer = await startLoadBalancer(
    {
      healthPath: '/health',
      timing: { firstIntervalMs: 10, ...checks },
      hindrances: (target) => faults.at(() => [target, 'host']),
    },
    { checked: (target, state) => found.set(target, state), ended: (outcome) => outcomes.push(outcome) },
  );
  closing.push(() => balancer.close());
  for (const [id, answer] of Object.entries(answers)) {
    const server = createServer((incoming, response) => {
      if (incoming.url === '/health') response.end();
      else answer(incoming, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    balancer.register({ id, host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    await until(`${id} is healthy`, () => found.get(id)?.health === 'HEALTHY');
  }
  return { balancer, faults, outcomes, found };
}

const hello: RequestListener = (incoming, response) => {
  incoming.resume();
  incoming.once('end', () => response.end('hello'));
};

async function timed<Of>(work: () => Promise<Of>): Promise<{ readonly ms: number; readonly result: Of }> {
  const fromMs = performance.now();
  const result = await work();
  return { ms: performance.now() - fromMs, result };
}

/** How long each of some requests took, one after the other, shortest first; each must be answered with 200. */
async function times(url: string, count: number): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const { ms, result } = await timed(async () => {
      const answer = await fetch(url);
      return { status: answer.status, text: await answer.text() };
    });
    expect(result.status).toBe(200);
    taken.push(ms);
  }
  return taken.toSorted((a, b) => a - b);
}

const median = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

const latency = (
  delayMs: number,
  direction: 'ingress' | 'egress' | 'both' = 'egress',
  jitterMs = 0,
): ConnectionOrder => ({
  ...{ kind: 'latency', direction, delayMs, jitterMs, correlation: 0, spread: 'uniform' },
});

describe('latency', () => {
  test('makes every answer wait for it, on open connections too, until it is taken away', async () => {
    const { balancer, faults } = await setUp({ web: hello });
    const before = median(await times(balancer.url, 9));
    expect(faults.begin('web', 'e', latency(150))).toBe(true);
    const during = await times(balancer.url, 7);
    expect(during[0]).toBeGreaterThanOrEqual(150);
    expect(median(during)).toBeLessThan(before + 150 + 300);
    faults.end('web', 'e');
    expect(median(await times(balancer.url, 9))).toBeLessThan(150);
  });

  test('both ways, and of the host besides, adds up', async () => {
    const { balancer, faults } = await setUp({ web: hello });
    faults.begin('web', 'e', latency(60, 'both'));
    expect((await times(balancer.url, 3))[0]).toBeGreaterThanOrEqual(120);
    faults.begin('host', 'f', latency(100, 'ingress'));
    expect((await times(balancer.url, 3))[0]).toBeGreaterThanOrEqual(220);
  });

  test('is on one target and not on its neighbour', async () => {
    const answer: RequestListener = (_incoming, response) => response.end();
    const { balancer, faults } = await setUp({ one: answer, two: answer });
    faults.begin('one', 'e', latency(200));
    const taken = await times(balancer.url, 10);
    expect(taken.filter((ms) => ms >= 200).length).toBeGreaterThanOrEqual(5);
    expect(median(taken.slice(0, 5))).toBeLessThan(200);
  });

  test('beyond a health check’s patience makes the target unhealthy', async () => {
    const { faults, found, balancer } = await setUp({ web: hello }, { intervalMs: 50, timeoutMs: 300 });
    faults.begin('web', 'e', latency(600));
    await until('it is unhealthy', () => found.get('web')?.health === 'UNHEALTHY');
    expect(found.get('web')?.found).toMatch(/did not answer within 0.3 s/);
    expect(balancer.targets()).toMatchObject([{ id: 'web', health: { failure: { kind: 'timeout' } } }]);
    faults.end('web', 'e');
    await until('it is healthy again', () => found.get('web')?.health === 'HEALTHY');
  });
});

describe('a blackhole', () => {
  test('lets requests hang, open connection or not, without a word; the client gives up, and nothing is reset', async () => {
    const { balancer, faults, outcomes } = await setUp({ web: hello });
    await times(balancer.url, 1);
    faults.begin('web', 'e', { kind: 'blackhole', direction: 'both' });
    for (let round = 0; round < 2; round += 1) {
      await expect(fetch(balancer.url, { signal: AbortSignal.timeout(700) })).rejects.toMatchObject({
        name: 'TimeoutError',
      });
    }
    await until('both are told', () => outcomes.length === 3);
    expect(outcomes.slice(1).map(({ answeredBy }) => answeredBy)).toEqual(['nobody', 'nobody']);
    faults.end('web', 'e');
    await times(balancer.url, 3);
  });

  test('that ends early lets through what was sent meanwhile, when it is sent again', async () => {
    const { balancer, faults } = await setUp({ web: hello });
    await times(balancer.url, 1);
    faults.begin('web', 'e', { kind: 'blackhole', direction: 'both' });
    const asking = timed(() => fetch(balancer.url).then((answer) => answer.text()));
    setTimeout(() => faults.end('web', 'e'), 100);
    const { ms, result } = await asking;
    expect(result).toBe('hello');
    expect(ms).toBeGreaterThanOrEqual(200);
  });

  test.each([
    ['ingress', 0],
    ['egress', 1],
  ] as const)('of %s alone: the request reaches an open connection’s target %i times', async (direction, reached) => {
    let asked = 0;
    const { balancer, faults } = await setUp({
      web: (incoming, response) => {
        asked += 1;
        hello(incoming, response);
      },
    });
    await times(balancer.url, 1);
    faults.begin('web', 'e', { kind: 'blackhole', direction });
    await expect(fetch(balancer.url, { signal: AbortSignal.timeout(700) })).rejects.toThrow();
    expect(asked).toBe(1 + reached);
  });

  test('answers 504 when no connection has come about after ten seconds', async () => {
    const { balancer, faults, outcomes } = await setUp({ web: hello });
    faults.begin('web', 'e', { kind: 'blackhole', direction: 'egress' });
    // One may hang on the connection that the health checks have left open: it waits for a minute.
    const asked = [1, 2].map(() => timed(() => fetch(balancer.url).then(({ status }) => status)));
    const { ms, result } = await Promise.any(asked);
    expect(result).toBe(504);
    expect(ms).toBeGreaterThanOrEqual(10_000);
    await Promise.all([balancer.close(), ...asked.map((one) => one.catch(() => undefined))]);
    expect(outcomes.every(({ failed }) => failed)).toBe(true);
  });
});

describe('loss', () => {
  test('of answers costs no request, but each that is lost 200 ms, 600 ms when it is lost twice, and so on', async () => {
    const { balancer, faults } = await setUp({ web: hello });
    expect(median(await times(balancer.url, 11))).toBeLessThan(200);
    const model = { name: 'random', share: 0.3, correlation: 0 } as const;
    faults.begin('web', 'e', { kind: 'loss', direction: 'egress', model });
    const taken = await times(balancer.url, 30);
    const late = taken.filter((ms) => ms >= 200);
    // Nine are lost in the mean. The draws are the same each time, but for a connection that is opened anew.
    expect(late.length).toBeGreaterThanOrEqual(4);
    expect(late.length).toBeLessThanOrEqual(16);
    expect(median(taken)).toBeLessThan(200);
  });
});

describe('a rate', () => {
  const BYTES = 100_000;
  const big: RequestListener = (_incoming, response) => response.end(Buffer.alloc(BYTES, 'x'));

  test('is kept to by what a target answers, and leaves the bytes as they are', async () => {
    const { balancer, faults } = await setUp({ web: big });
    // 100 bytes a millisecond.
    faults.begin('web', 'e', { kind: 'rate', direction: 'egress', rateKbit: 800, burstBytes: 16_384, queueMs: 400 });
    const { ms, result } = await timed(() => fetch(balancer.url).then((answer) => answer.text()));
    expect(result).toBe('x'.repeat(BYTES));
    const leastMs = (BYTES - 16_384) / 100;
    expect(ms).toBeGreaterThanOrEqual(leastMs);
    expect(ms).toBeLessThan(2 * leastMs + 2_000);
  });

  test('is shared by all connections of the target', async () => {
    const { balancer, faults } = await setUp({ web: big });
    faults.begin('web', 'e', { kind: 'rate', direction: 'both', rateKbit: 2400, burstBytes: 16_384, queueMs: 5_000 });
    const { ms } = await timed(() =>
      Promise.all([1, 2, 3, 4].map(() => fetch(balancer.url).then((answer) => answer.text()))),
    );
    expect(ms).toBeGreaterThanOrEqual((4 * BYTES - 16_384) / 300);
  });

  test('holds back what is sent to the target as well', async () => {
    const { balancer, faults } = await setUp({ web: hello });
    faults.begin('web', 'e', { kind: 'rate', direction: 'ingress', rateKbit: 800, burstBytes: 16_384, queueMs: 400 });
    const body = 'y'.repeat(BYTES);
    const { ms, result } = await timed(() =>
      fetch(balancer.url, { method: 'POST', body }).then((answer) => answer.text()),
    );
    expect(result).toBe('hello');
    expect(ms).toBeGreaterThanOrEqual((BYTES - 16_384) / 100);
  });
});

describe('a balancer that closes', () => {
  test('waits for nothing that a fault holds back', async () => {
    const { balancer, faults } = await setUp({ web: hello });
    faults.begin('web', 'e', { kind: 'blackhole', direction: 'both' });
    const asked = [1, 2, 3].map(() =>
      fetch(balancer.url)
        .then(({ status }) => status)
        .catch(() => 'cut off'),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await timed(() => balancer.close())).ms).toBeLessThan(2_000);
    expect(await Promise.all(asked)).toEqual(['cut off', 'cut off', 'cut off']);
  });

  test('a body of many kinds of pieces passes through unchanged while delays jitter', async () => {
    const echo: RequestListener = (incoming, response) => incoming.pipe(response);
    const { balancer, faults } = await setUp({ web: echo });
    faults.begin('web', 'e', latency(10, 'both', 10));
    const body = Array.from({ length: 20_000 }, (_, index) => String(index)).join(' ');
    const answer = await fetch(balancer.url, { method: 'POST', body });
    expect(await answer.text()).toBe(body);
  });
});
