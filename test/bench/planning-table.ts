import { answeredOf, type CallsByName, isOfFleet, refusedOf } from './answered-calls.ts';
import type { NaiveMeasured } from './naive-way.ts';
import { MOST_MEMORY_MB } from './planner-cloud.ts';
import { fleetReads, type PlanRun, type Strike } from './planner-runs.ts';
import { type Bound, mostReads } from './planning-bounds.ts';
import type { SizeMeasured } from './planning-size.ts';

const every = (): boolean => true;
const figure = (value: number, digits = 0): string =>
  value.toLocaleString('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const seconds = (value: number): string =>
  value >= 600 ? `${figure(value / 60)} min` : `${figure(value, value < 100 ? 1 : 0)} s`;

function line(label: string, said: string): void {
  console.log(`  ${label.padEnd(42)} ${said}`);
}

function calls(counts: CallsByName, isWanted: (name: string) => boolean): void {
  for (const [name, { answered, refused }] of Object.entries(counts)) {
    const throttled = refused > 0 ? `  (and ${figure(refused)} refused)` : '';
    if (isWanted(name)) line(`  ${name}`, `${figure(answered).padStart(7)}${throttled}`);
  }
}

/** One size for people. */
export function printSize(size: SizeMeasured): void {
  const { optedIn, services, clusters, plan, again, naive } = size;
  const drawn = plan.answer.plans.reduce((sum, { experiments }) => sum + experiments.length, 0);
  console.log(`\n${figure(optedIn)} opted-in services among ${figure(services)} in ${clusters} clusters`);
  console.log(' the planner');
  const index = fleetReads(plan.calls, 'Tagging.') + fleetReads(plan.calls, 'ECS.');
  line('reads of the fleet', `${figure(index)} of at most ${figure(mostReads(optedIn))}`);
  line('reads of Auto Scaling', `${fleetReads(plan.calls, 'AutoScaling.')} of at most 1`);
  line('throttled, and tried again', figure(refusedOf(plan.calls, isOfFleet)));
  line('schedules made / groups drawn', `${figure(size.schedules)} / ${figure(drawn)}`);
  line('discovery', seconds(plan.discoverySeconds));
  line('discovery, draws, records, schedules', seconds(plan.seconds));
  line(
    'memory: at rest / peak / of at most',
    `${figure(size.atRestMb)} / ${figure(plan.memory.peakMb)} / ${MOST_MEMORY_MB} MB`,
  );
  line('length of its answer', `${figure(plan.answerMb, 2)} MB`);
  line('calls', '');
  calls(plan.calls, every);
  printAgain(again);
  printNaive(naive, plan);
  printBounds(size.bounds);
}

function printAgain(again: PlanRun): void {
  console.log(' the planner a second time, which must make nothing new');
  line('in all', `${seconds(again.seconds)}, peak ${figure(again.memory.peakMb)} MB`);
  calls(again.calls, every);
}

function printNaive(naive: NaiveMeasured, plan: PlanRun): void {
  const { findings, isWhole } = naive;
  console.log(` the naive way${isWhole ? '' : `: measured for the first ${figure(findings.services)} services`}`);
  calls(naive.calls, every);
  line(
    'measured',
    `${seconds(findings.seconds)}, peak ${figure(findings.peakMb)} MB, ${figure(naive.throttled)} throttled`,
  );
  if (!isWhole)
    line('the whole fleet, extrapolated', `at least ${seconds(naive.wholeSeconds)} by the throttle's rate alone`);
  const reads = fleetReads(plan.calls);
  line(
    'calls, naive / planner',
    `${figure(naive.wholeCalls)} / ${figure(reads)} = ${figure(naive.wholeCalls / reads, 1)}`,
  );
  line(
    '  without its calls about tasks',
    `${figure(naive.wholeServiceCalls)} / ${figure(reads)} = ${figure(naive.wholeServiceCalls / reads, 1)}`,
  );
  const ratio = naive.wholeSeconds / plan.discoverySeconds;
  line(
    'seconds, naive / discovery',
    `${isWhole ? '' : 'at least '}${figure(ratio, 1)}${isWhole ? '' : ' (extrapolated)'}`,
  );
}

/** The strike for people. */
export function printStrike(struck: Strike, bounds: readonly Bound[]): void {
  console.log(`\none experiment on demand, at the largest size: ${struck.group}, verdict ${struck.verdict}`);
  const until = answeredOf(struck.untilAct, every);
  line('calls from request to act', `${until} of at most 25, in ${seconds(struck.secondsUntilAct)}`);
  calls(struck.untilAct, every);
  line('calls from request to verdict', figure(answeredOf(struck.inAll, every)));
  calls(struck.inAll, every);
  line('counted apart: checkpoints, state, records', '');
  calls(struck.apart, every);
  printBounds(bounds);
}

function printBounds(bounds: readonly Bound[]): void {
  const broken = bounds.filter(({ holds }) => !holds);
  line('bounds', broken.length === 0 ? `all ${bounds.length} hold` : `${broken.length} of ${bounds.length} BROKEN`);
  for (const { what, found, bound } of broken) line(`  ${what}`, `${found}, asked for: ${bound}`);
}
