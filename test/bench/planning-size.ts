import { isOfFleet, refusedOf } from './answered-calls.ts';
import { measureNaive, type NaiveMeasured } from './naive-way.ts';
import { CLUSTERS, type PlannerCloud, startPlannerCloud } from './planner-cloud.ts';
import { fleetReads, oneTimeSchedules, type PlanRun, runPlanner, type Strike, strike } from './planner-runs.ts';
import { type Bound, checkSize } from './planning-bounds.ts';

/** What was measured for one size. */
export interface SizeMeasured {
  readonly optedIn: number;
  readonly services: number;
  readonly clusters: number;
  /** Memory of the plan function before its first invocation. */
  readonly atRestMb: number;
  readonly plan: PlanRun;
  readonly again: PlanRun;
  /** Schedules in the cloud after the second invocation, those that fired meanwhile included. */
  readonly schedules: number;
  readonly naive: NaiveMeasured;
  readonly bounds: readonly Bound[];
}

export interface SizeOptions {
  readonly optedIn: number;
  /** Whether to strike one group at the end. */
  readonly withStrike: boolean;
  readonly signal: AbortSignal;
  /** What is going on. */
  readonly onStage: (sentence: string) => void;
}

/** Measures one size on a cloud of its own; everything in it has ended when this returns or throws. */
export async function measureSize(options: SizeOptions): Promise<{ size: SizeMeasured; struck: Strike | undefined }> {
  const { optedIn, signal, onStage } = options;
  const services = Math.max(100, 2 * optedIn);
  onStage(`${optedIn} of ${services} services: starting the stack`);
  const cloud = await startPlannerCloud(services, optedIn, signal);
  try {
    onStage('the naive way');
    const naive = await measureNaive(cloud, signal);
    const atRestMb = cloud.plannerMemory().residentMb;
    onStage('the planner');
    const plan = await runPlanner(cloud);
    const again = await runPlanner(cloud);
    const schedules = oneTimeSchedules(cloud) + firedSince(cloud);
    const measured = { optedIn, services, clusters: CLUSTERS, atRestMb, plan, again, schedules, naive };
    const size = { ...measured, bounds: checkSize(measured, cloud) };
    if (!options.withStrike) return { size, struck: undefined };
    onStage('one experiment on demand');
    return { size, struck: await strike(cloud, groupOutside(cloud, plan), signal) };
  } finally {
    await cloud.close();
  }
}

/** One-time schedules that are gone because they fired. */
function firedSince({ platform }: PlannerCloud): number {
  return platform.deliveries().length;
}

/** A group that opted in and is in no plan, so that nothing of its own stands in the way of a strike. */
function groupOutside({ fleet }: PlannerCloud, { answer }: PlanRun): string {
  const planned = new Set(answer.plans.flatMap(({ experiments }) => experiments.map(({ group }) => group)));
  for (const { arn, name: cluster } of fleet.clusters) {
    for (const { name, tags } of fleet.services(arn)) {
      const group = `${cluster}/${name}`;
      if (tags['chaos:opt-in'] === 'true' && !planned.has(group)) return group;
    }
  }
  throw new Error('every group is in the plan');
}

/** One size without the answers themselves, which are long. */
export function asJson({ plan, again, ...rest }: SizeMeasured): object {
  const runJson = ({ answer, ...run }: PlanRun): object => ({
    ...run,
    drawn: answer.plans.reduce((sum, { experiments }) => sum + experiments.length, 0),
    reads: {
      tagging: fleetReads(run.calls, 'Tagging.'),
      ecs: fleetReads(run.calls, 'ECS.'),
      autoScaling: fleetReads(run.calls, 'AutoScaling.'),
      throttled: refusedOf(run.calls, isOfFleet),
    },
  });
  return { ...rest, plan: runJson(plan), again: runJson(again) };
}
