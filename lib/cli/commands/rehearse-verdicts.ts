import { lastPlaced, tasksText } from '../../rehearsal/host-news.ts';
import type { HostLoss, Outcome, RehearsalFacts, RehearsedHosts, RehearsedService } from '../../rehearsal/result.ts';

/** What became of a service or of hosts, and each reason in a clause of its own. */
export interface Judged {
  readonly name: string;
  readonly outcome: Outcome;
  readonly because: readonly string[];
}

/** The last word on everything in the fleet: services in the order of its file, and then its container hosts. */
export function judgedOf(facts: RehearsalFacts): Judged[] {
  return [
    ...facts.services.map((service) => ({
      name: service.name,
      outcome: service.outcome,
      because: [...experimentClauses(service, facts), ...serviceClauses(service, facts)],
    })),
    ...facts.hostGroups.map((hosts) => ({
      name: hosts.name,
      outcome: hosts.outcome,
      because: [...experimentClauses(hosts, facts), ...hosts.losses.flatMap(lossClauses), ...optedOut(hosts)],
    })),
  ];
}

function experimentClauses({ group }: Pick<RehearsedService, 'group'>, { result }: RehearsalFacts): string[] {
  const experiment = result.experiments.find((one) => one.group === group);
  const refusals = result.refused.filter((one) => one.group === group);
  const clauses: string[] = [];
  if (experiment) {
    const { recoverySeconds, requests, because } = experiment;
    clauses.push(recoverySeconds === null ? 'not recovered' : `recovered after ${recoverySeconds.toFixed(1)} s`);
    clauses.push(`${requests.failed} of ${requests.total} requests failed`, because);
  }
  return [...clauses, ...refusals.map(({ code, facts: { because } }) => `${code}: ${because}`)];
}

function serviceClauses({ name, group, outcome }: RehearsedService, { hostGroups }: RehearsalFacts): string[] {
  const of = hostGroups.filter(({ losses }) =>
    losses.some(({ tasks }) => tasks.some(({ service }) => service === name)),
  );
  if (of.length === 0) return optedOut({ group });
  const hosts = of.map((one) => one.name).join(', ');
  const lost = of.flatMap(({ losses }) => losses.flatMap(({ tasks }) => tasks.filter((one) => one.service === name)));
  const clause = `${tasksText(lost)} went with a host of ${hosts}`;
  return [outcome === 'host lost' ? `it has not opted in itself; ${clause}, whose verdict counts` : clause];
}

function optedOut({ group }: Pick<RehearsedService | RehearsedHosts, 'group'>): string[] {
  return group === null ? ['it has not opted in, and no experiment acted on it'] : [];
}

function lossClauses(loss: HostLoss): string[] {
  const { instanceId, tasks, placed, replacement } = loss;
  const last = lastPlaced(loss);
  return [
    `${instanceId} took ${tasks.length === 0 ? 'no task' : tasksText(tasks)} with it`,
    ...(tasks.length === 0
      ? []
      : [
          `${placed.length} of ${tasks.length} placed anew${last === undefined ? '' : `, running after ${last.afterSeconds.toFixed(1)} s`}`,
        ]),
    replacement === null
      ? 'its group has not replaced it'
      : `replaced by ${replacement.instanceId === instanceId ? 'itself' : replacement.instanceId}, which takes tasks after ${replacement.afterSeconds.toFixed(1)} s`,
  ];
}
