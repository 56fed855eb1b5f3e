import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { ConfigInput } from '../../lib/core/config.ts';
import { createMetricStore } from '../../lib/rehearsal/cloud/metric-store.ts';
import type { Platform } from '../../lib/rehearsal/cloud/platform.ts';
import type { FleetState } from '../../lib/rehearsal/fleet/model.ts';
import { ACCOUNT_ID, REGION, startLocalCloud } from '../../lib/rehearsal/local-cloud.ts';
import { plainFleet } from '../rehearsal/cloud/plain-fleet.ts';
import { AnsweredCalls } from './answered-calls.ts';
import { memoryOf, type ProcessMemory, variableOf } from './process-facts.ts';

/** Clusters of every size, so that only the services grow. */
export const CLUSTERS = 20;
export const TASKS_PER_SERVICE = 10;

/** What the plan function may need in MB (DESIGN 11). */
export const MOST_MEMORY_MB = 256;

/** Who asks in the bench. */
export const BY = { version: 1, actor: 'bench', reason: 'bench' } as const;

/** The real stack on a local cloud, with AWS's throttle buckets on and a large plain fleet. */
export interface PlannerCloud {
  readonly fleet: FleetState;
  readonly platform: Platform;
  readonly environment: Readonly<Record<string, string>>;
  readonly calls: AnsweredCalls;
  /** Access keys of the one process of each function that is asked. */
  readonly keys: Readonly<Record<'plan' | 'command', string>>;
  plannerMemory(): ProcessMemory;
  /** Invokes a function and waits for its answer. `plan` or `command`. */
  ask(called: 'plan' | 'command', event: object): Promise<unknown>;
  /** What must make a bench fail. */
  readonly defects: readonly string[];
  /** Calls of the functions as the local cloud itself counts them. */
  functionCalls(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/**
 * Nothing binds: neither budgets nor the window. The looks after an act are short, because nothing replaces the tasks of a plain fleet.
 */
function benchConfig(now: Date): ConfigInput {
  const many = 1_000_000;
  return {
    seed: 'bench',
    window: { hours: '00:00-24:00', days: 'mon-sun', zone: zoneAfterMidnight(now) },
    budgets: { maxInFlight: many, maxPerHour: many, maxPerDay: many },
    profiles: { default: { meanDays: 5, observeSeconds: 5, intervalSeconds: 1, recoveryLimitSeconds: 5 } },
  };
}

/**
 * A zone in which the day has begun less than an hour ago. At any time of the day the plan then has nearly the whole day ahead of it:
 * it is one plan, not also tomorrow's, and few of its experiments fire while the bench still measures.
 */
export function zoneAfterMidnight(now: Date): string {
  const hour = now.getUTCHours();
  if (hour === 0) return 'UTC';
  // POSIX counts towards the west: Etc/GMT+5 is five hours behind. Zones reach from -12 to +14.
  return hour <= 12 ? `Etc/GMT+${hour}` : `Etc/GMT-${24 - hour}`;
}

/** Starts it; nothing is left behind when that fails. */
export async function startPlannerCloud(services: number, optedIn: number, signal: AbortSignal): Promise<PlannerCloud> {
  const directory = await mkdtemp(path.join(tmpdir(), 'capuchin-bench-'));
  const closers: (() => void | Promise<void>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const size = { clusters: CLUSTERS, services, optedIn, tasksPerService: TASKS_PER_SERVICE };
    const fleet = plainFleet({ ...size, region: REGION, account: ACCOUNT_ID });
    const defects: string[] = [];
    const cloud = await startLocalCloud({
      config: benchConfig(new Date()),
      fleet,
      metrics: createMetricStore(),
      directory,
      port: 0,
      signal,
      onDefect: (sentence) => defects.push(sentence),
      onLog: (line) => process.stderr.write(`${line}\n`),
    });
    closers.push(() => cloud.close());
    const { platform, environment } = cloud;
    const { AWS_ENDPOINT_URL: url = '' } = environment;
    const calls = new AnsweredCalls();
    calls.listenTo(url, (key) => platform.activeExecution(key)?.name);
    closers.push(() => calls.stop());
    const names = functionNames(platform);
    const planner = await restartWithin(platform, names.plan, heapOf(MOST_MEMORY_MB));
    const keyOf = (pid: number): string => variableOf(pid, 'AWS_ACCESS_KEY_ID') ?? '';
    const lambda = lambdaClient(environment);
    closers.push(() => lambda.destroy());
    return {
      fleet,
      platform,
      environment,
      calls,
      keys: { plan: keyOf(planner), command: keyOf(processOf(platform, names.command)) },
      plannerMemory: () => memoryOf(planner),
      ask: (called, event) => invoke(lambda, names[called], event, signal),
      defects,
      functionCalls: () => cloud.functionCalls(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names of the two functions that are asked, as the stack publishes them. */
function functionNames({ parameters }: Platform): { plan: string; command: string } {
  const [, deployment = '{}'] = [...parameters].find(([name]) => name.endsWith('/deployment')) ?? [];
  const { PlanFunction, CommandFunction } = JSON.parse(deployment) as Record<string, string | undefined>;
  if (PlanFunction === undefined || CommandFunction === undefined) {
    throw new Error('the stack does not publish its functions in the parameter "deployment"');
  }
  return { plan: PlanFunction, command: CommandFunction };
}

function processOf(platform: Platform, functionName: string): number {
  const pid = platform.processIds().find((one) => variableOf(one, 'AWS_LAMBDA_FUNCTION_NAME') === functionName);
  if (pid === undefined) throw new Error(`no process runs the function ${functionName}`);
  return pid;
}

/**
 * V8's limits in a function of so many MB: nine tenths for the old generation, a twentieth for each half of the young one. Without limits
 * V8 lets garbage lie for as long as the machine has memory, and what is measured is the machine. With them a planner that needs more
 * runs out of memory, and the bench fails.
 */
function heapOf(megabytes: number): string {
  return `--max-old-space-size=${Math.floor(megabytes * 0.9)} --max-semi-space-size=${Math.floor(megabytes * 0.05)}`;
}

/** Starts the process of a function anew with options for Node, as a variable of the function would set them in AWS. */
async function restartWithin(platform: Platform, functionName: string, nodeOptions: string): Promise<number> {
  const declared = platform.provision.functions.find(({ name }) => name === functionName);
  if (declared === undefined) throw new Error(`the stack has no function ${functionName}`);
  Object.assign(declared.environment, { NODE_OPTIONS: nodeOptions });
  const before = processOf(platform, functionName);
  process.kill(before, 'SIGKILL');
  while (platform.processIds().includes(before)) await sleep(10);
  await platform.warm();
  const pid = processOf(platform, functionName);
  if (variableOf(pid, 'NODE_OPTIONS') !== nodeOptions) throw new Error('the plan function did not get its limits');
  return pid;
}

function lambdaClient(environment: Readonly<Record<string, string>>): LambdaClient {
  const { AWS_ENDPOINT_URL = '', AWS_REGION = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = environment;
  return new LambdaClient({
    endpoint: AWS_ENDPOINT_URL,
    region: AWS_REGION,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    maxAttempts: 1,
  });
}

async function invoke(
  lambda: LambdaClient,
  functionName: string,
  event: object,
  signal: AbortSignal,
): Promise<unknown> {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(event)) });
  const { Payload, FunctionError } = await lambda.send(command, { abortSignal: signal });
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`${functionName} failed: ${text.slice(0, 2000)}`);
  return JSON.parse(text);
}
