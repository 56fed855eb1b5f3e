import type { Config } from '../../lib/core/config.ts';
import { type ExperimentOrder, experimentOrderSchema } from '../../lib/core/experiment.ts';
import type { Verdict } from '../../lib/core/verdict.ts';
import { aConfig } from '../core/examples.ts';

/** A kind of run that is taken apart call by call. */
export interface Scenario {
  readonly name: string;
  /** Tasks that run somewhere, or container hosts. */
  readonly fleet: 'FARGATE' | 'EC2' | 'hosts';
  readonly config: Config;
  readonly order: ExperimentOrder;
  /** So long after its beginning the fault lets users see errors, in milliseconds; never when undefined. */
  readonly hurtsAfterMs?: number;
  /** What a run without any failure comes to. */
  readonly verdict: Verdict;
}

/** A Monday within business hours. */
export const START_MS = Date.parse('2026-03-02T10:00:00Z');
export const EXPERIMENT = 'cart-1';
export const GROUP = 'shop/cart';
/** The Auto Scaling group of the scenarios with hosts, and their group's name. */
export const HOSTS = 'shop-hosts';
export const CALENDAR = 'changes';
export const ALARM = 'cart-errors';
/** How long the reversible fault of the scenarios lasts. */
const PAUSE = { durationSeconds: 5 };

const ERRORS = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'Test', metric: 'Errors', statistic: 'Sum' } },
  comparator: '<=',
  threshold: 1,
  periodSeconds: 5,
  delaySeconds: 0,
} as const;

const CONFIG = aConfig({
  seed: 'proof',
  changeCalendars: [CALENDAR],
  profiles: {
    default: {
      // As few looks as an experiment can have: every one of them is a dozen calls more.
      observeSeconds: 5,
      intervalSeconds: 10,
      faults: ['stop-task', 'pause-container', 'terminate-host', 'isolate-host'],
      alarms: [ALARM],
      recoveryLimitSeconds: 60,
      maxReplacementFailures: 1,
      steadyState: [{ type: 'service-stable' }, ERRORS],
    },
  },
});

const orderOf = (fault: string, parameters: Readonly<Record<string, unknown>>): ExperimentOrder =>
  experimentOrderSchema.parse({
    version: 1,
    experiment: EXPERIMENT,
    group: GROUP,
    services: [{ cluster: 'shop', service: 'cart' }],
    fault,
    parameters,
    at: new Date(START_MS).toISOString(),
    label: 'proof/targets/shop/cart',
    actor: 'proof',
    reason: 'to see what a crash changes',
  });

const hostOrderOf = (fault: string, parameters: Readonly<Record<string, unknown>>): ExperimentOrder =>
  experimentOrderSchema.parse({
    ...orderOf(fault, parameters),
    ...{ group: HOSTS, services: [], hosts: [{ kind: 'auto-scaling-group', name: HOSTS }] },
    label: `proof/targets/${HOSTS}`,
  });

export const SCENARIOS: readonly Scenario[] = [
  { name: 'one-shot', fleet: 'FARGATE', config: CONFIG, order: orderOf('stop-task', {}), verdict: 'held' },
  { name: 'reversible', fleet: 'EC2', config: CONFIG, order: orderOf('pause-container', PAUSE), verdict: 'held' },
  {
    name: 'reversible-violated',
    fleet: 'EC2',
    config: CONFIG,
    order: orderOf('pause-container', { durationSeconds: 60 }),
    hurtsAfterMs: 2_000,
    verdict: 'broken',
  },
  { name: 'host', fleet: 'hosts', config: CONFIG, order: hostOrderOf('terminate-host', {}), verdict: 'held' },
  {
    name: 'host-reversible',
    fleet: 'hosts',
    config: CONFIG,
    order: hostOrderOf('isolate-host', { durationSeconds: 30 }),
    verdict: 'held',
  },
];
