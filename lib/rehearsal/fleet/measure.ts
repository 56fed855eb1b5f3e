import type { RequestOutcome } from './forward.ts';
import type { MetricDatum, SecondSample } from './model.ts';

/** Seconds of samples that are kept: an hour. */
export const SAMPLES_KEPT = 3600;

/** What names a service in CloudWatch. */
export interface MeasuredService {
  readonly cluster: string;
  readonly service: string;
  readonly loadBalancer: string;
}

/** A second that is over: the sample for plots, and the same as its publishers would send it to CloudWatch. */
export interface ClosedSecond {
  readonly sample: SecondSample;
  readonly data: readonly MetricDatum[];
}

/** Requests, and failed ones among them. */
export interface RequestTotals {
  readonly total: number;
  readonly failed: number;
}

interface OpenSecond {
  total: number;
  failed: number;
  targetErrors: number;
  balancerErrors: number;
  readonly latenciesMs: number[];
  readonly targetSeconds: number[];
}

/**
 * Gathers how the requests of one service ended and closes second after second. A request counts in the second in which it
 * ended, as in CloudWatch. No clock of its own: the caller says what time it is.
 */
export class ServiceMeter {
  readonly #service: MeasuredService;
  readonly #samples: SecondSample[] = [];
  readonly #open = new Map<number, OpenSecond>();
  #nextSecond: number;

  constructor(service: MeasuredService, nowMs: number) {
    this.#service = service;
    this.#nextSecond = Math.floor(nowMs / 1000);
  }

  /** The seconds closed so far, oldest first, an hour at most. */
  get samples(): readonly SecondSample[] {
    return this.#samples;
  }

  /** Takes one request's end. One that ended in a second already closed counts in the next. */
  record(outcome: RequestOutcome): void {
    const second = Math.max(this.#nextSecond, Math.floor(outcome.endedAtMs / 1000));
    const open = this.#open.get(second) ?? emptySecond();
    this.#open.set(second, open);
    open.total += 1;
    if (outcome.failed) {
      open.failed += 1;
      if (outcome.answeredBy === 'target') open.targetErrors += 1;
      else open.balancerErrors += 1;
    }
    if (outcome.latencyMs !== null) open.latenciesMs.push(outcome.latencyMs);
    if (outcome.targetMs !== null) open.targetSeconds.push(outcome.targetMs / 1000);
  }

  /** Closes every second that is over at `nowMs`; the task counts are those of now. */
  close(nowMs: number, tasks: { readonly running: number; readonly healthy: number }): readonly ClosedSecond[] {
    const closed: ClosedSecond[] = [];
    for (const until = Math.floor(nowMs / 1000); this.#nextSecond < until; this.#nextSecond += 1) {
      const open = this.#open.get(this.#nextSecond) ?? emptySecond();
      this.#open.delete(this.#nextSecond);
      const at = new Date(this.#nextSecond * 1000);
      const sample = sampleOf(open, at, tasks);
      this.#samples.push(sample);
      closed.push({ sample, data: dataOf(open, at, tasks.running, this.#service) });
    }
    this.#samples.splice(0, this.#samples.length - SAMPLES_KEPT);
    return closed;
  }

  /** Requests that ended in the whole seconds which overlap the time from `fromMs` to `toMs`, the running second included. */
  totals(fromMs: number, toMs: number): RequestTotals {
    let total = 0;
    let failed = 0;
    const add = (secondMs: number, part: { total: number; failed: number }): void => {
      if (secondMs + 1000 <= fromMs || secondMs > toMs) return;
      total += part.total;
      failed += part.failed;
    };
    for (const { at, requests, failed: bad } of this.#samples) add(Date.parse(at), { total: requests, failed: bad });
    for (const [second, open] of this.#open) add(second * 1000, open);
    return { total, failed };
  }
}

/** The value below or at which a share of the values lie, by nearest rank; null for none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

function emptySecond(): OpenSecond {
  return { total: 0, failed: 0, targetErrors: 0, balancerErrors: 0, latenciesMs: [], targetSeconds: [] };
}

function sampleOf(
  open: OpenSecond,
  at: Date,
  tasks: { readonly running: number; readonly healthy: number },
): SecondSample {
  return {
    at: at.toISOString(),
    requests: open.total,
    failed: open.failed,
    p50Ms: rounded(percentile(open.latenciesMs, 0.5)),
    p99Ms: rounded(percentile(open.latenciesMs, 0.99)),
    runningTasks: tasks.running,
    healthyTasks: tasks.healthy,
  };
}

/**
 * What an Application Load Balancer and Container Insights publish, by their names. As an ALB does, nothing is published in
 * a second without requests, and errors only when there were any. One difference, so that an error rate can always be
 * divided: requests that found no target count in RequestCount too. A client that gave up counts as the load balancer's 5XX.
 */
function dataOf(open: OpenSecond, at: Date, running: number, service: MeasuredService): readonly MetricDatum[] {
  const ofBalancer = (metric: string, values: readonly number[]): MetricDatum => ({
    namespace: 'AWS/ApplicationELB',
    metric,
    dimensions: { LoadBalancer: service.loadBalancer },
    at,
    values,
  });
  const data = [
    ofBalancer('RequestCount', ones(open.total)),
    ofBalancer('HTTPCode_Target_5XX_Count', ones(open.targetErrors)),
    ofBalancer('HTTPCode_ELB_5XX_Count', ones(open.balancerErrors)),
    ofBalancer('TargetResponseTime', open.targetSeconds),
    {
      namespace: 'ECS/ContainerInsights',
      metric: 'RunningTaskCount',
      dimensions: { ClusterName: service.cluster, ServiceName: service.service },
      at,
      values: [running],
    },
  ];
  return data.filter(({ values }) => values.length > 0);
}

function ones(count: number): readonly number[] {
  return Array.from({ length: count }, () => 1);
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 100) / 100;
}
