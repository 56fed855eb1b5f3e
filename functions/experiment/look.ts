import type { AuditRecord } from '../../lib/audit/record.ts';
import type { ExperimentOrder } from '../../lib/core/experiment.ts';
import type { ProbeAnswer } from '../../lib/core/probe.ts';
import { advance, afterFromMs, type Ending, type Event, type Limits, type Progress } from '../../lib/core/progress.ts';
import { recoveryOf } from '../../lib/core/recovery.ts';
import { faultOf } from './inject.ts';
import { askProbes } from './probes.ts';
import { Recorder } from './recorder.ts';
import type { ExperimentWorld } from './world.ts';

/** What one look came to. */
export interface Looked {
  readonly progress: Progress;
  readonly ending?: Ending;
  readonly records: readonly AuditRecord[];
}

/** Looks at targets, service, probes and lever, records what is new, and decides whether the experiment ends. */
export async function look(
  world: ExperimentWorld,
  order: ExperimentOrder,
  owner: string,
  limits: Limits,
  progress: Progress,
): Promise<Looked> {
  const fault = faultOf(order);
  const pending = progress.targets.filter(({ effect }) => effect === 'pending');
  const [switches, services, tasks, effects] = await Promise.all([
    world.switches.read(),
    world.ecs.services(order.services, { withTags: false }),
    world.ecs.tasks(order.services, { stoppedToo: true }),
    Promise.all(
      pending.map(async ({ resource }) => {
        const clusterArn = clusterArnOf(resource);
        return { resource, ...(await fault.confirm(world.ecs, { resource, clusterArn }, order)) };
      }),
    ),
  ]);
  const live = services.map((one) => one.live);
  const desired = live.reduce((sum, one) => sum + one.desired, 0);
  const struck = progress.targets.filter(({ outcome }) => outcome !== 'failed').map(({ resource }) => resource);
  const nowMs = world.now();
  const answers = await ask(world, order, limits, progress, live, nowMs);
  const seen = { nowMs, lever: switches.lever, effects, recovery: recoveryOf(tasks, struck, desired), answers };
  const next = advance(progress, seen, limits);
  const recorder = Recorder.atEnd(world, order, owner);
  const records: AuditRecord[] = [];
  for (const event of next.events) records.push(await record(recorder, order, event));
  return { progress: next.progress, records, ...(next.ending ? { ending: next.ending } : {}) };
}

async function ask(
  world: ExperimentWorld,
  order: ExperimentOrder,
  limits: Limits,
  progress: Progress,
  live: Parameters<typeof askProbes>[2],
  nowMs: number,
): Promise<ProbeAnswer[]> {
  const afterMs = afterFromMs(progress, limits);
  const during = {
    phase: 'during',
    nowMs,
    fromMs: progress.injectedAtMs,
    ...(afterMs === undefined ? {} : { untilMs: afterMs }),
  } as const;
  const isAfter = afterMs !== undefined && nowMs >= afterMs;
  const phases = isAfter ? [during, { phase: 'after', nowMs, fromMs: afterMs } as const] : [during];
  return (
    await Promise.all(phases.map((span) => askProbes(world, limits.steadyState, live, order.services, span)))
  ).flat();
}

/** `arn:aws:ecs:region:account:task/cluster/id` names its cluster. */
function clusterArnOf(taskArn: string): string {
  const [head = '', cluster = ''] = taskArn.split('/');
  return `${head.replace(/:task$/, ':cluster')}/${cluster}`;
}

function record(recorder: Recorder, order: ExperimentOrder, event: Event): Promise<AuditRecord> {
  switch (event.kind) {
    case 'took-effect':
    case 'no-effect': {
      const { kind, resource, because } = event;
      return recorder.say(`effect/${resource}`, kind, { fault: order.fault, because }, resource);
    }
    case 'recovered': {
      const { recoverySeconds, recoveredAtMs } = event;
      const facts = { recoverySeconds, recoveredAt: new Date(recoveredAtMs).toISOString() };
      return recorder.say(`recovered/${recoveredAtMs}`, 'recovered', facts);
    }
    case 'violated':
      return recorder.say(`violated/${event.answer.phase}/${event.answer.probe}`, 'violated', { ...event.answer });
  }
}
