import type { Alarms } from '../../lib/aws/alarms.ts';
import { lastPart, type ServiceName } from '../../lib/aws/ecs.ts';
import type { Functions } from '../../lib/aws/functions.ts';
import type { LoadBalancers } from '../../lib/aws/load-balancers.ts';
import type { Metrics } from '../../lib/aws/metrics.ts';
import { messageOf } from '../../lib/core/error-words.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import {
  type AlarmProbe,
  judgeAlarm,
  judgeLambda,
  judgeMetric,
  judgeServiceStable,
  judgeTargetsHealthy,
  type LambdaProbe,
  type MetricProbe,
  type Phase,
  type Probe,
  type ProbeAnswer,
  type ServiceStability,
  type TargetGroupNow,
  type TargetsHealthyProbe,
} from '../../lib/core/probe.ts';
import { fillIn, namesMember } from '../../lib/core/probes/member.ts';
import { askHttp } from './http-check.ts';

/** Everything outside that probes ask, but for HTTP, which goes wherever the probe says. */
export interface ProbeWorld {
  readonly metrics: Pick<Metrics, 'read'>;
  readonly alarms: Pick<Alarms, 'read'>;
  readonly loadBalancers: Pick<LoadBalancers, 'targetHealth'>;
  readonly functions: Pick<Functions, 'check'>;
}

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
  /** Told to the user's own checks. */
  readonly order: Pick<ExperimentOrder, 'experiment' | 'group'>;
}

/** Services as they are now, and what belongs to the group whether it could be read or not. */
interface Subject {
  readonly services: readonly ServiceStability[];
  readonly members: readonly ServiceName[];
}

/**
 * Asks every probe of a phase, side by side. A probe that names `{service}` or `{cluster}` is asked for each member of the group.
 * What cannot be asked, or does not answer in time, is `unknown`, never a pass and never an error.
 */
export async function askProbes(
  world: ProbeWorld,
  probes: readonly Probe[],
  services: readonly ServiceStability[],
  members: readonly ServiceName[],
  span: ProbeSpan,
): Promise<ProbeAnswer[]> {
  const subject = { services, members };
  const asked = probes.filter(({ phases }) => phases.includes(span.phase));
  return Promise.all(
    asked.flatMap((probe): readonly (ProbeAnswer | Promise<ProbeAnswer>)[] => {
      if (!textsOf(probe).some(namesMember)) return [askSafely(world, probe, subject, span, members[0])];
      // Of a group without services nothing could be filled in; that is not known, and not nothing.
      if (members.length === 0)
        return [unknown(probe, span, 'the group has no service whose names could be filled in')];
      return members.map((member) => {
        const name = members.length === 1 ? probe.name : `${probe.name} of ${member.cluster}/${member.service}`;
        return askSafely(world, { ...probe, name }, subject, span, member);
      });
    }),
  );
}

/** Where a probe may name the member that it is asked for. */
function textsOf(probe: Probe): readonly string[] {
  switch (probe.type) {
    case 'metric':
      return Object.values(probe.metrics).flatMap(({ dimensions }) => Object.values(dimensions));
    case 'alarm':
      return probe.alarms;
    case 'http':
      return [probe.url];
    default:
      return [];
  }
}

function unknown({ name }: Probe, { phase }: ProbeSpan, because: string): ProbeAnswer {
  return { probe: name, phase, answer: 'unknown', because };
}

async function askSafely(
  world: ProbeWorld,
  probe: Probe,
  subject: Subject,
  span: ProbeSpan,
  member: ServiceName = { cluster: '', service: '' },
): Promise<ProbeAnswer> {
  try {
    return await ask(world, probe, subject, span, member);
  } catch (error) {
    const because = messageOf(error);
    return unknown(probe, span, `${askedOf(probe)} did not answer: ${because}`);
  }
}

