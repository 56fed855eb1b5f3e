import type { SecondSample } from './fleet/model.ts';

/** What a rehearsal found: the document that `rehearse --json` prints. Times are ISO 8601 in UTC. */
export interface RehearsalResult {
  readonly seed: string;
  readonly fleet: { readonly services: number; readonly tasks: number };
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
  /** Resource ids (task ARNs) that were acted on. */
  readonly targets: readonly string[];
  /** Where each target stood in its sorted list of candidates; equal in every rehearsal with the same seed. */
  readonly positions: readonly number[];
  readonly verdict: VerdictName;
  /** One sentence: what the verdict rests on. */
  readonly because: string;
  readonly tookEffect: boolean;
  readonly recoverySeconds: number | null;
  /** Traffic of the group's service from injection to the end of the experiment. */
  readonly requests: { readonly total: number; readonly failed: number };
}

/** One step of one experiment, as it was told on the screen. */
export interface RehearsalStep {
  readonly at: string;
  readonly experiment: string;
  readonly group: string;
  /** The audit record's kind: `planned`, `started`, `injected`, `took-effect`, `recovered`, `ended`, `refused`, … */
  readonly kind: string;
  readonly text: string;
}

/** One service of the fleet and what became of it. */
export interface RehearsedService {
  readonly cluster: string;
  readonly name: string;
  /** Null for a service that did not opt in. */
  readonly group: string | null;
  readonly desired: number;
  /** `untouched` = not opted in, and no task of it was stopped by the monkey. */
  readonly outcome: VerdictName | 'untouched' | 'not drawn';
  readonly hypothesis: { readonly errorRate: number; readonly p99Ms: number } | null;
  readonly samples: readonly SecondSample[];
}

/** Everything the report shows: the result, and the measurements behind it. */
export interface RehearsalFacts {
  readonly result: RehearsalResult;
  readonly version: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly services: readonly RehearsedService[];
  readonly steps: readonly RehearsalStep[];
  /** AWS API calls of the functions by operation (`ECS.StopTask`), counted by the local cloud. */
  readonly calls: Readonly<Record<string, number>>;
  /** The same for each experiment. */
  readonly callsByExperiment?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** A sentence for each thing the audit's verification found wrong; empty when all records hold. */
  readonly auditFindings: readonly string[];
}
