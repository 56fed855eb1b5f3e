import { vi } from 'vitest';

/** How long anything may take that no deadline is set for: the machine is emulated, and may be busy. */
const EVENTUALLY_MS = 90_000;

/** Waits until a check passes, and fails as it fails last. */
export async function eventually<T>(check: () => Promise<T>): Promise<T> {
  return await vi.waitFor(check, { timeout: EVENTUALLY_MS, interval: 100 });
}
