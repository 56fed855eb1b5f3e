import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { pointClientsAt } from './start-stack-tables.ts';

/** A request as it arrived. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A bare answerer for one AWS service, on the wire itself: for pages, errors and silence that the local cloud does not make.
 * The adapters of this process are pointed at it.
 *
 * @param answer 'silence' keeps the caller waiting until it hangs up.
 */
export async function answerAws(answer: (request: Arrived, call: number) => Reply | 'silence') {
  const requests: Arrived[] = [];
  let hungUp = 0;
  const server = createServer(async (incoming, outgoing) => {
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) hungUp++;
    });
    const parts: Buffer[] = [];
    for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
    const request = { path: incoming.url ?? '', headers: incoming.headers, body: Buffer.concat(parts).toString() };
    const reply = answer(request, requests.push(request) - 1);
    if (reply === 'silence') return;
    outgoing.writeHead(reply.status ?? 200, reply.headers);
    outgoing.end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  pointClientsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { requests, hungUp: () => hungUp };
}
