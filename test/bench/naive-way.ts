import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { awsBuckets } from '../../lib/rehearsal/cloud/throttle-buckets.ts';
import { type CallsByName, countsOf, isOfFleet, refusedOf } from './answered-calls.ts';
import type { NaiveFindings } from './naive-discovery.ts';
import { type PlannerCloud, TASKS_PER_SERVICE } from './planner-cloud.ts';

/** Access key of the naive way's process, to tell its calls from all others. */
const NAIVE_KEY = 'AKIANAIVE';

/** Of larger fleets only so many services are described: all of 20,000 would take more than half an hour. */
const MOST_IN_FULL = 1_000;
const SHARE = 400;

/** The naive way, measured on the same cloud. */
export interface NaiveMeasured {
  readonly findings: NaiveFindings;
  /** All services of the fleet were looked at, not a share of them. */
  readonly isWhole: boolean;
  readonly calls: CallsByName;
  readonly throttled: number;
  /** Calls that the whole fleet takes, by counting. */
  readonly wholeCalls: number;
  /** Of these, those about services: what is left when nobody asks for tasks. */
  readonly wholeServiceCalls: number;
  /** Calls that this measurement should have taken, by the same counting. */
  readonly countedCalls: number;
  /** Measured, or extrapolated by the throttle's rate: no client can be quicker. */
  readonly wholeSeconds: number;
}

export async function measureNaive(cloud: PlannerCloud, signal: AbortSignal): Promise<NaiveMeasured> {
  const sizes = cloud.fleet.clusters.map(({ arn }) => cloud.fleet.services(arn).length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const isWhole = all <= MOST_IN_FULL;
  const most = isWhole ? all : SHARE;
  const startedMs = Date.now();
  const findings = await runNaive(cloud, most, signal);
  const calls = countsOf(cloud.calls.sinceBy(startedMs, NAIVE_KEY));
  const whole = callsOf(sizes);
  return {
    findings,
    isWhole,
    calls,
    throttled: refusedOf(calls, isOfFleet),
    wholeCalls: whole.services + whole.tasks,
    wholeServiceCalls: whole.services,
    countedCalls: Object.values(callsOf(firstOf(sizes, most))).reduce((sum, count) => sum + count, 0),
    wholeSeconds: isWhole ? findings.seconds : floorSeconds(whole.tasks),
  };
}

/** The sizes of the clusters as far as the first so many services reach. */
function firstOf(sizes: readonly number[], most: number): number[] {
  let left = most;
  return sizes.map((size) => {
    const taken = Math.min(size, left);
    left -= taken;
    return taken;
  });
}

/** Calls by what they draw from: listing and describing services, and tasks. */
function callsOf(sizes: readonly number[]): { services: number; tasks: number } {
  const perService = 1 + Math.ceil(TASKS_PER_SERVICE / 100);
  return {
    services: sizes.reduce((sum, size) => sum + Math.ceil(size / 100) + Math.ceil(size / 10), 0),
    tasks: sizes.reduce((sum, size) => sum + size * perService, 0),
  };
}

/** The least time in which a bucket that begins full lets so many calls pass. */
function floorSeconds(calls: number): number {
  const { burst, perSecond } = awsBuckets.ecsClusterResourceRead;
  return Math.max(0, calls - burst) / perSecond;
}

/** In a process of its own, so that neither its memory nor its work counts as the cloud's. */
async function runNaive(cloud: PlannerCloud, most: number, signal: AbortSignal): Promise<NaiveFindings> {
  const clusters = cloud.fleet.clusters.map(({ name }) => name);
  const file = path.join(import.meta.dirname, 'naive-discovery.ts');
  const child = spawn(process.execPath, [file, String(most), ...clusters], {
    env: { PATH: process.env.PATH, ...cloud.environment, AWS_ACCESS_KEY_ID: NAIVE_KEY },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  let out = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the naive way ended with exit code ${code}`);
  return JSON.parse(out) as NaiveFindings;
}
