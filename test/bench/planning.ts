import { parseArgs } from 'node:util';
import type { Strike } from './planner-runs.ts';
import { checkStrike } from './planning-bounds.ts';
import { asJson, measureSize, type SizeMeasured } from './planning-size.ts';
import { printSize, printStrike } from './planning-table.ts';

/**
 * `node test/bench/planning.ts [--sizes 20,500,10000] [--json]`: what planning costs for so many opted-in services, against the bounds
 * of DESIGN 11 and beside the naive way; and, at the largest size, what one experiment on demand costs. Ends with 1 when a bound is
 * broken. Linux only, for it reads the memory of processes from /proc.
 */

const SIZES = [20, 500, 10_000];

function readSizes(text: string | undefined): number[] {
  const sizes = text === undefined ? SIZES : text.split(',').map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 50_000)) return sizes;
  throw new Error(`--sizes ${text}: write whole numbers from 1 to 50000 with commas between, like 20,500`);
}

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

const { values } = parseArgs({ options: { sizes: { type: 'string' }, json: { type: 'boolean', default: false } } });
const sizes = readSizes(values.sizes);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const measured: SizeMeasured[] = [];
let struck: Strike | undefined;
for (const size of sizes) {
  const isLargest = size === Math.max(...sizes);
  const withStrike = isLargest && struck === undefined;
  const done = await measureSize({ optedIn: size, withStrike, signal: stop.signal, onStage: say });
  measured.push(done.size);
  if (!values.json) printSize(done.size);
  struck ??= done.struck;
}
const strikeBounds = struck === undefined ? [] : checkStrike(struck);
if (values.json) {
  console.log(JSON.stringify({ sizes: measured.map(asJson), strike: struck, strikeBounds }, null, 2));
} else if (struck !== undefined) printStrike(struck, strikeBounds);
const broken = [...measured.flatMap(({ bounds }) => bounds), ...strikeBounds].filter(({ holds }) => !holds);
for (const { what, found, bound } of broken) say(`BROKEN: ${what} is ${found}, and ${bound} was asked for`);
process.exitCode = broken.length > 0 ? 1 : 0;
