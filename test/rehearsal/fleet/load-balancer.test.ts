import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { RequestOutcome } from '../../../lib/rehearsal/fleet/forward.ts';
import { type LoadBalancer, startLoadBalancer } from '../../../lib/rehearsal/fleet/load-balancer.ts';
import { until } from './until.ts';

const timing = { intervalMs: 20, firstIntervalMs: 10, timeoutMs: 5000 };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function balanced(healthPath = '/health') {
  const outcomes: RequestOutcome[] = [];
  const health = new Map<string, string>();
  const balancer = await startLoadBalancer(
    { healthPath, timing },
    { checked: (target, state) => health.set(target, state.health), ended: (outcome) => outcomes.push(outcome) },
  );
  closing.push(() => balancer.close());
  return { balancer, outcomes, health };
}

/** A program that answers `/health` and leaves the rest to the test. */
async function target(answer: RequestListener): Promise<{ port: number; server: Server }> {
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
  return { port: (server.address() as AddressInfo).port, server };
}

async function healthy(balancer: LoadBalancer, health: Map<string, string>, id: string, port: number): Promise<void> {
  balancer.register({ id, host: '127.0.0.1', port });
  await until(`${id} is healthy`, () => health.get(id) === 'HEALTHY');
}

describe('a load balancer', () => {
  test('asks healthy targets in turn, whatever their number', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), async (count, rounds) => {
        const { balancer, health } = await balanced();
        const hits = new Map<string, number>();
        for (let index = 0; index < count; index += 1) {
          const id = `t${index}`;
          const { port } = await target((_incoming, response) => {
            hits.set(id, (hits.get(id) ?? 0) + 1);
            response.end();
          });
          await healthy(balancer, health, id, port);
        }
        for (let index = 0; index < count * rounds; index += 1) await (await fetch(balancer.url)).text();
        expect([...hits.values()]).toEqual(Array.from({ length: count }, () => rounds));
        await balancer.close();
      }),
      { numRuns: 5 },
    );
  });

  test('answers 503 while no target is healthy, and again when the only one has fallen ill', async () => {
    const { balancer, outcomes, health } = await balanced('/state');
    expect((await fetch(balancer.url)).status).toBe(503);
    let status = 200;
    const { port } = await target((_incoming, response) => response.writeHead(status).end());
    await healthy(balancer, health, 'only', port);
    expect((await fetch(balancer.url)).status).toBe(200);
    status = 500;
    await until('it is ill', () => health.get('only') === 'UNHEALTHY');
    const answer = await fetch(balancer.url);
    expect([answer.status, answer.headers.get('server')]).toEqual([503, 'awselb/2.0']);
    expect(outcomes.map(({ answeredBy, failed }) => [answeredBy, failed])).toEqual([
      ['load-balancer', true],
      ['target', false],
      ['load-balancer', true],
    ]);
  });

  test('hands a target’s own 5xx on as the target’s', async () => {
    const { balancer, outcomes, health } = await balanced();
    const { port } = await target((_incoming, response) => response.writeHead(503).end('warming up'));
    await healthy(balancer, health, 'cold', port);
    expect(await (await fetch(balancer.url)).text()).toBe('warming up');
    await until('told', () => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ answeredBy: 'target', failed: true });
    expect(outcomes[0]?.targetMs).toBeGreaterThan(0);
  });

  test('answers 502 when the target breaks off, and sends nothing twice', async () => {
    const { balancer, outcomes, health } = await balanced();
    let asked = 0;
    for (const id of ['one', 'two']) {
      const { port } = await target((incoming) => {
        asked += 1;
        incoming.socket.destroy();
      });
      await healthy(balancer, health, id, port);
    }
    expect((await fetch(balancer.url)).status).toBe(502);
    expect(asked).toBe(1);
    expect(outcomes[0]).toMatchObject({ answeredBy: 'load-balancer', failed: true, targetMs: null });
  });

  test('answers 502 when the target refuses the connection', async () => {
    const { balancer, health } = await balanced();
    const { port, server } = await target((_incoming, response) => response.end());
    const slow = await startLoadBalancer(
      { healthPath: '/health', timing: { ...timing, intervalMs: 60_000 } },
      { checked: (id, state) => health.set(id, state.health), ended: () => {} },
    );
    closing.push(() => slow.close());
    await healthy(slow, health, 'gone', port);
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect((await fetch(slow.url)).status).toBe(502);
    expect((await fetch(balancer.url)).status).toBe(503);
  });

  test('cuts the client off when the target breaks off in the middle of its answer', async () => {
    const { balancer, outcomes, health } = await balanced();
    const { port } = await target((_incoming, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await healthy(balancer, health, 'half', port);
    await expect(fetch(balancer.url).then((answer) => answer.text())).rejects.toThrow();
    await until('told', () => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ failed: true, latencyMs: null });
    expect(outcomes[0]?.targetMs).toBeGreaterThan(0);
  });

  test('streams bodies both ways: the answer begins before the request has ended', async () => {
    const { balancer, health } = await balanced();
    const { port } = await target((incoming, response) => incoming.pipe(response));
    await healthy(balancer, health, 'echo', port);
    const asking = request(balancer.url, { method: 'POST' });
    asking.write('first');
    const [answer] = await once(asking, 'response');
    const heard: string[] = [];
    for await (const chunk of answer) {
      heard.push(String(chunk));
      if (heard.length === 1) asking.end('second');
    }
    expect(heard).toEqual(['first', 'second']);
  });

  test('passes method, path, headers and repeated cookies on, and adds who asked', async () => {
    const { balancer, health } = await balanced();
    const { port } = await target((incoming, response) => {
      const { 'x-forwarded-for': from, 'x-note': note, connection } = incoming.headers;
      response.writeHead(201, [...['set-cookie', 'a=1'], ...['set-cookie', 'b=2']]);
      response.end(JSON.stringify({ method: incoming.method, url: incoming.url, from, note, connection }));
    });
    await healthy(balancer, health, 'mirror', port);
    const answer = await fetch(`${balancer.url}/a?b=c`, { method: 'PUT', body: 'x', headers: { 'x-note': 'hi' } });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']]);
    expect(await answer.json()).toMatchObject({ method: 'PUT', url: '/a?b=c', from: '127.0.0.1', note: 'hi' });
  });

  test('a target that leaves gets nothing new, and has left when what it had is answered', async () => {
    const { balancer, health } = await balanced();
    let release = (): void => {};
    const { port } = await target((_incoming, response) => {
      release = () => response.end('done');
    });
    await healthy(balancer, health, 'leaving', port);
    const pending = fetch(balancer.url).then((answer) => answer.text());
    const waiting = release;
    await until('the request has arrived', () => release !== waiting);
    let left = false;
    const leaving = balancer.deregister('leaving').then(() => {
      left = true;
    });
    expect((await fetch(balancer.url)).status).toBe(503);
    expect(left).toBe(false);
    release();
    expect(await pending).toBe('done');
    await leaving;
  });

  test('counts a client that gives up waiting as failed and answered by nobody', async () => {
    const { balancer, outcomes, health } = await balanced();
    const { port } = await target(() => {});
    await healthy(balancer, health, 'silent', port);
    await expect(fetch(balancer.url, { signal: AbortSignal.timeout(100) })).rejects.toThrow();
    await until('told', () => outcomes.length === 1);
    expect(outcomes[0]).toMatchObject({ answeredBy: 'nobody', failed: true, latencyMs: null, targetMs: null });
  });

  test('frees its port when it closes, whatever is in flight', async () => {
    const { balancer, health } = await balanced();
    const { port } = await target(() => {});
    await healthy(balancer, health, 'silent', port);
    const pending = fetch(balancer.url).catch(() => 'cut off');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await balancer.close();
    expect(await pending).toBe('cut off');
    const again = createTcpServer().listen(Number(new URL(balancer.url).port), '127.0.0.1');
    await once(again, 'listening');
    again.close();
  });
});
