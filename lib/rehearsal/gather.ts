import { describe, wordOf } from '../audit/describe.ts';
import { type AuditRecord, finalOf } from '../audit/record.ts';
import { tagRefusal } from '../core/group.ts';
import type { Refusal } from '../core/refusal.ts';
import type { TagProblem } from '../core/settings.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { FleetDefinition } from './fleet/fleet-file.ts';
import { newsOf, toldAt } from './host-news.ts';
import type { HostWatch } from './host-watch.ts';
import { carriedServices, groupOfHosts, groupOfService, hasServiceOptedIn, haveHostsOptedIn } from './members.ts';
import type {
  ExperimentResult,
  HostLoss,
  Outcome,
  PlannedExperiment,
  RehearsalResult,
  RehearsalStep,
  RehearsedHosts,
  RehearsedService,
  VerdictName,
} from './result.ts';

/** Each experiment of a plan with the records of its chain, in order. */
export type Chains = ReadonlyMap<string, readonly AuditRecord[]>;

/**
 * Every record of an experiment as a step, and what became of the hosts that experiments took away, in the order of time.
 *
 * @param losses a loss that no experiment of these chains asked for is left out.
 */
export function stepsOf(chains: Chains, losses: readonly HostLoss[] = []): RehearsalStep[] {
  const told = [...chains.values()].flat().map((record) => ({
    // A recovery is seen some time after it happened; ECS's timestamps say when.
    at: record.kind === 'recovered' ? String(record.facts.recoveredAt) : record.at,
    experiment: record.chain,
    group: record.group ?? '',
    kind: record.kind,
    text: record.kind === 'ended' ? `${wordOf(record)}: ${describe(record)}` : describe(record),
  }));
  return [...told, ...losses.flatMap((loss) => hostStepsOf(loss, chains))].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}

function hostStepsOf(loss: HostLoss, chains: Chains): RehearsalStep[] {
  const injected = [...chains.values()]
    .flat()
    .find(({ kind, resource }) => kind === 'injected' && resource !== undefined && resource.endsWith(loss.instanceId));
  if (injected === undefined) return [];
  const { chain: experiment, group = '' } = injected;
  return newsOf(loss).map((news) => {
    return { at: toldAt(news, injected.at), experiment, group, kind: news.kind, text: news.text };
  });
}

/** What came of the experiments that were acted on. */
export function experimentsOf(
  plan: readonly PlannedExperiment[],
  chains: Chains,
  fleet: Pick<Fleet, 'requestTotals' | 'clusters' | 'services'>,
): ExperimentResult[] {
  return plan.flatMap(({ experiment, group, fault }) => {
    const chain = chains.get(experiment) ?? [];
    const final = finalOf(chain);
    const started = chain.find(({ kind }) => kind === 'started');
    if (started === undefined || final === undefined) return [];
    const injected = chain.find(({ kind }) => kind === 'injected') ?? started;
    const {
      verdict = 'inconclusive',
      because = describe(final),
      tookEffect = false,
      recoverySeconds = null,
    } = final.facts;
    return {
      experiment,
      group,
      fault,
      targets: (started.facts.targets as { resource: string }[]).map(({ resource }) => resource),
      positions: started.facts.positions as number[],
      verdict: verdict as VerdictName,
      because: String(because),
      tookEffect: tookEffect === true,
      recoverySeconds: recoverySeconds as number | null,
      requests: requestsOf(chain, fleet, injected.at, final.at),
    };
  });
}

function requestsOf(
  chain: readonly AuditRecord[],
  fleet: Pick<Fleet, 'requestTotals' | 'clusters' | 'services'>,
  from: string,
  to: string,
): ExperimentResult['requests'] {
  const planned = chain.find(({ kind }) => kind === 'planned')?.facts.services as
    | { cluster: string; service: string }[]
    | undefined;
  const named = (planned ?? []).map(({ cluster, service }) => {
    return { arn: fleet.clusters.find(({ name }) => name === cluster)?.arn ?? cluster, service };
  });
  // Of hosts, the requests of the services that they carry count.
  const carried = fleet.clusters.flatMap(({ arn }) =>
    fleet
      .services(arn)
      .filter(({ launchType }) => launchType === 'EC2')
      .map(({ name }) => ({ arn, service: name })),
  );
  const totals = (named.length > 0 ? named : carried).map(({ arn, service }) =>
    fleet.requestTotals(arn, service, from, to),
  );
  return totals.reduce((sum, one) => ({ total: sum.total + one.total, failed: sum.failed + one.failed }), {
    total: 0,
    failed: 0,
  });
}

