import type { ExperimentResult, RehearsalFacts, RehearsedHosts, RehearsedService } from '../result.ts';
import { count, duration, factLine, listed } from './format.ts';
import { type Hole, html, type Markup } from './markup.ts';
import { groupName, hostsId, sectionId, serviceName } from './names.ts';
import { verdictBadge } from './symbols.ts';
import { drawTable, NONE } from './table.ts';

function nameCell(facts: RehearsalFacts, service: RehearsedService): Markup {
  return html`<a href="#${sectionId(facts, service)}">${serviceName(facts, service)}</a>`;
}

function hostsCell(facts: RehearsalFacts, hosts: RehearsedHosts): Markup {
  return html`<a href="#${hostsId(facts, hosts)}">${hosts.name}</a>`;
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

/** What of the fleet a row is about. */
type Judged = Pick<RehearsedService | RehearsedHosts, 'group' | 'outcome'>;

function reason(facts: RehearsalFacts, { group, outcome }: Judged): string {
  const refused = facts.result.refused.filter((refusal) => refusal.group === group);
  if (refused.length > 0) return refused.map((refusal) => `${refusal.code}: ${factLine(refusal.facts)}`).join('; ');
  if (outcome === 'untouched') return 'It did not opt in, and nothing of it was stopped.';
  if (outcome === 'not drawn') return 'It opted in, and the draw passed it by.';
  return NONE;
}

function lostReason(facts: RehearsalFacts, { name }: RehearsedService): string {
  const of = facts.hostGroups.filter(({ losses }) =>
    losses.some(({ tasks }) => tasks.some(({ service }) => service === name)),
  );
  return `It did not opt in itself; a host that carried tasks of it was struck, see ${listed(of.map((hosts) => hosts.name))}.`;
}

/** One row for each experiment of a group, or one that says why there is none. */
function rowsOf(facts: RehearsalFacts, name: Markup, judged: Judged, why = reason(facts, judged)): Hole[][] {
  const { group, outcome } = judged;
  const experiments = facts.result.experiments.filter((experiment) => experiment.group === group);
  if (experiments.length > 0) return experiments.map((experiment) => experimentRow(name, experiment));
  return [[name, group ?? NONE, NONE, verdictBadge(outcome), NONE, NONE, NONE, why]];
}

/** One row for each experiment of each service and of each group of hosts, and one for whatever had no experiment. */
export function drawVerdicts(facts: RehearsalFacts): Markup {
  const { services, hostGroups } = facts;
  const rows = [
    ...services.flatMap((service) => {
      const why = service.outcome === 'host lost' ? lostReason(facts, service) : undefined;
      return rowsOf(facts, nameCell(facts, service), service, why);
    }),
    ...hostGroups.flatMap((hosts) => rowsOf(facts, hostsCell(facts, hosts), hosts)),
  ];
  const known = new Set([...services, ...hostGroups].map(({ group }) => group));
  const others = facts.result.experiments
    .filter(({ group }) => !known.has(group))
    .map((result) => experimentRow(groupName(facts, result.group), result));
  if (rows.length + others.length === 0) return html`<p>The fleet has no services.</p>`;
  return drawTable({
    caption: `What became of each service${hostGroups.length === 0 ? '' : ' and of the container hosts'}. Requests are those from the injection to the end of the experiment${hostGroups.length === 0 ? '' : '; of hosts, those to the services that they carry'}.`,
    columns: [
      { heading: hostGroups.length === 0 ? 'Service' : 'Service or hosts' },
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
