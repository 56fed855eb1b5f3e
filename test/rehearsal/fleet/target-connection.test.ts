import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Hindrance } from '../../../lib/rehearsal/fleet/hindrance.ts';
import { hindranceOf } from '../../../lib/rehearsal/fleet/hindrances.ts';
import { TargetConnection } from '../../../lib/rehearsal/fleet/target-connection.ts';
import { until } from './until.ts';

/** A connection to a listener, with the listener's end of it and everything that it met. */
async function connected() {
  const faults: Hindrance[] = [];
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    accepted.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new TargetConnection({ host: '127.0.0.1', port }, () => faults);
  const met: string[] = [];
  for (const name of ['connect', 'end', 'close', 'timeout']) connection.on(name, () => met.push(name));
  connection.on('error', (error: NodeJS.ErrnoException) => met.push(error.code ?? error.message));
  connection.on('data', (chunk: Buffer) => met.push(`data ${chunk}`));
  onTestFinished(() => {
    connection.destroy();
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  await until('it is open', () => accepted.length === 1 && met.includes('connect'));
  const [there] = accepted;
  if (there === undefined) throw new Error('nobody has connected');
  return { connection, met, there, faults, port };
}

const blackhole = (direction: 'ingress' | 'egress') =>
  hindranceOf({ kind: 'blackhole', direction }, new AbortController().signal);

describe('a connection to a target', () => {
  test('carries bytes both ways and ends in order', async () => {
    const { connection, met, there } = await connected();
    there.once('data', (chunk) => there.end(`you said ${chunk}`));
    connection.write('hello');
    await until('it is closed', () => met.includes('close'));
    expect(met).toEqual(['connect', 'data you said hello', 'end', 'close']);
  });

  test('tells that its target has broken off, but not through a blackhole', async () => {
    const told = await connected();
    told.there.resetAndDestroy();
    await until('it is told', () => told.met.includes('close'));
    expect(told.met).toEqual(['connect', 'ECONNRESET', 'close']);
    const untold = await connected();
    untold.faults.push(blackhole('egress'));
    untold.there.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(untold.met).toEqual(['connect']);
    untold.faults.pop();
    await until('it is told when that is gone', () => untold.met.includes('close'));
    expect(untold.met).toEqual(['connect', 'ECONNRESET', 'close']);
  });

  test('that is refused says so', async () => {
    const { port } = await connected();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const closed = (server.address() as AddressInfo).port;
    server.close();
    await once(server, 'close');
    expect(closed).not.toBe(port);
    const connection = new TargetConnection({ host: '127.0.0.1', port: closed }, () => []);
    const [error] = await once(connection, 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('says when it is idle, as a socket does: a time of 0 takes the callback away', async () => {
    const { connection, met } = await connected();
    const callback = (): void => void met.push('callback');
    connection.setTimeout(30, callback);
    await until('it is idle', () => met.includes('timeout'));
    expect(met.slice(1)).toEqual(['timeout', 'callback']);
    connection.setTimeout(10_000, callback);
    expect(connection.listeners('timeout')).toContain(callback);
    connection.setTimeout(0, callback);
    expect([connection.listeners('timeout').includes(callback), connection.timeout]).toEqual([false, 0]);
  });

  test('that its owner destroys is gone for the target too, whatever hinders it', async () => {
    const { connection, there, faults } = await connected();
    faults.push(blackhole('ingress'));
    connection.write('unheard');
    const gone = once(there.resume(), 'end');
    connection.destroy();
    await gone;
    expect(there.bytesRead).toBe(0);
  });
});
