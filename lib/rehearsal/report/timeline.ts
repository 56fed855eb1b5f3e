import type { RehearsalFacts } from '../result.ts';
import type { Episode, TimeSpan } from './episodes.ts';
import { axisTime } from './format.ts';
import { html, type Markup } from './markup.ts';
import { groupName, shortName } from './names.ts';
import { across, timeGrid, timeScale } from './plot.ts';
import { momentName, type SymbolKind, symbolAt, symbolKey, verdictSign } from './symbols.ts';

const ROW_PX = 46;
/** Height of a row's bar below the row's top; its text is above it. */
const BAR_PX = 30;

interface Stamp {
  readonly kind: SymbolKind;
  readonly seconds: number;
}

function stampsOf({ plannedSeconds, refusedSeconds, moments }: Episode, time: TimeSpan): Stamp[] {
  const planned: Stamp[] = plannedSeconds === null ? [] : [{ kind: 'planned', seconds: plannedSeconds }];
  const refused: Stamp[] = refusedSeconds === null ? [] : [{ kind: 'refused', seconds: refusedSeconds }];
  // A plan may reach beyond what was rehearsed.
  return [...planned, ...moments, ...refused].filter(({ seconds }) => seconds >= time.from && seconds <= time.to);
}

function outcomeOf(episode: Episode): string {
  if (episode.verdict !== null) return `${verdictSign(episode.verdict)} ${episode.verdict}`;
  return episode.refusedSeconds === null ? 'planned only' : `${verdictSign('refused')} refused`;
}

function told(name: string, episode: Episode, stamps: readonly Stamp[], lastSeconds: number): string {
  const moments = stamps
    .map(({ kind, seconds }) => `${momentName(kind)} at ${axisTime(seconds, lastSeconds, 1)}`)
    .join(', ');
  return `${name}, ${episode.fault}, ${outcomeOf(episode)}${moments === '' ? '' : `: ${moments}`}.`;
}

/** All experiments on the page's time axis, a row for each. */
export function drawTimeline(facts: RehearsalFacts, episodes: readonly Episode[], time: TimeSpan): Markup {
  if (episodes.length === 0) return html`<p>There was no experiment.</p>`;
  const x = timeScale(time);
  const stamps = episodes.map((episode) => stampsOf(episode, time));
  const rows = episodes.map((episode, index) => {
    const top = index * ROW_PX;
    const { span } = episode;
    const bar =
      span === null
        ? null
        : html`<rect class="bar ${episode.verdict ?? 'planned'}" x="${across(x(span.from))}" y="${top + BAR_PX - 6}" width="${across(Math.max(0.003, x(span.to) - x(span.from)))}" height="12" rx="2"/>`;
    const marks = (stamps[index] ?? []).map(({ kind, seconds }) => symbolAt(kind, across(x(seconds)), top + BAR_PX));
    return html`<g><text x="0" y="${top + 14}"><tspan class="name">${shortName(groupName(facts, episode.group))}${episode.number === null ? '' : ` ${episode.number}`}</tspan><tspan class="wide"> ${shortName(episode.fault)}</tspan> <tspan class="name">${outcomeOf(episode)}</tspan></text>${bar}${marks}</g>`;
  });
  const heightPx = rows.length * ROW_PX;
  const description = episodes
    .map((episode, index) => told(groupName(facts, episode.group), episode, stamps[index] ?? [], time.to))
    .join(' ');
  const kinds = [...new Set(stamps.flat().map(({ kind }) => kind))];
  return html`<figure class="plot timeline">
<svg class="area timed" height="${heightPx}" role="img" aria-labelledby="timeline-t timeline-d"><title id="timeline-t">Timeline of the experiments</title><desc id="timeline-d">${description}</desc>
${timeGrid(time, heightPx, true)}${rows}</svg>
<figcaption>Time since the start of the rehearsal. ${kinds.map((kind) => html`${symbolKey(kind)} `)}</figcaption>
</figure>`;
}
