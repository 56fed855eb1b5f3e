import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from './cells.ts';
import { matrixOf } from './matrix.ts';
import { SCENARIOS } from './scenarios.ts';
import type { ShardWord } from './shard.ts';
import { runShards } from './shards.ts';

/**
 * Every AWS call and every checkpoint of an experiment, with every failure, one at a time (issue 4). `PROOF_ONLY='ECS.StopTask#1
 * crash-after'` runs one cell, `PROOF_FAILURES=all` adds variations of the failures, and `PROOF_OUT=file` writes the matrix as Markdown.
 */
const { PROOF_ONLY: only, PROOF_OUT: out, PROOF_FAILURES: failures = 'main' } = process.env;
const TIME_MS = 60 * 60_000;

const cells: Cell[] = [];
const clean = new Map<string, Extract<ShardWord, { kind: 'clean' }>[]>();
const strays: string[] = [];
const ending = new AbortController();

beforeAll(async () => {
  const hear = (word: ShardWord): void => {
    if (word.kind === 'cell') cells.push(word.cell);
    else if (word.kind === 'strays') strays.push(...word.strays);
    else if (word.kind === 'clean') clean.set(word.scenario, [...(clean.get(word.scenario) ?? []), word]);
  };
  const order = { failures: failures === 'all' ? 'all' : 'main', ...(only === undefined ? {} : { only }) } as const;
  await runShards(order, hear, ending.signal);
}, TIME_MS);

afterAll(() => {
  ending.abort();
  const matrices = SCENARIOS.map(({ name }) => ({ name, some: cells.filter(({ scenario }) => scenario === name) }));
  for (const { name, some } of matrices) if (some.length > 0) console.log(matrixOf(name, some, 'text'));
  if (out) writeFileSync(out, matrices.map(({ name, some }) => matrixOf(name, some, 'markdown')).join('\n'));
});

describe.each(SCENARIOS.map(({ name }) => name))('a run of the kind "%s"', (scenario) => {
  it('keeps every law and comes to its verdict when nothing fails', () => {
    const runs = clean.get(scenario) ?? [];
    expect(runs.flatMap(({ broken }) => broken)).toEqual([]);
    expect(runs.flatMap(({ points }) => points).length).toBeGreaterThan(50);
  });

  it('keeps every law whatever fails, wherever', () => {
    const some = cells.filter((cell) => cell.scenario === scenario);
    const broken = some
      .filter((cell) => cell.broken.length > 0)
      .map(({ point, failure, broken: laws, story }) => {
        const place = `${point.name} ${failure} [${point.step}] ${point.about}`;
        return `${place}: ${laws.join('; ')}\n    ${story}`;
      });
    expect(broken.join('\n')).toBe('');
    // One call at least of every run is made in the first step.
    if (only === undefined) expect(some.length).toBeGreaterThan(100);
  });
});

it('has seen every call that was made', () => {
  expect(strays).toEqual([]);
  if (only !== undefined) expect(cells.length, `no cell is called "${only}"`).toBeGreaterThan(0);
});
