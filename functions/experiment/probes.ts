import type { ServiceName } from '../../lib/aws/ecs.ts';
import {
  judgeMetric,
  judgeServiceStable,
  type MetricProbe,
  type Phase,
  type Probe,
  type ProbeAnswer,
  type ServiceStability,
} from '../../lib/core/probe.ts';
import type { ExperimentWorld } from './world.ts';

/** How many whole periods before the act are looked at. */
const PERIODS_BEFORE = 2;

/** What a phase's probes are asked about. */
export interface ProbeSpan {
  readonly phase: Phase;
  readonly nowMs: number;
  /** Start of the phase; for `before`, the last two periods are looked at instead. */
  readonly fromMs?: number;
  /** End of the phase, when it is over; default: now. */
  readonly untilMs?: number;
}

/**
 * Asks every probe of a phase. A probe that names `{service}` or `{cluster}` is asked for each member of the group.
 * A metric that cannot be read is `unknown`, never a pass.
 */
export async function askProbes(
  world: Pick<ExperimentWorld, 'metrics'>,
  probes: readonly Probe[],
  services: readonly ServiceStability[],
  members: readonly ServiceName[],
  span: ProbeSpan,
): Promise<ProbeAnswer[]> {
  const asked = probes.filter(({ phases }) => phases.includes(span.phase));
  const answers = asked.map((probe) => {
    if (probe.type === 'service-stable') return [judgeServiceStable(probe, span.phase, services)];
    if (members.length === 1 || !namesService(probe))
      return members.slice(0, 1).map((member) => askMetric(world, probe, member, span));
    return members.map((member) => {
      const name = `${probe.name} of ${member.cluster}/${member.service}`;
      return askMetric(world, { ...probe, name }, member, span);
    });
  });
  return Promise.all(answers.flat());
}

function namesService(probe: MetricProbe): boolean {
  return Object.values(probe.metrics).some(({ dimensions }) =>
    Object.values(dimensions).some((value) => /\{(service|cluster)\}/.test(value)),
  );
}

async function askMetric(
  world: Pick<ExperimentWorld, 'metrics'>,
  probe: MetricProbe,
  name: ServiceName,
  { phase, nowMs, fromMs, untilMs = nowMs }: ProbeSpan,
): Promise<ProbeAnswer> {
  const periodMs = probe.periodSeconds * 1000;
  const readyMs = Math.min(untilMs, nowMs - probe.delaySeconds * 1000);
  // During the fault the period in which it began counts; before and after, only periods that lie there as a whole.
  const startMs =
    phase === 'before'
      ? readyMs - (PERIODS_BEFORE + 1) * periodMs
      : (fromMs ?? nowMs) - (phase === 'during' ? periodMs : 0);
  try {
    const points = await world.metrics.read(probe, name, startMs, readyMs);
    return judgeMetric(probe, phase, points, { fromMs: startMs, untilMs: readyMs });
  } catch (error) {
    const because = `CloudWatch did not answer: ${error instanceof Error ? error.message : String(error)}`;
    return { probe: probe.name, phase, answer: 'unknown', because };
  }
}
