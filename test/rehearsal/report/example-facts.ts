import type { SecondSample } from '../../../lib/rehearsal/fleet/model.ts';
import type {
  ExperimentResult,
  RehearsalFacts,
  RehearsalStep,
  RehearsedService,
} from '../../../lib/rehearsal/result.ts';

const START = Date.parse('2026-11-23T09:30:00.000Z');
/** The fleet answers from here on; the seconds before went into its preparation. */
const FIRST_SAMPLE = 6;
const SAMPLES = 75;

const CATALOG = 'x-20261123-catalog-7f3a';
const CHECKOUT = 'x-20261123-checkout-91c4';
const SCHEDULER = 'x-20261123-scheduler-0b5e';
const TASK_ARN = 'arn:aws:ecs:eu-west-1:000000000000:task/shop/';

/** A moment so many seconds after the example's start. */
export const at = (seconds: number): string => new Date(START + Math.round(seconds * 1000)).toISOString();

/** A number from 0 to 1 that only depends on its arguments: the facts must be the same in every run. */
function noise(series: number, second: number): number {
  const wave = Math.sin(series * 12.9898 + second * 78.233) * 43_758.5453;
  return wave - Math.floor(wave);
}

interface Behaviour {
  readonly requestsPerSecond: number;
  readonly desired: number;
  /** Answers in ms when nothing is wrong. */
  readonly usualMs: number;
  /** Seconds since the start in which a task is missing, is not yet healthy, and in which requests fail. */
  readonly missing?: readonly [number, number];
  readonly unhealthy?: readonly [number, number];
  readonly failing?: readonly [number, number];
}

const inside = (second: number, span: readonly [number, number] | undefined): boolean =>
  span !== undefined && second >= span[0] && second < span[1];

/** Samples of a service that behaves so. */
export function samplesOf(series: number, behaviour: Behaviour): SecondSample[] {
  return Array.from({ length: SAMPLES }, (_, index) => {
    const second = FIRST_SAMPLE + index;
    const requests = index === 0 ? 0 : behaviour.requestsPerSecond + Math.round((noise(series, second) - 0.5) * 3);
    const failing = inside(second, behaviour.failing);
    const busy = inside(second, behaviour.missing) || failing ? 2.2 : 1;
    const p50Ms = behaviour.usualMs * busy * (0.9 + noise(series + 1, second) * 0.3);
    const answered = requests > 0;
    return {
      at: at(second),
      requests,
      failed: failing ? Math.round(requests * (0.28 + noise(series + 2, second) * 0.1)) : 0,
      p50Ms: answered ? Number(p50Ms.toFixed(2)) : null,
      p99Ms: answered ? Number((p50Ms * (2.6 + noise(series + 3, second) * 3)).toFixed(2)) : null,
      runningTasks: behaviour.desired - (inside(second, behaviour.missing) ? 1 : 0),
      healthyTasks: behaviour.desired - (inside(second, behaviour.unhealthy) ? 1 : 0),
    };
  });
}

const HYPOTHESIS = { errorRate: 0.01, p99Ms: 250 };

const SERVICES: readonly RehearsedService[] = [
  {
    cluster: 'shop',
    name: 'catalog',
    group: 'shop/catalog',
    desired: 3,
    onHosts: null,
    outcome: 'held',
    hypothesis: HYPOTHESIS,
    samples: samplesOf(1, {
      requestsPerSecond: 40,
      desired: 3,
      usualMs: 3.4,
      missing: [27, 30],
      unhealthy: [26, 33],
    }),
  },
  {
    cluster: 'shop',
    name: 'checkout',
    group: 'shop/checkout',
    desired: 3,
    onHosts: null,
    outcome: 'broken',
    hypothesis: HYPOTHESIS,
    samples: samplesOf(11, {
      requestsPerSecond: 40,
      desired: 3,
      usualMs: 6.1,
      missing: [39, 42],
      unhealthy: [38, 43],
      failing: [43, 49],
    }),
  },
  {
    cluster: 'shop',
    name: 'ledger',
    group: null,
    desired: 2,
    onHosts: null,
    outcome: 'untouched',
    hypothesis: null,
    samples: samplesOf(21, { requestsPerSecond: 10, desired: 2, usualMs: 2.2 }),
  },
  {
    cluster: 'shop',
    name: 'scheduler',
    group: 'shop/scheduler',
    desired: 1,
    onHosts: null,
    outcome: 'refused',
    hypothesis: { errorRate: 0.05, p99Ms: 500 },
    samples: samplesOf(31, { requestsPerSecond: 10, desired: 1, usualMs: 4.8 }),
  },
];

