import type { Failure, Injection, Point } from './failures.ts';
import { brokenLaws, howItEnded } from './laws.ts';
import { Run, type Stage } from './run.ts';
import type { RunFacts } from './run-facts.ts';
import type { Scenario } from './scenarios.ts';

/** One field of the matrix: what became of a scenario with one failure at one point. */
export interface Cell {
  readonly scenario: string;
  readonly point: Point;
  readonly failure: Failure;
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

/** Every point with every one of the failures. */
export function injectionsOf(
  points: readonly Point[],
  failures: readonly Failure[],
): { readonly point: Point; readonly injection: Injection }[] {
  return points.flatMap((point) => failures.map((failure) => ({ point, injection: { point: point.name, failure } })));
}

/** Runs cells, some at once, and tells each as soon as it is known. */
export async function runCells(
  stage: Stage,
  cells: readonly { readonly scenario: Scenario; readonly point: Point; readonly injection: Injection }[],
  tell: (cell: Cell) => void,
): Promise<void> {
  const left = [...cells].reverse();
  const lane = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { scenario, point, injection } = next;
      tell(await runCell(stage, scenario, point, injection));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function runCell(stage: Stage, scenario: Scenario, point: Point, injection: Injection): Promise<Cell> {
  const base = { scenario: scenario.name, point, failure: injection.failure };
  try {
    const facts = await new Run(stage, scenario, injection).facts();
    const missed = facts.isInjected ? [] : ['the failure never came: the call was not made'];
    return { ...base, outcome: howItEnded(facts), broken: [...missed, ...brokenLaws(facts)], story: storyOf(facts) };
  } catch (error) {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { ...base, outcome: 'nothing', broken: [`the run itself failed: ${said}`], story: '' };
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
