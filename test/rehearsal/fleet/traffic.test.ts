import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { due, startTraffic } from '../../../lib/rehearsal/fleet/traffic.ts';
import { until } from './until.ts';

describe('the pace', () => {
  test('is even: however the clock is read, every due request is sent once and the next lies ahead', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 240 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 2000 }), (gaps, rate) => {
        const gapMs = 1000 / rate;
        let now = 0;
        let next = 0;
        let sent = 0;
        for (const step of gaps) {
          now += step;
          const turn = due(next, now, gapMs);
          sent += turn.count;
          next = turn.next;
          // Where floating point rounds it onto now, the next turn sends it.
          expect(next).toBeGreaterThan(now - 0.001);
        }
        expect(Math.abs(sent - (Math.floor(now / gapMs) + 1))).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('is not caught up in a burst after a long pause', () => {
    expect(due(0, 5000, 10)).toEqual({ count: 1, next: 5010 });
    expect(due(0, 200, 10)).toEqual({ count: 21, next: 210 });
  });
});

describe('traffic', () => {
  test('goes on at its pace although nobody answers, gives up after the time-out, and stops when all has ended', async () => {
    const paths: string[] = [];
    let cutOff = 0;
    const server = createServer((incoming, response) => {
      paths.push(incoming.url ?? '');
      response.on('close', () => {
        cutOff += 1;
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=1`;
    let lost = 0;
    const traffic = startTraffic({ url, requestsPerSecond: 50, timeoutMs: 400 }, () => {
      lost += 1;
    });
    await until('twenty have been sent', () => traffic.sent >= 20);
    expect(paths[0]).toBe('/a?b=1');
    await traffic.stop();
    const { sent } = traffic;
    await until('all were given up', () => cutOff === sent);
    expect(lost).toBe(0);
    expect(traffic.sent).toBe(sent);
    server.closeAllConnections();
    server.close();
  });

  test('reports what never reached the load balancer as lost', async () => {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.close();
    await once(server, 'close');
    let lost = 0;
    const traffic = startTraffic({ url, requestsPerSecond: 100 }, () => {
      lost += 1;
    });
    await until('some were sent', () => traffic.sent >= 5);
    await traffic.stop();
    expect(lost).toBe(traffic.sent);
  });

  test('at zero requests per second sends nothing', async () => {
    const traffic = startTraffic({ url: 'http://127.0.0.1:1/', requestsPerSecond: 0 }, () => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(traffic.sent).toBe(0);
    await traffic.stop();
  });
});
