import * as z from 'zod';
import { answersOf, commonFields, type Phase, type ProbeAnswer, timeoutSeconds } from './question.ts';

const TARGET_GROUP = /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:targetgroup\/[A-Za-z0-9-]+\/[0-9a-f]+$/;

/**
 * The load balancers' own view: how many registered targets are healthy. Asked before and after; a fault that takes a target away
 * always violates it meanwhile unless the tolerance leaves room.
 */
export const targetsHealthySchema = z.strictObject({
  type: z.literal('targets-healthy'),
  name: z.string().min(1).default('targets-healthy'),
  targetGroups: z
    .array(z.string().regex(TARGET_GROUP, { error: 'write the ARN of a target group' }))
    .min(1)
    .max(20)
    .optional()
    .describe('ARNs. Default: those that the services of the group register their tasks with.'),
  minHealthyFraction: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe(
      'The tolerance: this part of the registered targets of each target group. Default, without minHealthyCount: 1, all.',
    ),
  minHealthyCount: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('The tolerance as a number of targets of each target group; together with a fraction both must be met.'),
  ...commonFields('before', 'after'),
  timeoutSeconds,
});

export type TargetsHealthyProbe = z.output<typeof targetsHealthySchema>;

/** A registered target as its load balancer sees it. */
export interface TargetHealthNow {
  /** `10.0.3.7:8080`, or an instance with its port. */
  readonly target: string;
  /** Elastic Load Balancing's word: `healthy`, `unhealthy`, `initial`, `draining`, `unused`, `unavailable` … */
  readonly state: string;
  readonly reason?: string;
}

/** A target group, or a service of the group that has none. */
export type TargetGroupNow =
  | { readonly targetGroup: string; readonly targets: readonly TargetHealthNow[] }
  | { readonly withoutTargetGroup: string };

/**
 * Judges every target group for itself. A draining target is on its way out and does not count; one that is registered only now counts
 * as not healthy. A target group without targets serves nobody, so it is a violation; a service without a target group says nothing.
 */
export function judgeTargetsHealthy(
  probe: TargetsHealthyProbe,
  phase: Phase,
  groups: readonly TargetGroupNow[],
): ProbeAnswer {
  const { holds, violated, unknown } = answersOf(probe, phase);
  if (groups.length === 0) return unknown('no service could be read');
  const tolerance = toleranceOf(probe);
  const judged = groups.map((group) => judgeGroup(group, tolerance));
  const sayAll = (verdict: boolean | undefined): string =>
    judged
      .filter(({ isEnough }) => isEnough === verdict)
      .map(({ said }) => said)
      .join('; ');
  if (judged.some(({ isEnough }) => isEnough === false)) return violated(`${sayAll(false)}, not ${tolerance.words}`);
  if (judged.some(({ isEnough }) => isEnough === undefined)) return unknown(sayAll(undefined));
  return holds(`${sayAll(true)}, wanted ${tolerance.words}`);
}

interface Tolerance {
  readonly words: string;
  isMet(healthy: number, registered: number): boolean;
}

function toleranceOf({ minHealthyCount: count, minHealthyFraction }: TargetsHealthyProbe): Tolerance {
  const fraction = minHealthyFraction ?? (count === undefined ? 1 : 0);
  const parts = [
    ...(fraction === 1 ? ['all'] : fraction > 0 ? [`at least ${Number((fraction * 100).toPrecision(4))} %`] : []),
    ...(count === undefined ? [] : [`at least ${count}`]),
  ];
  return {
    words: parts.join(' and '),
    // A product of fractions may lie a rounding error above the whole number that it stands for.
    isMet: (healthy, registered) => healthy > 0 && healthy >= registered * fraction - 1e-9 && healthy >= (count ?? 0),
  };
}

function judgeGroup(
  group: TargetGroupNow,
  { isMet }: Tolerance,
): { readonly isEnough: boolean | undefined; readonly said: string } {
  if ('withoutTargetGroup' in group) {
    return {
      isEnough: undefined,
      said: `${group.withoutTargetGroup} has no target group that can be told; name it in targetGroups`,
    };
  }
  const registered = group.targets.filter(({ state }) => state !== 'draining');
  const healthy = registered.filter(({ state }) => state === 'healthy').length;
  const name = nameOf(group.targetGroup);
  const ill = registered.filter(({ state }) => state !== 'healthy').map(sayTarget);
  const [first] = ill;
  const more = first === undefined ? '' : ` (${first}${ill.length > 1 ? ` and ${ill.length - 1} more` : ''})`;
  const said = `${healthy} of ${registered.length} targets of ${name} are healthy${more}`;
  if (isMet(healthy, registered.length)) return { isEnough: true, said };
  // Without health checks the load balancer does not know either.
  const unchecked = registered.filter(({ state }) => state === 'unavailable').length;
  return { isEnough: isMet(healthy + unchecked, registered.length) ? undefined : false, said };
}

function sayTarget({ target, state, reason }: TargetHealthNow): string {
  return `${target} is ${state}${reason === undefined ? '' : `: ${reason}`}`;
}

/** `arn:…:targetgroup/cart/0123456789abcdef` is known by its name. */
function nameOf(arn: string): string {
  return arn.split('/')[1] ?? arn;
}
