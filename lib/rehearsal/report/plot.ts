import { BOX } from './curve.ts';
import type { TimeSpan } from './episodes.ts';
import { axisTime } from './format.ts';
import { spread } from './labels.ts';
import { html, type Markup } from './markup.ts';
import { linearScale, type Scale, timeTicks } from './scale.ts';

/** A curve in a plot. `style` is a class of the style sheet; `end` labels its last value. */
export interface Curve {
  readonly path: string;
  readonly style: string;
  readonly end?: EndLabel;
}

/** A label right of the plot, at the height of a curve's last value (a share of the plot's height, 1 is the top). */
interface EndLabel {
  readonly text: string;
  readonly share: number;
}

/** A tick of the vertical axis; `share` is its height, 1 is the top. */
interface Tick {
  readonly share: number;
  readonly label: string;
}

/** A vertical line or a shaded span behind the curves, as shares of the width. */
export interface Mark {
  readonly share: number;
  readonly style: string;
}

export interface Shade {
  readonly from: number;
  readonly to: number;
}

export interface Plot {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  /** What the plot shows, in words, for those who do not see it. */
  readonly description: string;
  readonly heightPx: number;
  readonly ticks: readonly Tick[];
  readonly curves: readonly Curve[];
  readonly marks: readonly Mark[];
  readonly shades: readonly Shade[];
  readonly time: TimeSpan;
  /** Says the times under the plot; for the last one of a stack. */
  readonly timeLabels: boolean;
}

/** A share as a percentage of the drawing's width: drawings have no fixed width, so that text keeps its size everywhere. */
export const across = (share: number): string => `${Number((share * 100).toFixed(3))}%`;

/** Where a time lies on the page's time axis. */
export const timeScale = (time: TimeSpan): Scale => linearScale(time.from, time.to);

/** Faint lines at round times. `labels` adds the times below; on a narrow page only every second or third is shown. */
export function timeGrid(time: TimeSpan, heightPx: number, labels: boolean): Markup {
  const x = timeScale(time);
  const coarse = new Set(timeTicks(time.from, time.to, 4));
  // All coarse ticks, and the finer ones where they are multiples of the same: 20 s and 10 s, but not 15 s and 10 s.
  const fine = timeTicks(time.from, time.to, 10);
  const ticks = [...coarse].every((tick) => fine.includes(tick)) ? fine : [...coarse];
  return html`<g class="grid">${ticks.map((tick) => {
    const share = across(x(tick));
    const label = html`<text x="${share}" y="${heightPx + 15}" text-anchor="middle">${axisTime(tick, time.to)}</text>`;
    return html`<g${coarse.has(tick) ? null : html` class="wide"`}><line x1="${share}" x2="${share}" y1="0" y2="${heightPx}"/>${labels ? label : null}</g>`;
  })}</g>`;
}

function valueGrid(plot: Plot): Markup {
  return html`<g class="grid">${plot.ticks.map(({ share, label }) => {
    const y = (1 - share) * plot.heightPx;
    return html`<line class="level" x1="0" x2="100%" y1="${y}" y2="${y}"/><text x="-6" y="${y + 4}" text-anchor="end">${label}</text>`;
  })}</g>`;
}

/** Shaded spans and marked moments, behind the curves. */
function backdrop(marks: readonly Mark[], shades: readonly Shade[]): Markup {
  return html`${shades.map(
    ({ from, to }) => html`<rect class="shade" x="${across(from)}" y="0" width="${across(to - from)}" height="100%"/>`,
  )}${marks.map(
    ({ share, style }) =>
      html`<line class="mark ${style}" x1="${across(share)}" x2="${across(share)}" y1="0" y2="100%"/>`,
  )}`;
}

function endLabels(plot: Plot): Markup {
  const labelled = plot.curves.flatMap(({ style, end }) => (end === undefined ? [] : [{ style, ...end }]));
  const heights = spread(
    labelled.map(({ share }) => (1 - share) * plot.heightPx),
    14,
    2,
    plot.heightPx,
  );
  return html`${labelled.map(
    ({ style, text }, index) =>
      html`<svg class="end" x="100%" y="${heights[index]}" width="72" height="1" overflow="visible"><line class="curve ${style}" x1="5" x2="19" y1="0" y2="0"/><text x="23" y="4">${text}</text></svg>`,
  )}`;
}

/** Draws a plot as a figure. Its width is the page's; its height, its strokes and its text are in pixels. */
export function drawPlot(plot: Plot): Markup {
  const { id, heightPx } = plot;
  const curves = plot.curves.map(({ path, style }) =>
    path === '' ? html`` : html`<path class="curve ${style}" d="${path}"/>`,
  );
  return html`<figure class="plot">
<figcaption>${plot.title}</figcaption>
<svg class="area${plot.timeLabels ? ' timed' : ''}" height="${heightPx}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${plot.title}</title><desc id="${id}-d">${plot.description}</desc>
${backdrop([], plot.shades)}${timeGrid(plot.time, heightPx, plot.timeLabels)}${valueGrid(plot)}${backdrop(plot.marks, [])}
<svg viewBox="0 0 ${BOX.width} ${BOX.height}" preserveAspectRatio="none" width="100%" height="${heightPx}" overflow="visible">${curves}</svg>
${endLabels(plot)}</svg>
</figure>`;
}
