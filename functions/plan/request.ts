import * as z from 'zod';
import type { Unread } from '../../lib/aws/discovery.ts';
import { dateSchema } from '../../lib/core/closures.ts';
import { SKIPPABLE } from '../../lib/core/experiment.ts';
import type { NotPlanned, NotPlannedBecause, PlannedExperiment } from '../../lib/core/plan.ts';
import type { TagProblem } from '../../lib/core/settings.ts';

const by = {
  version: z.literal(1),
  actor: z.string().min(1).max(512),
  reason: z.string().trim().min(1).max(512),
};

const within = z.strictObject({
  plan: z.literal('within'),
  ...by,
  seconds: z.int().min(5).max(86_400),
  /** Names the plan and its draws; asking again with the same name changes nothing. Default: the moment. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,40}$/)
    // The names of the planner's own plans begin with their date.
    .regex(/^(?!\d{4}-\d{2}-\d{2})/, { error: 'a name that begins with a date belongs to the plan of the date' })
    .optional(),
  skip: z.array(z.enum(SKIPPABLE)).default([]),
  /** Draw and answer, but record and schedule nothing. */
  dryRun: z.boolean().default(false),
});

const preview = z.strictObject({
  plan: z.literal('preview'),
  ...by,
  /** The first date, in each group's own zone. Default: today. */
  date: dateSchema.optional(),
  days: z.int().min(1).max(400).default(1),
  /** Only this group. */
  group: z.string().min(1).optional(),
});

/** What can be asked of the planner. */
export const planRequestSchema = z.discriminatedUnion('plan', [
  /** Today's plan of every zone that has groups; a plan that exists stays. Sent by the planner's own schedule. */
  z.strictObject({ plan: z.literal('today'), ...by }),
  /** One experiment for every group within the next seconds. */
  within,
  /** What stands in the plans of some days, or would be drawn; nothing is recorded. */
  preview,
  /** The plans that are kept, of the last days and of those to come. */
  z.strictObject({
    plan: z.literal('list'),
    ...by,
    /** How many days back; a plan with an experiment since then is listed, and one of a date since then. */
    days: z.int().min(1).max(8).default(2),
  }),
  /** Takes one experiment out of its plan. */
  z.strictObject({ plan: z.literal('cancel'), ...by, experiment: z.string().min(1).max(64) }),
  /** Makes the schedules again that planned experiments have lost. */
  z.strictObject({ plan: z.literal('restore'), ...by }),
]);
export type PlanRequest = z.output<typeof planRequestSchema>;
export type WithinRequest = z.output<typeof within>;
export type PreviewRequest = z.output<typeof preview>;
export type ListRequest = Extract<PlanRequest, { plan: 'list' }>;
export type CancelRequest = Extract<PlanRequest, { plan: 'cancel' }>;
/** Who asks and why. */
export type By = Pick<PlanRequest, 'actor' | 'reason'>;

/** One plan as it was drawn, or as it had been drawn before. */
export interface NamedPlan {
  readonly name: string;
  /** Of a plan of a date: the date and its zone. */
  readonly date?: string;
  readonly zone?: string;
  /** Whether it was drawn just now. */
  readonly isNew: boolean;
  readonly experiments: readonly (ListedExperiment & Pick<PlannedExperiment, 'offsetSeconds'>)[];
  /** How many groups are not in it, by reason. */
  readonly notPlanned: Readonly<Partial<Record<NotPlannedBecause, number>>>;
}

/** What `today` and `within` answer. */
export interface PlanAnswer {
  readonly plans: readonly NamedPlan[];
  readonly problems: readonly TagProblem[];
  readonly unread: readonly Unread[];
}

/** A planned experiment as it is listed. */
export type ListedExperiment = Pick<PlannedExperiment, 'experiment' | 'group' | 'fault' | 'at' | 'zone'>;

/** One plan of a preview. */
export interface PreviewedPlan extends Omit<NamedPlan, 'isNew' | 'experiments'> {
  readonly experiments: readonly ListedExperiment[];
  /** Whether it was drawn and kept; otherwise it is what would be drawn if nothing changed. */
  readonly isKept: boolean;
  /** Experiments of it that were cancelled. */
  readonly cancelled: readonly string[];
  /** When one group was asked for: why it is not in the plan. Of a kept plan only the audit knows. */
  readonly why?: NotPlanned;
}

export interface PreviewAnswer extends Omit<PlanAnswer, 'plans'> {
  readonly plans: readonly PreviewedPlan[];
}

/** Where a planned experiment stands. */
export type PlannedStatus = 'waiting' | 'due' | 'cancelled' | 'schedule-lost';

export interface ListAnswer {
  readonly plans: readonly {
    readonly name: string;
    readonly date?: string;
    readonly zone?: string;
    readonly experiments: readonly (ListedExperiment & { readonly status: PlannedStatus })[];
  }[];
}

export type CancelAnswer =
  | {
      readonly cancelled: true;
      readonly experiment: string;
      readonly group: string;
      readonly at: string;
      readonly recorded: boolean;
    }
  | { readonly cancelled: false; readonly experiment: string; readonly because: string };

export interface RestoreAnswer {
  readonly restored: readonly { readonly experiment: string; readonly group: string; readonly at: string }[];
  /** Planned experiments that had their schedule all the time. */
  readonly waiting: number;
}
