import { type Cell, cleanRun, injectionsOf, runCells } from './cells.ts';
import { FAILURE_NAMES, MAIN_FAILURES } from './failures.ts';
import { SCENARIOS } from './scenarios.ts';
import { openStage } from './stage.ts';

/** What a shard is asked to do, as its only argument. */
export interface ShardOrder {
  readonly shard: number;
  readonly of: number;
  /** `main`: the failures that the issue names; `all`: their variations too. */
  readonly failures: 'main' | 'all';
  /** `ECS.StopTask#1 crash-after`, or less or more (a scenario, a point, a failure): only these cells; several with commas between. */
  readonly only?: string;
}

/** What a shard says, a message each. */
export type ShardWord =
  | { readonly kind: 'clean'; readonly scenario: string; readonly points: number; readonly broken: readonly string[] }
  | { readonly kind: 'cell'; readonly cell: Cell }
  | { readonly kind: 'strays'; readonly strays: readonly string[] };

/** A process that runs its share of all cells. Every shard makes the clean runs itself, and so finds the same points. */
async function runShard({ shard, of, failures, only }: ShardOrder, say: (word: ShardWord) => void): Promise<void> {
  const { stage, close } = await openStage();
  const all = [];
  for (const scenario of SCENARIOS) {
    const { points, broken } = await cleanRun(stage, scenario);
    say({ kind: 'clean', scenario: scenario.name, points: points.length, broken });
    // A single cell may be of any failure.
    const columns = failures === 'all' || only !== undefined ? FAILURE_NAMES : MAIN_FAILURES;
    for (const one of injectionsOf(points, columns)) all.push({ scenario, ...one });
  }
  const wanted = all.filter(({ scenario, injection: { point, failure } }) =>
    only === undefined
      ? true
      : only.split(',').some((one) => ` ${scenario.name} ${point} ${failure} `.includes(` ${one.trim()} `)),
  );
  const share = wanted.filter((_, index) => index % of === shard);
  await runCells(stage, share, (cell) => say({ kind: 'cell', cell }));
  say({ kind: 'strays', strays: stage.front.strays });
  await close();
}

await runShard(JSON.parse(process.argv[2] ?? '{}') as ShardOrder, (word) => process.send?.(word));
process.disconnect();
