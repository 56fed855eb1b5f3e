import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { TargetAddress } from './health-checks.ts';

const RETRY_MS = 50;
const CONNECT_TIMEOUT_MS = 1000;
/** Programs listen on IPv4's loopback, on IPv6's, or on both. */
const LOOPBACKS = ['127.0.0.1', '::1'] as const;

/** Finds free ports for tasks. A port is not given twice before it is given back. */
export class Ports {
  readonly #taken = new Set<number>();

  /** A port of loopback that nobody listens on now. Rejects when the machine has none. */
  async take(): Promise<number> {
    for (;;) {
      const port = await freePort();
      if (this.#taken.has(port)) continue;
      this.#taken.add(port);
      return port;
    }
  }

  giveBack(port: number): void {
    this.#taken.delete(port);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

/** Tries again and again whether a port accepts connections; calls once with the address that does. */
export function watchPort(port: number, open: (address: TargetAddress) => void): { stop(): void } {
  const ended = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const attempt = async (): Promise<void> => {
    for (const host of LOOPBACKS) {
      const accepts = await accepting(host, port);
      if (ended.signal.aborted) return;
      if (accepts) return open({ host, port });
    }
    timer = setTimeout(() => void attempt(), RETRY_MS);
  };
  timer = setTimeout(() => void attempt(), RETRY_MS);
  return {
    stop() {
      clearTimeout(timer);
      ended.abort();
    },
  };
}

function accepting(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const settle = (accepts: boolean) => () => {
      socket.destroy();
      resolve(accepts);
    };
    // A socket whose own port is the one it looks for has met itself (TCP allows it), not a listener.
    socket.once('connect', () => settle(socket.localPort !== port)());
    socket.once('timeout', settle(false));
    socket.once('error', settle(false));
  });
}
