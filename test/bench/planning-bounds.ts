import { type AnsweredCall, answeredOf } from './answered-calls.ts';
import { MOST_MEMORY_MB, type PlannerCloud } from './planner-cloud.ts';
import { fleetReads, type Strike } from './planner-runs.ts';
import type { SizeMeasured } from './planning-size.ts';

/** Something that must hold, and what was found. */
export interface Bound {
  readonly what: string;
  readonly found: number | string;
  readonly bound: string;
  readonly holds: boolean;
}

/** DESIGN 11. */
const MOST_STRIKE_CALLS = 25;

const atMost = (what: string, found: number, most: number): Bound => ({
  what,
  found,
  bound: `at most ${most}`,
  holds: found <= most,
});
const exactly = (what: string, found: number, wanted: number): Bound => ({
  what,
  found,
  bound: `exactly ${wanted}`,
  holds: found === wanted,
});

/** The reads that DESIGN 11 allows for N opted-in services. */
export const mostReads = (optedIn: number): number => 1 + Math.ceil(optedIn / 100);

/** The bounds of DESIGN 11 for one size, and what must hold so that the figures mean anything. */
export function checkSize(size: Omit<SizeMeasured, 'bounds'>, cloud: PlannerCloud): Bound[] {
  const { optedIn, plan, again, naive } = size;
  const { plans, problems, unread } = plan.answer;
  const drawn = plans.flatMap(({ experiments }) => experiments);
  const left = plans.flatMap(({ notPlanned }) => Object.values(notPlanned));
  const { 'Tagging.GetResources': taggingCalls = 0 } = cloud.functionCalls();
  const isWrite = (name: string): boolean => /PutItem|UpdateItem|DeleteItem|PutEvents|CreateSchedule/.test(name);
  const of = (run: typeof plan, wanted: (name: string) => boolean): number => answeredOf(run.calls, wanted);
  return [
    atMost(
      'reads by tagging API and ECS',
      fleetReads(plan.calls, 'Tagging.') + fleetReads(plan.calls, 'ECS.'),
      mostReads(optedIn),
    ),
    // The fleet has no Auto Scaling group; that there is none takes one call to learn.
    atMost('reads by Auto Scaling', fleetReads(plan.calls, 'AutoScaling.'), 1),
    exactly(
      'CreateSchedule calls',
      of(plan, (name) => name === 'Scheduler.CreateSchedule'),
      drawn.length,
    ),
    exactly('schedules in the cloud', size.schedules, drawn.length),
    exactly('groups drawn or not', drawn.length + left.reduce((sum, count) => sum + count, 0), optedIn),
    exactly('tags or resources that could not be read', problems.length + unread.length, 0),
    atMost(
      'peak memory of the plan function in MB',
      Math.round(Math.max(plan.memory.peakMb, again.memory.peakMb)),
      MOST_MEMORY_MB,
    ),
    exactly('writes of the second invocation', of(again, isWrite), 0),
    exactly('new plans of the second invocation', again.answer.plans.filter(({ isNew }) => isNew).length, 0),
    exactly(
      'calls of the naive way',
      Object.entries(naive.calls).reduce((sum, [, { answered }]) => sum + answered, 0),
      naive.countedCalls,
    ),
    ...(naive.isWhole ? [exactly('opted-in services that the naive way found', naive.findings.optedIn, optedIn)] : []),
    exactly('tagging calls as the bench counts them', taggingOf(cloud.calls.since(0)), taggingCalls),
    exactly('defects of the local cloud', cloud.defects.length, 0),
  ];
}

const taggingOf = (calls: readonly AnsweredCall[]): number =>
  calls.filter(({ name }) => name === 'Tagging.GetResources').length;

/** The bound of DESIGN 11 for discovery and one strike. */
export function checkStrike({ untilAct, inAll }: Strike): Bound[] {
  const every = (): boolean => true;
  return [
    atMost('calls of discovery and strike until the act', answeredOf(untilAct, every), MOST_STRIKE_CALLS),
    exactly(
      'tasks stopped',
      answeredOf(inAll, (name) => name === 'ECS.StopTask'),
      1,
    ),
  ];
}
