import { count, counted } from '../../rehearsal/report/format.ts';
import { html, Markup } from '../../rehearsal/report/markup.ts';
import { DARK, LIGHT, type Palette } from '../../rehearsal/report/palette.ts';
import { dateAxis } from './date-axis.ts';
import { dot, GROUP_COLOURS } from './dots.ts';
import { captionOf, cut, oneLine, type PlacedPoint, type PlacedYear, placeYear, type YearPlot } from './year.ts';

/** The drawing in pixels: margins around the plot, and the plot itself. */
interface Layout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly plotWidth: number;
  readonly plotHeight: number;
}

/** The experiments of one group, or of all where there are too many groups to tell apart. */
interface Series {
  readonly label: string;
  readonly points: readonly PlacedPoint[];
}

const MARGIN = { left: 52, right: 32 } as const;
const PLOT_HEIGHT = 480;
const WIDEST_PLOT = 1116;
const NARROWEST = 640;
const LEGEND_ROW = 22;
const LEGEND_COLUMNS = 4;
/** A digit or small letter of 12 px, generously: no font is known when this is drawn. */
const CHARACTER_PX = 7.2;
const TITLE_PX = 18;
/** Up to so many marks say their day, time and group under a pointer. */
const MOST_TOLD = 2_000;

/** The width of a character as a share of the font's size, after the widest of the usual sans-serif fonts (Verdana, DejaVu Sans). */
function widthInEm(character: string): number {
  if (/[MWmw@%…]/.test(character)) return 1;
  if (/[\p{Lu}&+<=>]/u.test(character)) return 0.84;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x250) return 0.64;
  return code < 0x1100 ? 1 : 1.25;
}

const xOf = ({ left, plotWidth }: Layout, day: number, days: number): number => left + (day / days) * plotWidth;
const yOf = ({ top, plotHeight }: Layout, minute: number): number => top + (minute / 1440) * plotHeight;
const pixels = (value: number): number => Number(value.toFixed(1));

function layoutOf(days: number, legendEntries: number): Layout {
  const plotWidth = Math.min(WIDEST_PLOT, Math.max(NARROWEST - MARGIN.left - MARGIN.right, days * 24));
  const width = MARGIN.left + plotWidth + MARGIN.right;
  const top = 78 + Math.ceil(legendEntries / legendColumns(width)) * LEGEND_ROW;
  return { width, height: top + PLOT_HEIGHT + 72, left: MARGIN.left, top, plotWidth, plotHeight: PLOT_HEIGHT };
}

const legendColumns = (width: number): number => (width > 1000 ? LEGEND_COLUMNS : LEGEND_COLUMNS / 2);

// The same order on every machine, whatever its language.
const byCode = (a: string, b: string): number => (a < b ? -1 : 1);

function seriesOf({ points }: PlacedYear): Series[] {
  const groups = Map.groupBy(points, ({ group }) => group);
  if (groups.size > GROUP_COLOURS.length) return [{ label: counted(groups.size, 'group'), points }];
  return [...groups]
    .toSorted(([a], [b]) => byCode(a, b))
    .map(([group, ofGroup]) => ({ label: oneLine(group), points: ofGroup }));
}

/** Rules for one palette; without variables, which drawing programs other than browsers do not know. */
function rules(palette: Palette, colours: readonly string[]): string {
  return [
    `.paper { fill: ${palette.paper}; }`,
    `.ink { fill: ${palette.ink}; }`,
    `.quiet { fill: ${palette.quiet}; }`,
    `.grid { stroke: ${palette.line}; }`,
    `.tick { stroke: ${palette.quiet}; }`,
    `.closed { fill: ${palette.line}; }`,
    `.frame { fill: none; stroke: ${palette.quiet}; }`,
    ...colours.map((colour, index) => `.s${index} { fill: ${colour}; }`),
  ].join(' ');
}

