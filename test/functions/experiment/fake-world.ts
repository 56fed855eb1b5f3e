import type { ExperimentWorld } from '../../../functions/experiment/world.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import type { Switches } from '../../../lib/aws/switches.ts';
import type { AlarmNow } from '../../../lib/core/alarm.ts';
import type { AccountState, GroupState } from '../../../lib/core/claim.ts';
import type { Closures } from '../../../lib/core/closures.ts';
import type { Config, ConfigInput } from '../../../lib/core/config.ts';
import { type ExperimentOrder, experimentOrderSchema } from '../../../lib/core/experiment.ts';
import type { ChangeCalendarState } from '../../../lib/core/guards/guard.ts';
import type { Datapoint, MetricProbe } from '../../../lib/core/probe.ts';
import type { RunningExperiment } from '../../../lib/core/running.ts';
import type { FaultPort } from '../../../lib/faults/catalogue.ts';
import { aConfig } from '../../core/examples.ts';
import { type JointLog, MemoryRecords, MemoryState } from '../memory-stores.ts';
import { portOf } from '../unasked-port.ts';
import { FakeEcs, FakeService } from './fake-ecs.ts';
import { FakeHostGroups } from './fake-host-groups.ts';
import { FakeHosts } from './fake-hosts.ts';

/** A Monday within business hours. */
export const START_MS = Date.parse('2026-03-02T10:00:00Z');

const ERRORS = {
  type: 'metric',
  name: 'errors',
  metrics: { errors: { namespace: 'Test', metric: 'Errors', statistic: 'Sum' } },
  comparator: '<=',
  threshold: 1,
  periodSeconds: 5,
  delaySeconds: 0,
} as const;

const CONFIG: ConfigInput = {
  seed: 'test',
  profiles: {
    default: {
      observeSeconds: 30,
      intervalSeconds: 5,
      recoveryLimitSeconds: 60,
      maxReplacementFailures: 1,
      steadyState: [{ type: 'service-stable' }, ERRORS],
    },
  },
};

/** Everything outside an experiment, in memory, on a clock of its own that moves on from look to look. */
export class FakeWorld implements ExperimentWorld {
  readonly config: Config;
  readonly log: JointLog = [];
  readonly audit = new MemoryRecords(this.log);
  readonly state = new MemoryState(this.log);
  readonly ecs: FakeEcs;
  readonly told: AuditRecord[] = [];
  readonly cart: FakeService;
  nowMs = START_MS;
  leashed: Switches['leashed'] = { known: true, value: false };
  lever: Switches['lever'] = { known: true, value: { engaged: false, reason: 'released', actor: 'test', at: 'start' } };
  /** What happens to the world before the n-th reading of the switches, which opens each survey (0) and each look (1, 2, …). */
  atReading: (reading: number) => void = () => undefined;
  /** The metric's value in the period that begins at a moment; throws when CloudWatch does not answer. */
  errorsAt: (atMs: number) => number = () => 0;
  readings = 0;
  /** The item of the experiment in flight as it was at the last reading. */
  #stored: unknown;
  /** What happens between the guards and the act. */
  beforeAct: () => void = () => undefined;
  /** States of alarms by name; `OK` unless one is given. */
  readonly alarmStates = new Map<string, AlarmNow['state']>();
  alarmsFail: boolean = false;
  readonly hosts: FakeHosts;
  readonly hostGroups = new FakeHostGroups();
  /** What a Change Calendar says; throws when SSM does not answer. */
  calendarState: (calendar: string) => ChangeCalendarState = (calendar) => ({ calendar, isOpen: true });

  constructor(config: ConfigInput = {}, closures: Partial<Closures> = {}) {
    this.config = aConfig({ ...CONFIG, ...config }, closures);
    this.ecs = new FakeEcs(this.now, this.log);
    this.cart = this.addService('cart', 3);
    this.hosts = new FakeHosts(this.now, this.log);
  }

  readonly now = (): number => this.nowMs;

  addService(name: string, desired: number, tags: Record<string, string> = { 'chaos:opt-in': 'true' }): FakeService {
    const service = new FakeService('shop', name, desired, tags, this.nowMs);
    this.ecs.services_.push(service);
    return service;
  }

