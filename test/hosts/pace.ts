import { vi } from 'vitest';
import type { Guest } from './guest/index.ts';

/** How long a loop of 20 small programs takes in a guest on an idle machine. */
const IDLE_MS = 500;
/** How long anything may take that no deadline is set for: the machine is emulated, and may be busy. */
const EVENTUALLY_MS = 90_000;

/** How many times slower a guest is at the moment than on an idle machine; 1 at least. */
export async function slownessOf(guest: Guest): Promise<number> {
  const { startedMs, endedMs } = await guest.exec([
    '/bin/sh',
    '-c',
    'for i in 1 2 3 4 5; do for j in a b c d; do /bin/true; done; done',
  ]);
  return Math.max(1, (endedMs - startedMs) / IDLE_MS);
}

/** Waits until a check passes, and fails as it fails last. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  return await vi.waitFor(check, { timeout: EVENTUALLY_MS, interval: 100 });
}