/** One entry for each no: of a guard, or of a tag that cannot be read. */
export function refusedOf(
  plan: readonly PlannedExperiment[],
  problems: readonly TagProblem[],
  chains: Chains,
): RehearsalResult['refused'][number][] {
  const told = (group: string, { code, because, facts }: Refusal): RehearsalResult['refused'][number] => {
    return { group, code, facts: { because, ...facts } };
  };
  const ofGuards = plan.flatMap(({ experiment, group }) => {
    const final = finalOf(chains.get(experiment) ?? []);
    return final?.kind === 'refused' ? (final.facts.refusals as Refusal[]).map((refusal) => told(group, refusal)) : [];
  });
  return [...ofGuards, ...problems.map((problem) => told(problem.group, tagRefusal(problem)))];
}

/** What a rehearsal came to, as far as groups are concerned. */
export interface Conducted {
  readonly plan: readonly PlannedExperiment[];
  readonly problems: readonly TagProblem[];
  readonly chains: Chains;
}

/** Every service of the fleet with what became of it. */
export function servicesOf(
  definition: FleetDefinition,
  conducted: Conducted,
  fleet: Pick<Fleet, 'samples' | 'clusters'>,
  losses: readonly HostLoss[],
): RehearsedService[] {
  const [cluster] = fleet.clusters;
  return definition.services.map((service) => {
    const { name, desired, hypothesis, launchType } = service;
    const group = hasServiceOptedIn(service, definition) ? groupOfService(service, definition) : null;
    const hasLostTasks = losses.some(({ tasks }) => tasks.some((task) => task.service === name));
    return {
      cluster: definition.cluster,
      name,
      group,
      desired,
      onHosts: launchType === 'EC2' ? definition.hostGroup.name : null,
      outcome: group === null ? (hasLostTasks ? 'host lost' : 'untouched') : outcomeOf(group, conducted),
      hypothesis: hypothesis ?? null,
      samples: cluster === undefined ? [] : fleet.samples(cluster.arn, name),
    };
  });
}

/** The container hosts of the fleet with what became of them; none in a fleet without. */
export function hostGroupsOf(
  definition: FleetDefinition,
  conducted: Conducted,
  { samples, losses }: Pick<HostWatch, 'samples' | 'losses'>,
): RehearsedHosts[] {
  const { cluster, hosts, hostGroup } = definition;
  if (hosts === 0) return [];
  const group = haveHostsOptedIn(definition) ? groupOfHosts(definition) : null;
  return [
    {
      cluster,
      name: hostGroup.name,
      group,
      desired: hosts - hostGroup.standby,
      services: carriedServices(definition).map(({ name }) => name),
      outcome: group === null ? 'untouched' : outcomeOf(group, conducted),
      samples,
      losses,
    },
  ];
}

function outcomeOf(group: string, { plan, problems, chains }: Conducted): Outcome {
  if (problems.some((problem) => problem.group === group)) return 'refused';
  const planned = plan.find((one) => one.group === group);
  if (planned === undefined) return 'not drawn';
  const final = finalOf(chains.get(planned.experiment) ?? []);
  if (final?.kind === 'ended') return final.facts.verdict as VerdictName;
  return final === undefined || final.kind === 'failed' ? 'inconclusive' : (final.kind as VerdictName);
}

/** AWS calls of each experiment. Its execution's ARN begins the keys of the records that it wrote. */
export function callsOf(
  chains: Chains,
  callsOfExecution: (arn: string) => Readonly<Record<string, number>>,
): Record<string, Readonly<Record<string, number>>> {
  const owner = (chain: readonly AuditRecord[]): string =>
    /^(.*)\/(started\/0|refused|leashed)$/.exec(chain.find(({ kind }) => kind !== 'planned')?.key ?? '')?.[1] ?? '';
  return Object.fromEntries([...chains].map(([experiment, chain]) => [experiment, callsOfExecution(owner(chain))]));
}
