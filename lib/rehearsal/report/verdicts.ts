import type { ExperimentResult, RehearsalFacts, RehearsedService } from '../result.ts';
import { count, duration, factLine } from './format.ts';
import { type Hole, html, type Markup } from './markup.ts';
import { groupName, serviceName } from './names.ts';
import { verdictBadge } from './symbols.ts';
import { drawTable, NONE } from './table.ts';

/** The id of a service's section. */
export const sectionId = (facts: RehearsalFacts, service: RehearsedService): string =>
  `service-${facts.services.indexOf(service) + 1}`;

function nameCell(facts: RehearsalFacts, service: RehearsedService): Markup {
  return html`<a href="#${sectionId(facts, service)}">${serviceName(facts, service)}</a>`;
}

function experimentRow(name: Hole, experiment: ExperimentResult): Hole[] {
  const { total, failed } = experiment.requests;
  const recovery = experiment.recoverySeconds;
  return [
    name,
    experiment.group,
    html`<span class="whole">${experiment.fault}</span>`,
    verdictBadge(experiment.verdict),
    experiment.tookEffect ? 'yes' : 'no',
    recovery === null ? (experiment.tookEffect ? 'not recovered' : NONE) : duration(recovery),
    `${count(failed)} of ${count(total)}`,
    experiment.because,
  ];
}

function reason(facts: RehearsalFacts, service: RehearsedService): string {
  const refused = facts.result.refused.filter(({ group }) => group === service.group);
  if (refused.length > 0) return refused.map((refusal) => `${refusal.code}: ${factLine(refusal.facts)}`).join('; ');
  if (service.outcome === 'untouched') return 'It did not opt in, and no task of it was stopped.';
  if (service.outcome === 'not drawn') return 'It opted in, and the draw passed it by.';
  return NONE;
}

/** One row for each experiment of each service, and one for each service without an experiment. */
export function drawVerdicts(facts: RehearsalFacts): Markup {
  const rows = facts.services.flatMap((service): Hole[][] => {
    const experiments = facts.result.experiments.filter(({ group }) => group === service.group);
    if (experiments.length > 0) return experiments.map((result) => experimentRow(nameCell(facts, service), result));
    const { group, outcome } = service;
    return [
      [nameCell(facts, service), group ?? NONE, NONE, verdictBadge(outcome), NONE, NONE, NONE, reason(facts, service)],
    ];
  });
  const known = new Set(facts.services.map(({ group }) => group));
  const others = facts.result.experiments
    .filter(({ group }) => !known.has(group))
    .map((result) => experimentRow(groupName(facts, result.group), result));
  if (rows.length + others.length === 0) return html`<p>The fleet has no services.</p>`;
  return drawTable({
    caption: 'What became of each service. Requests are those from the injection to the end of the experiment.',
    columns: [
      { heading: 'Service' },
      { heading: 'Group' },
      { heading: 'Fault' },
      { heading: 'Verdict' },
      { heading: 'Took effect' },
      { heading: 'Recovered after', numeric: true },
      { heading: 'Requests failed', numeric: true },
      { heading: 'Because' },
    ],
    rows: [...rows, ...others],
    narrow: 'cards',
  });
}
