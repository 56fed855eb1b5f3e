import type { HostSample, RehearsedHosts } from '../result.ts';
import { areaPath, runsOf, stepPath } from './curve.ts';
import { type Episode, secondsSince, type TimeSpan } from './episodes.ts';
import { count } from './format.ts';
import { html, type Markup } from './markup.ts';
import { timeScale } from './plot.ts';
import { ended, extreme, highest, level, type PlotParts, type Runs } from './plot-parts.ts';
import { drawStack } from './plot-stack.ts';
import { linearScale, niceTicks } from './scale.ts';

/** Hosts with what their plots need from the page. */
interface Drawn {
  readonly desired: number;
  readonly time: TimeSpan;
  runs(measureOf: (sample: HostSample) => number): Runs;
}

// Room above the highest tick, or the lines of hosts at rest would lie on the plot's edge.
function countScales(most: number, time: TimeSpan) {
  const ticks = niceTicks(most, 3, true);
  const y = linearScale(0, (ticks.at(-1) ?? 1) * 1.15);
  return { scales: { x: timeScale(time), y }, ticks: ticks.map((tick) => ({ share: y(tick), label: count(tick) })) };
}

function hostsPlot({ runs, time, desired }: Drawn): PlotParts {
  const inService = runs((sample) => sample.inService);
  const connected = runs((sample) => sample.connected);
  const { scales, ticks } = countScales(Math.max(desired, highest(inService), highest(connected)), time);
  return {
    title: `Hosts, in service with their group and connected to the cluster; desired ${count(desired)}`,
    description: `In service: ${extreme(inService, 'lowest')}. Connected: ${extreme(connected, 'lowest')}. Desired: ${count(desired)}.`,
    heightPx: 72,
    ticks,
    curves: [
      { path: areaPath(connected, scales), style: 'healthy-area' },
      level(desired, 'desired', 'desired', scales.y),
      { path: stepPath(inService, scales), style: 'running', ...ended('in service', inService, scales.y) },
      { path: stepPath(connected, scales), style: 'healthy', ...ended('connected', connected, scales.y) },
    ],
  };
}

function tasksPlot({ runs, time, desired }: Drawn): PlotParts {
  const tasks = runs((sample) => sample.tasks);
  const { scales, ticks } = countScales(Math.max(desired, highest(tasks)), time);
  return {
    title: `Running tasks on the hosts; desired ${count(desired)}`,
    description: `Running tasks: ${extreme(tasks, 'lowest')}. Desired: ${count(desired)}.`,
    heightPx: 72,
    ticks,
    curves: [
      level(desired, 'desired', 'desired', scales.y),
      { path: stepPath(tasks, scales), style: 'running', ...ended('running', tasks, scales.y) },
    ],
  };
}

/** The plots of a group of hosts on the page's time axis. `desiredTasks` are those of the services that they carry. */
export function drawHostPlots(
  id: string,
  { samples, desired }: Pick<RehearsedHosts, 'samples' | 'desired'>,
  desiredTasks: number,
  episodes: readonly Episode[],
  time: TimeSpan,
): Markup {
  if (samples.length === 0) return html`<p class="quiet">Nothing was seen of these hosts.</p>`;
  const inTurn = samples.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const runs: Drawn['runs'] = (measureOf) => runsOf(inTurn, (at) => secondsSince(time, at), measureOf);
  const parts = [hostsPlot({ runs, time, desired }), tasksPlot({ runs, time, desired: desiredTasks })];
  const rows = samples.map(({ at, inService, connected, tasks }) => {
    return [Number(secondsSince(time, at).toFixed(3)), inService, connected, tasks];
  });
  return drawStack(id, parts, { kind: 'hosts', rows }, episodes, time);
}
