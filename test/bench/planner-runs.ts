import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanAnswer } from '../../functions/plan/request.ts';
import { answeredOf, type CallsByName, countsOf, isOfFleet } from './answered-calls.ts';
import { BY, type PlannerCloud } from './planner-cloud.ts';
import type { ProcessMemory } from './process-facts.ts';

/** One invocation of the plan function. */
export interface PlanRun {
  readonly answer: PlanAnswer;
  readonly calls: CallsByName;
  /** From the request to its answer. */
  readonly seconds: number;
  /** From the request to the last answer about the fleet. */
  readonly discoverySeconds: number;
  /** Of the plan function's process, since it started. */
  readonly memory: ProcessMemory;
  /** Length of the answer in MB; Lambda lets 6 pass. */
  readonly answerMb: number;
}

/** Asks for today's plan, as the planner's own schedule does. */
export async function runPlanner(cloud: PlannerCloud): Promise<PlanRun> {
  const startedMs = Date.now();
  const answer = (await cloud.ask('plan', { ...BY, plan: 'today' })) as PlanAnswer;
  const seconds = (Date.now() - startedMs) / 1000;
  const calls = cloud.calls.sinceBy(startedMs, cloud.keys.plan);
  const lastReadMs = calls.findLast(({ name }) => isOfFleet(name))?.atMs ?? startedMs;
  return {
    answer,
    calls: countsOf(calls),
    seconds,
    discoverySeconds: (lastReadMs - startedMs) / 1000,
    memory: cloud.plannerMemory(),
    answerMb: JSON.stringify(answer).length / 1e6,
  };
}

/** One experiment on demand: what it called until the act, and in all. */
export interface Strike {
  readonly group: string;
  /** Calls about the fleet, switches and the experiment's own start, until the answer to StopTask. */
  readonly untilAct: CallsByName;
  /** The same until the verdict. */
  readonly inAll: CallsByName;
  /** Checkpoints of the durable execution, state, audit and records: counted apart. */
  readonly apart: CallsByName;
  readonly secondsUntilAct: number;
  readonly verdict: string;
}

/** An experiment that says nothing for so long will not end. */
const LIMIT_MS = 120_000;

const isApart = (name: string): boolean => /^(DynamoDB|Events)\./.test(name) || /^Lambda\.(?!Invoke$)/.test(name);

/** Takes the leash off and strikes one group that is in no plan. */
export async function strike(cloud: PlannerCloud, group: string, signal: AbortSignal): Promise<Strike> {
  await cloud.ask('command', { ...BY, command: 'unleash' });
  const startedMs = Date.now();
  const answer = (await cloud.ask('command', { ...BY, command: 'run', group })) as {
    accepted: boolean;
    experiment: string;
  };
  if (!answer.accepted) throw new Error(`the strike on ${group} was refused: ${JSON.stringify(answer)}`);
  const verdict = await verdictOf(cloud, answer.experiment, startedMs + LIMIT_MS, signal);
  // Planned experiments may fire meanwhile: their calls are not this one's.
  const all = cloud.calls
    .since(startedMs)
    .filter((call) => call.execution === answer.experiment || call.accessKeyId === cloud.keys.command);
  const actAt = all.findIndex(({ name }) => name === 'ECS.StopTask');
  if (actAt < 0) throw new Error(`nothing was stopped; the verdict was ${verdict}`);
  const counted = all.map((call, index) => ({ ...call, index })).filter(({ name }) => !isApart(name));
  return {
    group,
    untilAct: countsOf(counted.filter(({ index }) => index <= actAt)),
    inAll: countsOf(counted),
    apart: countsOf(all.filter(({ name }) => isApart(name))),
    secondsUntilAct: ((all[actAt]?.atMs ?? startedMs) - startedMs) / 1000,
    verdict,
  };
}

async function verdictOf(
  cloud: PlannerCloud,
  experiment: string,
  untilMs: number,
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    const execution = cloud.platform.executions().find(({ name }) => name === experiment);
    if (execution !== undefined && execution.status !== 'RUNNING') {
      if (execution.result === null) throw new Error(`the strike failed: ${JSON.stringify(execution.error)}`);
      return String((JSON.parse(execution.result) as { verdict?: unknown }).verdict);
    }
    if (Date.now() > untilMs) throw new Error(`the strike ${experiment} did not end`);
    await sleep(100, undefined, { signal });
  }
}

/** How many schedules of the planner's own group the cloud holds. */
export function oneTimeSchedules({ platform }: PlannerCloud): number {
  return platform.schedules().filter(({ definition }) => definition.ScheduleExpression.startsWith('at(')).length;
}

/** Calls about the fleet, of one service of AWS or of all. */
export function fleetReads(calls: CallsByName, service = ''): number {
  return answeredOf(calls, (name) => isOfFleet(name) && name.startsWith(service));
}
