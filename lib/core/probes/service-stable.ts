import * as z from 'zod';
import { answersOf, commonFields, type Phase, type ProbeAnswer } from './question.ts';

/**
 * Running = desired in every service of the group, and no deployment under way. It has no time-out of its own: every look reads the
 * services anyway, and this judges what was read.
 */
export const serviceStableSchema = z.strictObject({
  type: z.literal('service-stable'),
  name: z.string().min(1).default('service-stable'),
  ...commonFields('before', 'after'),
  maxMissing: z
    .int()
    .min(0)
    .max(10_000)
    .optional()
    .describe('The tolerance: so many tasks may be missing in each service. Default: none.'),
});

export type ServiceStableProbe = z.output<typeof serviceStableSchema>;

/** What `service-stable` and `targets-healthy` look at, for each service of the group. */
export interface ServiceStability {
  /** `cluster/service`. */
  readonly service: string;
  readonly running: number;
  readonly desired: number;
  readonly deploying: boolean;
  /** ARNs of the target groups that its tasks are registered with; absent like none. */
  readonly targetGroups?: readonly string[];
}

export function judgeServiceStable(
  probe: ServiceStableProbe,
  phase: Phase,
  services: readonly ServiceStability[],
): ProbeAnswer {
  const { holds, violated, unknown } = answersOf(probe, phase);
  if (services.length === 0) return unknown('no service could be read');
  const { maxMissing = 0 } = probe;
  const unstable = services.filter(
    ({ deploying, running, desired }) => deploying || running > desired || running < desired - maxMissing,
  );
  const tolerance = maxMissing > 0 ? ` (${maxMissing} may be missing)` : '';
  const say = (one: ServiceStability) =>
    `${one.service} runs ${one.running} of ${one.desired}${one.deploying ? ' and is being deployed' : ''}${tolerance}`;
  return unstable.length === 0 ? holds(services.map(say).join('; ')) : violated(unstable.map(say).join('; '));
}
