import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { StackTables } from './start-stack-tables.ts';

const placesSchema = z.strictObject({ endpoint: z.url(), audit: z.string(), state: z.string() });

/**
 * The stack's two tables in a process of their own: where hundreds call at once, callers and tables must not wait for each other's turn.
 * The process ends with `close`, or with this one.
 */
export async function startSeparateTables(): Promise<StackTables> {
  const script = fileURLToPath(new URL('tables-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line').then(([first]) => String(first)),
    ended.then(([code]) => Promise.reject(new Error(`the tables' process ended with ${code} before it was ready`))),
  ]);
  lines.close();
  return {
    ...placesSchema.parse(JSON.parse(line)),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
