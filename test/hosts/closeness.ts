import { expect } from 'vitest';
import type { Guest } from './guest/index.ts';

/** Within 5 %. */
export const close = (value: number, asked: number, what: string): void =>
  expect(Math.abs(value - asked) / asked, `${what}: ${value}, asked ${asked}`).toBeLessThan(0.05);

/** How much of something came in each second, by the guest's clock. */
export async function perSecond(guest: Guest, spanMs: number, count: () => Promise<number>): Promise<number> {
  const [before, beganMs] = [await count(), await guest.now()];
  await new Promise((resolve) => setTimeout(resolve, spanMs));
  return (((await count()) - before) * 1000) / ((await guest.now()) - beganMs);
}