function styles(): Markup {
  const light = GROUP_COLOURS.map((colour) => colour.light);
  const dark = GROUP_COLOURS.map((colour) => colour.dark);
  return Markup.trusted(`<style>
svg { color-scheme: light dark; max-width: 100%; height: auto; }
text { font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.title { font-size: ${TITLE_PX}px; font-weight: 600; }
.closed { fill-opacity: .55; }
.tick { stroke-opacity: .45; }
${rules(LIGHT, light)}
@media screen and (prefers-color-scheme: dark) { ${rules(DARK, dark)} }
</style>`);
}

/** Days of less than a pixel would be a grey veil over everything. */
const showsClosed = ({ closed }: PlacedYear, { plotWidth }: Layout): boolean =>
  closed.includes(true) && plotWidth / closed.length >= 1;

/** Shaded spans, one for closed days in a row. */
function closedDays(year: PlacedYear, layout: Layout): Markup[] {
  const { closed } = year;
  const spans: Markup[] = [];
  if (!showsClosed(year, layout)) return spans;
  let from = 0;
  for (let day = 0; day <= closed.length; day += 1) {
    if (closed[day]) continue;
    if (day > from) {
      const [x, to] = [xOf(layout, from, closed.length), xOf(layout, day, closed.length)];
      spans.push(
        html`<rect class="closed" x="${pixels(x)}" y="${layout.top}" width="${pixels(to - x)}" height="${layout.plotHeight}"/>`,
      );
    }
    from = day + 1;
  }
  return spans;
}

function hourAxis(layout: Layout): Markup[] {
  return Array.from({ length: 13 }, (_, index) => {
    const y = pixels(yOf(layout, index * 120));
    const label = `${String(index * 2).padStart(2, '0')}:00`;
    return html`<line class="grid" x1="${layout.left}" x2="${layout.left + layout.plotWidth}" y1="${y}" y2="${y}"/><text class="quiet" x="${layout.left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`;
  });
}

function dayAxis({ dates }: PlacedYear, layout: Layout): Markup[] {
  const bottom = layout.top + layout.plotHeight;
  const dayWidth = layout.plotWidth / dates.length;
  const { near, far, ticks } = dateAxis(dates, dayWidth / CHARACTER_PX);
  const x = (day: number): number => pixels(xOf(layout, day, dates.length));
  const labels = [near, far].map((marks, row) =>
    marks.map(
      ({ day, label }) => html`<text class="quiet" x="${x(day) + 2}" y="${bottom + 16 + row * 16}">${label}</text>`,
    ),
  );
  const lines = ticks.map(
    (day) => html`<line class="tick" x1="${x(day)}" x2="${x(day)}" y1="${layout.top}" y2="${bottom + 5}"/>`,
  );
  return [...lines, ...labels.flat()];
}

/** Size and opacity of the marks: smaller and fainter the more there are, so that places with many of them still differ. */
function markOf(points: readonly PlacedPoint[], layout: Layout): { readonly radius: number; readonly opacity: number } {
  let [earliest, latest] = [1439, 0];
  for (const { minute } of points) {
    earliest = Math.min(earliest, minute);
    latest = Math.max(latest, minute);
  }
  const area = layout.plotWidth * Math.max(20, ((latest - earliest) / 1440) * layout.plotHeight);
  const radius = Math.min(4, Math.max(1.2, Math.sqrt((area * 0.1) / (Math.PI * Math.max(1, points.length)))));
  const overlap = (points.length * Math.PI * radius ** 2) / area;
  return { radius, opacity: Math.max(0.1, 0.85 / (1 + overlap)) };
}

