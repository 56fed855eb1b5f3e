import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { type CellOrder, ordersOf } from './cells.ts';
import { FAILURE_NAMES, MAIN_FAILURES } from './failures.ts';
import type { ShardOrder, ShardWord } from './shard.ts';

/** Which cells are run. */
export interface Choice {
  /** `main`: the failures that the issue names; `all`: their variations too. */
  readonly failures: 'main' | 'all';
  /**
   * `ECS.StopTask#1 crash-after`, or less or more (a scenario before it, only a point, only a failure): only these cells; several with
   * commas between.
   */
  readonly only?: string;
}

/** As many cells are given to a shard at a time; small, so that all end together. */
const PORTION = 24;

/** Runs the chosen cells in processes side by side, one for each core up to four, and passes on what they say. */
export async function runShards(choice: Choice, onWord: (word: ShardWord) => void, signal: AbortSignal): Promise<void> {
  const shards = Array.from({ length: Math.min(4, availableParallelism()) }, () => new Shard(onWord, signal));
  const left: CellOrder[] = [];
  const [first] = shards;
  await first?.obey({ kind: 'find' }, (word) => {
    if (word.kind === 'clean') left.push(...ordersOf(word.scenario, word.points, columnsOf(choice)));
  });
  const wanted = left.filter((order) => isWanted(order, choice.only));
  await Promise.all(
    shards.map(async (shard) => {
      while (wanted.length > 0) await shard.obey({ kind: 'run', cells: wanted.splice(0, PORTION) });
      await shard.obey({ kind: 'end' });
    }),
  );
}

function columnsOf({ failures, only }: Choice) {
  // A single cell may be of any failure.
  return failures === 'all' || only !== undefined ? FAILURE_NAMES : MAIN_FAILURES;
}

function isWanted({ scenario, point, failure }: CellOrder, only: string | undefined): boolean {
  if (only === undefined) return true;
  return only.split(',').some((one) => ` ${scenario} ${point.name} ${failure} `.includes(` ${one.trim()} `));
}

class Shard {
  readonly #child: ChildProcess;
  readonly #failed: Promise<never>;
  #hear: (word: ShardWord) => void = () => undefined;
  #done = Promise.withResolvers<void>();

  constructor(onWord: (word: ShardWord) => void, signal: AbortSignal) {
    // The durable SDK logs every invocation that dies; thousands do here.
    this.#child = fork(path.join(import.meta.dirname, 'shard.ts'), {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      signal,
    });
    let said = '';
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2_000);
    });
    this.#child.on('message', (message) => {
      const word = message as ShardWord;
      onWord(word);
      this.#hear(word);
      if (word.kind === 'done') this.#done.resolve();
    });
    this.#failed = new Promise((_, reject) => {
      this.#child.on('error', reject);
      this.#child.on('exit', (code) => {
        if (code !== 0) reject(new Error(`a shard of the proof ended with ${code}: ${said}`));
      });
    });
    this.#failed.catch(() => undefined);
  }

  /** Waits until the shard is free, gives it an order, and waits until it is carried out. */
  async obey(order: ShardOrder, hear: (word: ShardWord) => void = () => undefined): Promise<void> {
    await Promise.race([this.#done.promise, this.#failed]);
    this.#done = Promise.withResolvers();
    this.#hear = hear;
    this.#child.send(order);
    await Promise.race([this.#done.promise, this.#failed]);
  }
}
