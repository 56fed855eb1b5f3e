import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { ShardOrder, ShardWord } from './shard.ts';

/** Runs all shards side by side, one for each core up to four, and passes on what they say. */
export async function runShards(
  order: Pick<ShardOrder, 'failures' | 'only'>,
  onWord: (word: ShardWord) => void,
  signal: AbortSignal,
): Promise<void> {
  const of = Math.min(4, availableParallelism());
  const file = path.join(import.meta.dirname, 'shard.ts');
  await Promise.all(
    Array.from({ length: of }, (_, shard) => {
      const argument = JSON.stringify({ ...order, shard, of } satisfies ShardOrder);
      // The durable SDK logs every invocation that dies; thousands do here.
      const child = fork(file, [argument], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], signal });
      let said = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        said = `${said}${chunk.toString()}`.slice(-2_000);
      });
      child.on('message', (word) => onWord(word as ShardWord));
      return new Promise<void>((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code) => {
          if (code === 0) resolve();
          else reject(new Error(`shard ${shard} of the proof ended with ${code}: ${said}`));
        });
      });
    }),
  );
}
