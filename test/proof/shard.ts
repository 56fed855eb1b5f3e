import { type Cell, type CellOrder, cleanRun, runCells } from './cells.ts';
import type { Point } from './failures.ts';
import { SCENARIOS } from './scenarios.ts';
import { openStage } from './stage.ts';

/** What a shard is asked for: the points of clean runs, cells, its end. */
export type ShardOrder =
  | { readonly kind: 'find' }
  | { readonly kind: 'run'; readonly cells: readonly CellOrder[] }
  | { readonly kind: 'end' };

/** What a shard says. */
export type ShardWord =
  | {
      readonly kind: 'clean';
      readonly scenario: string;
      readonly points: readonly Point[];
      readonly broken: readonly string[];
    }
  | { readonly kind: 'cell'; readonly cell: Cell }
  | { readonly kind: 'strays'; readonly strays: readonly string[] }
  /** An order was carried out. */
  | { readonly kind: 'done' };

/** A process of its own that runs whatever cells it is given. */
const say = (word: ShardWord): void => {
  process.send?.(word);
};
const { stage, close } = await openStage();

async function obey(order: ShardOrder): Promise<void> {
  switch (order.kind) {
    case 'find':
      for (const scenario of SCENARIOS)
        say({ kind: 'clean', scenario: scenario.name, ...(await cleanRun(stage, scenario)) });
      break;
    case 'run':
      await runCells(stage, order.cells, (cell) => say({ kind: 'cell', cell }));
      break;
    case 'end':
      say({ kind: 'strays', strays: stage.front.strays });
      await close();
  }
  say({ kind: 'done' });
  if (order.kind === 'end') process.disconnect();
}

process.on('message', (order) => {
  obey(order as ShardOrder).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
say({ kind: 'done' });
