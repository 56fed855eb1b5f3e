import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { daysAfter } from '../../core/calendar.ts';
import { Calendars } from '../../core/calendars.ts';
import type { SimulatedGroup } from '../../core/simulate.ts';
import { FAULT_KINDS } from '../../faults/catalogue.ts';
import { CommandFailed, EXIT } from '../exit.ts';
import { json, type Output, wrap } from '../output.ts';
import { MOST_PLOTTED_DAYS, type YearPlot, type YearPoint } from '../plots/year.ts';
import { yearSvg } from '../plots/year-svg.ts';
import { yearText } from '../plots/year-text.ts';
import { countBeyond, runSimulation, type SimulationOutcome, type SimulationTask } from '../simulation.ts';
import { readScene, type Scene, type SceneOptions } from '../simulation-scene.ts';
import { ceilingsHint, firstOf, groupHints, simulationTable } from '../simulation-text.ts';
import { ZoneClock } from '../zone-clock.ts';

export interface SimulateOptions extends SceneOptions {
  /** Default: a new one. */
  readonly seed?: string | undefined;
  readonly svg?: string | undefined;
  /** Whether the account's ceilings count. */
  readonly ceilings?: boolean | undefined;
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Plans day after day for many days, and shows how often each group is met. Gives the code to leave with. */
export async function simulateDays(output: Output, options: SimulateOptions, signal: AbortSignal): Promise<number> {
  const isPlotted = options.days <= MOST_PLOTTED_DAYS;
  if (!isPlotted && options.svg !== undefined) {
    throw new CommandFailed(`--svg draws ${MOST_PLOTTED_DAYS} days at most; ask for fewer --days`, EXIT.usage);
  }
  const scene = await readScene(output, options, Date.now());
  // Under ceilings the other groups matter, too.
  const groups = options.ceilings ? scene.groups : scene.groups.filter((one) => isAsked(one.name, options));
  const seed = options.seed ?? randomBytes(4).toString('hex');
  output.talk(
    options.seed === undefined ? `Seed: ${seed}, a new one; --seed ${seed} draws the same again` : `Seed: ${seed}`,
  );
  const outcome = await watched(output, signal, {
    seed,
    groups,
    closures: scene.closures,
    faults: FAULT_KINDS.map(({ name, scopes, reach }) => ({ name, scopes, reach })),
    from: scene.from,
    days: options.days,
    ...(options.ceilings ? { ceilings: { budgets: scene.budgets, zone: scene.zone } } : {}),
  });
  if (outcome === undefined) {
    output.talk('Interrupted: nothing was written.');
    return EXIT.interrupted;
  }
  const told = outcome.told.filter(({ group }) => isAsked(group, options));
  const wantsPlot = isPlotted && (!options.json || options.svg !== undefined);
  const plot = wantsPlot ? plotOf({ ...scene, groups }, outcome, options, seed) : undefined;
  if (options.json) json(output, documentOf(told, options.days, seed));
  else output.out(simulationTable(told, options.all === true));
  if (plot && !options.json) output.out(`\n${yearText(plot, { width: output.width, style: output.style })}`);
  if (!isPlotted && !options.json) output.talk(`No plot: it shows ${MOST_PLOTTED_DAYS} days at most.`);
  if (plot && options.svg !== undefined) await saveSvg(output, options.svg, plot);
  hint(output, { ...scene, groups: groups.filter(({ name }) => isAsked(name, options)) }, outcome, options);
  return EXIT.ok;
}

const isAsked = (name: string, { group }: SimulateOptions): boolean => group === undefined || name === group;

async function watched(
  output: Output,
  signal: AbortSignal,
  task: SimulationTask,
): Promise<SimulationOutcome | undefined> {
  const begunMs = performance.now();
  let shown = '';
  const onProgress = (share: number): void => {
    const text = `Simulating: ${Math.floor(share * 100)} %`;
    // What is over in a moment needs no progress.
    if (text !== shown && performance.now() - begunMs > 500) output.progress(text);
    shown = text;
  };
  try {
    return await runSimulation(task, { signal, onProgress });
  } finally {
    output.progress('');
  }
}

/** The contract of `--json`: exactly these keys. */
function documentOf(told: readonly SimulatedGroup[], days: number, seed: string) {
  const groups = told.map(({ group, meanDays, minDays, workDays, experiments, meanGapDays, longestGapDays }) => ({
    group,
    meanDays,
    minDays,
    workDays,
    experiments,
    meanGapDays,
    longestGapDays,
  }));
  return { days, seed, groups };
}

function plotOf(
  { groups, closures, from }: Scene,
  outcome: SimulationOutcome,
  options: SimulateOptions,
  seed: string,
): YearPlot {
  const clocks = new Map(groups.map(({ settings }) => [settings.window.zone, new ZoneClock(settings.window.zone)]));
  const points: YearPoint[] = [];
  for (const part of outcome.parts) {
    for (const [place, ms] of part.atMs.entries()) {
      const group = groups[part.groups[place] ?? 0];
      const clock = group === undefined ? undefined : clocks.get(group.settings.window.zone);
      if (group !== undefined && clock !== undefined && isAsked(group.name, options))
        points.push({ ...clock.at(ms), group: group.name });
    }
  }
  const calendars = new Calendars(closures);
  const asked = groups.filter(({ name }) => isAsked(name, options));
  const distinct = [...new Set(asked.map(({ settings }) => calendars.of(settings)))];
  const dates = Array.from({ length: options.days }, (_, day) => daysAfter(from, day));
  const closed = new Set(dates.filter((date) => !distinct.some((calendar) => calendar.isWorkDay(date))));
  const of = options.group === undefined ? '' : ` on ${options.group}`;
  return { from, days: options.days, points, closed, title: `Simulated experiments${of}, seed ${seed}` };
}

async function saveSvg(output: Output, file: string, plot: YearPlot): Promise<void> {
  try {
    await writeFile(file, yearSvg(plot));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed(`cannot write ${file}: ${why}; name another file with --svg`, EXIT.usage, { cause });
  }
  output.talk(`The plot is in ${file}`);
}

function hint(output: Output, scene: Scene, outcome: SimulationOutcome, options: SimulateOptions): void {
  const { budgets, zone } = scene;
  const hints = firstOf(groupHints(scene.groups, scene.desired, outcome.told), 10);
  if (options.ceilings) hints.push(ceilingsHint({ budgets, taken: outcome.beyondCeilings }));
  else if (options.group === undefined) {
    const clock = new ZoneClock(zone);
    const atMs = Float64Array.from(outcome.parts.flatMap((part) => [...part.atMs]));
    const beyond = countBeyond(atMs, budgets, (ms) => clock.at(ms).date);
    if (beyond.experiments > 0)
      hints.push(ceilingsHint({ budgets, beyond: { ...beyond, of: atMs.length, days: options.days } }));
  }
  for (const text of hints) {
    const [first = '', ...rest] = wrap(text, Math.max(40, output.width - 6));
    output.talk(`${output.style('yellow', 'hint')}  ${[first, ...rest.map((line) => `      ${line}`)].join('\n')}`);
  }
}
