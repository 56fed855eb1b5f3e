import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { healthAfter, keepChecking, type TargetHealth, UNCHECKED } from '../../../lib/rehearsal/fleet/health-checks.ts';
import { until } from './until.ts';

const check = (passed: boolean) => ({ passed, found: passed ? 'answered 200' : 'answered 500' });

describe('the health of a target', () => {
  test.each([
    [[], 'UNKNOWN'],
    [[true], 'UNKNOWN'],
    [[true, false, true], 'UNKNOWN'],
    [[true, true], 'HEALTHY'],
    [[true, true, false], 'HEALTHY'],
    [[true, true, false, true, false], 'HEALTHY'],
    [[true, true, false, false], 'UNHEALTHY'],
    [[true, true, false, false, true], 'UNHEALTHY'],
    [[false, false, true, true], 'HEALTHY'],
  ])('after %j is %s', (results, health) => {
    expect(results.map(check).reduce(healthAfter, UNCHECKED).health).toBe(health);
  });

  test('only turns when two checks in a row agree', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (results) => {
        let health: TargetHealth = UNCHECKED;
        for (const [index, passed] of results.entries()) {
          const next = healthAfter(health, check(passed));
          const agree = results[index - 1] === passed;
          expect(next.health).toBe(agree ? (passed ? 'HEALTHY' : 'UNHEALTHY') : health.health);
          health = next;
        }
      }),
    );
  });
});

describe('checking', () => {
  test('tells what it finds, from a good answer by a bad one to none in time, and nothing once it is stopped', async () => {
    let answer: number | null = 200;
    const server = createServer((_request, response) => {
      if (answer !== null) response.writeHead(answer).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const agent = new Agent({ keepAlive: true });
    const { port } = server.address() as AddressInfo;
    const told: TargetHealth[] = [];
    const timing = { intervalMs: 20, firstIntervalMs: 10, timeoutMs: 300 };
    const checks = keepChecking({ host: '127.0.0.1', port, path: '/', agent }, timing, (health) => told.push(health));
    await until('healthy', () => told.at(-1)?.health === 'HEALTHY');
    answer = 500;
    await until('unhealthy', () => told.at(-1)?.health === 'UNHEALTHY');
    expect(told.at(-1)?.found).toBe('answered 500');
    answer = null;
    await until('silent', () => told.at(-1)?.found === 'did not answer within 0.3 s');
    checks.stop();
    const count = told.length;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    agent.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toHaveLength(count);
  });
});