/** Every experiment's mark. Groups stand side by side within a day, so that two at the same time do not hide each other. */
function marks(year: PlacedYear, series: readonly Series[], layout: Layout): Markup {
  const { radius, opacity } = markOf(year.points, layout);
  const days = year.dates.length;
  const groups = [...new Set(year.points.map(({ group }) => group))].toSorted(byCode);
  const lane = new Map(groups.map((group, index) => [group, 0.1 + (0.8 * (index + 0.5)) / groups.length]));
  const told = ({ day, minute, group }: PlacedPoint): string | undefined => {
    if (year.points.length > MOST_TOLD) return undefined;
    const clock = [minute / 60, minute % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
    return `${year.dates[day]} ${clock} ${oneLine(group)}`;
  };
  const drawn = series.map(({ points }, index) => {
    const dots = points.map((point) => {
      const x = xOf(layout, point.day + (lane.get(point.group) ?? 0.5), days);
      return dot(index, x, yOf(layout, point.minute), radius, told(point));
    });
    return html`<g class="s${index}">${dots}</g>\n`;
  });
  return html`<g class="marks" fill-opacity="${Number(opacity.toFixed(2))}">${drawn}</g>`;
}

function legend(series: readonly Series[], layout: Layout): Markup {
  const columns = legendColumns(layout.width);
  const columnWidth = (layout.width - MARGIN.left - MARGIN.right) / columns;
  return html`<g class="legend">${series.map(({ label, points }, index) => {
    const x = pixels(layout.left + (index % columns) * columnWidth);
    const y = 78 + Math.floor(index / columns) * LEGEND_ROW;
    const counts = ` ${count(points.length)}`;
    const room = columnWidth - 28 - counts.length * CHARACTER_PX;
    const name = cut(label, room, (character) => widthInEm(character) * 12);
    return html`<g><title>${label}: ${counted(points.length, 'experiment')}</title><g class="s${index}">${dot(index, x + 5, y - 4, 4.5)}</g><text class="ink" x="${x + 16}" y="${y}">${name}<tspan class="quiet">${counts}</tspan></text></g>`;
  })}</g>`;
}

function footNote(year: PlacedYear, layout: Layout): Markup {
  const y = layout.height - 14;
  const note = 'Hours as each group’s own clock shows them';
  if (!showsClosed(year, layout)) return html`<text class="quiet" x="${layout.left}" y="${y}">${note}.</text>`;
  return html`<rect class="closed" x="${layout.left}" y="${y - 10}" width="12" height="12"/><text class="quiet" x="${layout.left + 18}" y="${y}">closed all day. ${note}.</text>`;
}

function describe(year: PlacedYear, series: readonly Series[]): string {
  const counts = series.map(({ label, points }) => `${label}: ${count(points.length)}`).join('; ');
  const closed = year.closed.filter(Boolean).length;
  return `Days across, hours of the day down, one mark for each experiment: ${captionOf(year)}. ${counted(closed, 'day')} closed all day. ${counts}`;
}

/**
 * Draws experiments with the days across and the hours from 0 to 24 down, as a stand-alone SVG document in UTF-8: no script,
 * no font and nothing else from elsewhere, light or dark as the reader prefers. Up to eight groups have a colour and a shape
 * each. Throws a RangeError where the plot's first day is no date.
 */
export function yearSvg(plot: YearPlot): string {
  const year = placeYear(plot);
  const series = seriesOf(year);
  const layout = layoutOf(year.dates.length, series.length);
  const { width, height, left, top, plotWidth, plotHeight } = layout;
  // Semibold letters are wider.
  const title = cut(year.title, width - left - MARGIN.right, (character) => widthInEm(character) * TITLE_PX * 1.12);
  return html`<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="year-title year-description">
<title id="year-title">${year.title}</title>
<desc id="year-description">${describe(year, series)}</desc>
${styles()}
<rect class="paper" width="100%" height="100%"/>
<text class="ink title" x="${left}" y="32">${title}</text>
<text class="quiet" x="${left}" y="53">${captionOf(year)}</text>
${legend(series, layout)}
${closedDays(year, layout)}
${hourAxis(layout)}
${dayAxis(year, layout)}
<rect class="frame" x="${left}" y="${top}" width="${plotWidth}" height="${plotHeight}"/>
${marks(year, series, layout)}
${footNote(year, layout)}
</svg>
`.text;
}
