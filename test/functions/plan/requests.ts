import {
  type CancelRequest,
  type ListRequest,
  type PlanRequest,
  type PreviewRequest,
  planRequestSchema,
  type WithinRequest,
} from '../../../functions/plan/request.ts';
import type { PlannedExperiment } from '../../../lib/core/plan.ts';

const BY = { version: 1, actor: 'Ann', reason: 'a test' } as const;

/** What the planner's own schedule sends. */
export const TODAY = planRequestSchema.parse({
  ...BY,
  plan: 'today',
  actor: 'planner schedule',
  reason: "the day's plan",
});

export const RESTORE = planRequestSchema.parse({ ...BY, plan: 'restore' });

export function within(more: object = {}): WithinRequest {
  const request = planRequestSchema.parse({ ...BY, plan: 'within', reason: 'game day', seconds: 1200, ...more });
  return isOf(request, 'within');
}

export function previewOf(more: object = {}): PreviewRequest {
  const request = planRequestSchema.parse({ ...BY, plan: 'preview', ...more });
  return isOf(request, 'preview');
}

export function listOf(more: Partial<ListRequest> = {}): ListRequest {
  return isOf(planRequestSchema.parse({ ...BY, plan: 'list', ...more }), 'list');
}

export function cancelOf(experiment: string, more: Partial<CancelRequest> = {}): CancelRequest {
  const request = planRequestSchema.parse({ ...BY, plan: 'cancel', experiment, ...more });
  return isOf(request, 'cancel');
}

function isOf<Kind extends PlanRequest['plan']>(
  request: PlanRequest,
  kind: Kind,
): Extract<PlanRequest, { plan: Kind }> {
  if (request.plan !== kind) throw new Error(`a request ${request.plan} is not a request ${kind}`);
  return request as Extract<PlanRequest, { plan: Kind }>;
}

/** Planned experiments as the planner answers them. */
export const answered = (experiments: readonly PlannedExperiment[] = []): object[] =>
  experiments.map(({ experiment, group, fault, at, zone, offsetSeconds }) => ({
    experiment,
    group,
    fault,
    at,
    zone,
    offsetSeconds,
  }));