function askedOf(probe: Probe): string {
  switch (probe.type) {
    case 'metric':
    case 'alarm':
      return 'CloudWatch';
    case 'targets-healthy':
      return 'Elastic Load Balancing';
    case 'lambda':
      return probe.functionName;
    default:
      return probe.name;
  }
}

async function ask(
  world: ProbeWorld,
  probe: Probe,
  subject: Subject,
  span: ProbeSpan,
  member: ServiceName,
): Promise<ProbeAnswer> {
  switch (probe.type) {
    case 'service-stable':
      return unlessUnread(judgeServiceStable(probe, span.phase, subject.services), subject);
    case 'metric':
      return askMetric(world, probe, member, span);
    case 'alarm':
      return askAlarm(world, probe, member, span);
    case 'http':
      return askHttp({ ...probe, url: fillIn(probe.url, member, encodeURIComponent) }, span.phase);
    case 'lambda':
      return askLambda(world, probe, span);
    case 'targets-healthy': {
      const answer = await askTargets(world, probe, subject.services, span);
      return probe.targetGroups === undefined ? unlessUnread(answer, subject) : answer;
    }
  }
}

/** What holds of the services that were read need not hold of one that was not. */
function unlessUnread(answer: ProbeAnswer, { services, members }: Subject): ProbeAnswer {
  const read = new Set(services.map(({ service }) => service));
  const unread = members
    .map(({ cluster, service }) => `${lastPart(cluster)}/${service}`)
    .filter((name) => !read.has(name));
  if (answer.answer !== 'holds' || unread.length === 0) return answer;
  return { ...answer, answer: 'unknown', because: `${unread.join(', ')} could not be read; ${answer.because}` };
}

async function askMetric(
  world: ProbeWorld,
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
  const points = await within(probe, (signal) => world.metrics.read(probe, name, startMs, readyMs, signal));
  return judgeMetric(probe, phase, points, { fromMs: startMs, untilMs: readyMs });
}

async function askAlarm(
  world: ProbeWorld,
  probe: AlarmProbe,
  member: ServiceName,
  { phase }: ProbeSpan,
): Promise<ProbeAnswer> {
  const alarms = probe.alarms.map((alarm) => fillIn(alarm, member));
  const found = await within(probe, (signal) => world.alarms.read(alarms, signal));
  return judgeAlarm({ ...probe, alarms }, phase, found);
}

async function askLambda(world: ProbeWorld, probe: LambdaProbe, { phase, order }: ProbeSpan): Promise<ProbeAnswer> {
  const { experiment, group } = order;
  const event = { ...probe.payload, capuchin: { experiment, group, phase, probe: probe.name } };
  const answer = await within(probe, (signal) => world.functions.check(probe.functionName, event, signal));
  return judgeLambda(probe, phase, answer);
}

async function askTargets(
  world: ProbeWorld,
  probe: TargetsHealthyProbe,
  services: readonly ServiceStability[],
  { phase }: ProbeSpan,
): Promise<ProbeAnswer> {
  const without = services.filter(({ targetGroups = [] }) => targetGroups.length === 0);
  const arns = new Set(probe.targetGroups ?? services.flatMap(({ targetGroups = [] }) => targetGroups));
  const found = await within(probe, (signal) =>
    Promise.all(
      [...arns].map(async (targetGroup) => ({
        targetGroup,
        targets: await world.loadBalancers.targetHealth(targetGroup, signal),
      })),
    ),
  );
  const lacking = probe.targetGroups === undefined ? without : [];
  const groups: TargetGroupNow[] = [...found, ...lacking.map(({ service }) => ({ withoutTargetGroup: service }))];
  return judgeTargetsHealthy(probe, phase, groups);
}

/** Waits for an answer as long as the probe allows, and lets go of the call after that. */
async function within<T>(
  { timeoutSeconds }: { readonly timeoutSeconds: number },
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutSeconds} s`));
      controller.abort();
    }, timeoutSeconds * 1000);
  });
  try {
    return await Promise.race([call(controller.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
