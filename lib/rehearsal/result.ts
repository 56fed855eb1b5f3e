import type { SecondSample } from './fleet/model.ts';

/** What a rehearsal found: the document that `rehearse --json` prints. Times are ISO 8601 in UTC. */
export interface RehearsalResult {
  readonly seed: string;
  /** Tasks as desired; hosts as they are at first, 0 in a fleet without container hosts. */
  readonly fleet: { readonly services: number; readonly tasks: number; readonly hosts: number };
  readonly plan: readonly PlannedExperiment[];
  readonly experiments: readonly ExperimentResult[];
  /** Groups that the monkey declined to touch, with a guard's code and the facts behind it. */
  readonly refused: readonly {
    readonly group: string;
    readonly code: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
  readonly audit: { readonly records: number; readonly verified: boolean; readonly file: string };
  /** Path of the HTML report. */
  readonly report: string;
}

export interface PlannedExperiment {
  readonly experiment: string;
  readonly group: string;
  readonly fault: string;
  readonly at: string;
  /** Seconds from the start of the plan's window; equal in every rehearsal with the same seed. */
  readonly offsetSeconds: number;
}

export type VerdictName = 'held' | 'broken' | 'inconclusive' | 'aborted' | 'refused' | 'leashed';

export interface ExperimentResult {
  readonly experiment: string;
  readonly group: string;
  readonly fault: string;
  /** Resource ids (task ARNs, instance ids) that were acted on. */
  readonly targets: readonly string[];
  /** Where each target stood in its sorted list of candidates; equal in every rehearsal with the same seed. */
  readonly positions: readonly number[];
  readonly verdict: VerdictName;
  /** One sentence: what the verdict rests on. */
  readonly because: string;
  readonly tookEffect: boolean;
  readonly recoverySeconds: number | null;
  /** Traffic of the group's services, or of those that its hosts carry, from injection to the end of the experiment. */
  readonly requests: { readonly total: number; readonly failed: number };
}

/** One step of one experiment, as it was told on the screen. */
export interface RehearsalStep {
  readonly at: string;
  readonly experiment: string;
  readonly group: string;
  /**
   * The audit record's kind: `planned`, `started`, `injected`, `took-effect`, `recovered`, `ended`, `refused`, …; or of what the
   * rehearsal itself saw of its hosts: `tasks-lost`, `placed-anew`, `replaced`.
   */
  readonly kind: string;
  readonly text: string;
}

/**
 * What became of a service or of hosts. `untouched` = not opted in, and no task of it was stopped by the monkey; `host lost` = not
 * opted in, but a host that carried tasks of it was struck: the verdict is its hosts'.
 */
export type Outcome = VerdictName | 'untouched' | 'not drawn' | 'host lost';

/** One service of the fleet and what became of it. */
export interface RehearsedService {
  readonly cluster: string;
  readonly name: string;
  /** Null for a service that did not opt in. */
  readonly group: string | null;
  readonly desired: number;
  /** Name of the hosts that its tasks are on; null for a service that needs none. */
  readonly onHosts: string | null;
  readonly outcome: Outcome;
  readonly hypothesis: { readonly errorRate: number; readonly p99Ms: number } | null;
  readonly samples: readonly SecondSample[];
}

/** One second of a fleet's container hosts. */
export interface HostSample {
  /** Start of the second, ISO 8601 in UTC. */
  readonly at: string;
  /** Members that the Auto Scaling group counts as in service and healthy. */
  readonly inService: number;
  /** Container instances that the cluster can place tasks on: they run, and their agent is connected. */
  readonly connected: number;
  /** Running tasks on them. */
  readonly tasks: number;
}

/** A host that was there and then was not, as the rehearsal saw it: at most a quarter of a second late. */
export interface HostLoss {
  readonly instanceId: string;
  readonly zone: string;
  readonly at: string;
  /** The tasks that stopped with it, by the id. */
  readonly tasks: readonly { readonly service: string; readonly task: string }[];
  /** The tasks that its services were given in their place and that run, in the order of their starts. */
  readonly placed: readonly {
    readonly service: string;
    readonly task: string;
    readonly instanceId: string;
    readonly at: string;
    /** Since the loss. */
    readonly afterSeconds: number;
  }[];
  /** The host that stands in for it and takes tasks: another one, or itself after a reboot. Null while there is none. */
  readonly replacement: {
    readonly instanceId: string;
    readonly zone: string;
    readonly at: string;
    /** Since the loss. */
    readonly afterSeconds: number;
  } | null;
}

/** The container hosts of a fleet, one Auto Scaling group, and what became of them. */
export interface RehearsedHosts {
  readonly cluster: string;
  /** Name of the Auto Scaling group. */
  readonly name: string;
  /** Null for hosts that did not opt in. */
  readonly group: string | null;
  /** How many hosts the group desires. */
  readonly desired: number;
  /** Names of the services that they carry: the hypothesis is about these. */
  readonly services: readonly string[];
  readonly outcome: Outcome;
  readonly samples: readonly HostSample[];
  readonly losses: readonly HostLoss[];
}

/** Everything the report shows: the result, and the measurements behind it. */
export interface RehearsalFacts {
  readonly result: RehearsalResult;
  readonly version: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly services: readonly RehearsedService[];
  /** None in a fleet without container hosts. */
  readonly hostGroups: readonly RehearsedHosts[];
  readonly steps: readonly RehearsalStep[];
  /** AWS API calls of the functions by operation (`ECS.StopTask`), counted by the local cloud. */
  readonly calls: Readonly<Record<string, number>>;
  /** The same for each experiment. */
  readonly callsByExperiment?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** A sentence for each thing the audit's verification found wrong; empty when all records hold. */
  readonly auditFindings: readonly string[];
}
