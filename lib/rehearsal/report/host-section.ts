import { tasksText } from '../host-news.ts';
import type { HostLoss, RehearsalFacts, RehearsedHosts } from '../result.ts';
import { type Episode, secondsSince, type TimeSpan } from './episodes.ts';
import { counted, duration, listed, measure, percent, sinceStart } from './format.ts';
import { drawHostPlots } from './host-plots.ts';
import { type Hole, html, type Markup } from './markup.ts';
import { hostsId, serviceName } from './names.ts';
import { verdictBadge } from './symbols.ts';
import { drawTable, NONE } from './table.ts';

/** The hypothesis of hosts is about the services that they carry. */
function hypothesisLine(facts: RehearsalFacts, hosts: RehearsedHosts): Markup {
  const asked = carriedBy(facts, hosts).map((service) => {
    const { desired, hypothesis } = service;
    const traffic =
      hypothesis === null
        ? ''
        : `, at most ${percent(hypothesis.errorRate, 1)} of requests fail, and 99 of 100 answer within ${measure(hypothesis.p99Ms)} ms`;
    return `${serviceName(facts, service)} gets ${counted(desired, 'healthy task')} back${traffic}`;
  });
  return html`<p>Hypothesis: ${[...asked, `${counted(hosts.desired, 'host')} in service again`].join('; ')}.</p>`;
}

const carriedBy = (facts: RehearsalFacts, { name, cluster }: RehearsedHosts) =>
  facts.services.filter((service) => service.onHosts === name && service.cluster === cluster);

// In one element: on a narrow page a cell is a row of what lies in it.
function placedCell({ tasks, placed }: HostLoss): Hole {
  if (tasks.length === 0) return NONE;
  const each = placed.map(
    ({ service, task, instanceId, afterSeconds }) =>
      html`<div>${service} <code>${task.slice(0, 8)}</code> on <code>${instanceId}</code> after ${duration(afterSeconds)}</div>`,
  );
  const missing = tasks.length - placed.length;
  return html`<div>${each}${missing === 0 ? null : html`<div>${counted(missing, 'task')} not placed anew</div>`}</div>`;
}

function replacedCell({ instanceId, replacement }: HostLoss): Hole {
  if (replacement === null) return 'not replaced';
  const { instanceId: next, zone, afterSeconds } = replacement;
  const who = next === instanceId ? html`itself` : html`<code>${next}</code> in ${zone}`;
  return html`<span>${who} after ${duration(afterSeconds)}</span>`;
}

/** Each host that was lost: when, what it took with it, and what came in its place. */
function drawLosses({ losses }: RehearsedHosts, time: TimeSpan): Markup {
  if (losses.length === 0) return html`<p class="quiet">No host was lost.</p>`;
  return drawTable({
    caption:
      'Lost hosts. Tasks count as placed when they run, hosts as replaced when the cluster can place tasks on another one.',
    columns: [
      { heading: 'Host' },
      { heading: 'Zone' },
      { heading: 'Lost', numeric: true },
      { heading: 'Took with it' },
      { heading: 'Placed anew' },
      { heading: 'Replaced by' },
    ],
    rows: losses.map((loss) => [
      html`<code class="whole">${loss.instanceId}</code>`,
      html`<span class="whole">${loss.zone}</span>`,
      sinceStart(secondsSince(time, loss.at)),
      loss.tasks.length === 0 ? 'no task' : tasksText(loss.tasks),
      placedCell(loss),
      replacedCell(loss),
    ]),
    narrow: 'cards',
  });
}

/** A group of hosts with its plots, and every host that it lost. */
export function hostSection(
  facts: RehearsalFacts,
  hosts: RehearsedHosts,
  all: readonly Episode[],
  time: TimeSpan,
): Markup {
  const id = hostsId(facts, hosts);
  const episodes = all.filter(({ group }) => group === hosts.group);
  const group = hosts.group === null ? 'not opted in' : `group ${hosts.group}`;
  const carried = carriedBy(facts, hosts);
  const names = listed(carried.map((service) => serviceName(facts, service)));
  const desiredTasks = carried.reduce((sum, { desired }) => sum + desired, 0);
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">${hosts.name} ${verdictBadge(hosts.outcome)}</h3>
<p class="quiet">Auto Scaling group of cluster ${hosts.cluster}, ${group}, ${counted(hosts.desired, 'desired host')}; they carry ${names === '' ? 'no service' : names}.</p>
${hypothesisLine(facts, hosts)}
${drawHostPlots(id, hosts, desiredTasks, episodes, time)}
${drawLosses(hosts, time)}
</section>
`;
}
