import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { NotPlannedBecause, Plan, PlannedExperiment } from '../../lib/core/plan.ts';
import type { PlanFindings } from './keep-plan.ts';
import type { By, ListedExperiment } from './request.ts';

/** Plans are kept this long for whoever asks; the audit keeps them for good. */
export const KEPT_DAYS = 8;

/** A plan in the store. */
export interface KeptPlan extends Plan, By, PlanFindings {
  readonly name: string;
  readonly date?: string;
  readonly zone?: string;
  readonly skip: ExperimentOrder['skip'];
  /** How many groups are not in it, by reason; the lists (`notPlanned`, `problems`, `unread`) are dropped once the audit has them. */
  readonly counts: Readonly<Partial<Record<NotPlannedBecause, number>>>;
  /** Once everything of it has been scheduled, a schedule that is missing was deleted by somebody, or lost. */
  readonly isScheduled: boolean;
}

/** When the store may forget a plan that is kept now, in epoch seconds. */
export function forgottenAtSeconds(nowMs: number): number {
  return Math.floor(nowMs / 1000) + KEPT_DAYS * 86_400;
}

/** What a schedule hands to the experiment function. */
export function orderOf({ reason, skip }: KeptPlan, planned: PlannedExperiment): ExperimentOrder {
  const { experiment, group, services, hosts, fault, parameters, at, label, zone } = planned;
  return {
    version: 1,
    experiment,
    group,
    services: [...services],
    hosts: [...hosts],
    fault,
    parameters,
    at,
    label,
    zone,
    skip: [...skip],
    leashed: false,
    // Who acts is the schedule, whose name is the experiment's id; who planned it, and by which plan, is in the record `planned`.
    actor: `schedule ${experiment}`,
    reason,
  };
}

export function countsOf(plan: Plan): KeptPlan['counts'] {
  const counts: Partial<Record<NotPlannedBecause, number>> = {};
  for (const { because } of plan.notPlanned) counts[because] = (counts[because] ?? 0) + 1;
  return counts;
}

/** What is worth telling of a planned experiment; its draws are in the record. */
export function listed({ experiment, group, fault, at, zone }: ListedExperiment): ListedExperiment {
  return { experiment, group, fault, at, zone };
}
