import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Guest, SHARED_GUEST } from './guest.ts';
import type { Request } from './wire.ts';

/**
 * For vitest's `globalSetup`: one guest for all test files of a run, which reach it by `Guest.open`. It boots when the first file asks for it,
 * and again when it has ended meanwhile. Files must run one after the other: they look at the whole host.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'capuchin-guest-'));
  const socket = path.join(folder, 'guest');
  let guest: Promise<Guest> | undefined;
  const server = createServer((client) => {
    guest = awake(guest);
    void serve(client, guest);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  process.env[SHARED_GUEST] = socket;
  return async () => {
    delete process.env[SHARED_GUEST];
    server.close();
    await guest?.then(
      (one) => one.close(),
      () => {},
    );
    await rm(folder, { recursive: true, force: true });
  };
}

/** The guest, or another one where there is none or it has ended. */
function awake(guest: Promise<Guest> | undefined): Promise<Guest> {
  if (guest === undefined) return Guest.boot();
  return guest.then(
    (one) => (one.hasEnded ? Guest.boot() : one),
    () => Guest.boot(),
  );
}

/** Hands on what a test file asks, and what the guest answers. */
async function serve(client: Socket, guest: Promise<Guest>): Promise<void> {
  const say = (message: object): void => {
    if (client.writable) client.write(`${JSON.stringify(message)}\n`);
  };
  // A test file that ends without a word has nothing more to hear.
  client.on('error', () => client.destroy());
  try {
    const { wire } = await guest;
    createInterface({ input: client }).on('line', (line) => {
      const { id, ...request } = JSON.parse(line) as Request & { readonly id: number };
      wire
        .ask(request as Request, (pid) => say({ id, pid }))
        .then(
          (answer) => say({ ...answer, id }),
          (error: Error) => say({ id: 0, failure: error.message }),
        );
    });
    say({ id: 0, ready: true });
  } catch (error) {
    say({ id: 0, failure: error instanceof Error ? error.message : String(error) });
  }
}
