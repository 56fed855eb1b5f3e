import type { PlanWorld } from '../../../functions/plan/world.ts';
import type { AuditRecord } from '../../../lib/audit/record.ts';
import type { Discovered } from '../../../lib/aws/discovery.ts';
import type { Closures } from '../../../lib/core/closures.ts';
import type { ConfigInput } from '../../../lib/core/config.ts';
import type { ExperimentOrder } from '../../../lib/core/experiment.ts';
import type { TaggedHosts, TaggedService } from '../../../lib/core/tagged.ts';
import { aConfig } from '../../core/examples.ts';
import { type JointLog, MemoryRecords, MemoryState } from '../memory-stores.ts';
import { tagged } from '../tagged.ts';

const NO_CEILING = { maxInFlight: 100_000, maxPerHour: 100_000, maxPerDay: 100_000 };

/** Everything outside the planner, in memory. Every group is drawn on each of its days, unless the config says otherwise. */
export class FakeWorld implements PlanWorld {
  readonly config;
  readonly log: JointLog = [];
  readonly audit = new MemoryRecords(this.log);
  readonly state = new MemoryState(this.log);
  /** Schedules that wait, by experiment. */
  readonly waiting = new Map<string, ExperimentOrder>();
  /** How often a schedule was asked for, whether or not it was there. */
  asked = 0;
  readonly told: AuditRecord[] = [];
  services: TaggedService[] = [tagged('cart'), tagged('web'), tagged('mail')];
  hosts: TaggedHosts[] = [];
  unread: Discovered['unread'] = [];
  /** A Monday, before the default window opens. */
  nowMs = Date.parse('2026-03-02T06:00:00Z');
  /** Called before each schedule is made; throws to let it fail. */
  beforeSchedule: (order: ExperimentOrder) => void = () => undefined;

  /** Called before each schedule is deleted; throws to let it fail. */
  beforeDelete: (experiment: string) => void = () => undefined;

  constructor(config: ConfigInput = {}, closures: Partial<Closures> = {}) {
    this.config = aConfig({ profiles: { default: { meanDays: 1 } }, budgets: NO_CEILING, ...config }, closures);
  }

  readonly now = (): number => this.nowMs;
  readonly discovery = {
    find: async (): Promise<Discovered> => ({ services: this.services, hosts: this.hosts, unread: this.unread }),
  };
  readonly schedules = {
    create: async (order: ExperimentOrder): Promise<'created' | 'existed'> => {
      await Promise.resolve();
      this.asked++;
      this.beforeSchedule(order);
      if (this.waiting.has(order.experiment)) return 'existed';
      this.log.push(`schedule ${order.experiment}`);
      this.waiting.set(order.experiment, order);
      return 'created';
    },
    delete: async (experiment: string): Promise<'deleted' | 'gone'> => {
      await Promise.resolve();
      this.beforeDelete(experiment);
      this.log.push(`unschedule ${experiment}`);
      return this.waiting.delete(experiment) ? 'deleted' : 'gone';
    },
    waiting: async (): Promise<string[]> => {
      await Promise.resolve();
      return [...this.waiting.keys()];
    },
  };
  readonly herald = {
    tell: async (records: readonly AuditRecord[]): Promise<number> => {
      this.told.push(...records);
      return 0;
    },
  };
}
