import * as z from 'zod';
import type { TagProblem } from '../../lib/core/group.ts';
import type { Plan } from '../../lib/core/plan.ts';

const by = {
  version: z.literal(1),
  actor: z.string().min(1).max(512),
  reason: z.string().trim().min(1).max(512),
};

/** What can be asked of the planner. */
export const planRequestSchema = z.discriminatedUnion('plan', [
  /** Today's plan of every zone that has groups; a plan that exists stays. Sent by the planner's own schedule. */
  z.strictObject({ plan: z.literal('today'), ...by }),
  /** One experiment for every group within the next seconds. */
  z.strictObject({
    plan: z.literal('within'),
    ...by,
    seconds: z.int().min(5).max(86_400),
    /** Names the plan and its draws; asking again with the same name changes nothing. Default: the moment. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,40}$/)
      .optional(),
    /** Draw and answer, but record and schedule nothing. */
    dryRun: z.boolean().default(false),
  }),
]);
export type PlanRequest = z.output<typeof planRequestSchema>;

/** One plan as it was drawn, or as it had been drawn before. */
export interface NamedPlan extends Plan {
  readonly name: string;
  readonly isNew: boolean;
}

export interface PlanAnswer {
  readonly plans: readonly NamedPlan[];
  readonly problems: readonly TagProblem[];
}
