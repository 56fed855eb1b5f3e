import type { SecondSample } from '../fleet/model.ts';
import type { RehearsedService } from '../result.ts';
import { areaPath, linePath, runsOf, stepPath } from './curve.ts';
import { type Episode, secondsSince, type TimeSpan } from './episodes.ts';
import { count, measure } from './format.ts';
import { html, type Markup } from './markup.ts';
import { timeScale } from './plot.ts';
import { ended, extreme, highest, level, type PlotParts, type Runs, values } from './plot-parts.ts';
import { drawStack, type Readings } from './plot-stack.ts';
import { decadeTicks, linearScale, logScale, niceTicks } from './scale.ts';

/** A service with what its plots need from the page. */
interface Drawn {
  readonly service: RehearsedService;
  readonly time: TimeSpan;
  runs(measureOf: (sample: SecondSample) => number | null): Runs;
}

function requestsPlot({ runs, time }: Drawn): PlotParts {
  const requests = runs((sample) => sample.requests);
  const ticks = niceTicks(highest(requests), 3, true);
  const scales = { x: timeScale(time), y: linearScale(0, ticks.at(-1) ?? 1) };
  return {
    title: 'Requests per second',
    description: `Requests per second: ${extreme(requests, 'lowest')}, ${extreme(requests, 'highest')}.`,
    heightPx: 72,
    ticks: ticks.map((tick) => ({ share: scales.y(tick), label: count(tick) })),
    curves: [{ path: linePath(requests, scales), style: 'requests' }],
  };
}

function failedPlot({ runs, time }: Drawn): PlotParts {
  // Seconds without a failure draw nothing, so that a failure is all there is to see.
  const failed = runs((sample) => (sample.failed > 0 ? sample.failed : null));
  const ticks = niceTicks(highest(failed), 2, true);
  const scales = { x: timeScale(time), y: linearScale(0, ticks.at(-1) ?? 1) };
  const total = values(failed).reduce((sum, value) => sum + value, 0);
  return {
    title: `Failed requests per second${total === 0 ? ': none' : ''}`,
    description: total === 0 ? 'No request failed.' : `${count(total)} failed in all, ${extreme(failed, 'highest')}.`,
    heightPx: 56,
    ticks: ticks.map((tick) => ({ share: scales.y(tick), label: count(tick) })),
    curves: total === 0 ? [] : [{ path: areaPath(failed, scales), style: 'failed' }],
  };
}

function latencyPlot({ runs, time, service }: Drawn): PlotParts {
  const [p50, p99] = [runs((sample) => sample.p50Ms), runs((sample) => sample.p99Ms)];
  const limit = service.hypothesis?.p99Ms ?? null;
  // A tenth of a millisecond is as fine as it is measured; 0 has no place on a logarithmic axis.
  const all = [...values(p50), ...values(p99), ...(limit === null ? [] : [limit])].filter((value) => value >= 0.1);
  const least = all.reduce((a, b) => Math.min(a, b), all[0] ?? 1);
  const ticks = decadeTicks(least, Math.max(highest(p99), highest(p50), limit ?? least, least));
  const scales = { x: timeScale(time), y: logScale(ticks[0] ?? 1, ticks.at(-1) ?? 10) };
  const bound = limit === null ? '' : `; limit for p99 ${measure(limit)} ms`;
  return {
    title: `Latency in ms, logarithmic${bound}`,
    description: `p50: ${extreme(p50, 'highest', ' ms')}. p99: ${extreme(p99, 'highest', ' ms')}${bound}.`,
    heightPx: 96,
    ticks: ticks.map((tick) => ({ share: scales.y(tick), label: measure(tick) })),
    curves: [
      ...(limit === null ? [] : [level(limit, 'limit', 'limit', scales.y)]),
      { path: linePath(p99, scales), style: 'p99', ...ended('p99', p99, scales.y) },
      { path: linePath(p50, scales), style: 'p50', ...ended('p50', p50, scales.y) },
    ],
  };
}

function tasksPlot({ runs, time, service }: Drawn): PlotParts {
  const running = runs((sample) => sample.runningTasks);
  const healthy = runs((sample) => sample.healthyTasks);
  const ticks = niceTicks(Math.max(service.desired, highest(running), highest(healthy)), 3, true);
  // Room above the highest tick, or the lines of a service at rest would lie on the plot's edge.
  const scales = { x: timeScale(time), y: linearScale(0, (ticks.at(-1) ?? 1) * 1.15) };
  return {
    title: `Tasks; desired ${count(service.desired)}`,
    description: `Running tasks: ${extreme(running, 'lowest')}. Healthy tasks: ${extreme(healthy, 'lowest')}. Desired: ${count(service.desired)}.`,
    heightPx: 72,
    ticks: ticks.map((tick) => ({ share: scales.y(tick), label: count(tick) })),
    curves: [
      { path: areaPath(healthy, scales), style: 'healthy-area' },
      level(service.desired, 'desired', 'desired', scales.y),
      { path: stepPath(running, scales), style: 'running', ...ended('running', running, scales.y) },
      { path: stepPath(healthy, scales), style: 'healthy', ...ended('healthy', healthy, scales.y) },
    ],
  };
}

/** The samples as the page's script reads them. */
function readings(service: RehearsedService, time: TimeSpan): Readings['rows'] {
  return service.samples.map((sample) => [
    Number(secondsSince(time, sample.at).toFixed(3)),
    sample.requests,
    sample.failed,
    sample.p50Ms,
    sample.p99Ms,
    sample.runningTasks,
    sample.healthyTasks,
  ]);
}

/** A service's four plots on the page's time axis, with the moments of its experiments. `id` is unique on the page. */
export function drawServicePlots(
  id: string,
  service: RehearsedService,
  episodes: readonly Episode[],
  time: TimeSpan,
): Markup {
  if (service.samples.length === 0) return html`<p class="quiet">Nothing was measured for this service.</p>`;
  const samples = service.samples.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const at = (text: string) => secondsSince(time, text);
  const drawn: Drawn = { service, time, runs: (measureOf) => runsOf(samples, at, measureOf) };
  const parts = [requestsPlot(drawn), failedPlot(drawn), latencyPlot(drawn), tasksPlot(drawn)];
  return drawStack(id, parts, { kind: 'service', rows: readings(service, time) }, episodes, time);
}
