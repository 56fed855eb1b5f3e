import type { Failure, Point } from './failures.ts';
import { brokenLaws, howItEnded } from './laws.ts';
import { Run, type Stage } from './run.ts';
import type { RunFacts } from './run-facts.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/** One field of the matrix: what became of a scenario with one failure at one point. */
export interface Cell extends CellOrder {
  /** `held`, `failed, swept` and so on. */
  readonly outcome: string;
  /** One sentence for each law that did not hold; empty when all is well. */
  readonly broken: readonly string[];
  /** Kinds of the records, and how the execution ended; for whoever has to find a defect. */
  readonly story: string;
}

/** Runs at the same time in one process. */
const AT_ONCE = 6;

/** The calls of a run without failures, and what was wrong with it. */
export async function cleanRun(
  stage: Stage,
  scenario: Scenario,
): Promise<{ points: readonly Point[]; broken: string[] }> {
  const facts = await new Run(stage, scenario).facts();
  const outcome = howItEnded(facts);
  const broken = brokenLaws(facts);
  if (outcome !== scenario.verdict)
    broken.push(`a clean run ended as ${outcome}, not ${scenario.verdict}: ${storyOf(facts)}`);
  return { points: facts.points, broken };
}

/** A cell to be run. */
export interface CellOrder {
  readonly scenario: string;
  readonly point: Point;
  readonly failure: Failure;
}

/** Every point with every one of the failures. */
export function ordersOf(scenario: string, points: readonly Point[], failures: readonly Failure[]): CellOrder[] {
  return points.flatMap((point) => failures.map((failure) => ({ scenario, point, failure })));
}

/** Runs cells, some at once, and tells each as soon as it is known. */
export async function runCells(stage: Stage, orders: readonly CellOrder[], tell: (cell: Cell) => void): Promise<void> {
  const left = [...orders].reverse();
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) tell(await runCell(stage, next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** The durable SDK sends checkpoints together that come quickly one after another, so a call need not be made in every run. */
const TRIES = 3;

async function runCell(stage: Stage, order: CellOrder): Promise<Cell> {
  const { point, failure } = order;
  const scenario = SCENARIOS.find(({ name }) => name === order.scenario);
  if (scenario === undefined) throw new Error(`no scenario is called ${order.scenario}`);
  try {
    for (let tries = 1; ; tries++) {
      const facts = await new Run(stage, scenario, { point: point.name, failure }).facts();
      const broken = brokenLaws(facts);
      if (!facts.isInjected && tries < TRIES && broken.length === 0) continue;
      if (!facts.isInjected) broken.push(`the failure never came: the call was not made in ${tries} runs`);
      return { ...order, outcome: howItEnded(facts), broken, story: storyOf(facts) };
    }
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...order, outcome: 'nothing', broken: [`the run itself failed: ${said}`], story: '' };
  }
}

function storyOf({ end, finalChain, log, sweeps }: RunFacts): string {
  const said = finalChain.map(({ kind, facts }) => {
    const { because, verdict } = facts as { because?: unknown; verdict?: unknown };
    return `${kind}${verdict === undefined ? '' : ` ${String(verdict)}`}${because === undefined ? '' : ` (${String(because)})`}`;
  });
  const acts = log.of('act').length;
  const error = end.error === undefined ? '' : `: ${end.error}`;
  return [...said, `${acts} acts`, `${end.status} after ${end.invocations} invocations${error}`, ...sweeps].join('; ');
}