  readonly switches = {
    read: async (): Promise<Switches> => {
      if (this.#isBeforeAct()) {
        this.beforeAct();
        return { lever: this.lever, leashed: this.leashed };
      }
      // Between two looks an experiment waits; here is where that time passes.
      if (this.readings > 0) this.nowMs += 5_000;
      this.atReading(this.readings++);
      return { lever: this.lever, leashed: this.leashed };
    },
  };

  get port(): FaultPort {
    return portOf({
      stopTask: (...call) => this.ecs.stopTask(...call),
      describeTask: (...call) => this.ecs.describeTask(...call),
      hostOf: () => this.hosts.hostOf(),
      isTerminated: () => this.hosts.isTerminated(),
      sendCommand: (...call) => this.hosts.sendCommand(...call),
      runCommand: (...call) => this.hosts.runCommand(...call),
    });
  }

  readonly metrics = {
    read: async (probe: MetricProbe, _names: unknown, fromMs: number, toMs: number): Promise<Datapoint[]> => {
      const periodMs = probe.periodSeconds * 1000;
      const points: Datapoint[] = [];
      for (let atMs = Math.floor(fromMs / periodMs) * periodMs; atMs < toMs; atMs += periodMs) {
        points.push({ atMs, value: this.errorsAt(atMs) });
      }
      return points;
    },
  };

  readonly changeCalendars = {
    read: async (calendars: readonly string[]): Promise<ChangeCalendarState[]> =>
      calendars.map((calendar) => this.calendarState(calendar)),
  };

  readonly herald = {
    tell: async (records: readonly AuditRecord[]): Promise<number> => {
      this.told.push(...records);
      return 0;
    },
    announce: async ({ experiment }: { readonly experiment: string }): Promise<number> => {
      this.log.push(`announce ${experiment}`);
      return 0;
    },
  };

  readonly alarms = {
    read: async (names: readonly string[]): Promise<AlarmNow[]> => {
      if (this.alarmsFail) throw new Error('CloudWatch does not answer');
      return names.map((name) => ({ name, state: this.alarmStates.get(name) ?? 'OK' }));
    },
  };

  readonly loadBalancers = {
    targetHealth: async (): Promise<never> => {
      throw new Error('no service of this world is behind a load balancer');
    },
  };

  readonly functions = {
    check: async (): Promise<never> => {
      throw new Error('this world has no checks');
    },
  };

  /** Once an experiment is stored and has not acted, its switches are read once more. Asked anew it is stored anew. */
  #isBeforeAct(): boolean {
    const running = [...this.state.items].filter(([key]) => key.startsWith('running/')).at(-1);
    const isStored = running !== undefined && running[1] !== this.#stored;
    this.#stored = running?.[1];
    if (!isStored) return false;
    const { order, status } = running[1].body as RunningExperiment;
    return status === 'running' && !this.kinds(order.experiment).includes('injected');
  }

  engageLever(): void {
    this.lever = {
      known: true,
      value: { engaged: true, reason: 'enough', actor: 'Ann', at: new Date(this.nowMs).toISOString() },
    };
  }

  /** What is reserved now. */
  get claims(): { group: GroupState | undefined; account: AccountState | undefined } {
    return { group: this.state.body('group', 'shop/cart'), account: this.state.body('account', 'this') };
  }

  get stops(): string[] {
    return this.log.filter((line) => line.startsWith('stop ')).map((line) => line.slice('stop '.length));
  }

  kinds(experiment = 'cart-1'): string[] {
    return this.audit.records.filter(({ chain }) => chain === experiment).map(({ kind }) => kind);
  }

  record(kind: string): AuditRecord {
    const found = this.audit.records.find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`no record ${kind} among ${this.kinds().join(', ')}`);
    return found;
  }
}

/** An order for one task of the service `shop/cart`, due now. */
export function orderFor(more: Partial<ExperimentOrder> = {}): ExperimentOrder {
  return experimentOrderSchema.parse({
    version: 1,
    experiment: 'cart-1',
    group: 'shop/cart',
    services: [{ cluster: 'shop', service: 'cart' }],
    fault: 'stop-task',
    at: new Date(START_MS).toISOString(),
    label: 'test/targets/shop/cart',
    actor: 'test',
    reason: 'to see what happens',
    ...more,
  });
}
