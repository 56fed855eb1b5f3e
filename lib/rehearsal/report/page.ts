import { createHash } from 'node:crypto';
import type { RehearsalFacts, RehearsedService } from '../result.ts';
import { drawAudit, drawCalls, drawPlan, drawRefusals, drawSeed, drawSteps } from './details.ts';
import { type Episode, episodesOf, episodesTouching, type TimeSpan, timeSpan } from './episodes.ts';
import { counted, measure, moment, percent } from './format.ts';
import { hostSection } from './host-section.ts';
import { html, Markup } from './markup.ts';
import { sectionId, serviceName } from './names.ts';
import { drawPhases } from './phases.ts';
import { READOUT_SCRIPT } from './readout.ts';
import { drawServicePlots } from './service-plots.ts';
import { STYLES } from './styles.ts';
import { drawSummary } from './summary.ts';
import { verdictBadge } from './symbols.ts';
import { drawTimeline } from './timeline.ts';
import { drawVerdicts } from './verdicts.ts';

/**
 * What the page may do, by Content Security Policy: show its own styles and run its own script, and nothing else; no
 * request, no form, no other script. A name that slipped through the escaping could still do nothing.
 */
function policy(script: string): string {
  const digest = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
}

function hypothesisLine({ hypothesis }: RehearsedService): Markup {
  if (hypothesis === null) return html`<p class="quiet">It states no hypothesis.</p>`;
  const { errorRate, p99Ms } = hypothesis;
  return html`<p>Hypothesis: at most ${percent(errorRate, 1)} of requests fail, and 99 of 100 answer within ${measure(p99Ms)} ms.</p>`;
}

function serviceSection(
  facts: RehearsalFacts,
  service: RehearsedService,
  all: readonly Episode[],
  time: TimeSpan,
): Markup {
  const id = sectionId(facts, service);
  const episodes = episodesTouching(facts, service, all);
  const group = service.group === null ? 'not opted in' : `group ${service.group}`;
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">${serviceName(facts, service)} ${verdictBadge(service.outcome)}</h3>
<p class="quiet">Cluster ${service.cluster}, ${group}, ${counted(service.desired, 'desired task')}${service.onHosts === null ? '' : ` on ${service.onHosts}`}.</p>
${hypothesisLine(service)}
${drawServicePlots(id, service, episodes, time)}
${episodes.map((episode) => drawPhases(service, episode, episodes, time))}
</section>
`;
}

function content(facts: RehearsalFacts): Markup {
  const time = timeSpan(facts);
  const episodes = episodesOf(facts, time);
  const services = facts.services.map((service) => serviceSection(facts, service, episodes, time));
  const hosts = facts.hostGroups.map((one) => hostSection(facts, one, episodes, time));
  return html`<main>
<h1>Rehearsal report</h1>
<p class="quiet">Capuchin ${facts.version}, ${moment(facts.startedAt)}</p>
${drawSummary(facts)}
<h2>Verdicts</h2>
${drawVerdicts(facts)}
<h2>Timeline</h2>
${drawTimeline(facts, episodes, time)}
<h2>Services</h2>
${services.length === 0 ? html`<p>The fleet has no services.</p>` : services}
${hosts.length === 0 ? null : html`<h2>Container hosts</h2>\n${hosts}`}
<h2>Steps</h2>
${drawSteps(facts, time)}
<h2>Plan</h2>
${drawPlan(facts)}
<h2>Refusals</h2>
${drawRefusals(facts)}
<h2>Audit</h2>
${drawAudit(facts)}
<h2>AWS calls</h2>
${drawCalls(facts)}
<h2>Rehearse it again</h2>
${drawSeed(facts)}
</main>`;
}

/**
 * The report of a rehearsal as one HTML document. It loads nothing and needs no script; every fact in it is escaped.
 * The same facts give the same document.
 */
export function renderReport(facts: RehearsalFacts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy(READOUT_SCRIPT)}">
<meta name="color-scheme" content="light dark">
<title>Capuchin rehearsal, ${moment(facts.startedAt)}</title>
<style>${Markup.trusted(STYLES)}</style>
</head>
<body>
${content(facts)}
<script>${Markup.trusted(READOUT_SCRIPT)}</script>
</body>
</html>
`.text;
}
