import type { Episode, TimeSpan } from './episodes.ts';
import { html, type Markup } from './markup.ts';
import { marksOf, momentStrip, shadesOf } from './moments.ts';
import { drawPlot } from './plot.ts';
import type { PlotParts } from './plot-parts.ts';

/** What the page's script reads out by the second: rows that begin with seconds since the start, in the order of their kind. */
export interface Readings {
  /** `service`: requests, failed, p50, p99, running, healthy. `hosts`: in service, connected, tasks. */
  readonly kind: 'service' | 'hosts';
  readonly rows: readonly (readonly (number | null)[])[];
}

/** Plots one above the other on the page's time axis, with the moments of their experiments. `id` is unique on the page. */
export function drawStack(
  id: string,
  parts: readonly PlotParts[],
  { kind, rows }: Readings,
  episodes: readonly Episode[],
  time: TimeSpan,
): Markup {
  const shared = { time, marks: marksOf(episodes, time), shades: shadesOf(episodes, time) };
  const plots = parts.map((part, index) =>
    drawPlot({ ...part, ...shared, id: `${id}-plot-${index + 1}`, timeLabels: index === parts.length - 1 }),
  );
  const readings = JSON.stringify(rows.filter(([seconds]) => Number.isFinite(seconds)));
  return html`<div class="stack" data-kind="${kind}" data-from="${time.from}" data-to="${time.to}" data-readings="${readings}">
<p class="readout quiet" hidden></p>
${momentStrip(`${id}-moments`, episodes, time)}
${plots}
</div>`;
}