function failedAndTotal(service: RehearsedService | undefined, from: number, to: number) {
  const during = (service?.samples ?? []).filter((sample) => sample.at >= at(from) && sample.at < at(to));
  return {
    total: during.reduce((sum, { requests }) => sum + requests, 0),
    failed: during.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const EXPERIMENTS: readonly ExperimentResult[] = [
  {
    experiment: CATALOG,
    group: 'shop/catalog',
    fault: 'stop-task',
    targets: [`${TASK_ARN}3f0c6b1e9a7d4c52b8e1f60a2d94c7e3`],
    positions: [1],
    verdict: 'held',
    because: 'the steady state held before, during and after, and the service recovered in 6.8 s',
    tookEffect: true,
    recoverySeconds: 6.8,
    requests: failedAndTotal(SERVICES[0], 26, 57),
  },
  {
    experiment: CHECKOUT,
    group: 'shop/checkout',
    fault: 'stop-task',
    targets: [`${TASK_ARN}c81d2e0f5b6a4937a1c0d8e9f7264b13`],
    positions: [2],
    verdict: 'broken',
    because: 'error rate was 0.33 from 42.0 s on, above the limit of 0.01',
    tookEffect: true,
    recoverySeconds: 5.1,
    requests: failedAndTotal(SERVICES[1], 38, 70),
  },
];

function stepsOf(experiment: string, group: string, steps: readonly (readonly [number, string, string])[]) {
  return steps.map(([seconds, kind, text]): RehearsalStep => ({ at: at(seconds), experiment, group, kind, text }));
}

const STEPS: readonly RehearsalStep[] = [
  ...stepsOf(CATALOG, 'shop/catalog', [
    [7.2, 'planned', 'stop-task drawn for 09:30:26'],
    [26.1, 'started', 'all guards said yes; the claim is ours'],
    [26.4, 'injected', 'StopTask sent for task 3f0c6b1e'],
    [29.2, 'took-effect', 'task 3f0c6b1e is STOPPED (UserInitiated)'],
    [33.2, 'recovered', 'running = desired, all healthy, after 6.8 s'],
    [57.0, 'ended', 'held: the steady state held before, during and after'],
  ]),
  ...stepsOf(SCHEDULER, 'shop/scheduler', [
    [7.2, 'planned', 'stop-task drawn for 09:30:31'],
    [31.2, 'refused', 'too-few-remain: 1 running, at least 1 must remain'],
  ]),
  ...stepsOf(CHECKOUT, 'shop/checkout', [
    [7.2, 'planned', 'stop-task drawn for 09:30:38'],
    [38.1, 'started', 'all guards said yes; the claim is ours'],
    [38.3, 'injected', 'StopTask sent for task c81d2e0f'],
    [40.9, 'took-effect', 'task c81d2e0f is STOPPED (UserInitiated)'],
    [43.4, 'recovered', 'running = desired, all healthy, after 5.1 s'],
    [69.6, 'ended', 'broken: error rate was 0.33, above the limit of 0.01'],
  ]),
];

/** Facts of a rehearsal of four services, the same in every run: one held, one broken, one untouched, one refused. */
export function exampleFacts(changes: Partial<RehearsalFacts> = {}): RehearsalFacts {
  const planned = [
    { experiment: CATALOG, group: 'shop/catalog', offsetSeconds: 18.8 },
    { experiment: SCHEDULER, group: 'shop/scheduler', offsetSeconds: 23.8 },
    { experiment: CHECKOUT, group: 'shop/checkout', offsetSeconds: 30.8 },
  ];
  return {
    result: {
      seed: 'capuchin-example',
      fleet: { services: 4, tasks: 9, hosts: 0 },
      plan: planned.map((one) => ({ ...one, fault: 'stop-task', at: at(7.2 + one.offsetSeconds) })),
      experiments: EXPERIMENTS,
      refused: [{ group: 'shop/scheduler', code: 'too-few-remain', facts: { running: 1, wanted: 1, minRemaining: 1 } }],
      audit: { records: 19, verified: true, file: 'rehearsal-2026-11-23/audit.jsonl' },
      report: 'rehearsal-2026-11-23/report.html',
    },
    version: '0.1.0',
    startedAt: at(0),
    endedAt: at(83.4),
    services: SERVICES,
    hostGroups: [],
    steps: STEPS,
    calls: {
      'ECS.DescribeTasks': 61,
      'ECS.DescribeServices': 58,
      'CloudWatch.GetMetricData': 34,
      'DynamoDB.PutItem': 22,
      'DynamoDB.Query': 11,
      'SSM.GetParameter': 9,
      'ECS.ListTasks': 3,
      'ResourceGroupsTaggingAPI.GetResources': 2,
      'Scheduler.CreateSchedule': 3,
      'ECS.StopTask': 2,
    },
    auditFindings: [],
    ...changes,
  };
}

/** A rehearsal that found nothing to do, measured nothing and recorded nothing. */
export function emptyFacts(): RehearsalFacts {
  const { result } = exampleFacts();
  return exampleFacts({
    result: {
      ...result,
      fleet: { services: 0, tasks: 0, hosts: 0 },
      plan: [],
      experiments: [],
      refused: [],
      audit: { records: 0, verified: true, file: 'audit.jsonl' },
    },
    services: [],
    hostGroups: [],
    steps: [],
    calls: {},
  });
}
