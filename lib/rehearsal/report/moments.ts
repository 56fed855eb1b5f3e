import type { Episode, MomentKind, TimeSpan } from './episodes.ts';
import { axisTime } from './format.ts';
import { placeLabels, textWidthPx } from './labels.ts';
import { html, type Markup } from './markup.ts';
import { across, type Mark, type Shade, timeScale } from './plot.ts';
import { momentName, symbolAt } from './symbols.ts';

/** Room for a label's symbol, in pixels. */
const SYMBOL_PX = 15;
const ROW_PX = 18;

interface Named {
  readonly kind: MomentKind;
  readonly seconds: number;
  readonly name: string;
}

// With several experiments on one service, each label says which it belongs to: `2 injected`.
function named(episodes: readonly Episode[]): Named[] {
  return episodes.flatMap((episode) =>
    episode.moments.map(({ kind, seconds }) => ({
      kind,
      seconds,
      name: episode.number === null ? momentName(kind) : `${episode.number} ${momentName(kind)}`,
    })),
  );
}

/** The vertical lines that a service's plots share. */
export function marksOf(episodes: readonly Episode[], time: TimeSpan): Mark[] {
  const x = timeScale(time);
  return episodes.flatMap(({ moments }) => moments.map(({ kind, seconds }) => ({ share: x(seconds), style: kind })));
}

/** The shaded spans of a service's experiments. */
export function shadesOf(episodes: readonly Episode[], time: TimeSpan): Shade[] {
  const x = timeScale(time);
  return episodes.flatMap(({ span }) => (span === null ? [] : [{ from: x(span.from), to: x(span.to) }]));
}

/** The strip above a service's plots that names the vertical lines; empty markup when there is nothing to name. */
export function momentStrip(id: string, episodes: readonly Episode[], time: TimeSpan): Markup {
  const x = timeScale(time);
  const moments = named(episodes);
  if (moments.length === 0) return html``;
  const times = moments.map(({ seconds }) => axisTime(seconds, time.to, 1));
  const places = placeLabels(
    moments.map(({ seconds, name }, index) => ({
      share: x(seconds),
      widthsPx: [SYMBOL_PX + textWidthPx(name), SYMBOL_PX + textWidthPx(`${name} ${times[index]}`)],
    })),
  );
  const heightPx = (Math.max(...places.map(({ row }) => row)) + 1) * ROW_PX;
  const drawn = moments.map(({ kind, seconds, name }, index) => {
    const { row, anchor } = places[index] ?? { row: 0, anchor: 'start' };
    const [share, y] = [across(x(seconds)), row * ROW_PX + ROW_PX / 2];
    return {
      line: html`<line class="mark ${kind}" x1="${share}" x2="${share}" y1="${y}" y2="100%"/>`,
      label: html`${symbolAt(kind, share, y)}<text class="moment" x="${share}" y="${y + 4}" dx="${anchor === 'start' ? 9 : -9}" text-anchor="${anchor}">${name}<tspan class="wide"> ${times[index]}</tspan></text>`,
    };
  });
  const description = moments.map(({ name }, index) => `${name} after ${times[index]}`).join(', ');
  return html`<figure class="plot moments">
<figcaption class="unseen">Moments of the experiment, in time since the start of the rehearsal</figcaption>
<svg class="area" height="${heightPx}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">Moments of the experiment</title><desc id="${id}-d">${description}.</desc>${drawn.map(({ line }) => line)}${drawn.map(({ label }) => label)}</svg>
</figure>`;
}
